"""Logging in by phone: the way a farmer comes in, and the ways nobody else does."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.identity import login, queries, sessions
from app.identity.gateway import kept_messages
from app.identity.models import LoginCode, LoginSession, Membership
from app.identity.phones import NotAPhone, parse_phone
from app.kernel import clock, relay
from app.kernel.outbox import Outbox
from app.kernel.uow import unit_of_work
from tests.scene.people import NOW, colleague, commune, cooperative, farm_household, logs_in, office


def phone_of(actor) -> str:
    with unit_of_work(read_only=True) as uow:
        return queries.phone_of(uow, actor.person_id) or ""


def newest_code() -> str:
    relay.sweep()
    return kept_messages()[0]["code"] or ""


def enters(client: FlaskClient, phone: str) -> object:
    client.post("/login", data={"phone": phone})
    return client.post("/login/code", data={"code": newest_code()})


@pytest.mark.parametrize(
    "typed",
    ["0912345678", "0912 345 678", "+84912345678", "84912345678", " 0912.345.678 ", "+84 (0)912 345 678"],
)
def test_any_spelling_of_a_number_is_the_same_number(typed):
    assert parse_phone(typed) == "+84912345678"


@pytest.mark.parametrize("typed", ["", "12", "abc", "0912345", "09123456789999"])
def test_what_cannot_be_called_is_refused(typed):
    with pytest.raises(NotAPhone):
        parse_phone(typed)


class TestAFarmerLogsIn:
    def test_with_the_code_and_lands_at_his_home(self, client):
        farmer = farm_household()
        answer = enters(client, phone_of(farmer))
        assert (answer.status_code, answer.location) == (303, "/farm/")
        assert client.get("/farm/").status_code == 200

    def test_and_the_cookie_is_kept_from_scripts(self, client):
        answer = enters(client, phone_of(farm_household()))
        cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("coi_login="))
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie

    def test_and_goes_on_where_he_wanted_to_go(self, client):
        farmer = farm_household()
        away = client.get("/farm/me")
        assert away.location == "/login?next=/farm/me"
        client.get(away.location)
        assert enters(client, phone_of(farmer)).location == "/farm/me"

    def test_but_never_to_another_site(self, client):
        farmer = farm_household()
        client.get("/login?next=//evil.test/")
        assert enters(client, phone_of(farmer)).location == "/farm/"

    def test_with_full_width_digits_and_spaces_too(self, client):
        farmer = farm_household()
        client.post("/login", data={"phone": phone_of(farmer)})
        code = newest_code()
        wide = code[:3].translate({ord(str(n)): 0xFF10 + n for n in range(10)}) + " " + code[3:]
        assert client.post("/login/code", data={"code": wide}).status_code == 303

    def test_a_code_works_once(self, client, app):
        farmer = farm_household()
        client.post("/login", data={"phone": phone_of(farmer)})
        code = newest_code()
        assert client.post("/login/code", data={"code": code}).status_code == 303
        other = app.test_client()
        other.post("/login", data={"phone": phone_of(farmer)})
        assert other.post("/login/code", data={"code": code}).status_code == 422

    def test_a_code_is_dead_after_ten_minutes(self, app):
        sent = clock.now()
        with unit_of_work() as uow:
            login.send_code(uow, "+84912345678", text="{code}", secret="k" * 32, now=sent)
        code = newest_code()
        with unit_of_work() as uow:
            late = sent + timedelta(minutes=10)
            assert not login.code_is_right(uow, "+84912345678", code, secret="k" * 32, now=late)
            assert login.code_is_right(
                uow, "+84912345678", code, secret="k" * 32, now=sent + timedelta(minutes=9)
            )

    def test_a_wrong_code_says_so_and_five_of_them_close_the_door(self, client):
        farmer = farm_household()
        client.post("/login", data={"phone": phone_of(farmer)})
        right = newest_code()
        wrong = f"{(int(right) + 1) % 1_000_000:06d}"
        for _ in range(5):
            answer = client.post("/login/code", data={"code": wrong})
            assert answer.status_code == 422
            assert "Mã không đúng" in answer.text
        shut = client.post("/login/code", data={"code": right})
        assert shut.status_code == 429
        assert int(shut.headers["Retry-After"]) > 0
        assert "Xin đợi 15 phút rồi thử lại." in shut.text

    def test_wrong_codes_of_a_neighbour_behind_the_same_address_lock_out_nobody_else(self, app, client):
        clumsy, other = farm_household(), farm_household()
        client.post("/login", data={"phone": phone_of(clumsy)})
        wrong = f"{(int(newest_code()) + 1) % 1_000_000:06d}"
        codes = [client.post("/login/code", data={"code": wrong}).status_code for _ in range(6)]
        assert codes == [422] * 5 + [429]
        neighbour = app.test_client()
        neighbour.post("/login", data={"phone": phone_of(other)})
        assert neighbour.post("/login/code", data={"code": newest_code()}).status_code == 303
        form = {"name": "can-bo", "password": "sai-mat-khau-nhe", "totp": "123456"}
        assert app.test_client().post("/office/login", data=form).status_code == 422

    def test_the_code_is_gone_from_the_queue_once_delivered(self, client):
        client.post("/login", data={"phone": phone_of(farm_household())})
        code = newest_code()
        with unit_of_work(read_only=True) as uow:
            rows = uow.session.scalars(select(Outbox).where(Outbox.kind == "message.send")).all()
            assert rows
            assert all(code not in str(row.payload) and "+84" not in str(row.payload) for row in rows)
            assert code.encode() not in uow.session.scalars(select(LoginCode.code_hash)).one()


class TestSessions:
    def test_a_login_ends_the_session_that_the_browser_had(self, client):
        farmer = farm_household()
        enters(client, phone_of(farmer))
        before = client.get_cookie("coi_login").value
        enters(client, phone_of(farmer))
        with unit_of_work(read_only=True) as uow:
            assert sessions.actor_of_session(uow, before, NOW) is None

    def test_the_database_never_holds_the_token(self, client):
        enters(client, phone_of(farm_household()))
        with unit_of_work(read_only=True) as uow:
            kept = uow.session.scalars(select(LoginSession.token_sha256)).one()
        assert kept == sessions.token_hash(client.get_cookie("coi_login").value)

    def test_logging_out_everywhere_ends_all_of_them(self, app, client):
        farmer = farm_household()
        logs_in(client, farmer)
        other = logs_in(app.test_client(), farmer)
        client.post("/logout/everywhere")
        assert other.get("/farm/").status_code == 303

    def test_changing_the_organisation_changes_the_token(self, client):
        farmer, coop = farm_household(), cooperative()
        with unit_of_work() as uow:
            from_coop = queries.roles_of(uow, coop.person_id, NOW.date())[0]
        joins(farmer, from_coop.organisation_id)
        logs_in(client, farmer)
        before = client.get_cookie("coi_login").value
        answer = client.post(
            "/session/organisation", data={"organisation_id": str(from_coop.organisation_id)}
        )
        assert answer.status_code == 303
        assert client.get_cookie("coi_login").value != before
        assert from_coop.name in client.get("/farm/").text

    def test_an_organisation_of_others_is_not_offered(self, client):
        logs_in(client, farm_household())
        stranger = cooperative()
        client.post("/session/organisation", data={"organisation_id": str(stranger.organisation_id)})
        assert stranger.organisation_name not in client.get("/farm/").text


def joins(actor, organisation_id) -> None:
    with unit_of_work() as uow:
        uow.add(
            Membership(
                person_id=actor.person_id,
                organisation_id=organisation_id,
                role="packer",
                valid_from=NOW.date(),
            )
        )


class TestANewNumber:
    def test_signs_up_with_a_household_that_shows_no_name_unless_asked(self, client):
        commune()
        enters(client, "0987654321")
        answer = client.post(
            "/login/name",
            data={"full_name": "Nguyễn Thị Mới", "commune_text": "thanh an", "commune_code": "25807",
                  "hamlet": "Ấp 2", "show_name": "no"},
        )  # fmt: skip
        assert (answer.status_code, answer.location) == (303, "/farm/")
        with unit_of_work(read_only=True) as uow:
            person = queries.person_by_phone(uow, "+84987654321")
            household = queries.household_of(uow, person, NOW.date().replace(year=2027))
            shown = queries.public_names(uow, [household.organisation_id])[household.organisation_id]
        assert shown.is_code
        assert shown.shown.startswith("H-")

    def test_who_agrees_is_named(self, client):
        commune()
        enters(client, "0987654321")
        client.post(
            "/login/name",
            data={"full_name": "Nguyễn Thị Mới", "commune_text": "Thanh An", "commune_code": "25807",
                  "show_name": "yes"},
        )  # fmt: skip
        with unit_of_work(read_only=True) as uow:
            person = queries.person_by_phone(uow, "+84987654321")
            household = queries.household_of(uow, person, NOW.date().replace(year=2027))
            shown = queries.public_names(uow, [household.organisation_id])[household.organisation_id]
        assert shown == queries.PublicName("Nguyễn Thị Mới", is_code=False)

    def test_the_page_cannot_be_reached_without_a_proved_number(self, client):
        assert client.get("/login/name").location == "/login"
        assert client.post("/login/name", data={"full_name": "X Y"}).location == "/login"


def test_an_officers_phone_does_not_open_the_desk(client):
    officer = office()
    answer = enters(client, phone_of(officer))
    assert answer.status_code == 403
    assert client.get("/office/").status_code == 303


def test_the_inbox_of_messages_exists_in_a_demonstration_only(app, client):
    assert client.get("/dev/inbox.json").status_code == 200
    client.post("/login", data={"phone": "0912345678"})
    relay.sweep()
    newest = client.get("/dev/inbox.json").json[0]
    assert set(newest) == {"to", "kind", "code", "text", "at"}
    assert newest["to"] == "+84912345678"
    assert newest["code"] in newest["text"]


def test_a_colleague_of_an_office_sees_the_desk(client):
    officer = office()
    logs_in(client, colleague(officer.organisation_id, ["auditor"]))
    assert client.get("/office/").status_code == 200
