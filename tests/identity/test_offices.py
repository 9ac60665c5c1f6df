"""Opening a real office: its communes, its first administrator, its officers; and how it refuses."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.identity.models import OfficeUnit, Organisation, Person
from app.kernel.uow import unit_of_work
from tests.scene.people import colleague, commune, logs_in, office

LONG_HOA = "25792"


@pytest.fixture
def password(tmp_path: Path) -> str:
    file = tmp_path / "password"
    file.write_text("mot-mat-khau-du-dai\n")
    return str(file)


@pytest.fixture
def opens(app: Flask, password: str):
    """Runs `flask office create` with a working set of options, changed as a test wants."""
    commune()
    commune(LONG_HOA, "Xã Long Hòa")

    def run(name: str = "Phòng Kinh tế Thanh An", *more: str, units: tuple[str, ...] = ("25807",),
            login: str = "quan-tri", phone: str = "0274 356 1999"):  # fmt: skip
        codes = [word for code in units for word in ("--unit", code)]
        return app.test_cli_runner().invoke(
            args=["office", "create", name, "--phone", phone, *codes, "--admin-login", login,
                  "--admin-name", "Đinh Quang Huy", "--password-file", password, *more]
        )  # fmt: skip

    return run


def rows(table: type) -> int:
    with unit_of_work(read_only=True) as uow:
        return uow.session.scalar(select(func.count()).select_from(table)) or 0


def secret_in(text: str) -> str:
    address = re.search(r"otpauth://\S+?(?=[\s<\"]|$)", text.replace("&amp;", "&"))[0]
    return parse_qs(urlsplit(address).query)["secret"][0]


class TestOpening:
    def test_prints_the_authenticator_once_and_its_administrator_logs_in(self, opens, client) -> None:
        said = opens("Phòng Kinh tế Thanh An", "--gs1-prefix", "893123456")
        assert said.exit_code == 0, said.output
        code = pyotp.TOTP(secret_in(said.output)).now()
        entry = {"name": "quan-tri", "password": "mot-mat-khau-du-dai", "totp": code}
        assert client.post("/office/login", data=entry).location == "/office/"
        with unit_of_work(read_only=True) as uow:
            row = uow.session.scalars(select(Organisation)).one()
        assert (row.phone, row.gs1_company_prefix) == ("+842743561999", "893123456")
        assert row.simulated is False

    def test_a_repeat_changes_nothing_and_prints_no_secret(self, opens) -> None:
        opens()
        again = opens()
        assert again.exit_code == 0
        assert "otpauth" not in again.output
        assert (rows(Organisation), rows(OfficeUnit), rows(Person)) == (1, 1, 1)

    def test_a_repeat_with_a_further_commune_adds_it(self, opens) -> None:
        opens()
        assert "1 communes added" in opens(units=("25807", LONG_HOA)).output
        assert (rows(Organisation), rows(OfficeUnit)) == (1, 2)

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ({"units": ("99999",)}, "no-such-commune"),
            ({"units": ("79",)}, "no-such-commune"),
            ({"phone": "12"}, "not-a-phone"),
            ({"login": "Quản Trị"}, "bad-login-name"),
        ],
    )
    def test_what_is_wrong_is_named_and_nothing_is_kept(self, opens, change, told) -> None:
        said = opens(**change)
        assert said.exit_code == 1
        assert told in said.output
        assert (rows(Organisation), rows(Person)) == (0, 0)

    def test_a_bad_company_prefix_is_refused(self, opens) -> None:
        assert "bad-company-prefix" in opens("Phòng Kinh tế", "--gs1-prefix", "89-31").output

    def test_a_commune_has_one_office(self, opens) -> None:
        opens()
        said = opens("Phòng Khác", login="quan-tri-2")
        assert (said.exit_code, "office-unit-taken" in said.output) == (1, True)
        assert (rows(Organisation), rows(Person)) == (1, 1)

    def test_a_login_name_is_given_once(self, opens) -> None:
        opens()
        said = opens("Phòng Khác", units=(LONG_HOA,))
        assert (said.exit_code, "login-name-taken" in said.output) == (1, True)
        assert rows(Organisation) == 1

    def test_without_units_it_says_what_to_run_first(self, app: Flask, password: str) -> None:
        said = app.test_cli_runner().invoke(
            args=["office", "create", "P", "--phone", "02743561999", "--unit", "25807", "--admin-login",
                  "abc", "--admin-name", "Abc", "--password-file", password]
        )  # fmt: skip
        assert (said.exit_code, "load-units" in said.output) == (2, True)


class TestItsPeople:
    @pytest.fixture
    def chief(self, app: Flask):
        return colleague(office().organisation_id, ["administrator"], person="Đinh Quang Huy")

    @pytest.fixture
    def desk(self, client: FlaskClient, chief) -> FlaskClient:
        return logs_in(client, chief)

    def test_the_administrator_adds_an_officer_who_logs_in_with_what_is_shown(self, app, desk) -> None:
        new = {"full_name": "Lê Minh Tâm", "login_name": "Le.Minh.Tam", "roles": ["officer"]}
        shown = desk.post("/office/people", data=new).text
        password = re.search(r'Mật khẩu</dt><dd class="code">([^<]+)', shown)[1]
        other = app.test_client()
        entry = {"name": "le.minh.tam", "password": password, "totp": pyotp.TOTP(secret_in(shown)).now()}
        assert other.post("/office/login", data=entry).location == "/office/"
        assert other.get("/office/plots").status_code == 200
        assert password not in desk.get("/office/people").text

    def test_an_officer_without_a_role_is_refused(self, desk) -> None:
        answer = desk.post("/office/people", data={"full_name": "Lê Tâm", "login_name": "le.tam"})
        assert answer.status_code == 422
        assert "ít nhất một vai trò" in answer.text

    def test_a_farmers_role_is_not_given_here(self, desk) -> None:
        new = {"full_name": "Lê Tâm", "login_name": "le.tam", "roles": ["farmer"]}
        assert desk.post("/office/people", data=new).status_code == 422

    def test_who_leaves_is_out_at_once(self, app, desk, chief) -> None:
        leaver = colleague(chief.organisation_id, ["officer"])
        theirs = logs_in(app.test_client(), leaver)
        assert theirs.get("/office/plots").status_code == 200
        assert desk.post(f"/office/people/{leaver.person_id}/end").status_code == 303
        assert "/office/login" in theirs.get("/office/plots").location

    def test_a_renewed_login_ends_the_old_one(self, app, desk, chief) -> None:
        loser = colleague(chief.organisation_id, ["officer"])
        theirs = logs_in(app.test_client(), loser)
        assert "otpauth" in desk.post(f"/office/people/{loser.person_id}/renew").text
        assert "/office/login" in theirs.get("/office/plots").location

    @pytest.mark.parametrize("act", ["renew", "end"])
    def test_nobody_does_it_to_himself(self, desk, chief, act) -> None:
        assert desk.post(f"/office/people/{chief.person_id}/{act}").status_code == 403

    @pytest.mark.parametrize("act", ["renew", "end"])
    def test_a_person_of_another_office_is_not_there(self, desk, act) -> None:
        stranger = office("Phòng Khác")
        assert desk.post(f"/office/people/{stranger.person_id}/{act}").status_code == 404
