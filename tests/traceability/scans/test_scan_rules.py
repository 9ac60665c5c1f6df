"""When scans look like several labels; what is kept of whoever scanned."""

from datetime import UTC, date, datetime, timedelta

from flask import Flask

from app.kernel.uow import unit_of_work
from tests.scene import farm as scene
from traceability.scans import queries
from traceability.scans.commands import RecordScan, coarse_network, record_scan
from traceability.scans.rules import DayOfScans, suspicion

DAY = date(2026, 11, 20)
KEY = b"k" * 32


def test_a_family_and_a_stall_are_no_suspicion() -> None:
    assert suspicion({DAY: DayOfScans(scans=12, networks=3)}) is None


def test_many_networks_in_one_day_are() -> None:
    found = suspicion({DAY: DayOfScans(scans=6, networks=6)})
    assert found is not None
    assert found.reason == "many-places"


def test_many_looks_in_one_day_are() -> None:
    found = suspicion({DAY: DayOfScans(scans=40, networks=1)})
    assert found is not None
    assert found.reason == "many-scans"


def test_a_page_that_is_loaded_again_and_again_is_one_look(app: Flask) -> None:
    farm = scene.a_farm()
    lot = farm.harvests()
    now = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    with unit_of_work() as uow:
        for second in range(50):
            seen = RecordScan(lot_id=lot.id, serial="23456789AB", status="unchanged", network="one")
            record_scan(uow, seen, now=now + timedelta(seconds=second))
        assert queries.days_of(uow, "23456789AB")[DAY] == DayOfScans(scans=1, networks=1)
        assert queries.suspicion_of(uow, "23456789AB") is None


class TestTheNetworkOfAScan:
    def test_is_the_same_for_neighbours_and_another_on_another_day(self) -> None:
        here = coarse_network("203.0.113.9", DAY, key=KEY)
        assert coarse_network("203.0.113.200", DAY, key=KEY) == here
        assert coarse_network("203.0.114.9", DAY, key=KEY) != here
        assert coarse_network("203.0.113.9", DAY + timedelta(days=1), key=KEY) != here

    def test_cannot_be_read_back(self) -> None:
        assert "203" not in coarse_network("203.0.113.9", DAY, key=KEY)

    def test_of_something_that_is_no_address_is_unknown(self) -> None:
        assert coarse_network("", DAY, key=KEY) == "unknown"
