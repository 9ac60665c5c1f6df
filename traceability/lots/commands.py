"""Harvest, correct, hold and release; and what packing takes from a lot.

A doubtful harvest is recorded and held, never refused (DESIGN idea 10). Every change writes its event
in the same transaction, and raises the lot's `revision`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.identity.access import Actor, check
from app.identity.commands import audit
from app.kernel.calendar import local_day
from app.kernel.db import new_id
from app.kernel.problems import Conflict, NotFound
from app.kernel.quantities import check_weight
from app.kernel.uow import UnitOfWork
from app.registry.queries import PlotView, TradeItemView, trade_item, trade_item_of_crop
from traceability.diary import queries as diary
from traceability.events import bodies
from traceability.events import commands as events
from traceability.events import queries as stream
from traceability.lots import numbers, queries, rules, writing
from traceability.lots.crops import CROPS
from traceability.lots.models import Lot, LotHold
from traceability.lots.queries import LotView
from traceability.lots.rules import HoldKind, LotState, LotStep


class NoTradeItem(Conflict):
    """The office has no product number for this crop yet, so the lot would have no address."""

    type, field = "no-trade-item", "plot_id"


class LessThanPacked(Conflict):
    """The corrected harvest weighs less than what is packed already."""

    type, field = "less-than-packed", "weight"


class NotHeld(Conflict):
    """There is no hold to release."""

    type, field = "not-held", "lot"


@dataclass(frozen=True, kw_only=True)
class RegisterHarvest:
    """What was picked from one plot on one day, as the farmer says it."""

    plot_id: UUID
    picked_on: date  # day at the plot, Asia/Ho_Chi_Minh
    weight_g: int
    client_id: UUID  # made on the phone: a second tap or a retry is the same harvest
    trade_item_id: UUID | None = None  # None: the product of the plot's crop


def register_harvest(uow: UnitOfWork, harvest: RegisterHarvest, *, actor: Actor, now: datetime) -> LotView:
    """Open a lot for a harvest; a repeat with the same `client_id` returns the first lot.

    Raises NotFound (no such plot of this actor), HarvestInTheFuture, HarvestLongPast, AbsurdWeight,
    NoTradeItem.
    """
    stream.take_turn(uow, actor.organisation_id)
    if done := queries.lot_by_client_id(uow, actor.organisation_id, harvest.client_id):
        return done
    plot = diary.own_plot(uow, actor, harvest.plot_id)
    rules.check_harvest(picked_on=harvest.picked_on, weight_g=harvest.weight_g, today=local_day(now))
    item = _item(uow, plot, harvest.trade_item_id)
    doubts = rules.holds(
        sprays=writing.sprays(uow, plot.id),
        picked_on=harvest.picked_on,
        crop=CROPS.get(item.crop),
        area_m2=plot.area_m2,
        season_g=queries.season_total_g(uow, plot.id, until=harvest.picked_on),
        adding_g=harvest.weight_g,
    )
    lot = _opened(uow, harvest, plot, item, actor, now)
    for doubt in doubts:
        writing.put_hold(uow, lot, doubt.kind, doubt.told(), actor=actor, now=now)
    return queries.lot(uow, lot.id)


def _item(uow: UnitOfWork, plot: PlotView, asked: UUID | None) -> TradeItemView:
    item = trade_item(uow, asked) if asked else trade_item_of_crop(uow, plot.crop)
    if item is None or item.crop != plot.crop:
        raise NoTradeItem(crop=plot.crop)
    return item


def _opened(
    uow: UnitOfWork,
    harvest: RegisterHarvest,
    plot: PlotView,
    item: TradeItemView,
    actor: Actor,
    now: datetime,
) -> Lot:
    """The lot and the event that commissioned it."""
    lot = Lot(
        id=new_id(),
        lot_no=_free_number(uow, item.crop, harvest.picked_on),
        gtin=item.gtin,
        trade_item_id=item.id,
        crop=item.crop,
        plot_id=plot.id,
        owner_id=plot.organisation_id,
        harvested_by_id=plot.organisation_id,
        harvested_on=harvest.picked_on,
        weight_g=harvest.weight_g,
        remaining_g=harvest.weight_g,
        state=LotState.OPEN,
        revision=1,
        client_id=harvest.client_id,
        created_at=now,
        simulated=plot.simulated,
    )
    lot.harvest_event_id = writing.record_harvest(uow, lot, actor=actor, now=now, corrects=None)
    uow.add(lot)
    return lot


def _free_number(uow: UnitOfWork, crop: str, picked_on: date) -> str:
    while queries.lot_by_no(uow, number := numbers.lot_number(crop, picked_on)) is not None:
        continue
    return number


# --- correction -------------------------------------------------------------------------------


def correct_harvest(uow: UnitOfWork, lot_id: UUID, *, weight_g: int, actor: Actor, now: datetime) -> LotView:
    """Say rightly what a harvest weighed: the old event is declared wrong and a new one tells the weight.

    The household that harvested corrects; the same weight again changes nothing. A weight that the plot
    can hardly bear holds the lot. Raises NotFound, AbsurdWeight, LessThanPacked, LotRecalled.
    """
    stream.take_turn(uow, actor.organisation_id)
    seen = queries.get_lot(uow, actor, lot_id)
    if seen.harvested_by_id != actor.organisation_id:
        raise NotFound(lot=lot_id)
    lot = writing.locked(uow, lot_id)
    check_weight(weight_g)
    if lot.state == LotState.RECALLED:
        raise rules.LotRecalled(lot_no=lot.lot_no)
    if weight_g == lot.weight_g:
        return queries.lot(uow, lot_id)
    packed_g = lot.weight_g - lot.remaining_g
    if weight_g < packed_g:
        raise LessThanPacked(asked_g=weight_g, packed_g=packed_g)
    lot.weight_g, lot.remaining_g = weight_g, weight_g - packed_g
    wrong = lot.harvest_event_id
    lot.harvest_event_id = writing.record_harvest(uow, lot, actor=actor, now=now, corrects=wrong)
    _declare_wrong(uow, wrong, lot, actor=actor, now=now)
    _doubt_capacity(uow, lot, actor=actor, now=now)
    writing.changed(uow, lot)
    return queries.lot(uow, lot_id)


def _declare_wrong(uow: UnitOfWork, wrong_id: UUID, lot: Lot, *, actor: Actor, now: datetime) -> None:
    """The old event once more with an errorDeclaration, as EPCIS has it; it names the new one."""
    wrong, right = stream.event(uow, wrong_id), stream.event(uow, lot.harvest_event_id)
    if wrong is None or right is None:
        raise NotFound(event=wrong_id)
    events.record(
        uow,
        bodies.declared_wrong(wrong.body, corrective_ids=[right.event_id], at=now),
        lot_ids=(lot.id,),
        actor=actor,
        at=now,
        simulated=lot.simulated,
        corrects=wrong_id,
    )


def _doubt_capacity(uow: UnitOfWork, lot: Lot, *, actor: Actor, now: datetime) -> None:
    plot = diary.own_plot(uow, actor, lot.plot_id)
    before_g = queries.season_total_g(uow, lot.plot_id, until=lot.harvested_on, but=lot.id)
    doubt = rules.over_capacity(CROPS.get(lot.crop), area_m2=plot.area_m2, season_g=before_g + lot.weight_g)
    if doubt is not None and not writing.has_hold(uow, lot.id, doubt.kind):
        writing.put_hold(uow, lot, doubt.kind, doubt.told(), actor=actor, now=now)


# --- holds ------------------------------------------------------------------------------------


def hold(uow: UnitOfWork, lot_id: UUID, *, reason: str, actor: Actor, now: datetime) -> LotView:
    """Hold a lot by an officer's command; the reason is shown to everybody who scans.

    Raises Forbidden, NotFound, ReasonMissing, NoSuchStep (a recalled lot).
    """
    check(actor, "lot.hold")
    queries.get_lot(uow, actor, lot_id)
    words = rules.check_reason(reason)
    lot = writing.locked(uow, lot_id)
    writing.put_hold(uow, lot, HoldKind.OFFICE, {"reason": words}, actor=actor, now=now, by_office=True)
    audit(uow, actor, "lot.hold", lot_id, now)
    return queries.lot(uow, lot_id)


def release(uow: UnitOfWork, lot_id: UUID, *, reason: str, actor: Actor, now: datetime) -> LotView:
    """Let a held lot go on: every open hold is released, with one reason, or none is.

    An officer, or a packer of another organisation than the one that harvested. Raises NotFound,
    NotHeld, OwnHold, NotEntitledToRelease, ReasonMissing.
    """
    seen = queries.get_lot(uow, actor, lot_id)
    lot = writing.locked(uow, lot_id)
    open_holds = [one for one in queries.holds_of(uow, lot_id) if one.released_at is None]
    if lot.state != LotState.HELD or not open_holds:
        raise NotHeld(lot_no=seen.lot_no)
    for one in open_holds:
        words = rules.check_may_release(
            one.kind,
            roles=actor.roles,
            organisation_id=actor.organisation_id,
            harvested_by=lot.harvested_by_id,
            reason=reason,
        )
        row = uow.session.get_one(LotHold, one.id)
        row.released_at, row.released_by, row.reason = now, actor.person_id, words
        row.released_for = actor.organisation_id
    writing.step(lot, LotStep.RELEASE)
    body = bodies.released(
        writing.goods(lot, lot.remaining_g),
        hold_ids=[one.id for one in open_holds],
        by=actor.organisation_id,
        at=now,
    )
    events.record(uow, body, lot_ids=(lot.id,), actor=actor, at=now, simulated=lot.simulated)
    writing.changed(uow, lot)
    audit(uow, actor, "lot.release", lot_id, now)
    return queries.lot(uow, lot_id)
