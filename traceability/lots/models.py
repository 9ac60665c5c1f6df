"""Lots, why they are held, and the lots they were made of: projections of the event stream."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, new_id


class Lot(Base):
    """Goods of one plot, picked on one day. `revision` goes up with every change that a reader can see."""

    __tablename__ = "lot"
    __table_args__ = (
        UniqueConstraint("harvested_by_id", "client_id"),
        CheckConstraint("weight_g > 0", name="weight"),
        CheckConstraint("remaining_g >= 0 AND remaining_g <= weight_g", name="remaining"),
        CheckConstraint("state IN ('open', 'held', 'recalled', 'closed')", name="state"),
        Index("ix_lot_owner", "owner_id", "harvested_on"),
        Index("ix_lot_plot", "plot_id", "harvested_on"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    lot_no: Mapped[str] = mapped_column(String(20), unique=True)  # GS1 AI (10)
    gtin: Mapped[str] = mapped_column(String(14))
    trade_item_id: Mapped[UUID] = mapped_column(ForeignKey("trade_item.id"))
    crop: Mapped[str] = mapped_column(String(30))
    plot_id: Mapped[UUID] = mapped_column(ForeignKey("plot.id"))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    harvested_by_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    harvested_on: Mapped[date]  # day at the plot
    weight_g: Mapped[int]
    remaining_g: Mapped[int]  # neither packed nor lost
    state: Mapped[str] = mapped_column(String(10))
    revision: Mapped[int] = mapped_column(default=1)
    client_id: Mapped[UUID]
    harvest_event_id: Mapped[UUID] = mapped_column(ForeignKey("epcis_event.id"))  # the one that counts
    created_at: Mapped[datetime]
    simulated: Mapped[bool] = mapped_column(default=False)


class LotHold(Base):
    """One reason why a lot is held, and who released it why. The office's words stay here, unsealed."""

    __tablename__ = "lot_hold"
    __table_args__ = (
        CheckConstraint("(released_at IS NULL) = (released_by IS NULL)", name="released"),
        Index("ix_lot_hold_open", "lot_id", "released_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"))
    kind: Mapped[str] = mapped_column(String(20))
    values: Mapped[dict[str, Any]]
    since: Mapped[datetime]
    put_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))  # None: a rule
    released_at: Mapped[datetime | None]
    released_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    released_for: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    reason: Mapped[str | None] = mapped_column(Text)  # of the release


class LotSource(Base):
    """Grams of one lot that went into another (split, merge)."""

    __tablename__ = "lot_source"
    __table_args__ = (CheckConstraint("grams > 0", name="grams"),)

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    source_lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), primary_key=True, index=True)
    grams: Mapped[int]
