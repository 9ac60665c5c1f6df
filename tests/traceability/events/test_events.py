"""Every event is sealed as it is stored, names nobody, and a changed byte shows."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from app.kernel import relay
from app.kernel.quantities import kg
from app.kernel.uow import unit_of_work
from app.registry.commands import PLOT_CONFIRMED
from app.registry.queries import plot
from ledger.core.entry import parse_entry
from ledger.queries import check_entries, seal_of
from tests.scene import people
from tests.scene.farm import TODAY, Farm, a_farm
from traceability.diary.rules import WorkKind
from traceability.events import bodies, queries
from traceability.lots.queries import LotView


@pytest.fixture
def farm(app: Flask) -> Farm:
    return a_farm()


def steps(lot: LotView) -> list[str | None]:
    with unit_of_work(read_only=True) as uow:
        return [one.biz_step for one in queries.events_of_lot(uow, lot.id)]


class TestTheRecordOfALot:
    def test_has_the_works_of_its_season_on_its_plot_and_no_others(self, farm: Farm) -> None:
        farm.works(WorkKind.PRUNE, on=TODAY - timedelta(days=300))  # the season before
        farm.works(WorkKind.WATER, on=TODAY - timedelta(days=3))
        lot = farm.harvests(on=TODAY - timedelta(days=2))
        farm.works(WorkKind.FERTILISE, on=TODAY - timedelta(days=1))  # after the harvest
        assert steps(lot) == ["coi:water", bodies.HARVEST]

    def test_has_a_work_of_the_same_day_whichever_was_told_first(self, farm: Farm) -> None:
        lot = farm.harvests()
        farm.works(WorkKind.WATER)
        assert "coi:water" in steps(lot)

    def test_has_the_confirmation_of_its_plot_even_when_it_came_later(self, farm: Farm) -> None:
        lot = farm.harvests()
        office = people.office()
        with unit_of_work() as uow:
            for follow in PLOT_CONFIRMED.all().values():
                follow(uow, plot(uow, farm.plot_id), office, farm.now)
        assert bodies.PLOT_CONFIRMED in steps(lot)
        assert farm.again(lot).revision > lot.revision

    def test_has_nothing_of_other_lots(self, farm: Farm) -> None:
        first, second = farm.harvests(kg(5)), farm.harvests(kg(6))
        assert steps(first) == steps(second) == [bodies.HARVEST]

    def test_names_no_person_and_no_phone(self, farm: Farm) -> None:
        farm.works(WorkKind.WATER, note="Nguyễn Văn Thử tưới")
        lot = farm.harvests()
        farm.prints(lot, 2)
        farm.packs(lot, 2)
        with unit_of_work(read_only=True) as uow:
            sealed = b"".join(one.body for one in queries.sealed_events(uow, lot.id)).decode()
        for personal in ("Nguyễn", "+84", farm.owner.display_name, farm.owner.organisation_name):
            assert personal not in sealed


class TestTheSeal:
    def test_is_recomputed_byte_for_byte_from_what_is_stored(self, farm: Farm) -> None:
        lot = farm.harvests()
        farm.prints(lot, 5)
        farm.packs(lot, 5)
        relay.sweep()
        with unit_of_work(read_only=True) as uow:
            expected = queries.sealed_entries(uow, lot.id)
            assert check_entries(uow, expected) == []
            assert all(seal.index is not None for seal in seal_of(uow, list(expected)).values())
        assert len(expected) == 2
        assert {parse_entry(entry).subject for entry in expected.values()} == {str(lot.id)}

    def test_shows_one_changed_byte(self, farm: Farm) -> None:
        lot = farm.harvests(kg(120))
        relay.sweep()
        with unit_of_work() as uow:
            if uow.session.get_bind().dialect.name != "sqlite":
                pytest.skip("triggers are dropped by hand on SQLite only")
            for (name,) in uow.session.execute(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'epcis_event'")
            ).all():
                uow.session.execute(text(f'DROP TRIGGER "{name}"'))
            changed = (
                "UPDATE epcis_event SET body = CAST(replace(CAST(body AS TEXT), '120000', '920000') AS BLOB)"
            )
            uow.session.execute(text(changed))
        with unit_of_work(read_only=True) as uow:
            assert len(check_entries(uow, queries.sealed_entries(uow, lot.id))) == 1

    def test_of_an_erased_salt_cannot_be_recomputed_and_the_rest_can(self, farm: Farm) -> None:
        farm.works()
        lot = farm.harvests()
        with unit_of_work() as uow:
            gone = queries.events_of_lot(uow, lot.id)[0].id
            erase(uow, gone)
        with unit_of_work(read_only=True) as uow:
            sealed = queries.sealed_events(uow, lot.id)
            assert [one.entry is None for one in sealed if one.id == gone] == [True]
            assert len(queries.sealed_entries(uow, lot.id)) == 1

    def test_an_event_can_be_neither_changed_nor_removed(self, farm: Farm) -> None:
        farm.harvests()
        for change in ("UPDATE epcis_event SET action = 'X'", "DELETE FROM epcis_event_lot"):
            with pytest.raises(DatabaseError), unit_of_work() as uow:
                uow.session.execute(text(change))


class TestACorrection:
    def test_is_an_error_declaration_and_a_new_event_that_points_at_the_old(self, farm: Farm) -> None:
        lot = farm.harvests(kg(120))
        farm.corrects(lot, kg(100))
        with unit_of_work(read_only=True) as uow:
            told = queries.own_events(uow, [lot.id])
        first, right, wrong = (
            next(one for one in told if one.corrects_id is None),
            next(one for one in told if one.is_correction),
            next(one for one in told if one.is_error_declaration),
        )
        assert wrong.event_id == first.event_id  # EPCIS: the same event, declared an error
        assert wrong.body["errorDeclaration"]["correctiveEventIDs"] == [right.event_id]
        assert right.corrects_id == wrong.corrects_id == first.id
        assert right.body["quantityList"][0]["quantity"] == 100_000


def erase(uow: object, event_id: UUID) -> None:
    """What an erasure does to the salt of an event."""
    uow.session.execute(  # type: ignore[attr-defined]  # a unit of work
        text("UPDATE disclosure SET salt = NULL, erased_at = CURRENT_TIMESTAMP WHERE event_id = :id"),
        {"id": event_id.hex},
    )
