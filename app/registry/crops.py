"""Names of the crops that a plot may bear; what a crop can yield is `traceability.lots.crops`."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from app.web.i18n import _l

CROP_NAMES: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "mangosteen": _l("Măng cụt"),
        "pomelo": _l("Bưởi da xanh"),
        "durian": _l("Sầu riêng"),
        "banana": _l("Chuối già"),
        "cantaloupe": _l("Dưa lưới"),
        "fish_pond": _l("Cá ao"),
        "rubber": _l("Mủ cao su"),
    }
)


def crop_name(crop: str) -> str:
    """The crop as people call it; its key when the house does not know it."""
    return str(CROP_NAMES.get(crop, crop))
