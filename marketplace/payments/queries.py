"""Tries to pay."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.kernel.uow import UnitOfWork
from marketplace.payments.models import PaymentAttempt


@dataclass(frozen=True)
class AttemptView:
    """One try to pay an order by card."""

    id: UUID
    order_id: UUID
    number: int
    amount_vnd: int
    currency: str
    idempotency_key: str
    provider_id: str | None
    state: str
    started_at: datetime


_ATTEMPT = (
    PaymentAttempt.id, PaymentAttempt.order_id, PaymentAttempt.number, PaymentAttempt.amount_vnd,
    PaymentAttempt.currency, PaymentAttempt.idempotency_key, PaymentAttempt.provider_id,
    PaymentAttempt.state, PaymentAttempt.started_at,
)  # fmt: skip


def _first(uow: UnitOfWork, asked: Any) -> AttemptView | None:
    row = uow.session.execute(asked.limit(1)).one_or_none()
    return None if row is None else AttemptView(*row)


def newest_attempt(uow: UnitOfWork, order_id: UUID) -> AttemptView | None:
    """The last try of an order, or None."""
    return _first(
        uow,
        select(*_ATTEMPT).where(PaymentAttempt.order_id == order_id).order_by(PaymentAttempt.number.desc()),
    )


def attempt_of(uow: UnitOfWork, *, provider_id: str, order_id: str, number: str) -> AttemptView | None:
    """The try behind a payment: by its id, or, where its answer was lost, by what we said making it."""
    found = _first(uow, select(*_ATTEMPT).where(PaymentAttempt.provider_id == provider_id))
    if found is not None or not number.isdecimal() or not number.isascii():
        return found
    try:
        order = UUID(order_id)
    except ValueError:
        return None
    return _first(
        uow,
        select(*_ATTEMPT).where(PaymentAttempt.order_id == order, PaymentAttempt.number == int(number),
                                PaymentAttempt.provider_id.is_(None)),
    )  # fmt: skip


def open_attempts(uow: UnitOfWork, *, started_before: datetime) -> list[AttemptView]:
    """Tries of which we have not heard the end, oldest first, at most 200."""
    rows = uow.session.execute(
        select(*_ATTEMPT)
        .where(PaymentAttempt.state == "open", PaymentAttempt.started_at <= started_before)
        .order_by(PaymentAttempt.started_at).limit(200)
    )  # fmt: skip
    return [AttemptView(*row) for row in rows]
