"""How often a code was looked at, and which serials are under suspicion."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select

from app.kernel.uow import UnitOfWork
from traceability.scans.models import CopySuspicion, Scan
from traceability.scans.rules import DayOfScans


@dataclass(frozen=True)
class SuspicionView:
    """A suspicion in force."""

    serial: str
    lot_id: UUID
    since: datetime
    reason: str
    scans: int
    networks: int


def scan_count(uow: UnitOfWork, serial: str) -> int:
    """Recorded scans of one serial so far."""
    return uow.session.scalar(select(func.count()).select_from(Scan).where(Scan.serial == serial)) or 0


def suspicion_of(uow: UnitOfWork, serial: str) -> SuspicionView | None:
    """The suspicion in force against a serial, or None."""
    row = uow.session.get(CopySuspicion, serial)
    return _view(row) if row is not None and row.cleared_at is None else None


def open_suspicions(uow: UnitOfWork, lot_ids: Collection[UUID] | None = None) -> Sequence[SuspicionView]:
    """Suspicions in force, newest first; of some lots only, when given."""
    asked = (
        select(CopySuspicion).where(CopySuspicion.cleared_at.is_(None)).order_by(CopySuspicion.since.desc())
    )
    if lot_ids is not None:
        asked = asked.where(CopySuspicion.lot_id.in_(lot_ids))
    return [_view(row) for row in uow.session.scalars(asked.limit(500))]


def days_of(uow: UnitOfWork, serial: str) -> dict[date, DayOfScans]:
    """Scans and networks of each day of one serial; one network counts once a minute, so that a page
    which is loaded again and again is one look.
    """
    looks = select(Scan.day, Scan.network, Scan.at).where(Scan.serial == serial).distinct().subquery()
    rows = uow.session.execute(
        select(looks.c.day, func.count(), func.count(looks.c.network.distinct())).group_by(looks.c.day)
    )
    return {day: DayOfScans(scans, networks) for day, scans, networks in rows}


def _view(row: CopySuspicion) -> SuspicionView:
    return SuspicionView(row.serial, row.lot_id, row.since, row.reason, row.scans, row.networks)
