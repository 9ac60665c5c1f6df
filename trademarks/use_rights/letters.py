"""What the holder of a right is told of each decision: a text for his phone, without any link.

A letter is written in the receiver's language, not in that of the clerk who presses the button.
"""

from datetime import date, datetime
from typing import Final

from flask_babel import force_locale

from app.web.i18n import _l, show_date, show_time
from trademarks.use_rights.rules import Act, Reason
from trademarks.use_rights.sentences import REASONS

_APPEAL: Final = _l("Không đồng ý thì anh chị khiếu nại với văn phòng. Muốn xem lại, quét lại tem.")

_LETTERS: Final = {
    Act.GRANTED: _l(
        "Giấy %(certificate)s: anh chị được dùng nhãn hiệu “%(mark)s” đến hết ngày %(until)s, được in "
        "%(labels)s tem."
    ),
    Act.SUSPENDED: _l(
        "Giấy %(certificate)s: quyền dùng nhãn hiệu “%(mark)s” bị tạm đình chỉ từ %(at)s. Lý do: %(reason)s. "
        "%(text)s Hàng đã đóng gói trước ngày này vẫn bán được. Từ nay chưa in tem nhãn hiệu được nữa."
    ),
    Act.SUSPENDED_FOR_A_DAY: _l(
        "Giấy %(certificate)s: quyền dùng nhãn hiệu “%(mark)s” bị tạm đình chỉ khẩn cấp từ %(at)s. Lý do: "
        "%(reason)s. %(text)s Sau 24 giờ việc này tự hết nếu người duyệt không chuẩn thuận."
    ),
    Act.RATIFIED: _l(
        "Giấy %(certificate)s: việc đình chỉ khẩn cấp quyền dùng nhãn hiệu “%(mark)s” đã được người duyệt "
        "chuẩn thuận, còn hiệu lực đến khi khôi phục. %(text)s"
    ),
    Act.REINSTATED: _l(
        "Giấy %(certificate)s: quyền dùng nhãn hiệu “%(mark)s” được khôi phục từ %(at)s. Lý do: %(reason)s. "
        "%(text)s Anh chị in tem lại được."
    ),
    Act.LAPSED: _l(
        "Giấy %(certificate)s: việc đình chỉ khẩn cấp quyền dùng nhãn hiệu “%(mark)s” đã hết sau 24 giờ. Anh "
        "chị in tem lại được."
    ),
    Act.REVOKED: _l(
        "Giấy %(certificate)s: quyền dùng nhãn hiệu “%(mark)s” bị thu hồi từ %(at)s. Lý do: %(reason)s. "
        "%(text)s Hàng đã đóng gói trước ngày này vẫn bán được."
    ),
    Act.EXPIRED: _l(
        "Giấy %(certificate)s: quyền dùng nhãn hiệu “%(mark)s” đã hết hạn sau ngày %(until)s. Muốn dùng "
        "tiếp, anh chị nộp đơn mới."
    ),
    Act.QUOTA_EXTENDED: _l(
        "Giấy %(certificate)s: anh chị được in thêm %(labels)s tem mang nhãn hiệu “%(mark)s”. %(text)s"
    ),
}

TOLD: Final = frozenset(_LETTERS)
"""Acts of which the holder is told; a proposal that nobody has agreed to yet is not among them."""

_MAY_BE_APPEALED: Final = frozenset({Act.SUSPENDED, Act.SUSPENDED_FOR_A_DAY, Act.RATIFIED, Act.REVOKED})


def letter(
    act: Act,
    *,
    certificate_no: str,
    mark: str,
    until: date,
    at: datetime,
    reason: Reason | None = None,
    text: str = "",
    labels: int = 0,
    language: str = "vi",
) -> str:
    """The words of one decision; an act that nobody is told of has none."""
    if act not in TOLD:
        return ""
    with force_locale(language):
        said = str(_LETTERS[act]) % {
            "certificate": certificate_no,
            "mark": mark,
            "until": show_date(until),
            "at": show_time(at),
            "reason": str(REASONS[reason]).lower() if reason else "",
            "text": text.strip().rstrip(".") + "." if text.strip() else "",
            "labels": f"{labels:,}".replace(",", "."),
        }
        tail = f" {_APPEAL}" if act in _MAY_BE_APPEALED else ""
    return " ".join((said + tail).split())
