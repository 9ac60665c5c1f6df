"""Sealed days: what the log's entry says for good, and the readings and keys that erasure may destroy."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, SealedBytes, append_only, new_id


class DayToSeal(Base):
    """A local day of a datastream with readings that no batch holds yet."""

    __tablename__ = "day_to_seal"
    __table_args__ = (Index("ix_day_to_seal_day", "day"),)

    datastream_id: Mapped[UUID] = mapped_column(ForeignKey("datastream.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    touched_at: Mapped[datetime]


@append_only
class SealedBatch(Base):
    """One batch of readings as its entry tells it; part 0 is the day, the others came late."""

    __tablename__ = "sealed_batch"
    __table_args__ = (
        UniqueConstraint("datastream_id", "day", "part"),
        CheckConstraint("count > 0", name="not_empty"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    datastream_id: Mapped[UUID] = mapped_column(ForeignKey("datastream.id"))
    day: Mapped[date]  # local
    part: Mapped[int]
    first: Mapped[datetime]
    last: Mapped[datetime]
    count: Mapped[int]
    gap_count: Mapped[int]
    root: Mapped[bytes] = mapped_column(SealedBytes(32))
    sealed_at: Mapped[datetime]


class SealedReadings(Base):
    """The readings of a batch as they were sealed, and the keys to show them; erasure destroys all three."""

    __tablename__ = "sealed_readings"
    __table_args__ = (
        CheckConstraint(
            "(readings IS NULL) = (erased_at IS NOT NULL) AND (batch_key IS NULL) = (erased_at IS NOT NULL)"
            " AND (salt IS NULL) = (erased_at IS NOT NULL)",
            name="whole_or_erased",
        ),
    )

    batch_id: Mapped[UUID] = mapped_column(ForeignKey("sealed_batch.id"), primary_key=True)
    readings: Mapped[bytes | None] = mapped_column(
        SealedBytes
    )  # zlib of JSON: [[microseconds since 1970, value, flag], ...] by time
    batch_key: Mapped[bytes | None] = mapped_column(SealedBytes(32))
    salt: Mapped[bytes | None] = mapped_column(SealedBytes(16))  # of the entry's commitment
    erased_at: Mapped[datetime | None]
