"""How large a plot is, as people type it, in square metres. Pure.

In the South a `công` and a `sào` are 1 000 m²; a comma is the decimal sign and a dot groups thousands.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from app.kernel.problems import Invalid

AREA_UNITS: Final[Mapping[str, int]] = MappingProxyType(
    {"m2": 1, "m²": 1, "m": 1, "mét": 1, "công": 1_000, "cong": 1_000, "sào": 1_000, "sao": 1_000,
     "ha": 10_000, "hecta": 10_000, "héc ta": 10_000, "mẫu": 10_000, "mau": 10_000}
)  # fmt: skip
_TYPED = re.compile(r"([0-9][0-9.,]*) ?([^0-9.,][^.,]*)?")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?:,[0-9]+)?")
_PLAIN = re.compile(r"[0-9]+(?:[.,][0-9]+)?")


class NotAnArea(Invalid):
    """What was typed cannot be read as an area."""

    type, field = "not-an-area", "area"


def parse_area(typed: str) -> int:
    """Whole m² of "2500", "2.500 m²", "2,5 công" or "0,25 ha"; m² when no unit is typed. Raises NotAnArea."""
    text = " ".join(typed.strip().casefold().split())
    parts = _TYPED.fullmatch(text)
    factor = AREA_UNITS.get((parts[2] or "m2").strip()) if parts and len(text) <= 20 else None
    if parts is None or factor is None:
        raise NotAnArea(typed=typed[:20])
    figures = parts[1]
    if _GROUPED.fullmatch(figures):
        figures = figures.replace(".", "")
    elif not _PLAIN.fullmatch(figures):
        raise NotAnArea(typed=typed[:20])
    return int(Decimal(figures.replace(",", ".")) * factor)
