"""Devices and their datastreams."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, new_id


class Device(Base):
    """A box in the field, or the source of a file. The push key is kept as its SHA-256 only."""

    __tablename__ = "device"
    __table_args__ = (UniqueConstraint("organisation_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    origin: Mapped[str] = mapped_column(String(300), default="")  # where its data really come from
    key_sha256: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    simulated: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class Datastream(Base):
    """One observed property of one plot by one device. Spans and readings are integers × 10^scale."""

    __tablename__ = "datastream"
    __table_args__ = (
        UniqueConstraint("device_id", "code"),
        CheckConstraint("scale BETWEEN 0 AND 6", name="scale"),
        CheckConstraint("interval_s > 0", name="interval"),
        CheckConstraint("sensor_low <= sensor_high", name="sensor_span"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    plot_id: Mapped[UUID] = mapped_column(ForeignKey("plot.id"), index=True)
    code: Mapped[str] = mapped_column(String(40))  # what the device calls it
    observed_property: Mapped[str] = mapped_column(String(30))  # key of sensors_link.devices.properties
    unit: Mapped[str] = mapped_column(String(20))  # UCUM
    scale: Mapped[int]
    interval_s: Mapped[int]
    sensor_low: Mapped[int]
    sensor_high: Mapped[int]
    site_low: Mapped[int | None]
    site_high: Mapped[int | None]
    good_low: Mapped[int | None]
    good_high: Mapped[int | None]
    created_at: Mapped[datetime]
