"""Coarse scan rows, and serials under suspicion of having been copied."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, new_id


class Scan(Base):
    """One look at a code. `network` is a keyed hash of a /24 that changes every day: two days cannot
    be joined, and no address can be read back."""

    __tablename__ = "scan"
    __table_args__ = (Index("ix_scan_serial_day", "serial", "day"), Index("ix_scan_lot_day", "lot_id", "day"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    lot_id: Mapped[UUID | None] = mapped_column(ForeignKey("lot.id"))
    serial: Mapped[str | None] = mapped_column(String(20))
    day: Mapped[date]  # day in Vietnam
    at: Mapped[datetime]  # the full minute
    network: Mapped[str] = mapped_column(String(12))
    status: Mapped[str] = mapped_column(String(20))
    simulated: Mapped[bool] = mapped_column(default=False)


class CopySuspicion(Base):
    """A serial whose scans look like those of several labels; an officer may clear it with a reason."""

    __tablename__ = "copy_suspicion"

    serial: Mapped[str] = mapped_column(String(20), primary_key=True)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), index=True)
    since: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(20))
    scans: Mapped[int]
    networks: Mapped[int]
    cleared_at: Mapped[datetime | None]
    cleared_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    clear_reason: Mapped[str | None] = mapped_column(String(300))
