"""What other rooms tell a lot: a work on its plot, grams that left or came back, a recall."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import update

from app.identity.access import Actor
from app.kernel.uow import UnitOfWork
from app.registry.queries import PlotView
from traceability.diary.queries import EntryView
from traceability.diary.rules import WorkKind
from traceability.events import bodies
from traceability.events import commands as events
from traceability.lots import queries, rules, writing
from traceability.lots.models import Lot
from traceability.lots.queries import LotView
from traceability.lots.rules import HoldKind, LotState, LotStep


def follow_work(uow: UnitOfWork, entry: EntryView, actor: Actor, now: datetime) -> None:
    """A work was written down: lots picked after it get a new page, and a late spray its hold.

    Bound to the diary's hook. Without it a spray told after the harvest would hold nothing.
    """
    if entry.kind is not WorkKind.SPRAY:
        _touch(uow, entry.plot_id, entry.done_on)
        return
    sprays = writing.sprays(uow, entry.plot_id)
    for seen in queries.picked_since(uow, entry.plot_id, entry.done_on):
        lot = writing.locked(uow, seen.id)
        doubt = rules.early_harvest(sprays, picked_on=lot.harvested_on)
        may_hold = lot.state != LotState.RECALLED and not writing.has_hold(
            uow, lot.id, HoldKind.EARLY_HARVEST
        )
        if doubt is not None and may_hold:
            writing.put_hold(uow, lot, doubt.kind, doubt.told(), actor=actor, now=now)
        else:
            writing.changed(uow, lot)


def follow_plot(uow: UnitOfWork, plot: PlotView, actor: Actor, now: datetime) -> None:
    """A plot was confirmed: the pages of its lots say so. Bound to the registry's hook."""
    _touch(uow, plot.id, date.min)


def _touch(uow: UnitOfWork, plot_id: UUID, since: date) -> None:
    for seen in queries.picked_since(uow, plot_id, since):
        writing.changed(uow, writing.locked(uow, seen.id))


def touch(uow: UnitOfWork, lot_id: UUID) -> None:
    """Raise the revision of a lot because of something that a higher capability knows."""
    writing.changed(uow, writing.locked(uow, lot_id))


def touch_all(uow: UnitOfWork, lot_ids: Iterable[UUID]) -> None:
    """Raise the revision of several lots in one statement."""
    uow.session.execute(
        update(Lot)
        .where(Lot.id.in_(set(lot_ids)))
        .values(revision=Lot.revision + 1)
        .execution_options(synchronize_session=False)
    )


def take_grams(uow: UnitOfWork, lot_id: UUID, *, units: int, unit_g: int) -> LotView:
    """Take packs of equal weight out of an open lot; its view afterwards.

    Raises LotOnHold, LotRecalled, LotClosed, AbsurdWeight, MoreThanTheLotHolds.
    """
    lot = writing.locked(uow, lot_id)
    rules.check_open(LotState(lot.state), lot_no=lot.lot_no)
    lot.remaining_g -= rules.pack_weight(units=units, unit_g=unit_g, remaining_g=lot.remaining_g)
    writing.changed(uow, lot)
    return queries.lot(uow, lot_id)


def return_grams(uow: UnitOfWork, lot_id: UUID, grams: int) -> LotView:
    """Give back what a dissolved pack held."""
    lot = writing.locked(uow, lot_id)
    lot.remaining_g += grams
    writing.changed(uow, lot)
    return queries.lot(uow, lot_id)


def call_back(
    uow: UnitOfWork, lot_id: UUID, *, recall_id: UUID, recall_class: str, actor: Actor, now: datetime
) -> LotView:
    """Stop a lot because of a recall, and record it. Raises NotFound, NoSuchStep."""
    lot = writing.locked(uow, lot_id)
    writing.step(lot, LotStep.RECALL)
    body = bodies.recalled(
        writing.goods(lot, lot.remaining_g),
        recall_id=recall_id,
        recall_class=recall_class,
        by=actor.organisation_id,
        at=now,
    )
    events.record(uow, body, lot_ids=(lot.id,), actor=actor, at=now, simulated=lot.simulated)
    writing.changed(uow, lot)
    return queries.lot(uow, lot_id)


def end_call_back(uow: UnitOfWork, lot_id: UUID, *, recall_id: UUID, actor: Actor, now: datetime) -> LotView:
    """The recall of a lot is over: it is closed, its page says so. Raises NotFound, NoSuchStep."""
    lot = writing.locked(uow, lot_id)
    writing.step(lot, LotStep.END_RECALL)
    body = bodies.recall_ended(
        writing.goods(lot, lot.remaining_g), recall_id=recall_id, by=actor.organisation_id, at=now
    )
    events.record(uow, body, lot_ids=(lot.id,), actor=actor, at=now, simulated=lot.simulated)
    writing.changed(uow, lot)
    return queries.lot(uow, lot_id)
