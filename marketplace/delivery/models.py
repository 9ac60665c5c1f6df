"""A seller's terms of delivery, one row each, changed in place; placed orders keep what they agreed to."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base


class DeliveryTerms(Base):
    """What delivering costs (None: fetched at the farm only), and how many days it takes."""

    __tablename__ = "delivery_terms"
    __table_args__ = (
        CheckConstraint("fee_vnd >= 0 AND free_from_vnd > 0", name="money"),
        CheckConstraint("days >= 0", name="days"),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    fee_vnd: Mapped[int | None]
    free_from_vnd: Mapped[int | None]
    days: Mapped[int]
    pickup_place: Mapped[str] = mapped_column(String(160), default="")  # blanked with its person
    changed_at: Mapped[datetime]
