"""Writing one lot: its row under lock, the event of each change, the revision that readers see."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.identity.access import Actor
from app.kernel.db import new_id
from app.kernel.problems import NotFound
from app.kernel.uow import UnitOfWork
from traceability.diary import queries as diary
from traceability.events import bodies
from traceability.events import commands as events
from traceability.events.bodies import Goods
from traceability.lots import queries, rules
from traceability.lots.models import Lot, LotHold
from traceability.lots.rules import HoldKind, LotState, LotStep, Spray


def locked(uow: UnitOfWork, lot_id: UUID) -> Lot:
    """The lot's row for writing; a second writer waits here and then reads what the first one left."""
    row = uow.session.get(Lot, lot_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(lot=lot_id)
    return row


def step(lot: Lot, taken: LotStep) -> None:
    """Move the lot's state by one arrow of the table. Raises NoSuchStep."""
    lot.state = rules.after(LotState(lot.state), taken)


def goods(lot: Lot, weight_g: int) -> Goods:
    """Some grams of the lot, as an event names them."""
    return Goods(lot.gtin, lot.lot_no, weight_g)


def changed(uow: UnitOfWork, lot: Lot) -> None:
    """Something that a reader can see changed: stored pages of older revisions are no longer shown."""
    lot.revision += 1
    uow.session.flush()


def record_harvest(uow: UnitOfWork, lot: Lot, *, actor: Actor, now: datetime, corrects: UUID | None) -> UUID:
    """The event that commissions the lot, or says rightly what `corrects` said wrongly; its row."""
    body = bodies.harvested(
        goods(lot, lot.weight_g),
        plot_id=lot.plot_id,
        by=lot.harvested_by_id,
        picked_on=lot.harvested_on,
        now=lot.created_at,
    )
    if corrects is not None:
        body["coi:corrects"] = f"urn:uuid:{corrects}"
    return events.record(
        uow,
        body,
        lot_ids=(),
        outputs=(lot.id,),
        actor=actor,
        at=now,
        simulated=lot.simulated,
        corrects=corrects,
        plot_id=lot.plot_id,
    )


def put_hold(
    uow: UnitOfWork,
    lot: Lot,
    kind: HoldKind,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    by_office: bool = False,
) -> None:
    """Hold the lot for one reason and record it; `values` are the figures of its sentence.

    An officer's own words are kept with the hold and stay out of the event. Raises NoSuchStep.
    """
    step(lot, LotStep.HOLD)
    row = LotHold(
        id=new_id(),
        lot_id=lot.id,
        kind=kind,
        values=dict(values),
        since=now,
        put_by=actor.person_id if by_office else None,
    )
    uow.add(row)
    told = {} if by_office else dict(values)  # an officer's words may name people, and an event is for good
    words = bodies.hold_words(product=told.pop("product", None))
    body = bodies.held(goods(lot, lot.remaining_g), kind=kind, told=told, hold_id=row.id, at=now)
    events.record(uow, body, words=words, lot_ids=(lot.id,), actor=actor, at=now, simulated=lot.simulated)
    changed(uow, lot)


def has_hold(uow: UnitOfWork, lot_id: UUID, kind: HoldKind) -> bool:
    """Whether the lot is held for this reason now."""
    return any(one.kind is kind and one.released_at is None for one in queries.holds_of(uow, lot_id))


def sprays(uow: UnitOfWork, plot_id: UUID) -> list[Spray]:
    """Sprays of a plot that count, as the rules want them."""
    return [
        Spray(product=entry.product or "", on=entry.done_on, phi_days=entry.phi_days or 0)
        for entry in diary.sprays(uow, plot_id)
    ]
