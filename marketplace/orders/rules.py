"""The states of an order and what leads from one to the next: pure."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from app.kernel.problems import Conflict

UNPAID_FOR: Final = timedelta(minutes=30)
"""How long goods wait for a transfer or a card; cash on delivery does not lapse."""
REFUND_WITHIN: Final = timedelta(days=3)
"""How long money may take to go back before the office asks the seller."""


class Method(StrEnum):
    """How an order is paid."""

    COD = "cod"
    VIETQR = "vietqr"
    CARD = "card"


class OrderState(StrEnum):
    """Where an order stands."""

    PLACED = "placed"
    PAID = "paid"
    PACKED = "packed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUND_DUE = "refund_due"  # paid, and not to be served: the money goes back
    REFUNDED = "refunded"


class Step(StrEnum):
    """What happens to an order."""

    PAY = "pay"
    PACK = "pack"
    SHIP = "ship"
    DELIVER = "deliver"
    CANCEL = "cancel"  # by the buyer, before he paid
    EXPIRE = "expire"
    REFUSE = "refuse"  # by the seller, who cannot serve it
    PAY_LATE = "pay_late"  # money for an order that has ended and cannot be served any more
    REFUND = "refund"


class Refusal(StrEnum):
    """Why an order is not served."""

    GONE = "gone"
    SPOILT = "spoilt"
    WEATHER = "weather"
    UNREACHABLE = "unreachable"
    TOO_FAR = "too_far"
    BUYER_ASKED = "buyer_asked"


class NoSuchStep(Conflict):
    """The order is no longer, or not yet, where this can be done."""

    type, field = "order-step-not-possible", "order"


_S, _T = OrderState, Step
STEPS: Final[Mapping[tuple[OrderState, Step], OrderState]] = MappingProxyType(
    {
        (_S.PLACED, _T.PAY): _S.PAID,
        (_S.EXPIRED, _T.PAY): _S.PAID,  # money that came late, when the goods are still there
        (_S.PAID, _T.PACK): _S.PACKED,
        (_S.PACKED, _T.SHIP): _S.SHIPPED,
        (_S.SHIPPED, _T.DELIVER): _S.DELIVERED,
        (_S.PLACED, _T.CANCEL): _S.CANCELLED,
        (_S.PLACED, _T.EXPIRE): _S.EXPIRED,
        (_S.PLACED, _T.REFUSE): _S.CANCELLED,
        (_S.PAID, _T.REFUSE): _S.REFUND_DUE,
        (_S.PACKED, _T.REFUSE): _S.REFUND_DUE,
        (_S.SHIPPED, _T.REFUSE): _S.REFUND_DUE,  # it left and never arrived; what left stays sold
        (_S.EXPIRED, _T.PAY_LATE): _S.REFUND_DUE,
        (_S.CANCELLED, _T.PAY_LATE): _S.REFUND_DUE,
        (_S.REFUND_DUE, _T.REFUND): _S.REFUNDED,
    }
)
CASH_STEPS: Final[Mapping[tuple[OrderState, Step], OrderState]] = MappingProxyType(
    {
        (_S.PLACED, _T.PACK): _S.PACKED,
        (_S.PACKED, _T.SHIP): _S.SHIPPED,
        (_S.SHIPPED, _T.DELIVER): _S.DELIVERED,  # the cash comes with it
        (_S.PLACED, _T.CANCEL): _S.CANCELLED,
        (_S.PLACED, _T.REFUSE): _S.CANCELLED,
        (_S.PACKED, _T.REFUSE): _S.CANCELLED,
        (_S.SHIPPED, _T.REFUSE): _S.CANCELLED,
    }
)
WAITING: Final = frozenset({_S.PLACED, _S.PAID, _S.PACKED, _S.SHIPPED, _S.REFUND_DUE})
"""Something is still to be done."""
GOING_BACK: Final = frozenset({_S.REFUND_DUE, _S.REFUNDED})
"""Money that came and does not stay."""
OWING: Final = frozenset({_S.PLACED, _S.PACKED, _S.SHIPPED})


def can(state: OrderState, step: Step, method: Method) -> bool:
    """Whether the step leads anywhere from here."""
    return (state, step) in _table(method)


def may_ask_to_cancel(state: OrderState) -> bool:
    """Whether the buyer may ask for his money: it is paid, and nothing is packed yet."""
    return state is OrderState.PAID


def stops_when_recalled(state: OrderState) -> bool:
    """Whether a recall of its goods ends what the buyer was promised: they have not left the seller."""
    return state in (OrderState.PLACED, OrderState.PAID, OrderState.PACKED)


def after(state: OrderState, step: Step, method: Method) -> OrderState:
    """The state after a step. Raises NoSuchStep."""
    reached = _table(method).get((state, step))
    if reached is None:
        raise NoSuchStep(state=state.value, step=step.value)
    return reached


def _table(method: Method) -> Mapping[tuple[OrderState, Step], OrderState]:
    return CASH_STEPS if method is Method.COD else STEPS
