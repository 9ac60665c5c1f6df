"""Ways to pay: a register that payments fill, since they stand above orders."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.kernel.register import Register
from app.kernel.uow import UnitOfWork
from marketplace.orders.queries import OrderView


@dataclass(frozen=True)
class PaymentMethod:
    """One way to pay. `offered` asks for a seller; `panel` gives the values of `panel_template`.

    `label` and `hint` are lazily translated; the hint says what happens after ordering.
    """

    label: Any
    hint: Any
    offered: Callable[[UnitOfWork, UUID], bool]
    panel: Callable[[UnitOfWork, OrderView], dict[str, Any]]
    panel_template: str


METHODS: Register[PaymentMethod] = Register("payment_methods")


def offered(uow: UnitOfWork, seller_ids: list[UUID]) -> dict[str, PaymentMethod]:
    """The methods that every one of these sellers takes, in the order of registration."""
    return {
        key: method
        for key, method in METHODS.all().items()
        if all(method.offered(uow, seller_id) for seller_id in seller_ids)
    }
