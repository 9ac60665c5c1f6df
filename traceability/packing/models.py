"""Packings and their packs: projections of the event stream."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, new_id


class Packing(Base):
    """Units of equal weight packed from one lot in one go."""

    __tablename__ = "packing"
    __table_args__ = (UniqueConstraint("organisation_id", "client_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), index=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    sheet_id: Mapped[UUID | None] = mapped_column(ForeignKey("label_sheet.id"))
    count: Mapped[int]
    unit_weight_g: Mapped[int]
    client_id: Mapped[UUID]
    event_id: Mapped[UUID] = mapped_column(ForeignKey("epcis_event.id"))
    packed_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    packed_at: Mapped[datetime]


class Pack(Base):
    """One unit under one serial. A dissolved pack gave its grams back to the lot."""

    __tablename__ = "pack"
    __table_args__ = (
        CheckConstraint("weight_g > 0", name="weight"),
        CheckConstraint("(shipped_at IS NULL) = (ship_event_id IS NULL)", name="shipped"),
        CheckConstraint("shipped_at IS NULL OR dissolved_at IS NULL", name="shipped_or_dissolved"),
        Index("ix_pack_lot", "lot_id", "shipped_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    serial: Mapped[str] = mapped_column(ForeignKey("serial.serial"), unique=True)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"))
    packing_id: Mapped[UUID] = mapped_column(ForeignKey("packing.id"), index=True)
    weight_g: Mapped[int]
    packed_on: Mapped[date]
    shipped_at: Mapped[datetime | None]
    ship_event_id: Mapped[UUID | None] = mapped_column(ForeignKey("epcis_event.id"))
    order_ref: Mapped[str | None] = mapped_column(String(60), index=True)
    dissolved_at: Mapped[datetime | None]
