"""`flask ledger fsck` looks behind the entries: what a room keeps is what it once handed in, all of it."""

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.kernel.config import Config
from app.kernel.db import db, new_id
from app.kernel.quantities import kg
from app.kernel.uow import unit_of_work
from ledger import audit, kept_bodies, sequencer
from ledger.commands import submit
from ledger.queries import seal_of
from tests.scene.farm import Farm, a_farm
from tests.scene.ledger import an_entry, behind_the_back, change
from tests.scene.people import NOW
from traceability.events import queries
from traceability.events.commands import forget_words
from traceability.events.models import EpcisEvent
from traceability.lots.queries import LotView


@pytest.fixture
def farm(app: Flask) -> Farm:
    return a_farm()


@pytest.fixture
def lot(farm: Farm, config: Config) -> LotView:
    farm.works(note="tưới buổi sáng")
    lot = farm.harvests(kg(120))
    sequencer.run(config, NOW)
    return lot


def fsck(config: Config) -> audit.Audit:
    with unit_of_work(read_only=True) as uow:
        found = audit.recompute(uow, config)
        kept_bodies.compare(uow, found)
    return found


def test_everything_is_as_it_was_handed_in(lot: LotView, config: Config) -> None:
    assert fsck(config).findings == []


def test_what_was_erased_for_a_person_is_no_fault(lot: LotView, config: Config) -> None:
    with unit_of_work() as uow:
        forget_words(uow, select(EpcisEvent.id), now=NOW)
    assert fsck(config).findings == []


def test_what_still_waits_for_its_index_is_no_fault(lot: LotView, farm: Farm, config: Config) -> None:
    farm.works()
    assert fsck(config).findings == []


def test_a_changed_body_is_named_by_its_index(lot: LotView, config: Config) -> None:
    key, index = harvest_of(lot)
    with behind_the_back("epcis_event"):
        change("UPDATE epcis_event SET body = :body WHERE id = :id", **raised_to_920_kg(lot))
    found = fsck(config)
    assert found.first_bad_index == index
    assert found.findings == [f"entry {index}: what is kept of {key} is not what was sealed"]


def test_a_body_that_is_gone_is_named_by_its_index(lot: LotView, config: Config) -> None:
    key = queries.key_of(new_id())
    with unit_of_work() as uow:
        submit(uow, an_entry("the seal of an event whose row somebody removed"), key=key, now=NOW)
    sequencer.run(config, NOW)
    with unit_of_work(read_only=True) as uow:
        index = seal_of(uow, [key])[key].index
    assert fsck(config).findings == [f"entry {index}: {key} is in the log, and what it sealed is gone"]


def test_an_event_that_was_never_handed_in_is_named(lot: LotView, farm: Farm, config: Config) -> None:
    farm.works()
    change("DELETE FROM submission")
    assert [one.split(": ")[-1] for one in fsck(config).findings] == ["kept, and never handed in"]


def sealed_harvest(lot: LotView) -> queries.SealedEvent:
    with unit_of_work(read_only=True) as uow:
        return next(one for one in queries.sealed_events(uow, lot.id) if b"commissioning" in one.body)


def harvest_of(lot: LotView) -> tuple[str, int | None]:
    key = sealed_harvest(lot).key
    with unit_of_work(read_only=True) as uow:
        return key, seal_of(uow, [key])[key].index


def raised_to_920_kg(lot: LotView) -> dict[str, object]:
    harvest = sealed_harvest(lot)
    return {"id": stored(harvest.id), "body": harvest.body.replace(b"120", b"920", 1)}


def stored(event_id: UUID) -> object:
    """An id as a bare statement has to give it to this database."""
    return event_id if db.engine.dialect.name == "postgresql" else event_id.hex
