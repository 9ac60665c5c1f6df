"""A position as maps and phones write it: latitude first, then longitude. Pure."""

import json
import re
from typing import Final

from app.kernel.problems import Invalid
from app.registry.geometry import CoordinatesOutOfRange, CoordinatesSwapped, OutsideVietnam, parse_geometry

_TYPED: Final = re.compile(r"\s*(-?[0-9]{1,3}(?:\.[0-9]+)?)\s*[,; ]\s*(-?[0-9]{1,3}(?:\.[0-9]+)?)\s*")


class PositionMissing(Invalid):
    """Neither an outline nor a position of two numbers."""

    type, field = "position-missing", "position"


class PositionSwapped(Invalid):
    """Longitude was typed first; `lat` and `lon` say how the two were surely meant."""

    type, field = "position-swapped", "position"


class PositionOutsideVietnam(OutsideVietnam):
    """Typed degrees of another country, or no degrees at all."""

    field = "position"


def geojson_point(typed: str) -> str:
    """GeoJSON text (lon, lat) of "11.2812, 106.3611".

    Raises PositionMissing, PositionSwapped, PositionOutsideVietnam.
    """
    found = _TYPED.fullmatch(typed)
    if found is None:
        raise PositionMissing(typed=typed[:40])
    point = json.dumps({"type": "Point", "coordinates": [float(found[2]), float(found[1])]})
    try:
        parse_geometry(point)
    except CoordinatesSwapped as refusal:
        raise PositionSwapped(**refusal.values) from refusal
    except (CoordinatesOutOfRange, OutsideVietnam) as refusal:
        raise PositionOutsideVietnam(**refusal.values) from refusal
    return point
