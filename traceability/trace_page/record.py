"""One lot's record as facts: what, who says it, since when, and what backs it.

Read from the event stream; a declared fact stays declared whoever recorded it, and a verified one
names a party other than the seller (DESIGN idea 1). Texts are the page's business: rows carry kinds
and values.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import func, select

from app.identity import queries as identity
from app.identity.queries import PublicName
from app.kernel.calendar import local_day
from app.kernel.uow import UnitOfWork
from app.registry import places
from app.registry import queries as registry
from app.registry.queries import PlotView, TradeItemView
from ledger import queries as ledger
from traceability.events import bodies
from traceability.events import queries as events
from traceability.events.queries import EventView
from traceability.labels.models import Serial
from traceability.lots import queries as lots
from traceability.lots.queries import LotView
from traceability.packing.models import Pack

Grade = Literal["measured", "declared", "agreed", "verified", "ordered"]
"""The four grades of a fact, and `ordered`: an act of somebody else than the seller, which is no fact."""


@dataclass(frozen=True)
class Step:
    """One line of the journey; `kind` chooses the sentence, `told` fills it."""

    kind: str
    grade: Grade
    on: date
    who: PublicName | None  # None: nobody is named, a rule or the household did it
    entered_at: datetime
    told: dict[str, Any]
    corrected: bool
    erased: bool  # the words of it, at somebody's request
    simulated: bool
    entry: int | None  # its place in the log, once a checkpoint covers it


@dataclass(frozen=True)
class Amounts:
    """Where the grams of the lot went, and how many labels were printed for it."""

    harvested_g: int
    packed_g: int
    left_g: int
    packs: int
    shipped: int
    labels: int


@dataclass(frozen=True)
class Record:
    """Everything that a trace page tells of a lot apart from its status."""

    lot: LotView
    item: TradeItemView
    plot: PlotView
    place: str
    grower: PublicName
    cooperative: str | None
    cooperative_phone: str | None
    steps: Sequence[Step]
    amounts: Amounts
    counts: dict[str, int]
    simulated: bool

    @property
    def verified_in_date(self) -> int:
        """Facts that a named party other than the seller stands behind."""
        return self.counts.get("verified", 0)


def record_of(uow: UnitOfWork, lot_id: UUID) -> Record:
    """The record of a lot without its sensor series (`measured_series`). Raises NotFound."""
    lot = lots.lot(uow, lot_id)
    plot = registry.plot(uow, lot.plot_id)
    told = events.events_of_lot(uow, lot_id)
    steps = _steps(uow, told, seller=lot.owner_id)
    names = identity.public_names(uow, [lot.owner_id])
    cooperative = identity.cooperative_of(uow, lot.owner_id, lot.harvested_on)
    counts: Counter[str] = Counter(step.grade for step in steps if not step.corrected)
    return Record(
        lot=lot,
        item=registry.trade_item(uow, lot.trade_item_id),
        plot=plot,
        place=places.place_name(uow, plot.commune_code, plot.commune_valid_from),
        grower=names[lot.owner_id],
        cooperative=cooperative.name if cooperative else None,
        cooperative_phone=cooperative.phone if cooperative else None,
        steps=steps,
        amounts=_amounts(uow, lot),
        counts=dict(counts),
        simulated=lot.simulated,
    )


def _amounts(uow: UnitOfWork, lot: LotView) -> Amounts:
    packs, packed_g, shipped = uow.session.execute(
        select(func.count(), func.coalesce(func.sum(Pack.weight_g), 0), func.count(Pack.shipped_at)).where(
            Pack.lot_id == lot.id, Pack.dissolved_at.is_(None)
        )
    ).one()
    labels = uow.session.scalar(select(func.count()).select_from(Serial).where(Serial.lot_id == lot.id)) or 0
    return Amounts(lot.weight_g, int(packed_g), lot.remaining_g, packs, shipped, labels)


def _steps(uow: UnitOfWork, told: Sequence[EventView], *, seller: UUID) -> list[Step]:
    """The journey, newest first. An event that a later one corrects is kept and marked."""
    declared_wrong = {event.corrects_id for event in told if event.corrects_id is not None}
    shown = [event for event in told if not event.is_error_declaration]
    names = identity.public_names(uow, {e.organisation_id for e in shown if e.organisation_id is not None})
    seals = ledger.seal_of(uow, [event.key for event in shown])
    steps = [
        Step(
            kind=_kind(event),
            grade=_grade(event, seller=seller),
            on=_day(event),
            who=_who(event, names, seller=seller),
            entered_at=event.record_time,
            told=_told(event),
            corrected=event.id in declared_wrong,
            erased=event.erased,
            simulated=event.simulated,
            entry=seals[event.key].index if seals[event.key].sealed_at else None,
        )
        for event in reversed(shown)  # what one command wrote at one moment stays newest first, too
    ]
    return sorted(steps, key=lambda step: (step.on, step.entered_at), reverse=True)


def _who(event: EventView, names: Mapping[UUID, PublicName], *, seller: UUID) -> PublicName | None:
    """Who recorded it; nobody for a hold that followed by rule from what the seller recorded."""
    by_rule = event.biz_step == bodies.HOLD and event.organisation_id == seller
    if event.organisation_id is None or event.organisation_id not in names or by_rule:
        return None
    return names[event.organisation_id]


def _kind(event: EventView) -> str:
    """The last word of the business step: `commissioning`, `packing`, `spray`, `plotConfirmed` …"""
    return (event.biz_step or event.type).rsplit(":", 1)[-1]


def _day(event: EventView) -> date:
    done_on = event.body.get("coi:doneOn") or event.body.get("coi:packedOn")
    return date.fromisoformat(done_on) if isinstance(done_on, str) else local_day(event.event_time)


def _grade(event: EventView, *, seller: UUID) -> Grade:
    """Verified is what a party other than the seller looked at: a plot, a hold that it released."""
    if event.organisation_id in (None, seller):
        return "ordered" if event.biz_step == bodies.HOLD else "declared"  # a rule held it, not the seller
    if event.biz_step in (bodies.PLOT_CONFIRMED, bodies.RELEASE):
        return "verified"
    return "ordered" if event.biz_step in (bodies.HOLD, bodies.RECALL, bodies.RECALL_ENDED) else "declared"


def _told(event: EventView) -> dict[str, Any]:
    body = event.body
    told = {name[4:]: value for name, value in body.items() if name.startswith("coi:")}
    for quantity in (*body.get("quantityList", ()), *body.get("inputQuantityList", ())):
        told["weight_g"] = quantity.get("quantity")
    told["packs"] = len(body.get("outputEPCList", ())) or len(body.get("epcList", ()))
    return told
