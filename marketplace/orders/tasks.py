"""What the clock does to orders and carts."""

import logging

from app.kernel import clock
from app.kernel.uow import unit_of_work
from marketplace.cart.commands import forget_old
from marketplace.orders import commands, queries
from marketplace.orders.rules import NoSuchStep

log = logging.getLogger(__name__)


def expire_unpaid_orders() -> int:
    """End orders whose time to pay is over, each in its own transaction; how many. Safe to repeat."""
    now, ended = clock.now(), 0
    with unit_of_work(read_only=True) as uow:
        due = queries.unpaid_since(uow, now)
    for order_id in due:
        try:
            with unit_of_work() as uow:
                ended += commands.expire_unpaid(uow, order_id, now=now)
        except NoSuchStep:
            log.info("order %s was paid or cancelled in the same moment", order_id)
    return ended


def forget_old_carts() -> None:
    """Delete carts that nobody touched for a month."""
    with unit_of_work() as uow:
        forget_old(uow, now=clock.now())
