"""The status of a lot also speaks for its charts: numbers that are not the sealed ones are a mismatch."""

from datetime import timedelta

import pytest
from flask import Flask, current_app
from flask.testing import FlaskClient

from app.kernel import clock
from app.kernel.quantities import kg
from app.kernel.uow import unit_of_work
from ledger import sequencer
from sensors_link.devices.queries import DatastreamView
from sensors_link.sealing import commands, queries, rules
from tests.scene import farm as scene
from tests.scene import people
from tests.scene.ledger import change
from tests.scene.people import NOW
from tests.scene.station import DAY, seal_all, soil_stream, take
from traceability.lots.queries import LotView
from traceability.trace_page.models import LotCheck
from traceability.trace_page.queries import trace_url

HIGHER = "UPDATE hourly_rollup SET low = low + 300, high = high + 300, total = total + 300 * n"


@pytest.fixture
def farm(app: Flask) -> scene.Farm:
    return scene.a_farm()


@pytest.fixture
def stream(farm: scene.Farm) -> DatastreamView:
    """Two days of readings, sealed."""
    made = soil_stream(farm.owner, farm.plot_id)
    take(made, *range(48))
    return made


@pytest.fixture
def lot(farm: scene.Farm, stream: DatastreamView) -> LotView:
    made = farm.harvests(kg(120))
    seal()
    return made


def seal() -> None:
    seal_all()
    sequencer.run(current_app.extensions["coi.config"], clock.now())


def page(client: FlaskClient, lot: LotView, language: str = "vi") -> str:
    """The lot's page a minute after it was last compared."""
    with unit_of_work() as uow:
        if (check := uow.session.get(LotCheck, lot.id)) is not None:
            check.checked_at -= timedelta(hours=1)
    address = trace_url(lot.gtin, lot.lot_no)
    return client.get(address, query_string={"lang": language}).get_data(as_text=True)


def status(html: str) -> str:
    return html.split('data-status="', 1)[1].split('"', 1)[0]


class TestTheChart:
    def test_of_the_sealed_numbers_leaves_the_lot_unchanged(self, client: FlaskClient, lot: LotView) -> None:
        html = page(client, lot)
        assert status(html) == "unchanged"
        assert "Đã khóa dấu 2 trên 2 ngày" in html

    def test_of_other_numbers_is_a_mismatch_that_names_series_and_day(
        self, client: FlaskClient, lot: LotView
    ) -> None:
        page(client, lot)
        change(HIGHER)
        html = page(client, lot)
        assert status(html) == "mismatch"
        assert f"Độ ẩm đất ngày {DAY:%d/%m/%Y} đang hiện khác với số đo đã khóa." in html
        assert "the numbers shown are not the readings that were sealed" in page(client, lot, "en")

    def test_of_readings_that_were_packed_anew_is_a_mismatch(
        self, client: FlaskClient, lot: LotView, stream: DatastreamView
    ) -> None:
        with unit_of_work(read_only=True) as uow:
            kept = queries.batches_of(uow, stream, DAY, DAY)[0]
        rows = [(one.at, one.value + 300, one.flag) for one in kept.readings()]
        change("UPDATE sealed_readings SET readings = :packed", packed=rules.pack(rows))
        change(HIGHER)
        html = page(client, lot)
        assert status(html) == "mismatch"
        assert "đang hiện khác với số đo đã khóa" in html

    def test_of_late_and_contradicted_readings_leaves_the_lot_unchanged(
        self, client: FlaskClient, lot: LotView, stream: DatastreamView
    ) -> None:
        take(stream, 3.5, 70, value="44.0")
        take(stream, 5, value="45.0")
        assert status(page(client, lot)) == "unchanged"
        seal()
        assert status(page(client, lot)) == "unchanged"

    def test_of_an_erased_series_leaves_the_lot_unchanged(
        self, client: FlaskClient, lot: LotView, stream: DatastreamView
    ) -> None:
        with unit_of_work() as uow:
            commands.erase(uow, stream.id, NOW)
        assert status(page(client, lot)) == "unchanged"


class TestSpoiltReadings:
    def test_are_a_mismatch_and_no_proof_can_be_had(
        self, client: FlaskClient, lot: LotView, stream: DatastreamView
    ) -> None:
        address = f"/trace/{lot.id}/sensors/{stream.id}/proof.json"
        assert client.get(address).status_code == 200
        change("UPDATE sealed_readings SET readings = :spoilt", spoilt=b"no such thing")
        answer = client.get(address)
        assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
        assert answer.get_json()["type"].endswith("/sealed-readings-damaged")
        assert status(page(client, lot)) == "mismatch"


def test_the_desk_reads_the_stream_and_the_day(client: FlaskClient, lot: LotView) -> None:
    change(HIGHER)
    people.logs_in(client, people.office())
    html = client.get("/office/codes", query_string={"code": lot.lot_no}).get_data(as_text=True)
    assert f"sensors:soil_moisture:{DAY}: Trạm 1: the hour from" in html
    assert "Độ ẩm đất ngày" in html
