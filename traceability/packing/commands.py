"""Pack units under printed labels, ship them, and dissolve a pack whose label is cancelled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.identity.access import Actor
from app.kernel.calendar import local_day
from app.kernel.db import new_id
from app.kernel.problems import Conflict, Invalid, NotFound
from app.kernel.uow import UnitOfWork
from traceability.events import bodies
from traceability.events import commands as events
from traceability.events import queries as stream
from traceability.events.bodies import Goods
from traceability.labels import commands as labels
from traceability.labels.queries import find_serial
from traceability.labels.rules import AbsurdCount
from traceability.lots import queries as lot_queries
from traceability.lots import upkeep as lots
from traceability.lots.queries import LotView
from traceability.lots.rules import check_open
from traceability.packing import queries
from traceability.packing.models import Pack, Packing
from traceability.packing.queries import PackingView

MOST_AT_ONCE = 1_000


class NotEnoughPacks(Conflict):
    """Fewer packs of the lot are there than are to be shipped."""

    type, field = "not-enough-packs", "count"


class AlreadyShipped(Conflict):
    """The pack has left; its label stays what it is."""

    type, field = "already-shipped", "serial"


class NotAnOrderReference(Invalid):
    """A reference of 1 to 60 signs without spaces."""

    type, field = "not-an-order-reference", "order_ref"


@dataclass(frozen=True, kw_only=True)
class PackUnits:
    """`count` packs of equal weight from one lot, under labels of that weight (of one sheet, if given)."""

    lot_id: UUID
    count: int
    unit_weight_g: int
    client_id: UUID
    sheet_id: UUID | None = None


def pack_units(uow: UnitOfWork, wanted: PackUnits, *, actor: Actor, now: datetime) -> PackingView:
    """Pack, and write the TransformationEvent; a repeat with the same `client_id` returns the first packing.

    Raises NotFound, LotOnHold, LotRecalled, LotClosed, AbsurdCount, AbsurdWeight, MoreThanTheLotHolds
    (with the figures), NotEnoughLabels.
    """
    stream.take_turn(uow, actor.organisation_id)
    if done := queries.packing_by_client_id(uow, actor.organisation_id, wanted.client_id):
        return done
    lot_queries.get_lot(uow, actor, wanted.lot_id)
    if not 1 <= wanted.count <= MOST_AT_ONCE:
        raise AbsurdCount(most=MOST_AT_ONCE)
    lot = lots.take_grams(uow, wanted.lot_id, units=wanted.count, unit_g=wanted.unit_weight_g)
    pack_ids = [new_id() for _ in range(wanted.count)]
    serials = labels.bind(uow, lot.id, pack_ids, unit_weight_g=wanted.unit_weight_g, sheet_id=wanted.sheet_id)
    packing_id = new_id()
    event_id = _record_packed(uow, lot, wanted, serials, packing_id, actor, now)
    uow.add(
        Packing(
            id=packing_id,
            lot_id=lot.id,
            organisation_id=actor.organisation_id,
            sheet_id=wanted.sheet_id,
            count=wanted.count,
            unit_weight_g=wanted.unit_weight_g,
            client_id=wanted.client_id,
            event_id=event_id,
            packed_by=actor.person_id,
            packed_at=now,
        )
    )
    uow.add(
        *(
            Pack(
                id=pack_id,
                serial=serial,
                lot_id=lot.id,
                packing_id=packing_id,
                weight_g=wanted.unit_weight_g,
                packed_on=local_day(now),
            )
            for pack_id, serial in zip(pack_ids, serials, strict=True)
        )
    )
    return queries.packing(uow, packing_id)


def _record_packed(
    uow: UnitOfWork,
    lot: LotView,
    wanted: PackUnits,
    serials: Sequence[str],
    packing_id: UUID,
    actor: Actor,
    now: datetime,
) -> UUID:
    body = bodies.packed(
        Goods(lot.gtin, lot.lot_no, wanted.count * wanted.unit_weight_g),
        serials=serials,
        unit_g=wanted.unit_weight_g,
        packing_id=packing_id,
        by=actor.organisation_id,
        at=now,
    )
    return events.record(
        uow, body, lot_ids=(), inputs=(lot.id,), actor=actor, at=now, simulated=lot.simulated
    )


def ship_units(
    uow: UnitOfWork,
    lot_id: UUID,
    count: int,
    *,
    order_ref: str,
    destination: str,
    actor: Actor,
    now: datetime,
    unit_weight_g: int | None = None,
) -> list[str]:
    """Let packs of a lot leave for an order, the first packed first; their serials.

    `destination` is a commune or province and gets sealed: never an address or a name. With
    `unit_weight_g` only packs of that weight go. Raises NotFound, LotOnHold, LotRecalled, LotClosed,
    AbsurdCount, NotAnOrderReference, NotEnoughPacks.
    """
    lot_queries.get_lot(uow, actor, lot_id)
    if not 1 <= count <= MOST_AT_ONCE:
        raise AbsurdCount(most=MOST_AT_ONCE)
    if not 0 < len(order_ref) <= 60 or not order_ref.isascii() or " " in order_ref:
        raise NotAnOrderReference(order_ref=order_ref[:60])
    lots.touch(uow, lot_id)  # locks the lot, so that two sales do not take the same pack
    lot = lot_queries.lot(uow, lot_id)
    check_open(lot.state, lot_no=lot.lot_no)
    there = select(Pack).where(Pack.lot_id == lot_id, Pack.shipped_at.is_(None), Pack.dissolved_at.is_(None))
    if unit_weight_g is not None:
        there = there.where(Pack.weight_g == unit_weight_g)
    rows = uow.session.scalars(
        there.order_by(Pack.id).limit(count).execution_options(populate_existing=True)
    ).all()
    if len(rows) < count:
        raise NotEnoughPacks(asked=count, there=len(rows))
    serials = [row.serial for row in rows]
    body = bodies.shipped(
        lot.gtin,
        serials=serials,
        order_ref=order_ref,
        destination=destination,
        by=actor.organisation_id,
        at=now,
    )
    event_id = events.record(uow, body, lot_ids=(lot_id,), actor=actor, at=now, simulated=lot.simulated)
    for row in rows:
        row.shipped_at, row.ship_event_id, row.order_ref = now, event_id, order_ref
    uow.session.flush()
    return serials


def cancel_label(uow: UnitOfWork, serial: str, *, actor: Actor, now: datetime) -> None:
    """Cancel a label; goods that wear it go back to their lot and need a new one.

    A repeat changes nothing. Raises NotFound, AlreadyShipped.
    """
    label = find_serial(uow, serial)
    if label is None:
        raise NotFound(serial=serial)
    lot = lot_queries.get_lot(uow, actor, label.lot_id)
    lots.touch(uow, lot.id)
    if label.state == "packed":
        _dissolve(uow, serial, lot, actor, now)
    labels.void_serial(uow, serial, actor=actor, now=now)


def _dissolve(uow: UnitOfWork, serial: str, lot: LotView, actor: Actor, now: datetime) -> None:
    pack = uow.session.scalars(
        select(Pack).where(Pack.serial == serial).execution_options(populate_existing=True)
    ).one()
    if pack.shipped_at is not None:
        raise AlreadyShipped(serial=serial)
    pack.dissolved_at = now
    uow.session.flush()
    lots.return_grams(uow, lot.id, pack.weight_g)
    labels.free_serial(uow, serial)
    body = bodies.dissolved(Goods(lot.gtin, lot.lot_no, pack.weight_g), serial=serial, at=now)
    events.record(uow, body, lot_ids=(lot.id,), actor=actor, at=now, simulated=lot.simulated)
