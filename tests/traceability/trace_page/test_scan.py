"""A scan: each status is decided on the server, the page is honest, the proof can be checked elsewhere."""

import json
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask, current_app
from flask.testing import FlaskClient
from sqlalchemy import text

from app.identity.access import Actor
from app.kernel import clock
from app.kernel.db import db
from app.kernel.quantities import kg
from app.kernel.uow import unit_of_work
from ledger import publication, sequencer
from ledger.anchors import stamping, tsa
from ledger.core.timestamp import Authorities
from tests.scene import farm as scene
from tests.scene import people
from tests.scene.farm import Farm
from tests.support.time_stamp_authority import TimeStampAuthority, answering, needs_openssl
from traceability.labels.models import Serial
from traceability.lots.queries import LotView
from traceability.packing.commands import cancel_label
from traceability.recall.commands import RecallLot, lift, recall_lot
from traceability.recall.rules import RecallClass
from traceability.scans import commands as scans
from traceability.trace_page.models import LotCheck
from traceability.trace_page.queries import trace_url

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def farm(app: Flask) -> Farm:
    return scene.a_farm()


@pytest.fixture
def office(app: Flask) -> Actor:
    return people.office()


def seal() -> None:
    """What the worker does every two seconds."""
    sequencer.run(current_app.extensions["coi.config"], clock.now())


def serial_of(lot: LotView, n: int = 0) -> str:
    with unit_of_work(read_only=True) as uow:
        found = (
            uow.session.query(Serial.serial).filter(Serial.lot_id == lot.id).order_by(Serial.position).all()
        )
        return str(found[n][0])


def status(client: FlaskClient, path: str) -> str:
    html = client.get(path).get_data(as_text=True)
    return html.split('data-status="', 1)[1].split('"', 1)[0]


def packed_lot(farm: Farm) -> LotView:
    lot = farm.harvests(kg(120))
    farm.prints(lot, 50)
    farm.packs(lot, 50)
    return farm.again(lot)


def path_of(lot: LotView, *, labelled: bool = True) -> str:
    return trace_url(lot.gtin, lot.lot_no, serial_of(lot) if labelled else None)


class TestTheStatus:
    def test_of_a_fresh_record_is_not_sealed_and_of_a_sealed_one_unchanged(
        self, client: FlaskClient, farm: Farm
    ) -> None:
        lot = packed_lot(farm)
        assert status(client, path_of(lot)) == "not-sealed"
        seal()
        assert status(client, path_of(lot)) == "unchanged"

    def test_of_a_label_that_is_on_no_pack_yet_is_not_packed(self, client: FlaskClient, farm: Farm) -> None:
        lot = farm.harvests(kg(120))
        farm.prints(lot, 50)
        seal()
        assert status(client, path_of(lot)) == "not-packed"

    def test_of_a_cancelled_label_is_void(self, client: FlaskClient, farm: Farm) -> None:
        lot = packed_lot(farm)
        with unit_of_work() as uow:
            cancel_label(uow, serial_of(lot), actor=farm.owner, now=farm.now)
        seal()
        assert status(client, path_of(lot)) == "void"

    def test_of_a_held_lot_is_held_with_the_reason_in_plain_words(
        self, client: FlaskClient, farm: Farm
    ) -> None:
        farm.sprays("abamectin", phi_days=14, on=scene.TODAY - timedelta(days=3))
        lot = farm.harvests(kg(120))
        seal()
        html = client.get(path_of(lot, labelled=False)).get_data(as_text=True)
        assert 'data-status="held"' in html
        assert "thời gian cách ly của thuốc abamectin" in html
        assert "máy tính, theo quy tắc" in html  # nobody decided it, least of all the seller

    def test_of_a_recalled_lot_is_recalled_before_everything_else(
        self, client: FlaskClient, farm: Farm, office: Actor
    ) -> None:
        lot = packed_lot(farm)
        seal()
        order = RecallLot(
            lot_id=lot.id, recall_class=RecallClass.SAFETY, reason="Dư lượng vượt mức", document_no="12/QĐ"
        )
        with unit_of_work() as uow:
            recall_lot(uow, order, actor=office, now=farm.now)
        html = client.get(path_of(lot)).get_data(as_text=True)
        assert 'data-status="recalled"' in html
        assert "Đừng ăn" in html
        assert "12/QĐ" in html
        with unit_of_work() as uow:
            lift(uow, lot.id, reason="Đã kiểm tra lại", actor=office, now=farm.now)
        assert status(client, path_of(lot)) != "recalled"

    def test_of_a_serial_scanned_in_many_places_is_a_possible_copy(
        self, client: FlaskClient, farm: Farm
    ) -> None:
        lot = packed_lot(farm)
        seal()
        with unit_of_work() as uow:
            for network in range(6):
                seen = scans.RecordScan(
                    lot_id=lot.id, serial=serial_of(lot), status="unchanged", network=f"net-{network}"
                )
                scans.record_scan(uow, seen, now=farm.now)
        assert status(client, path_of(lot)) == "possible-copy"

    @pytest.mark.parametrize(
        "path",
        [
            "/01/09521234000013/21/ABCDEFGHJK",
            "/01/09521234000014",
            "/01/９５２1234000013",
            "/t/ABCDE",
            "/t/0O1IL23456",
        ],
    )
    def test_of_a_code_in_no_book_is_unknown_with_404_and_help(
        self, client: FlaskClient, farm: Farm, path: str
    ) -> None:
        answer = client.get(path)
        assert answer.status_code == 404
        assert 'data-status="unknown"' in answer.get_data(as_text=True)

    @pytest.mark.parametrize("path", ["/01/09521234000013/10/NOPE", "/01/09521234000014", "/t/ABCDE"])
    @pytest.mark.parametrize(
        "accept",
        [
            "application/json",
            "application/problem+json",
            "application/linkset+json",
            "application/ld+json",
        ],
    )
    def test_of_an_unknown_code_is_a_problem_to_a_program(
        self, client: FlaskClient, farm: Farm, path: str, accept: str
    ) -> None:
        answer = client.get(path, headers={"Accept": accept})
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
        assert answer.get_json()["type"].endswith("/problems/not-found")
        assert "Accept" in answer.headers["Vary"]

    def test_of_an_unknown_code_is_a_page_to_a_browser(self, client: FlaskClient, farm: Farm) -> None:
        accept = "text/html,application/xhtml+xml,*/*;q=0.8"
        for headers in ({"Accept": accept}, {}):
            answer = client.get("/01/09521234000013/10/NOPE", headers=headers)
            assert (answer.status_code, answer.mimetype) == (404, "text/html")
            assert "Accept" in answer.headers["Vary"]

    def test_of_parts_that_do_not_belong_together_is_unknown(self, client: FlaskClient, farm: Farm) -> None:
        one, other = packed_lot(farm), packed_lot(farm)
        assert status(client, trace_url(one.gtin, one.lot_no, serial_of(other))) == "unknown"

    def test_of_the_database_being_away_is_service_down_and_never_unknown(
        self, client: FlaskClient, farm: Farm, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lot = packed_lot(farm)
        with db.engine.begin() as connection:
            connection.execute(text("ALTER TABLE copy_suspicion RENAME TO away"))
        answer = client.get(path_of(lot))
        assert answer.status_code == 503
        assert 'data-status="service-down"' in answer.get_data(as_text=True)


def change_a_byte(lot: LotView) -> None:
    """Behind the application's back: the trigger is dropped, one byte of a sealed event is changed."""
    with db.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER epcis_event_no_update")
            connection.exec_driver_sql(
                "UPDATE epcis_event SET body = CAST(replace(CAST(body AS TEXT), '120000', '121000') AS BLOB) "
                "WHERE biz_step = 'commissioning'"
            )
        else:
            connection.exec_driver_sql("DROP TRIGGER epcis_event_append_only ON epcis_event")
            connection.exec_driver_sql(
                "UPDATE epcis_event SET body = "
                "convert_to(replace(convert_from(body, 'UTF8'), '120000', '121000'), 'UTF8') "
                "WHERE biz_step = 'commissioning'"
            )


def an_hour_ago(lot_id: UUID) -> None:
    with unit_of_work() as uow:
        uow.session.get_one(LotCheck, lot_id).checked_at -= timedelta(hours=1)


class TestAChangedByte:
    def test_shows_on_the_page_within_a_minute(self, client: FlaskClient, farm: Farm) -> None:
        lot = packed_lot(farm)
        seal()
        assert status(client, path_of(lot)) == "unchanged"
        change_a_byte(lot)
        an_hour_ago(lot.id)
        assert status(client, path_of(lot)) == "mismatch"

    def test_is_caught_by_the_command_line_on_the_downloaded_bundle(
        self, client: FlaskClient, farm: Farm, tmp_path: Path
    ) -> None:
        lot = packed_lot(farm)
        seal()
        assert verify(client, lot, tmp_path) == 0
        change_a_byte(lot)
        assert verify(client, lot, tmp_path) == 1

    def test_is_an_open_row_on_the_desk(self, client: FlaskClient, farm: Farm, office: Actor) -> None:
        lot = packed_lot(farm)
        seal()
        change_a_byte(lot)
        client.get(path_of(lot))
        people.logs_in(client, office)
        assert lot.lot_no in client.get("/office/").get_data(as_text=True)


def verify(client: FlaskClient, lot: LotView, folder: Path) -> int:
    """Download the bundle and check it with the office's key, as an auditor does."""
    bundle, policy = folder / "proof.json", folder / "policy.txt"
    bundle.write_bytes(client.get(f"/trace/{lot.id}/proof.json").data)
    policy.write_bytes(client.get("/ledger/policy").data)
    command = [sys.executable, "-m", "ledger", "verify", str(bundle), "--policy", str(policy)]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True).returncode


class TestThePage:
    def test_tells_product_grower_harvest_and_place(self, client: FlaskClient, farm: Farm) -> None:
        lot = packed_lot(farm)
        html = client.get(path_of(lot)).get_data(as_text=True)
        for part in ("Măng cụt Dầu Tiếng", "Hái 20/11/2026", "Xã Thanh An"):
            assert part in html

    def test_shows_a_household_code_where_no_consent_was_given(self, client: FlaskClient, farm: Farm) -> None:
        html = client.get(path_of(packed_lot(farm))).get_data(as_text=True)
        assert "Hộ ông Ba" not in html
        assert "Hộ H-" in html

    @pytest.mark.parametrize(("language", "called"), [("vi", "Hộ"), ("en", "Household")])
    def test_a_code_is_always_told_to_be_a_households(
        self, client: FlaskClient, farm: Farm, language: str, called: str
    ) -> None:
        html = client.get(path_of(packed_lot(farm)), query_string={"lang": language}).get_data(as_text=True)
        codes = re.findall(r"(\S+) H-[0-9]{4}", re.sub(r"<[^>]+>", " ", html))
        assert len(codes) >= 3, "beside the product, and at steps of the journey"
        assert set(codes) == {called}

    def test_is_answered_with_304_when_nothing_changed(self, client: FlaskClient, farm: Farm) -> None:
        lot = farm.harvests(kg(120))
        path = path_of(lot, labelled=False)
        first = client.get(path)
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert first.headers["Cache-Control"] == "no-cache"
        assert again.status_code in (200, 304)

    def test_never_promises_more_than_was_checked(self, client: FlaskClient, farm: Farm) -> None:
        html = client.get(path_of(packed_lot(farm))).get_data(as_text=True).lower()
        for word in ("hàng thật", "an toàn", "chính hãng", "100 %", "blockchain"):
            assert word not in html

    def test_is_complete_in_english(self, client: FlaskClient, farm: Farm) -> None:
        html = client.get(path_of(packed_lot(farm)) + "?lang=en").get_data(as_text=True)
        assert '<html lang="en"' in html

    @needs_openssl
    @pytest.mark.parametrize(
        ("here", "told"),
        [
            (False, "Khóa bởi: máy chủ này + dấu thời gian của Province time stamps."),
            (True, "Khóa bởi: riêng máy chủ này."),
        ],
    )
    def test_names_the_time_stamp_of_another_house_and_counts_none_of_our_own(
        self, client: FlaskClient, farm: Farm, tmp_path: Path, here: bool, told: str
    ) -> None:
        lot = packed_lot(farm)
        seal()
        publication.publish(
            current_app.extensions["coi.config"], current_app.extensions["coi.storage"], clock.now()
        )
        with answering(TimeStampAuthority.made(tmp_path / "tsa")) as made:
            trusted = Authorities.read(made.ca_file.read_bytes())
            asked = tsa.TimeStampAuthority(made.url, trusted, "", on_this_machine=here)
            stamping.advance(asked, clock.now(), every=timedelta())
        assert told in client.get(path_of(lot)).get_data(as_text=True)
        (stamp,) = client.get(f"/trace/{lot.id}/proof.json").get_json()["timestamps"]
        assert stamp["on_this_machine"] is here

    def test_gives_programs_a_linkset(self, client: FlaskClient, farm: Farm) -> None:
        lot = packed_lot(farm)
        answer = client.get(path_of(lot), headers={"Accept": "application/linkset+json"})
        (links,) = json.loads(answer.data)["linkset"]
        assert links["anchor"].endswith(path_of(lot))
        assert answer.mimetype == "application/linkset+json"


class TestATypedCode:
    def test_leads_to_the_label_whatever_its_case_and_gaps(self, client: FlaskClient, farm: Farm) -> None:
        lot = packed_lot(farm)
        serial = serial_of(lot)
        typed = f"{serial[:5].lower()} {serial[5:]}"
        answer = client.get(f"/t/{typed}")
        assert answer.status_code == 307
        assert answer.headers["Location"].endswith(trace_url(lot.gtin, lot.lot_no, serial))

    def test_with_one_wrong_symbol_says_so(self, client: FlaskClient, farm: Farm) -> None:
        serial = serial_of(packed_lot(farm))
        wrong = serial[:3] + ("2" if serial[3] != "2" else "3") + serial[4:]
        assert "Có một ký tự gõ sai" in client.get(f"/t/{wrong}").get_data(as_text=True)


class TestAReport:
    def test_by_anybody_gets_a_number_and_reaches_the_desk_once(
        self, client: FlaskClient, farm: Farm, office: Actor
    ) -> None:
        serial = serial_of(packed_lot(farm))
        form = {
            "code": serial, "kind": "fake", "text": "Tem in mờ", "phone": "0912 345 678",
            "client_id": "0b0e7a3e-6a53-4b4e-9d0f-1f2f3f4f5f6f",
        }  # fmt: skip
        first = client.post("/report", data=form).get_data(as_text=True)
        again = client.post("/report", data=form).get_data(as_text=True)
        number = first.split("Số hồ sơ: ", 1)[1].split("<", 1)[0].strip()
        assert number in again
        people.logs_in(client, office)
        assert number in client.get("/office/").get_data(as_text=True)


class TestTheDesk:
    @pytest.mark.parametrize("how", ["address", "code", "lot"])
    def test_verifies_what_a_scanner_or_a_hand_delivers(
        self, client: FlaskClient, farm: Farm, office: Actor, how: str
    ) -> None:
        lot = packed_lot(farm)
        seal()
        people.logs_in(client, office)
        given = {"address": f"http://coi.test{path_of(lot)}", "code": serial_of(lot), "lot": lot.lot_no}[how]
        html = client.get("/office/codes", query_string={"code": given}).get_data(as_text=True)
        assert 'data-status-block="unchanged"' in html

    def test_is_closed_to_farmers(self, client: FlaskClient, farm: Farm) -> None:
        people.logs_in(client, farm.owner)
        assert client.get("/office/codes").status_code == 403


def test_a_lot_of_another_office_cannot_be_recalled(app: Flask, farm: Farm) -> None:
    lot = farm.harvests(kg(10))
    stranger = people.member("economics_office", "Phòng khác", ("officer",))
    elsewhere = Actor(**{**stranger.__dict__, "commune_codes": frozenset({"00004"})})
    order = RecallLot(lot_id=lot.id, recall_class=RecallClass.LABEL, reason="Sai nhãn", document_no="1")
    with pytest.raises(Exception, match="not-found"), unit_of_work() as uow:
        recall_lot(uow, order, actor=elsewhere, now=farm.now)
