"""Packs of a lot and what of them is still there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, func, select

from app.kernel.problems import NotFound
from app.kernel.uow import UnitOfWork
from traceability.packing.models import Pack, Packing


@dataclass(frozen=True)
class PackingView:
    """Units of equal weight packed in one go."""

    id: UUID
    lot_id: UUID
    organisation_id: UUID
    count: int
    unit_weight_g: int
    event_id: UUID
    packed_at: datetime
    serials: tuple[str, ...]


@dataclass(frozen=True)
class PackView:
    """One pack under its serial. A dissolved pack is no pack any more."""

    id: UUID
    serial: str
    lot_id: UUID
    packing_id: UUID
    weight_g: int
    packed_on: date
    shipped_at: datetime | None
    order_ref: str | None
    dissolved_at: datetime | None


_PACK = (
    Pack.id, Pack.serial, Pack.lot_id, Pack.packing_id, Pack.weight_g, Pack.packed_on, Pack.shipped_at,
    Pack.order_ref, Pack.dissolved_at,
)  # fmt: skip


def _unsold(lot_id: UUID) -> Select[UUID]:
    return select(Pack.id).where(
        Pack.lot_id == lot_id, Pack.shipped_at.is_(None), Pack.dissolved_at.is_(None)
    )


def packing(uow: UnitOfWork, packing_id: UUID) -> PackingView:
    """One packing with its serials in order. Raises NotFound."""
    row = uow.session.get(Packing, packing_id)
    if row is None:
        raise NotFound(packing=packing_id)
    serials = uow.session.scalars(select(Pack.serial).where(Pack.packing_id == packing_id).order_by(Pack.id))
    return PackingView(
        row.id, row.lot_id, row.organisation_id, row.count, row.unit_weight_g, row.event_id, row.packed_at,
        tuple(serials),
    )  # fmt: skip


def packing_by_client_id(uow: UnitOfWork, organisation_id: UUID, client_id: UUID) -> PackingView | None:
    """The packing that this phone already handed in, or None."""
    found = uow.session.scalar(
        select(Packing.id).where(Packing.organisation_id == organisation_id, Packing.client_id == client_id)
    )
    return None if found is None else packing(uow, found)


def pack_of(uow: UnitOfWork, serial: str) -> PackView | None:
    """The pack under this serial, or None while no goods wear it."""
    row = uow.session.execute(select(*_PACK).where(Pack.serial == serial)).one_or_none()
    return None if row is None else PackView(*row)


def packed_unsold(uow: UnitOfWork, lot_id: UUID) -> list[PackView]:
    """Packs of a lot that have not left, the first packed first."""
    rows = uow.session.execute(select(*_PACK).where(Pack.id.in_(_unsold(lot_id))).order_by(Pack.id))
    return [PackView(*row) for row in rows]


def units_available(uow: UnitOfWork, lot_id: UUID, unit_weight_g: int) -> int:
    """How many packs of this weight are packed, labelled and still there."""
    packs = _unsold(lot_id).where(Pack.weight_g == unit_weight_g)
    return uow.session.scalar(select(func.count()).select_from(packs.subquery())) or 0


def units_by_weight(uow: UnitOfWork, lot_id: UUID) -> dict[int, int]:
    """Packs of a lot that have not left: unit weight → how many."""
    rows = uow.session.execute(
        select(Pack.weight_g, func.count()).where(Pack.id.in_(_unsold(lot_id))).group_by(Pack.weight_g)
    )
    return {row[0]: row[1] for row in rows}


def unsold_g(uow: UnitOfWork, lot_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Grams of several lots in packs that have not left; a lot without packs is left out."""
    rows = uow.session.execute(
        select(Pack.lot_id, func.sum(Pack.weight_g))
        .where(Pack.lot_id.in_(set(lot_ids)), Pack.shipped_at.is_(None), Pack.dissolved_at.is_(None))
        .group_by(Pack.lot_id)
    )
    return {row[0]: int(row[1]) for row in rows}


def packed_g(uow: UnitOfWork, lot_id: UUID) -> int:
    """Grams of a lot in packs, shipped ones included."""
    asked = select(func.coalesce(func.sum(Pack.weight_g), 0)).where(
        Pack.lot_id == lot_id, Pack.dissolved_at.is_(None)
    )
    return int(uow.session.scalar(asked) or 0)
