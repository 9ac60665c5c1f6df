"""What refusals about labels and packs say; msgids are Vietnamese."""

from typing import Any, Final

from app.web.i18n import _l

SENTENCES: Final[dict[str, Any]] = {
    "not-a-code": _l("Mã trên tem có 10 chữ và số, không có 0, 1, I, L, O. Xin xem lại."),
    "wrong-check-symbol": _l("Mã này có một ký tự sai. Xin xem lại từng chữ trên tem."),
    "absurd-count": _l("Số lượng phải từ 1 đến %(most)s."),
    "labels-exceed-lot": _l("Tem nhiều hơn hàng còn trong lô. Còn in được nhiều nhất %(most)s tem cỡ này."),
    "no-right-for-mark": _l("Chưa có quyền dùng nhãn hiệu đang hiệu lực cho loại hàng này."),
    "not-enough-labels": _l("Cần %(asked)s tem cỡ này mà chỉ còn %(free)s tem chưa dán. Xin in thêm tem."),
    "label-not-free": _l("Tem %(serial)s đã dán lên hàng hoặc đã hủy."),
    "not-enough-packs": _l("Cần %(asked)s gói mà trong kho chỉ còn %(there)s gói đã đóng."),
    "already-shipped": _l("Gói mang tem %(serial)s đã giao đi, không hủy tem được nữa."),
    "not-an-order-reference": _l("Số đơn hàng không hợp lệ."),
}
