"""Orders that are not served, money that goes back, and payments that a person looked at.

The money of a transfer is with the seller, so he pays it back from his bank and says so here. The money
of a card is with the office, which pays it back at the card company's own page.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update

from app.identity.access import Actor
from app.identity.commands import audit
from app.kernel.uow import UnitOfWork
from marketplace.orders import commands, queries, rules
from marketplace.orders.models import Order
from marketplace.orders.queries import OrderView
from marketplace.orders.rules import Method, NoSuchStep, OrderState, Refusal, Step


def refuse(uow: UnitOfWork, order_id: UUID, *, why: Refusal, actor: Actor, now: datetime) -> OrderView:
    """The seller cannot serve an order: cancelled when nothing was paid, else the money is due back.

    Goods that have not left can be sold again. A repeat changes nothing. Raises NotFound, NoSuchStep.
    """
    order = queries.get_order(uow, actor, order_id)
    if order.state in {OrderState.CANCELLED, *rules.GOING_BACK}:
        return order
    paid = order.paid_at is not None
    due = now if paid else None
    commands.move(uow, order, Step.REFUSE, now, actor.person_id, why, pay_before=None, refund_due_at=due)
    audit(uow, actor, "order.refused", order_id, now, why=why.value, paid=paid, total_vnd=order.total_vnd)
    commands.give_back(uow, order, now)
    return queries.order(uow, order_id)


def ask_to_cancel(uow: UnitOfWork, token: str, *, now: datetime) -> OrderView:
    """The buyer of a paid order that is not packed asks for his money; a repeat changes nothing.

    Raises NotFound, NoSuchStep.
    """
    order = queries.order_by_token(uow, token)
    if order.cancel_asked_at is not None:
        return order
    if not rules.may_ask_to_cancel(order.state):
        raise NoSuchStep(state=order.state.value, step=Step.REFUSE.value)
    _set(uow, order.id, cancel_asked_at=now)
    return queries.order(uow, order.id)


def pay_back(uow: UnitOfWork, order_id: UUID, *, actor: Actor, now: datetime) -> OrderView:
    """The seller has sent the money back. A repeat changes nothing.

    Raises NotFound, NoSuchStep (nothing is due, or the money was a card's and is not with him).
    """
    order = queries.get_order(uow, actor, order_id)
    if order.method is not Method.VIETQR:
        raise NoSuchStep(state=order.state.value, step=Step.REFUND.value)
    return _refunded(uow, order, actor, now)


def _refunded(uow: UnitOfWork, order: OrderView, actor: Actor, now: datetime) -> OrderView:
    if order.state is OrderState.REFUNDED:
        return order
    commands.move(uow, order, Step.REFUND, now, actor.person_id, review=None)
    audit(uow, actor, "order.refunded", order.id, now, total_vnd=order.total_vnd)
    return queries.order(uow, order.id)


def money_fits(uow: UnitOfWork, order_id: UUID, *, actor: Actor, now: datetime) -> OrderView:
    """An officer has looked: the right sum is there. The order goes on as a paid one.

    Raises NotFound, NoSuchStep (paid already).
    """
    order = queries.order_in_trouble(uow, actor, order_id)
    if order.paid_at is not None:
        raise NoSuchStep(state=order.state.value, step=Step.PAY.value)
    _set(uow, order_id, review=None)
    audit(uow, actor, "order.money_fits", order_id, now, total_vnd=order.total_vnd)
    return commands.mark_paid(uow, order_id, now=now, person_id=actor.person_id)


def money_returned(uow: UnitOfWork, order_id: UUID, *, actor: Actor, now: datetime) -> OrderView:
    """An officer has looked: the buyer has his money again. An order that still waited is cancelled.

    Raises NotFound.
    """
    order = queries.order_in_trouble(uow, actor, order_id)
    if order.state is OrderState.REFUND_DUE:
        return _refunded(uow, order, actor, now)
    _set(uow, order_id, review=None)
    audit(uow, actor, "order.money_returned", order_id, now)
    if order.state is OrderState.PLACED:
        commands.move(uow, order, Step.CANCEL, now, actor.person_id, pay_before=None)
        commands.give_back(uow, order, now)
    return queries.order(uow, order_id)


def _set(uow: UnitOfWork, order_id: UUID, **values: object) -> None:
    uow.session.execute(
        update(Order)
        .where(Order.id == order_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
