"""How works are called on the phone, and what refusals say; msgids are Vietnamese."""

from typing import Any, Final

from app.web.i18n import _l
from traceability.diary.rules import WorkKind

KINDS: Final[dict[WorkKind, tuple[Any, str]]] = {
    WorkKind.SPRAY: (_l("Phun thuốc"), "weather"),
    WorkKind.FERTILISE: (_l("Bón phân"), "plus"),
    WorkKind.WATER: (_l("Tưới nước"), "drop"),
    WorkKind.PRUNE: (_l("Cắt tỉa"), "leaf"),
    WorkKind.TAP: (_l("Cạo mủ"), "harvest"),
    WorkKind.FEED: (_l("Cho ăn"), "basket"),
    WorkKind.OTHER: (_l("Việc khác"), "pencil"),
}
"""Label and icon of each kind, in the order of the buttons."""

SENTENCES: Final[dict[str, Any]] = {
    "work-in-the-future": _l("Ngày %(done_on)s chưa tới. Xin ghi việc đã làm, muộn nhất là hôm nay."),
    "work-long-past": _l("Ngày %(done_on)s đã hơn một năm. Xin xem lại năm."),
    "product-missing": _l("Xin ghi tên thuốc đã phun, như trên nhãn chai."),
    "interval-missing": _l("Xin ghi số ngày cách ly trên nhãn thuốc, từ 0 đến %(longest)s."),
    "already-corrected": _l("Dòng này đã được sửa rồi. Xin sửa dòng mới nhất."),
}
