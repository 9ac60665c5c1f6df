"""Whatever is harvested, packed, corrected, shipped or cancelled: no gram is made or lost."""

from collections.abc import Sequence
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.kernel.problems import DomainError
from app.kernel.quantities import kg
from app.kernel.uow import unit_of_work
from tests.scene.farm import Books, Farm, a_farm, rows
from traceability import projections
from traceability.labels.commands import NotEnoughLabels
from traceability.labels.queries import serials_of_sheet, sheets_of_lot
from traceability.lots.queries import LotView
from traceability.lots.rules import LotOnHold, MoreThanTheLotHolds
from traceability.packing import queries
from traceability.packing.commands import NotEnoughPacks, PackUnits, cancel_label, pack_units

STEPS = st.lists(
    st.tuples(st.sampled_from(["print", "pack", "correct", "cancel", "ship", "spray"]), st.integers(1, 30)),
    min_size=1,
    max_size=12,
)


@pytest.fixture
def farm(app: Flask) -> Farm:
    return a_farm()


@pytest.fixture
def books(app: Flask) -> Books:
    return Books()


def does(farm: Farm, lot: LotView, step: str, n: int) -> None:
    """One step of the story; the impossible is refused and must leave no trace."""
    if step == "print":
        farm.prints(lot, n)
    elif step == "pack":
        farm.packs(lot, n)
    elif step == "correct":
        farm.corrects(lot, n * 3_000 + 7)
    elif step == "ship":
        farm.ships(lot, n)
    elif step == "spray":
        farm.works(on=farm.now.date())
    else:
        with unit_of_work() as uow:
            codes = [code for sheet in sheets_of_lot(uow, lot.id) for code in serials_of_sheet(uow, sheet.id)]
            if codes:
                cancel_label(uow, codes[n % len(codes)], actor=farm.owner, now=farm.now)


def tells(farm: Farm, story: Sequence[tuple[str, int]]) -> LotView:
    lot = farm.harvests(kg(40))
    for step, n in story:
        try:
            does(farm, lot, step, n)
        except DomainError:
            continue
    return farm.again(lot)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=STEPS)
def test_harvested_is_remaining_and_packed_whatever_happens(
    app: Flask, farm: Farm, story: list[tuple[str, int]]
) -> None:
    lot = tells(farm, story)
    with unit_of_work(read_only=True) as uow:
        assert lot.weight_g == lot.remaining_g + queries.packed_g(uow, lot.id)
        assert projections.rebuild(uow, apply=False).differences == []


class TestPacking:
    def test_takes_grams_and_binds_labels(self, farm: Farm) -> None:
        lot = farm.harvests(kg(120))
        farm.prints(lot, 50)
        packing = farm.packs(lot, 50)
        assert len(set(packing.serials)) == 50
        assert farm.again(lot).remaining_g == 70_000
        with unit_of_work(read_only=True) as uow:
            assert queries.units_available(uow, lot.id, kg(1)) == 50

    def test_is_written_once_however_often_the_phone_sends_it(self, farm: Farm) -> None:
        lot, once = farm.harvests(kg(10)), uuid4()
        farm.prints(lot, 10)
        assert farm.packs(lot, 5, client_id=once) == farm.packs(lot, 5, client_id=once)
        assert farm.again(lot).remaining_g == 5_000

    def test_beyond_the_labels_is_refused_with_the_figures_and_writes_nothing(
        self, farm: Farm, books: Books
    ) -> None:
        lot = farm.harvests(kg(100))
        farm.prints(lot, 20)
        with books.unchanged("pack", "epcis_event"), pytest.raises(NotEnoughLabels) as refused:
            farm.packs(lot, 21)
        assert refused.value.values == {"asked": 21, "free": 20, "unit_g": 1_000}
        assert farm.again(lot).remaining_g == 100_000

    def test_does_not_take_labels_that_say_another_weight(self, farm: Farm) -> None:
        lot = farm.harvests(kg(100))
        farm.prints(lot, 20, unit_g=500)
        with pytest.raises(NotEnoughLabels):
            farm.packs(lot, 10, unit_g=1_000)

    def test_beyond_the_lot_is_refused_with_the_figures(self, farm: Farm) -> None:
        lot = farm.harvests(kg(10))
        farm.prints(lot, 10)
        farm.corrects(lot, kg(8))
        with pytest.raises(MoreThanTheLotHolds) as refused:
            farm.packs(lot, 10)
        assert refused.value.values == {"asked_g": 10_000, "remaining_g": 8_000, "over_g": 2_000}

    def test_of_a_held_lot_is_refused(self, farm: Farm) -> None:
        lot = farm.harvests(kg(10))
        farm.prints(lot, 10)
        farm.sprays("abamectin", phi_days=7, on=farm.now.date())
        with pytest.raises(LotOnHold):
            farm.packs(lot, 10)


class TestShipping:
    def test_takes_the_first_packed_and_says_where_they_went(self, farm: Farm) -> None:
        lot = farm.harvests(kg(10))
        farm.prints(lot, 10)
        packing = farm.packs(lot, 10)
        assert farm.ships(lot, 3) == list(packing.serials[:3])
        with unit_of_work(read_only=True) as uow:
            gone = queries.pack_of(uow, packing.serials[0])
            assert len(queries.packed_unsold(uow, lot.id)) == 7
        assert gone is not None
        assert gone.order_ref == "DH-1"

    def test_of_more_than_there_is_takes_none(self, farm: Farm, books: Books) -> None:
        lot = farm.harvests(kg(10))
        farm.prints(lot, 2)
        farm.packs(lot, 2)
        with books.unchanged("epcis_event"), pytest.raises(NotEnoughPacks):
            farm.ships(lot, 3)


def test_two_packers_at_once_never_pack_the_same_grams(app: Flask, farm: Farm) -> None:
    lot = farm.harvests(kg(10))
    farm.prints(lot, 10)
    start, refused = Barrier(2), []

    def pack() -> None:
        with app.app_context():
            start.wait()
            try:
                with unit_of_work() as uow:
                    wanted = PackUnits(lot_id=lot.id, count=6, unit_weight_g=kg(1), client_id=uuid4())
                    pack_units(uow, wanted, actor=farm.owner, now=farm.now)
            except DomainError as refusal:
                refused.append(refusal.type)

    packers = [Thread(target=pack) for _ in range(2)]
    for packer in packers:
        packer.start()
    for packer in packers:
        packer.join()
    assert refused == ["more-than-the-lot-holds"]
    assert (rows("pack"), farm.again(lot).remaining_g) == (6, 4_000)


class TestRebuild:
    def test_finds_and_mends_what_the_events_do_not_say(self, app: Flask, farm: Farm) -> None:
        lot = farm.harvests(kg(10))
        farm.prints(lot, 10)
        farm.packs(lot, 4)
        with unit_of_work() as uow:
            uow.session.execute(text("UPDATE lot SET remaining_g = 9999"))
            uow.session.execute(text("UPDATE serial SET state = 'printed', pack_id = NULL"))
        runner = app.test_cli_runner()
        found = runner.invoke(args=["trace", "rebuild", "--check"])
        assert found.exit_code == 1
        assert "remaining_g: stored 9999, events say 6000" in found.output
        assert runner.invoke(args=["trace", "rebuild"]).exit_code == 0
        assert farm.again(lot).remaining_g == 6_000
        clean = runner.invoke(args=["trace", "rebuild", "--check"])
        assert clean.exit_code == 0
        assert "0 differences" in clean.output
