"""The words for people: states, acts, reasons, and what a right says of goods packed on a day.

Used by our own pages and by whoever shows a right elsewhere. Nothing here says "genuine" or "safe".
"""

from typing import Any, Final

from app.web.i18n import _l, show_date
from trademarks.use_rights.queries import RightStatus
from trademarks.use_rights.rules import Act, Reason, RightState

STATES: Final[dict[RightState, Any]] = {
    RightState.ACTIVE: _l("Đang có hiệu lực"),
    RightState.SUSPENDED: _l("Đang tạm đình chỉ"),
    RightState.REVOKED: _l("Đã bị thu hồi"),
    RightState.EXPIRED: _l("Đã hết hạn"),
}

ACTS: Final[dict[Act, Any]] = {
    Act.GRANTED: _l("Cấp quyền"),
    Act.SUSPENDED: _l("Tạm đình chỉ"),
    Act.SUSPENDED_FOR_A_DAY: _l("Tạm đình chỉ khẩn cấp (24 giờ)"),
    Act.RATIFIED: _l("Chuẩn thuận đình chỉ khẩn cấp"),
    Act.REINSTATED: _l("Khôi phục quyền"),
    Act.LAPSED: _l("Đình chỉ khẩn cấp tự hết sau 24 giờ"),
    Act.REVOCATION_PROPOSED: _l("Đề nghị thu hồi"),
    Act.REVOKED: _l("Thu hồi"),
    Act.EXPIRED: _l("Hết hạn"),
    Act.QUOTA_EXTENDED: _l("Cấp thêm tem"),
}

REASONS: Final[dict[str, Any]] = {
    Reason.LABEL_MISUSE: _l("Dùng tem không đúng quy chế"),
    Reason.ORIGIN: _l("Hàng không rõ từ vùng được mang nhãn hiệu"),
    Reason.QUALITY: _l("Hàng không đạt chất lượng theo quy chế"),
    Reason.RECORDS: _l("Sổ ghi chép thiếu hoặc không khớp"),
    Reason.MEMBERSHIP: _l("Không còn là thành viên của tổ chức sở hữu nhãn hiệu"),
    Reason.HOLDER_ASKED: _l("Người được cấp xin thôi"),
    Reason.CORRECTED: _l("Đã khắc phục xong"),
    Reason.UNFOUNDED: _l("Kiểm tra lại thấy không có lỗi"),
    Reason.SEASON: _l("Sản lượng vụ này nhiều hơn dự tính"),
    Reason.OTHER: _l("Lý do khác"),
}

_NO_DAY: Final[dict[RightState, Any]] = {
    RightState.ACTIVE: _l("Quyền dùng nhãn hiệu “%(mark)s” đang có hiệu lực, đến hết ngày %(until)s."),
    RightState.SUSPENDED: _l("Quyền dùng nhãn hiệu “%(mark)s” đang bị tạm đình chỉ từ ngày %(since)s."),
    RightState.REVOKED: _l("Quyền dùng nhãn hiệu “%(mark)s” đã bị thu hồi ngày %(since)s."),
    RightState.EXPIRED: _l("Quyền dùng nhãn hiệu “%(mark)s” đã hết hạn, từ ngày %(since)s."),
}

_LAWFUL: Final[dict[RightState, Any]] = {
    RightState.ACTIVE: _l(
        "Hàng đóng gói ngày %(packed)s, khi quyền dùng nhãn hiệu “%(mark)s” có hiệu lực; quyền còn đến hết "
        "ngày %(until)s."
    ),
    RightState.SUSPENDED: _l(
        "Hàng đóng gói ngày %(packed)s, khi quyền dùng nhãn hiệu “%(mark)s” còn hiệu lực. Sau đó quyền bị "
        "tạm đình chỉ, từ ngày %(since)s."
    ),
    RightState.REVOKED: _l(
        "Hàng đóng gói ngày %(packed)s, khi quyền dùng nhãn hiệu “%(mark)s” còn hiệu lực. Sau đó quyền đã bị "
        "thu hồi, ngày %(since)s."
    ),
    RightState.EXPIRED: _l(
        "Hàng đóng gói ngày %(packed)s, khi quyền dùng nhãn hiệu “%(mark)s” còn hiệu lực. Quyền hết hạn từ "
        "ngày %(since)s, hàng đóng gói sau đó không được mang nhãn hiệu."
    ),
}

_NOT_LAWFUL: Final[dict[RightState, Any]] = {
    RightState.ACTIVE: _l(
        "Quyền dùng nhãn hiệu “%(mark)s” nay có hiệu lực, nhưng ngày đóng gói %(packed)s thì không."
    ),
    RightState.SUSPENDED: _l(
        "Quyền dùng nhãn hiệu “%(mark)s” đang bị tạm đình chỉ từ ngày %(since)s. Hàng đóng gói ngày "
        "%(packed)s, khi quyền không có hiệu lực."
    ),
    RightState.REVOKED: _l(
        "Quyền dùng nhãn hiệu “%(mark)s” đã bị thu hồi ngày %(since)s. Hàng đóng gói ngày %(packed)s, khi "
        "quyền không có hiệu lực."
    ),
    RightState.EXPIRED: _l(
        "Quyền dùng nhãn hiệu “%(mark)s” đã hết hạn từ ngày %(since)s. Hàng đóng gói ngày %(packed)s, khi "
        "quyền không có hiệu lực."
    ),
}


def headline(status: RightStatus) -> str:
    """One sentence on the right as it stands, and on goods packed on the day asked for, if any."""
    texts = {None: _NO_DAY, True: _LAWFUL, False: _NOT_LAWFUL}[status.packed_in_force]
    return str(texts[status.state]) % {
        "mark": status.mark.name,
        "since": show_date(status.since),
        "until": show_date(status.valid_to),
        "packed": show_date(status.packed_on),
    }


def lines(status: RightStatus) -> list[str]:
    """What stands below the headline: reason, scope and appeal, or the hour of lapsing."""
    told: list[str] = []
    if status.reason in REASONS:
        told.append(str(_l("Lý do: %(reason)s.")) % {"reason": REASONS[status.reason]})
    if status.state is RightState.SUSPENDED:
        told.append(str(_l("Chỉ đình chỉ việc dùng nhãn hiệu; hồ sơ truy xuất của hàng vẫn xem được.")))
        if status.lapses_at is not None:
            told.append(str(_l("Đây là đình chỉ khẩn cấp trong 24 giờ, đang chờ người duyệt xem lại.")))
    if status.state in {RightState.SUSPENDED, RightState.REVOKED}:
        told.append(str(_l("Người được cấp quyền có thể khiếu nại quyết định này với văn phòng.")))
    return told
