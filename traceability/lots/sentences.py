"""How lots, holds and works are called on pages, and what refusals say; msgids are Vietnamese."""

from datetime import date
from typing import Any, Final

from app.web.i18n import _l, gettext, show_date, show_weight
from traceability.lots.queries import HoldView
from traceability.lots.rules import HoldKind

STATES: Final[dict[str, Any]] = {
    "open": _l("Bình thường"),
    "held": _l("Đang tạm giữ"),
    "recalled": _l("Đang thu hồi"),
    "closed": _l("Đã xong"),
}

SENTENCES: Final[dict[str, Any]] = {
    "harvest-in-the-future": _l("Ngày %(picked_on)s chưa tới. Xin ghi ngày đã hái, muộn nhất là hôm nay."),
    "harvest-long-past": _l("Ngày %(picked_on)s đã hơn một năm. Xin xem lại năm."),
    "not-a-weight": _l("“%(typed)s” không đọc được thành số ký. Xin ghi như 120 hoặc 120,5."),
    "absurd-weight": _l("Số ký phải lớn hơn 0 và không quá 100 tấn."),
    "no-trade-item": _l("Cây trồng này chưa có mã sản phẩm. Xin báo văn phòng, chưa có gì được ghi."),
    "less-than-packed": _l("Số sửa lại nhỏ hơn số đã đóng gói. Số đã đóng không mất đi được."),
    "more-than-the-lot-holds": _l("Lô không còn đủ hàng cho chừng đó."),
    "lot-on-hold": _l("Lô %(lot_no)s đang tạm giữ nên chưa in tem, đóng gói hay bán được."),
    "lot-recalled": _l("Lô %(lot_no)s đang bị thu hồi."),
    "lot-closed": _l("Lô %(lot_no)s đã xong."),
    "no-such-step": _l("Lô đang ở trạng thái không làm được việc này."),
    "not-held": _l("Lô %(lot_no)s không bị giữ."),
    "own-hold": _l("Người hái không tự bỏ giữ lô của mình. Xin nhờ hợp tác xã hoặc cán bộ."),
    "not-entitled-to-release": _l("Tài khoản này không bỏ giữ được lô này."),
    "lot-reason-missing": _l("Xin ghi lý do, ít nhất %(shortest)s chữ."),
}


def hold_sentence(hold: HoldView) -> str:
    """Why a lot is held, in one sentence for anybody."""
    told = hold.values
    if hold.kind is HoldKind.EARLY_HARVEST:
        return str(
            gettext(
                "Hái khi chưa hết thời gian cách ly của %(product)s; được hái từ %(day)s.",
                product=told["product"] or gettext("(đã xóa theo yêu cầu)"),
                day=show_date(date.fromisoformat(told["allowed_from"])),
            )
        )
    if hold.kind is HoldKind.OVER_CAPACITY:
        return str(
            gettext(
                "Vườn báo %(season)s trong một năm, nhiều hơn mức %(capacity)s mà diện tích này có thể cho.",
                season=show_weight(told["season_g"]),
                capacity=show_weight(told["capacity_g"]),
            )
        )
    if hold.kind is HoldKind.OFFICE:
        return str(told.get("reason") or gettext("Lý do đã xóa theo yêu cầu."))
    return str(gettext("Số ký vào và ra của lô chưa khớp nhau."))
