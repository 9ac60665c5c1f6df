"""Tries to pay by card, and what the card server told us, stored before anything is believed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, append_only, new_id


class PaymentAttempt(Base):
    """One try to pay an order. The idempotency key is stored before the first call."""

    __tablename__ = "payment_attempt"
    __table_args__ = (
        UniqueConstraint("order_id", "number"),
        CheckConstraint("state IN ('open', 'paid', 'failed', 'needs_review')", name="state"),
        Index("ix_payment_attempt_open", "state", "started_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("order.id"))
    number: Mapped[int]  # from 1
    provider: Mapped[str] = mapped_column(String(20))
    amount_vnd: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    idempotency_key: Mapped[str] = mapped_column(String(120), unique=True)
    provider_id: Mapped[str | None] = mapped_column(String(80), unique=True)
    state: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


@append_only
class WebhookEvent(Base):
    """One event of a card server, once, in the transaction of its effect."""

    __tablename__ = "webhook_event"
    __table_args__ = (UniqueConstraint("provider", "event_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    provider: Mapped[str] = mapped_column(String(20))
    event_id: Mapped[str] = mapped_column(String(120))
    type: Mapped[str] = mapped_column(String(80))
    payload: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]
