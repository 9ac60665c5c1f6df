"""Start a try to pay, and believe what the card server says only as far as it fits.

Calls to the card server are made by the edges, between two transactions: the key of a try is kept
before the first call, so that a lost answer is asked for again instead of paying twice.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import update

from app.kernel.db import new_id
from app.kernel.uow import UnitOfWork
from marketplace.orders import commands as orders
from marketplace.orders import queries as order_queries
from marketplace.orders.rules import Method, NoSuchStep, OrderState, Step
from marketplace.payments import queries
from marketplace.payments.gateway import CardEvent, CardIntent
from marketplace.payments.models import PaymentAttempt, WebhookEvent
from marketplace.payments.queries import AttemptView

CURRENCY: Final = "vnd"


def start_attempt(uow: UnitOfWork, token: str, *, provider: str, now: datetime) -> AttemptView:
    """The open try of an unpaid card order, or a new one. Raises NotFound, NoSuchStep."""
    order = order_queries.order_by_token(uow, token)
    if order.method is not Method.CARD or order.state is not OrderState.PLACED:
        raise NoSuchStep(state=order.state.value, step=Step.PAY.value)
    last = queries.newest_attempt(uow, order.id)
    if last is not None and last.state == "open" and last.amount_vnd == order.total_vnd:
        return last
    number = last.number + 1 if last else 1
    uow.insert_if_new(
        PaymentAttempt,
        id=new_id(),
        order_id=order.id,
        number=number,
        provider=provider,
        amount_vnd=order.total_vnd,
        currency=CURRENCY,
        idempotency_key=f"order-{order.id}-attempt-{number}-create",
        state="open",
        started_at=now,
    )
    made = queries.newest_attempt(uow, order.id)
    assert made is not None  # noqa: S101 - it was inserted above, here or by the request that was faster
    return made


def note_intent(uow: UnitOfWork, attempt_id: UUID, provider_id: str) -> None:
    """Keep the card server's id of a try."""
    uow.session.execute(
        update(PaymentAttempt)
        .where(PaymentAttempt.id == attempt_id, PaymentAttempt.provider_id.is_(None))
        .values(provider_id=provider_id)
        .execution_options(synchronize_session=False)
    )


def take_event(uow: UnitOfWork, event: CardEvent, *, provider: str, now: datetime) -> bool:
    """Store a signed event and apply it; False for one that came before, which has no effect."""
    new = uow.insert_if_new(
        WebhookEvent,
        id=new_id(),
        provider=provider,
        event_id=event.id[:120],
        type=event.type[:80],
        payload=event.payload,
        received_at=now,
    )
    if new and event.intent is not None and event.type.startswith("payment_intent."):
        apply_intent(uow, event.intent, now=now)
    return new


def apply_intent(uow: UnitOfWork, intent: CardIntent, *, now: datetime) -> None:
    """Bring a try, and its order, to where the card server's payment is; in any order and number of times.

    Paid means: succeeded, in đồng, with exactly the order's amount received. Anything else that took
    money is marked for a person to look at and never paid.
    """
    attempt = queries.attempt_of(uow, provider_id=intent.id, order_id=intent.order_id, number=intent.attempt)
    if attempt is None or attempt.state in {"paid", "needs_review"}:
        return
    note_intent(uow, attempt.id, intent.id)
    if intent.status == "succeeded":
        fits = (intent.amount_received, intent.currency) == (attempt.amount_vnd, attempt.currency)
        _end(uow, attempt.id, "paid" if fits else "needs_review", now)
        if fits:
            orders.mark_paid(uow, attempt.order_id, now=now)
        else:
            orders.needs_review(uow, attempt.order_id, orders.WRONG_AMOUNT)
    elif intent.status == "canceled":
        _end(uow, attempt.id, "failed", now)


def _end(uow: UnitOfWork, attempt_id: UUID, state: str, now: datetime) -> None:
    uow.session.execute(
        update(PaymentAttempt)
        .where(PaymentAttempt.id == attempt_id)
        .values(state=state, ended_at=now)
        .execution_options(synchronize_session=False)
    )
