"""A helper files for an old farmer: with his consent, for a time, and never over his money."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.cases import commands as cases
from app.cases.models import CaseFile
from app.cases.rules import OwnCase
from app.identity import commands, login, queries, sessions
from app.identity.gateway import kept_messages
from app.identity.models import AuditEntry, Consent
from app.kernel import clock, relay
from app.kernel.db import new_id
from app.kernel.problems import Forbidden
from app.kernel.uow import unit_of_work
from tests.scene.people import farm_household, logs_in, member, office


@pytest.fixture
def people(app, client):
    """A helper who is logged in, and a farmer with his own phone."""
    helper = member("helper_team", "Tổ công nghệ số", ["helper"], person="Lâm Thị Thu")
    farmer = farm_household("Hộ bà Sáu")
    logs_in(client, helper)
    with unit_of_work(read_only=True) as uow:
        phone = queries.phone_of(uow, farmer.person_id)
    return helper, farmer, phone


def asks(client, phone, days="1"):
    return client.post("/farm/help/ask", data={"phone": phone, "days": days})


def reads_out_the_code(client):
    relay.sweep()
    return client.post("/farm/help/code", data={"code": kept_messages()[0]["code"]})


def acting(client):
    with unit_of_work(read_only=True) as uow:
        return sessions.actor_of_session(uow, client.get_cookie("coi_login").value, clock.now())


class TestConsent:
    def test_is_given_by_the_code_on_the_farmers_own_phone(self, client, people):
        helper, farmer, phone = people
        assert asks(client, phone).status_code == 303
        relay.sweep()
        told = kept_messages()[0]
        assert told["to"] == phone
        assert "Lâm Thị Thu" in told["text"]
        assert reads_out_the_code(client).location == "/farm/"
        who = acting(client)
        assert (who.person_id, who.acting_for_id) == (helper.person_id, farmer.person_id)
        assert (who.organisation_id, who.roles) == (farmer.organisation_id, frozenset({"farmer"}))

    def test_is_asked_for_in_the_language_of_the_farmer_not_of_the_helpers_page(self, client, people):
        client.get("/farm/help?lang=en")
        asks(client, people[2])
        relay.sweep()
        assert "xin nộp hộ bạn" in kept_messages()[0]["text"]

    def test_names_its_end_and_ends_then(self, client, people):
        helper, farmer, phone = people
        asks(client, phone, "30")
        reads_out_the_code(client)
        with unit_of_work(read_only=True) as uow:
            kept = uow.session.scalars(select(Consent).where(Consent.purpose == "assisted_filing")).one()
            assert kept.how == "phone_code"
            for days, runs in ((29, True), (31, False)):
                at = clock.now() + timedelta(days=days)
                found = queries.helper_may_act(
                    uow, helper_id=helper.person_id, farmer_id=farmer.person_id, now=at
                )
                assert found is runs

    def test_is_not_given_by_a_wrong_code(self, client, people):
        asks(client, people[2])
        assert client.post("/farm/help/code", data={"code": "000000"}).status_code == 422
        assert acting(client).acting_for_id is None

    def test_is_not_given_by_a_code_of_the_login(self, client, app, people):
        _, _, phone = people
        asks(client, phone)
        app.test_client().post("/login", data={"phone": phone})
        relay.sweep()
        wrong = next(m["code"] for m in kept_messages() if m["kind"] == "login")
        assert client.post("/farm/help/code", data={"code": wrong}).status_code == 422

    def test_can_be_withdrawn_at_any_moment(self, client, people):
        helper, farmer, phone = people
        asks(client, phone)
        reads_out_the_code(client)
        with unit_of_work() as uow:
            commands.withdraw_consent(
                uow, person_id=farmer.person_id, organisation_id=farmer.organisation_id,
                purpose=queries.ASSISTED_FILING, given_to_id=helper.person_id, now=clock.now(),
            )  # fmt: skip
        assert acting(client) is None

    def test_of_somebody_without_a_household_cannot_be_asked(self, client, people):
        assert asks(client, "0909999999").status_code == 404

    def test_in_the_past_or_without_end_is_refused(self, app, people):
        helper, farmer, _ = people
        now = clock.now()
        for until in (now, now + timedelta(days=400)):
            with unit_of_work() as uow, pytest.raises(login.ConsentTooLong):
                login.consent_to_helper(uow, farmer.person_id, helper=helper, until=until, now=now)


class TestActing:
    def test_shows_for_whom_on_every_page(self, client, people):
        asks(client, people[2])
        reads_out_the_code(client)
        assert "Đang làm thay cho" in client.get("/farm/").text

    def test_reaches_neither_the_farmers_account_nor_his_consents(self, client, people):
        asks(client, people[2])
        reads_out_the_code(client)
        bank = {"bank_bin": "970415", "account": "123456", "holder": "Kẻ Gian"}
        assert client.post("/farm/me/bank-account", data=bank).status_code == 403
        assert (
            client.post("/farm/me/consents", data={"show_name": "yes", "show_photo": "yes"}).status_code
            == 403
        )
        assert client.get("/farm/me").status_code == 403
        assert client.get("/farm/me/erasure").status_code == 403

    def test_a_command_refuses_it_too(self, client, people):
        asks(client, people[2])
        reads_out_the_code(client)
        account = commands.BankAccount(bank_bin="970415", account="123456", holder="X")
        with unit_of_work() as uow, pytest.raises(Forbidden):
            commands.change_bank_account(uow, account, actor=acting(client), now=clock.now())

    def test_both_are_in_the_audit_trail(self, client, people):
        helper, farmer, phone = people
        asks(client, phone)
        reads_out_the_code(client)
        with unit_of_work() as uow:
            commands.audit(uow, acting(client), "plot.registered", "x", clock.now())
            row = uow.session.scalars(select(AuditEntry).where(AuditEntry.action == "plot.registered")).one()
        assert (row.person_id, row.acting_for_id) == (helper.person_id, farmer.person_id)

    def test_ends_with_the_next_farmer_and_a_new_token(self, client, people):
        asks(client, people[2])
        reads_out_the_code(client)
        before = client.get_cookie("coi_login").value
        assert client.post("/farm/help/next").location == "/farm/help"
        assert acting(client).acting_for_id is None
        with unit_of_work(read_only=True) as uow:
            assert sessions.actor_of_session(uow, before, clock.now()) is None

    def test_begins_again_from_the_list_of_those_who_consented(self, client, people):
        _, farmer, phone = people
        asks(client, phone)
        reads_out_the_code(client)
        client.post("/farm/help/next")
        assert str(farmer.person_id) in client.get("/farm/help").text
        assert client.post(f"/farm/help/{farmer.person_id}/act").location == "/farm/"

    def test_a_farmer_who_said_nothing_is_not_there(self, client, people):
        stranger = farm_household("Hộ khác")
        assert client.post(f"/farm/help/{stranger.person_id}/act").status_code == 404


class TestAnOfficerAtTheDesk:
    """A farmer who comes to the counter: the officer files as a helper does, with consent."""

    @pytest.fixture
    def counter(self, client):
        officer, farmer = office(), farm_household("Hộ bà Sáu")
        logs_in(client, officer)
        with unit_of_work(read_only=True) as uow:
            return officer, farmer, queries.phone_of(uow, farmer.person_id)

    def test_is_offered_it_on_his_desk(self, client, counter):
        assert 'href="/farm/help"' in client.get("/office/").text
        assert "office" in client.get("/farm/help").text

    def test_files_nothing_without_the_farmers_code(self, client, counter):
        _, farmer, phone = counter
        asks(client, phone)
        assert client.post("/farm/help/code", data={"code": "000000"}).status_code == 422
        assert client.post(f"/farm/help/{farmer.person_id}/act").status_code == 404
        assert client.get("/farm/ask").status_code == 403

    def test_files_once_into_the_farmers_case_file_and_does_not_decide_it(self, client, counter):
        officer, farmer, phone = counter
        asks(client, phone)
        reads_out_the_code(client)
        question = {"text": "Xin hỏi về tem", "client_id": str(new_id())}
        for _ in range(2):
            assert client.post("/farm/ask", data=question).status_code == 303
        with unit_of_work(read_only=True) as uow:
            rows = uow.session.scalars(select(CaseFile)).all()
        (case,) = rows
        assert (case.filed_by_id, case.for_whom_id) == (officer.person_id, farmer.person_id)
        assert case.organisation_id == farmer.organisation_id
        assert client.get("/office/cases").status_code == 403  # at the farmer's pages he is no officer
        client.post("/farm/help/next")
        shown = client.get(f"/office/cases/{case.id}")
        assert "Hộ bà Sáu" in shown.text
        assert 'name="decision"' not in shown.text  # nobody decides what he filed
        with unit_of_work() as uow, pytest.raises(OwnCase):
            cases.decide(uow, case.id, "closed", "Đã trả lời", actor=officer, now=clock.now())
