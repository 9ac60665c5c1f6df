"""How states, steps and decisions are called on screen."""

from app.cases.commands import KINDS
from app.web.i18n import _l

STATES = {
    "open": (_l("đang xem"), "blue"),
    "returned": (_l("chờ bổ sung"), "amber"),
    "proposed": (_l("chờ người thứ hai"), "amber"),
    "decided": (_l("đã xong"), "grey"),
}
STEPS = {
    "opened": _l("Nộp hồ sơ"),
    "document": _l("Thêm giấy tờ"),
    "answered": _l("Đã bổ sung"),
    "returned": _l("Trả lại để bổ sung"),
    "proposed": _l("Người thứ nhất đề xuất"),
    "sent_back": _l("Người thứ hai không đồng ý, xem lại"),
    "granted": _l("Chấp thuận"),
    "refused": _l("Không chấp thuận"),
    "closed": _l("Đóng hồ sơ"),
    "lapsed": _l("Hết hạn khẩn cấp, tự bãi bỏ"),
    "erased": _l("Người nộp đã được xóa theo yêu cầu, đóng hồ sơ"),
}
NEXT = {
    "open": _l("Xem và quyết định"),
    "returned": _l("Đợi người nộp bổ sung"),
    "proposed": _l("Người thứ hai quyết định"),
    "decided": _l("Không còn gì"),
}
TO_READ = _l("Xem hồ sơ")


def state_word(state: str) -> str:
    """`đang xem`, `chờ bổ sung` …"""
    return str(STATES[state][0]) if state in STATES else state


def state_tone(state: str) -> str:
    """The tone of the tag beside a case."""
    return STATES[state][1] if state in STATES else "grey"


def step_word(step: str) -> str:
    """What a step of the timeline is called."""
    return str(STEPS.get(step, step))


def kind_word(kind: str) -> str:
    """What a kind of case is called."""
    known = KINDS.get(kind)
    return str(known.label) if known else kind


def next_word(state: str, *, decides: bool) -> str:
    """What has to happen next; who only reads, as an auditor does, has nothing to decide."""
    return str(NEXT.get(state, "")) if decides or state != "open" else str(TO_READ)
