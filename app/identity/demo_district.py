"""The invented organisations and households of the demonstration, for the demo parts of several rooms."""

from datetime import date
from typing import Final, NamedTuple

from app.identity.models import OrganisationKind

SINCE: Final = date(2025, 7, 1)  # the first day of the two-level administration
COMMUNES: Final = ("25777", "25780", "25792", "25807", "25843")


class Firm(NamedTuple):
    """An organisation that is no household."""

    key: str
    kind: OrganisationKind
    name: str
    code: str
    commune: str
    phone: str


class Household(NamedTuple):
    """A farmer with a household; `shows` is the answer to the question whether the name may be shown."""

    key: str
    title: str
    person: str
    commune: str
    hamlet: str
    cooperative: str | None
    shows: bool

    @property
    def number(self) -> int:
        """1 for h01."""
        return int(self.key[1:])

    @property
    def phone(self) -> str:
        """A number of the invented row +84 903 000 0xx."""
        return f"+849030000{self.number:02d}"


_COOP: Final = OrganisationKind.COOPERATIVE
_OFFICE: Final = OrganisationKind.ECONOMICS_OFFICE
_UNION: Final = OrganisationKind.FARMERS_ASSOCIATION
FIRMS: Final = (
    Firm("office", _OFFICE, "Phòng Kinh tế Dầu Tiếng", "DT", "25777", "+842743561234"),
    Firm("association", _UNION, "Hội Nông dân Dầu Tiếng", "HND", "25777", "+842743561235"),
    Firm("coop_thanh_an", _COOP, "HTX Trái cây Thanh An", "HTX-01", "25807", "+84903000101"),
    Firm("coop_long_hoa", _COOP, "HTX Cây ăn trái Long Hòa", "HTX-02", "25792", "+84903000102"),
    Firm("coop_tay_nam", _COOP, "HTX Dưa lưới Tây Nam", "HTX-03", "25843", "+84903000103"),
    Firm("collector", OrganisationKind.COLLECTOR, "Vựa thu mua Bảy Thành", "TL-01", "25777", "+84903000104"),
    Firm("helpers", OrganisationKind.HELPER_TEAM, "Tổ công nghệ số", "TCN-01", "25807", "+84903000105"),
)

HOUSEHOLDS: Final = (
    Household("h01", "ông", "Nguyễn Văn Bền", "25807", "Ấp Bến Tranh", "coop_thanh_an", True),
    Household("h02", "bà", "Trần Thị Lụa", "25807", "Ấp Bến Tranh", "coop_thanh_an", False),
    Household("h03", "ông", "Lê Văn Út", "25807", "Ấp Cỏ Trách", "coop_thanh_an", True),
    Household("h04", "bà", "Phạm Thị Sáu", "25807", "Ấp Lâm Vồ", "coop_thanh_an", False),
    Household("h05", "ông", "Võ Văn Thạnh", "25792", "Ấp Long Điền", "coop_long_hoa", True),
    Household("h06", "bà", "Đặng Thị Hoa", "25792", "Ấp Thị Tính", "coop_long_hoa", False),
    Household("h07", "ông", "Huỳnh Văn Lộc", "25792", "Ấp Vũng Tây", "coop_long_hoa", True),
    Household("h08", "bà", "Bùi Thị Nga", "25843", "Khu phố Rạch Kiến", "coop_tay_nam", True),
    Household("h09", "ông", "Đỗ Văn Tám", "25843", "Khu phố Hóc Măng", "coop_tay_nam", False),
    Household("h10", "bà", "Hồ Thị Mận", "25777", "Ấp Rạch Đá", None, True),
    Household("h11", "ông", "Ngô Văn Kiên", "25780", "Ấp Tân Minh", None, False),
    Household("h12", "bà", "Dương Thị Cúc", "25780", "Ấp Lò Rèn", None, True),
)
