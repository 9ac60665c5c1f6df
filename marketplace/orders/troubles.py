"""The office's page of an order whose money needs a person, and its rows in the inbox."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for

from app.identity import queries as identity
from app.identity.access import allowed, current_actor, may
from app.kernel import clock
from app.kernel.problems import DomainError
from app.kernel.uow import unit_of_work
from app.web.desk import InboxRow
from app.web.i18n import gettext
from app.web.pages import Answer, page, see_other
from app.web.problems import sentence
from marketplace.orders import commands, queries, rules, settling
from marketplace.orders.queries import OrderView, Trouble


@allowed("order.review")
def show(order_id: UUID) -> Answer:
    """What is wrong with the money, and the two ways to settle it."""
    return _show(order_id)


def _show(order_id: UUID, told: str = "", status: int = 200) -> Answer:
    with unit_of_work(read_only=True) as uow:
        order = queries.order_in_trouble(uow, current_actor(), order_id)
        seller = identity.organisation(uow, order.seller_id)
        history = queries.history(uow, order.id)
    return page(
        "marketplace/orders/trouble.html",
        status=status,
        order=order,
        seller=seller,
        history=history,
        why=history[-1].why,
        told=told,
    )


def _settle(order_id: UUID, command: Callable[..., OrderView], said: str) -> Answer:
    try:
        with unit_of_work() as uow:
            command(uow, order_id, actor=current_actor(), now=clock.now())
    except DomainError as refusal:
        return _show(order_id, sentence(refusal), int(refusal.status))
    return see_other(url_for("identity_office.home"), said)


@allowed("order.review")
def fits(order_id: UUID) -> Answer:
    """The right sum is there."""
    return _settle(order_id, settling.money_fits, gettext("Đã ghi: tiền đủ, đơn đi tiếp."))


@allowed("order.review")
def returned(order_id: UUID) -> Answer:
    """The buyer has his money again."""
    return _settle(order_id, settling.money_returned, gettext("Đã ghi: tiền đã trả lại người mua."))


def inbox(actor: Any, now: datetime) -> Sequence[InboxRow]:
    """Orders that wait for the office."""
    if not may(actor, "order.review"):
        return ()
    with unit_of_work(read_only=True) as uow:
        waiting = queries.in_trouble(uow, actor.commune_codes, now)
    return [
        InboxRow(
            kind="order",
            label=_label(one),
            who=f"{one.seller}: {one.number}",
            url=url_for("marketplace_office.trouble", order_id=one.id),
            since=one.refund_due_at or one.placed_at,
            due_at=one.refund_due_at + rules.REFUND_WITHIN if one.refund_due_at else None,
            next_action=gettext("Xem tiền, gọi hai bên"),
        )
        for one in waiting
    ]


def _label(one: Trouble) -> str:
    if one.review == commands.WRONG_AMOUNT:
        return str(gettext("Tiền không khớp đơn"))
    return str(gettext("Tiền phải trả lại người mua"))
