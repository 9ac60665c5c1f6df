"""The words of orders: states, reasons, ways. Lazily translated; templates have them as filters."""

from typing import Any, Final

from app.web.i18n import _l
from marketplace.delivery.rules import Handover
from marketplace.orders.rules import Method, OrderState, Refusal

STATES: Final[dict[str, Any]] = {
    OrderState.PLACED: _l("đã đặt"),
    OrderState.PAID: _l("đã trả tiền"),
    OrderState.PACKED: _l("đã soạn hàng"),
    OrderState.SHIPPED: _l("đang giao"),
    OrderState.DELIVERED: _l("đã nhận hàng"),
    OrderState.CANCELLED: _l("đã hủy"),
    OrderState.EXPIRED: _l("hết hạn chờ tiền"),
    OrderState.REFUND_DUE: _l("chờ trả lại tiền"),
    OrderState.REFUNDED: _l("đã trả lại tiền"),
}
REFUSALS: Final[dict[str, Any]] = {
    Refusal.GONE: _l("Hết hàng"),
    Refusal.SPOILT: _l("Hàng hỏng, không đạt"),
    Refusal.WEATHER: _l("Mưa bão, đường bị chặn"),
    Refusal.UNREACHABLE: _l("Không gọi được người mua"),
    Refusal.TOO_FAR: _l("Chỗ giao không tới được"),
    Refusal.BUYER_ASKED: _l("Người mua xin hủy"),
}
METHODS: Final[dict[str, Any]] = {
    Method.COD: _l("tiền mặt khi nhận"),
    Method.VIETQR: _l("chuyển khoản"),
    Method.CARD: _l("thẻ"),
}
HANDOVERS: Final[dict[str, Any]] = {
    Handover.DELIVERY: _l("giao tận nơi"),
    Handover.PICKUP: _l("tới vườn lấy"),
}


def state_word(state: str) -> str:
    """Where an order stands."""
    return str(STATES[state])


def refusal_word(why: str) -> str:
    """Why an order is not served."""
    return str(REFUSALS[why])


def method_word(method: str) -> str:
    """How an order is paid."""
    return str(METHODS[method])


def handover_word(handover: str) -> str:
    """How goods change hands."""
    return str(HANDOVERS[handover])


FILTERS: Final = {
    "order_state": state_word,
    "refusal": refusal_word,
    "pay_method": method_word,
    "handover": handover_word,
}
