"""What the auditors' list shows of each room, with identifiers and codes and no name or typed word."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.kernel.calendar import day_bounds
from app.kernel.config import Config
from app.kernel.uow import unit_of_work
from ledger import sequencer
from sensors_link.devices import commands as devices
from sensors_link.ingest import commands as ingest
from sensors_link.ingest.decode import Reading
from sensors_link.sealing import commands as sealing
from sensors_link.sealing.closing import close_some
from tests.scene import marks, people
from tests.scene.farm import TODAY, Farm, a_farm
from tests.scene.marks import MISUSE
from tests.scene.people import NOW
from traceability.erasure import forget_person
from traceability.lots import commands as lots
from trademarks.use_rights import commands as rights
from trademarks.use_rights.commands import Because
from trademarks.use_rights.rules import Reason

REASON = "Đã có kết quả dư lượng của bà Năm"
DAY = timedelta(days=1)


@pytest.fixture
def farm(app: Flask) -> Farm:
    return a_farm()


def listed(client: FlaskClient, kind: str = "") -> list[dict[str, Any]]:
    return client.get("/ledger/exceptions.json", query_string={"kind": kind}).get_json()["exceptions"]


def brief(rows: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(row["kind"], row["subject"], row["reason"]) for row in rows]


def test_an_ordinary_day_has_no_exception(farm: Farm, client: FlaskClient) -> None:
    farm.harvests()
    assert listed(client) == []
    assert "Không có ngoại lệ nào" in client.get("/ledger/exceptions").get_data(as_text=True)


def test_a_harvest_recorded_four_days_later_is_late(farm: Farm, client: FlaskClient) -> None:
    farm.harvests(on=TODAY - 2 * DAY)
    lot = farm.harvests(on=TODAY - 5 * DAY)
    (row,) = listed(client)
    assert brief([row]) == [("late", lot.lot_no, "commissioning")]
    assert row["url"] == f"http://coi.test/trace/{lot.id}/proof.json"
    assert row["happened_at"] < row["recorded_at"]


def test_a_released_hold_was_let_through_and_its_reason_in_words_stays_at_the_office(
    farm: Farm, client: FlaskClient
) -> None:
    farm.sprays("abamectin", phi_days=7, on=TODAY)
    lot = farm.harvests()
    assert listed(client, "forced") == []
    with unit_of_work() as uow:
        lots.release(uow, lot.id, reason=REASON, actor=people.office(), now=farm.now)
    assert brief(listed(client)) == [("forced", lot.lot_no, "early-harvest")]
    for address in ("/ledger/exceptions", "/ledger/exceptions.csv", "/ledger/exceptions.json"):
        told = client.get(address).get_data(as_text=True)
        assert "bà Năm" not in told
        assert farm.owner.organisation_name not in told


def test_a_corrected_harvest_is_one_row(farm: Farm, client: FlaskClient) -> None:
    lot = farm.harvests()
    farm.corrects(lot, 100_000)
    assert brief(listed(client)) == [("corrected", lot.lot_no, "commissioning")]


def test_erased_words_are_told_as_erased(farm: Farm, config: Config, client: FlaskClient) -> None:
    farm.sprays("abamectin", phi_days=7, on=TODAY)
    sequencer.run(config, NOW)
    with unit_of_work() as uow:
        forget_person(uow, farm.owner.person_id, NOW + DAY)
    (row,) = listed(client)
    assert (row["kind"], row["subject"], row["url"]) == ("erased", str(farm.plot_id), None)


def test_acts_on_a_right_beyond_the_usual_are_listed_with_the_certificate(
    app: Flask, client: FlaskClient
) -> None:
    desk, farmer, view = marks.household_with_right()
    with unit_of_work() as uow:
        season = Because(Reason.SEASON, "Vụ này nhiều hơn dự tính.")
        rights.extend_quota(uow, view.id, 500, season, actor=desk.officer, now=NOW)
        rights.suspend(uow, view.id, MISUSE, actor=desk.officer, now=NOW + DAY)
        unfounded = Because(Reason.UNFOUNDED, "Kiểm tra lại không có lỗi.")
        rights.reinstate(uow, view.id, unfounded, actor=desk.officer, now=NOW + DAY + timedelta(hours=1))
    number = view.certificate_no
    assert brief(listed(client)) == [
        ("corrected", number, "unfounded"),
        ("forced", number, "suspended_for_a_day"),
        ("forced", number, "quota_extended"),
    ]
    assert listed(client)[0]["url"] == f"http://coi.test/trademarks/rights/{number}"
    with unit_of_work() as uow:
        rights.forget_person(uow, farmer.person_id, NOW + 2 * DAY)
    assert {row["kind"] for row in listed(client)} == {"erased"}


def test_readings_after_their_day_closed_are_late_and_erased_ones_erased(
    farm: Farm, client: FlaskClient
) -> None:
    start, _ = day_bounds(TODAY - 4 * DAY)
    with unit_of_work() as uow:
        device, _ = devices.enrol(uow, devices.EnrolDevice(name="Trạm bà Năm"), actor=farm.owner, now=NOW)
        wanted = devices.AddDatastream(
            device_id=device.id,
            plot_id=farm.plot_id,
            code="SMC",
            observed_property="soil_moisture",
            interval_s=3600,
        )
        stream = devices.add_datastream(uow, wanted, actor=farm.owner, now=NOW)
    for hour in (1, 2):
        with unit_of_work() as uow:
            source = ingest.Source(device_id=device.id, grade="gateway_push")
            readings = [Reading(start + timedelta(hours=hour), Decimal("30.1"))]
            ingest.take_readings(uow, readings, source=source, streams={None: stream}, now=NOW)
        assert close_some(NOW) == 1
    assert brief(listed(client)) == [("late", str(stream.id), "supplement")]
    assert "bà Năm" not in client.get("/ledger/exceptions").get_data(as_text=True)
    with unit_of_work() as uow:
        sealing.erase(uow, stream.id, NOW)
    assert brief(listed(client)) == [("erased", str(stream.id), "erased-readings")] * 2


def test_the_list_is_paged_and_filtered_by_its_address(farm: Farm, client: FlaskClient) -> None:
    for _ in range(30):
        farm.harvests(on=TODAY - 6 * DAY)
    lot = farm.harvests()
    farm.corrects(lot, 100_000)
    first = client.get("/ledger/exceptions?kind=late").get_data(as_text=True)
    assert first.count("data-row") == 25
    assert "kind=late&amp;page=2" in first
    assert client.get("/ledger/exceptions?kind=late&page=2").get_data(as_text=True).count("data-row") == 5
    assert "Ghi muộn (30)" in first
    assert "sổ cái không niêm phong danh sách" in first
    assert [row["kind"] for row in listed(client, "corrected")] == ["corrected"]
    assert len(listed(client, "")) == 31


def test_the_spreadsheet_opens_in_the_readers_language(farm: Farm, client: FlaskClient) -> None:
    lot = farm.harvests(on=TODAY - 5 * DAY)
    answer = client.get("/ledger/exceptions.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.data.startswith(b"\xef\xbb\xbf")
    header, row = csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff")))
    assert header[0] == "Loại"
    assert (row[0], row[4], row[5]) == ("Ghi muộn", lot.lot_no, "Thu hoạch")
