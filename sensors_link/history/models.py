"""Observations, what contradicted them, and their hourly roll-ups."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, new_id


class Observation(Base):
    """One reading: an integer at the datastream's scale, its quality flag, and how it came in.

    The first value of a moment stands; another value for the same moment is kept beside it
    (`ReadingConflict`) and makes both suspect.
    """

    __tablename__ = "observation"
    __table_args__ = (CheckConstraint("flag IN (1, 2, 3, 4, 9)", name="flag"),)

    datastream_id: Mapped[UUID] = mapped_column(ForeignKey("datastream.id"), primary_key=True)
    phenomenon_time: Mapped[datetime] = mapped_column(primary_key=True)
    result: Mapped[int]
    flag: Mapped[int] = mapped_column(SmallInteger)
    received_at: Mapped[datetime]
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("reading_batch.id"))


class ReadingConflict(Base):
    """Another value for a moment that has one."""

    __tablename__ = "reading_conflict"

    datastream_id: Mapped[UUID] = mapped_column(ForeignKey("datastream.id"), primary_key=True)
    phenomenon_time: Mapped[datetime] = mapped_column(primary_key=True)
    result: Mapped[int] = mapped_column(primary_key=True)
    received_at: Mapped[datetime]
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("reading_batch.id"))


class ReadingBatch(Base):
    """Where readings came from: a push of a device, or a file that a person handed in."""

    __tablename__ = "reading_batch"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"), index=True)
    grade: Mapped[str] = mapped_column(String(20))  # gateway_push, file_upload
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    file_name: Mapped[str | None] = mapped_column(String(160))
    sha256: Mapped[str | None] = mapped_column(String(64))
    received_at: Mapped[datetime]
    taken: Mapped[int] = mapped_column(default=0)
    duplicates: Mapped[int] = mapped_column(default=0)
    conflicts: Mapped[int] = mapped_column(default=0)
    bad: Mapped[int] = mapped_column(default=0)


class HourlyRollup(Base):
    """One hour of one datastream: from values that are not failed; `n_good` counts flag 1."""

    __tablename__ = "hourly_rollup"

    datastream_id: Mapped[UUID] = mapped_column(ForeignKey("datastream.id"), primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    n: Mapped[int]
    n_good: Mapped[int]
    low: Mapped[int | None]
    high: Mapped[int | None]
    total: Mapped[int]
    grade: Mapped[str] = mapped_column(String(20))  # the lowest grade in the hour
