"""What the page tells from rows and tables must follow from what was sealed: whoever edits those is found."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask, current_app
from flask.testing import FlaskClient
from sqlalchemy import delete, update
from sqlalchemy.sql.dml import UpdateBase

from app.kernel import clock
from app.kernel.db import db
from app.kernel.quantities import kg
from app.kernel.uow import unit_of_work
from ledger import sequencer
from tests.scene import farm as scene
from tests.scene import people
from tests.scene.farm import Farm
from tests.scene.ledger import behind_the_back
from traceability import projections
from traceability.events import bodies
from traceability.events.models import EpcisEvent
from traceability.lots import commands as lots
from traceability.lots.models import Lot, LotHold
from traceability.lots.queries import LotView
from traceability.recall.commands import RecallLot, recall_lot
from traceability.recall.models import Recall
from traceability.recall.rules import RecallClass
from traceability.trace_page.models import LotCheck, TraceBody
from traceability.trace_page.queries import trace_url


@pytest.fixture
def farm(app: Flask) -> Farm:
    return scene.a_farm()


@pytest.fixture
def lot(farm: Farm) -> LotView:
    """A sealed lot."""
    lot = farm.harvests(kg(120))
    seal()
    return lot


def seal() -> None:
    sequencer.run(current_app.extensions["coi.config"], clock.now())


def edit(*statements: UpdateBase) -> None:
    """What an administrator of the database writes, and that nothing is remembered of before."""
    kept = {"epcis_event"} & {str(statement.table) for statement in statements}
    with behind_the_back(*kept), db.engine.begin() as connection:
        for statement in (*statements, delete(LotCheck), delete(TraceBody)):
            connection.execute(statement)


def status(client: FlaskClient, lot: LotView) -> str:
    return client.get(trace_url(lot.gtin, lot.lot_no)).text.split('data-status="', 1)[1].split('"', 1)[0]


def differences() -> list[str]:
    with unit_of_work(read_only=True) as uow:
        return [str(one) for one in projections.rebuild(uow, apply=False).differences]


def recalls(lot: LotView, kind: RecallClass = RecallClass.SAFETY) -> None:
    order = RecallLot(lot_id=lot.id, recall_class=kind, reason="dư lượng vượt ngưỡng", document_no="12/QĐ")
    with unit_of_work() as uow:
        recall_lot(uow, order, actor=people.office(), now=clock.now())
    seal()


EDITS: dict[str, Callable[[LotView, Farm], UpdateBase]] = {
    "the day": lambda lot, _: update(Lot).values(harvested_on=lot.harvested_on + timedelta(days=3)),
    "the weight": lambda lot, _: update(Lot).values(weight_g=kg(150), remaining_g=kg(150)),
    "the grower": lambda _, other: update(Lot).values(owner_id=other.owner.organisation_id),
    "who picked": lambda _, other: update(Lot).values(harvested_by_id=other.owner.organisation_id),
    "the plot": lambda _, other: update(Lot).values(plot_id=other.plot_id),
    "the state": lambda *_: update(Lot).values(state="closed"),
}


@pytest.mark.parametrize("edited", EDITS)
def test_a_fact_of_the_first_screen(client: FlaskClient, lot: LotView, farm: Farm, edited: str) -> None:
    other = scene.a_farm(name="Hộ bà Tư")
    assert status(client, lot) == "unchanged"
    edit(EDITS[edited](lot, other).where(Lot.id == lot.id))
    assert status(client, lot) == "mismatch"
    assert any(lot.lot_no in told for told in differences())


def test_a_plain_rebuild_says_again_what_was_sealed(client: FlaskClient, lot: LotView) -> None:
    edit(update(Lot).values(harvested_on=lot.harvested_on + timedelta(days=3), weight_g=kg(150)))
    with unit_of_work() as uow:
        projections.rebuild(uow, apply=True)
    assert differences() == []
    assert status(client, lot) == "unchanged"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("biz_step", lambda: bodies.PLOT_CONFIRMED),
        ("organisation_id", lambda: people.office().organisation_id),
        ("plot_id", lambda: None),
        ("type", lambda: "AggregationEvent"),
        ("action", lambda: "OBSERVE"),
        ("simulated", lambda: True),
        ("event_time", lambda: clock.now() - timedelta(days=40)),
    ],
)
def test_a_column_of_an_event(
    client: FlaskClient, lot: LotView, column: str, value: Callable[[], object]
) -> None:
    harvest = update(EpcisEvent).where(EpcisEvent.biz_step == bodies.HARVEST)
    edit(harvest.values({column: value()}))
    assert status(client, lot) == "mismatch"
    assert any(f"column {column}:" in told for told in differences())


def test_what_a_rebuild_cannot_mend_is_left_told(app: Flask, client: FlaskClient, lot: LotView) -> None:
    recalls(lot)
    edit(delete(Recall), update(Lot).values(state="open", harvested_on=lot.harvested_on + timedelta(days=3)))
    told = app.test_cli_runner().invoke(args=["trace", "rebuild"])
    assert told.exit_code == 1
    left = told.output.partition("after mending:")[2]
    assert "recall" in left
    assert "harvested_on" not in left
    assert status(client, lot) == "mismatch"


def test_is_an_alarm_of_the_operator_and_on_the_page_of_the_log(client: FlaskClient, lot: LotView) -> None:
    edit(update(Lot).values(harvested_on=lot.harvested_on + timedelta(days=3)))
    assert "ledger-records" not in client.get("/readyz").get_json()["degraded"]
    assert status(client, lot) == "mismatch"
    told = client.get("/readyz").get_json()["degraded"]["ledger-records"]
    assert told.startswith("1 records are not what was sealed")
    assert "khác với dữ liệu đã niêm phong" in client.get("/ledger").text
    edit(update(Lot).values(harvested_on=lot.harvested_on))
    assert status(client, lot) == "unchanged"
    assert "ledger-records" not in client.get("/readyz").get_json()["degraded"]


class TestARecall:
    def test_whose_row_is_gone(self, client: FlaskClient, lot: LotView) -> None:
        recalls(lot)
        assert status(client, lot) == "recalled"
        edit(delete(Recall), update(Lot).values(state="open"))
        assert status(client, lot) == "mismatch"
        assert any("recall" in told for told in differences())

    def test_that_was_made_harmless(self, client: FlaskClient, lot: LotView) -> None:
        recalls(lot)
        edit(update(Recall).values(recall_class=RecallClass.QUALITY))
        assert any("recall" in told for told in differences())
        assert "Máy chủ" in client.get(trace_url(lot.gtin, lot.lot_no)).text
        with unit_of_work(read_only=True) as uow:
            assert "recall" in (uow.session.get_one(LotCheck, lot.id).fault or "")

    def test_that_nobody_ordered(self, client: FlaskClient, lot: LotView) -> None:
        recalls(lot)
        lifted = update(Recall).values(lifted_at=clock.now(), lifted_by_id=Recall.ordered_by_id)
        edit(lifted, update(Lot).values(state="closed"))
        assert status(client, lot) == "mismatch"


def test_a_hold_whose_row_is_gone(client: FlaskClient, lot: LotView) -> None:
    with unit_of_work() as uow:
        lots.hold(uow, lot.id, reason="kiểm tra", actor=people.office(), now=clock.now())
    seal()
    assert status(client, lot) == "held"
    edit(delete(LotHold), update(Lot).values(state="open"))
    assert status(client, lot) == "mismatch"


class TestAStoredPage:
    @pytest.mark.parametrize("column", ["body", "counts", "made_at", "tag"])
    def test_that_somebody_else_wrote_is_made_anew(
        self, client: FlaskClient, lot: LotView, column: str
    ) -> None:
        address = trace_url(lot.gtin, lot.lot_no)
        before = client.get(address).text
        told = {
            "body": b"<p>999 kg</p>",
            "counts": {"declared": 0, "agreed": 0, "verified": 9, "measured": 9, "verified_in_date": 9},
            "made_at": clock.now() + timedelta(days=99),
            "tag": "0" * 64,
        }
        with db.engine.begin() as connection:
            connection.execute(update(TraceBody).values({column: told[column]}))
        assert client.get(address).text == before
        with unit_of_work(read_only=True) as uow:
            assert getattr(uow.session.get_one(TraceBody, (lot.id, "vi")), column) != told[column]

    def test_of_a_check_that_is_to_come_is_no_check(self, client: FlaskClient, lot: LotView) -> None:
        assert status(client, lot) == "unchanged"
        with db.engine.begin() as connection:
            connection.execute(update(LotCheck).values(checked_at=clock.now() + timedelta(days=99)))
            connection.execute(update(Lot).values(harvested_on=lot.harvested_on - timedelta(days=1)))
        assert status(client, lot) == "mismatch"
