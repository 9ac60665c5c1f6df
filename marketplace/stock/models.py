"""The counter of a listing and the promises that make it up."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, new_id


class Stock(Base):
    """Units of one listing: `available` can be promised, `held` is promised, `sold` has left."""

    __tablename__ = "stock"
    __table_args__ = (
        CheckConstraint("available >= 0 AND held >= 0 AND sold >= 0", name="not_negative"),
        CheckConstraint("available + held + sold = offered", name="whole"),
    )

    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id"), primary_key=True)
    offered: Mapped[int]
    available: Mapped[int]
    held: Mapped[int] = mapped_column(default=0)
    sold: Mapped[int] = mapped_column(default=0)
    closed: Mapped[bool] = mapped_column(default=False)  # withdrawn: nothing more is promised


class StockReservation(Base):
    """Units promised to one order line; without `expires_at` the promise does not lapse."""

    __tablename__ = "stock_reservation"
    __table_args__ = (
        CheckConstraint("units > 0", name="units"),
        CheckConstraint("state IN ('held', 'committed', 'released')", name="state"),
        Index("ix_stock_reservation_due", "state", "expires_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    order_line_id: Mapped[UUID] = mapped_column(ForeignKey("order_line.id"), unique=True)
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("stock.listing_id"), index=True)
    units: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    expires_at: Mapped[datetime | None]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
