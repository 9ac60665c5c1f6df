"""What a person decides about himself: who may see his name, where he is paid, and to be forgotten."""

import pytest

from app.identity import commands, queries
from app.identity.banks import BANKS, TO_CHOOSE, parse_bank
from app.identity.models import Person
from app.kernel import clock
from app.kernel.text import fold
from app.kernel.uow import unit_of_work
from tests.scene.people import colleague, cooperative, farm_household, logs_in


def shown(actor):
    with unit_of_work(read_only=True) as uow:
        return queries.public_names(uow, [actor.organisation_id])[actor.organisation_id]


class TestTheName:
    def test_is_a_code_until_the_household_agrees_and_again_when_it_withdraws(self, client):
        farmer = farm_household("Hộ ông Ba")
        assert shown(farmer).is_code
        logs_in(client, farmer)
        client.post("/farm/me/consents", data={"show_name": "yes", "show_photo": "no"})
        assert shown(farmer) == queries.PublicName("Hộ ông Ba", is_code=False)
        client.post("/farm/me/consents", data={"show_name": "no", "show_photo": "no"})
        assert shown(farmer).is_code

    def test_of_a_cooperative_needs_no_consent(self, app):
        assert not shown(cooperative()).is_code


class TestTheAccount:
    def test_is_changed_by_its_owner_and_written_down(self, client):
        farmer = farm_household()
        logs_in(client, farmer)
        bank = {"bank_bin": "970436", "account": "0123456789", "holder": "NGUYEN VAN BA"}
        assert client.post("/farm/me/bank-account", data=bank).status_code == 303
        with unit_of_work(read_only=True) as uow:
            own = queries.organisation(uow, farmer.organisation_id)
        assert (own.bank_bin, own.bank_account, own.bank_holder) == ("970436", "0123456789", "NGUYEN VAN BA")

    def test_keeps_what_was_typed_when_it_is_refused(self, client):
        logs_in(client, farm_household())
        bank = {"bank_bin": "９７０４３６", "account": "0123456789", "holder": "NGUYEN VAN BA"}
        answer = client.post("/farm/me/bank-account", data=bank)
        assert answer.status_code == 422
        assert "đúng 6 chữ số" in answer.text
        assert "0123456789" in answer.text

    @pytest.mark.parametrize(
        ("typed", "bank_bin"),
        [
            ("Vietcombank", "970436"),
            ("vietcom bank", "970436"),
            ("VCB", "970436"),
            ("mb", "970422"),
            ("Ngân hàng Á Châu", "970416"),
            ("ngan hang a chau", "970416"),
            ("NGÂN HÀNG THƯƠNG MẠI CỔ PHẦN Á CHÂU", "970416"),
            ("ACB – Ngân hàng TMCP Á Châu", "970416"),
            ("Á Châu", "970416"),
            ("Ngân hàng MB", "970422"),
            ("Ngân hàng Nông nghiệp và Phát triển Nông thôn Việt Nam", "970405"),
            ("ngân hàng nông nghiệp", "970405"),
            ("Ngân hàng TMCP Hàng Hải Việt Nam", "970426"),
            ("Ngân hàng Phát triển Thành phố Hồ Chí Minh", "970437"),
            ("Ngân hàng TMCP Sài Gòn", "970429"),
            ("Ngân hàng Sài Gòn Công Thương", "970400"),
            ("Sài Gòn", None),
            ("Ngân hàng Kookmin", None),
            ("Ngân hàng Phát triển", None),
            ("Ngân hàng Việt Nam", None),
            ("ngân hàng", None),
            ("ngân hàng a", None),
            ("bank", None),
            ("k", None),
            ("97043", None),
        ],
    )
    def test_takes_the_banks_name_as_people_say_it(self, client, typed, bank_bin):
        farmer = farm_household()
        logs_in(client, farmer)
        bank = {"bank_bin": typed, "account": "0123456789", "holder": "NGUYEN VAN BA"}
        answer = client.post("/farm/me/bank-account", data=bank)
        with unit_of_work(read_only=True) as uow:
            kept = queries.organisation(uow, farmer.organisation_id).bank_bin
        if bank_bin is None:
            assert (answer.status_code, kept) == (422, "970416"), "what was there before stays"
            assert f"Chưa biết ngân hàng “{typed}”" in answer.text
        else:
            assert (answer.status_code, kept) == (303, bank_bin)

    def test_is_told_by_the_banks_name_and_an_unknown_bank_by_its_number(self, client):
        logs_in(client, farm_household())
        page = client.get("/farm/me").text
        assert 'value="ACB"' in page
        assert '<option value="ACB – Ngân hàng TMCP Á Châu">' in page
        bank = {"bank_bin": "999999", "account": "0123456789", "holder": "NGUYEN VAN BA"}
        told = client.post("/farm/me/bank-account", data=bank, follow_redirects=True)
        assert "vào tài khoản 0123456789 ở 999999" in told.text
        assert 'value="999999"' in told.text


def test_every_bank_is_found_by_each_of_its_names():
    assert {bank_bin: parse_bank(name) for bank_bin, name in BANKS.items()} == {one: one for one in BANKS}
    assert len(set(BANKS.values())) == len(BANKS)
    wholes = [choice.partition(" – ")[2] for choice in TO_CHOOSE]
    for said in (TO_CHOOSE, wholes, [fold(whole).upper() for whole in wholes]):
        assert [parse_bank(one) for one in said] == list(BANKS)


class TestErasing:
    def test_leaves_no_name_no_number_and_no_session(self, client):
        farmer = farm_household("Hộ ông Ba")
        logs_in(client, farmer)
        with unit_of_work() as uow:
            commands.erase_person(uow, farmer.person_id, actor=None, now=clock.now())
        assert client.get("/farm/").status_code == 303
        with unit_of_work(read_only=True) as uow:
            person = uow.session.get_one(Person, farmer.person_id)
            own = queries.organisation(uow, farmer.organisation_id)
        assert (person.full_name, person.phone) == (None, None)
        assert (own.name, own.phone, own.bank_account) == (own.public_code, None, None)

    def test_a_household_with_another_member_keeps_its_name(self, app):
        farmer = farm_household("Hộ ông Ba")
        colleague(farmer.organisation_id, ["farmer"])
        with unit_of_work() as uow:
            commands.erase_person(uow, farmer.person_id, actor=None, now=clock.now())
            assert queries.organisation(uow, farmer.organisation_id).name == "Hộ ông Ba"

    def test_every_room_forgets_in_the_same_transaction(self, app):
        seen = []
        commands.ERASURE.add(app, "test", lambda uow, person_id, now: seen.append(person_id))
        farmer = farm_household()
        for _ in range(2):
            with unit_of_work() as uow:
                commands.erase_person(uow, farmer.person_id, actor=None, now=clock.now())
        assert seen == [farmer.person_id]
