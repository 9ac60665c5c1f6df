"""Listings. Whether one sells today also depends on its lot and its counter, so that is not stored."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, new_id


class Listing(Base):
    """Units of one lot at one price. Sold out and stopped are read from the counter and the lot."""

    __tablename__ = "listing"
    __table_args__ = (
        UniqueConstraint("organisation_id", "client_id"),
        CheckConstraint("unit_weight_g > 0 AND price_vnd > 0 AND units > 0", name="positive"),
        CheckConstraint("state IN ('open', 'withdrawn')", name="state"),
        Index("ix_listing_shop", "state", "trade_item_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), index=True)
    trade_item_id: Mapped[UUID] = mapped_column(ForeignKey("trade_item.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    unit_weight_g: Mapped[int]
    price_vnd: Mapped[int]  # of one unit
    units: Mapped[int]  # offered; what is left is in `stock`
    note: Mapped[str] = mapped_column(String(200), default="")
    search: Mapped[str] = mapped_column(String(500))  # folded product and place, never a person's name
    state: Mapped[str] = mapped_column(String(10))
    client_id: Mapped[UUID]
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    simulated: Mapped[bool] = mapped_column(default=False)
