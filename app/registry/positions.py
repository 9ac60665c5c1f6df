"""A position as maps and phones write it: latitude first, then longitude. Pure."""

import json
import re
from typing import Final

from app.kernel.problems import Invalid

_TYPED: Final = re.compile(r"\s*(-?[0-9]{1,3}(?:\.[0-9]+)?)\s*[,; ]\s*(-?[0-9]{1,3}(?:\.[0-9]+)?)\s*")


class PositionMissing(Invalid):
    """Neither an outline nor a position of two numbers."""

    type, field = "position-missing", "position"


def geojson_point(typed: str) -> str:
    """GeoJSON text (lon, lat) of "11.2812, 106.3611". Raises PositionMissing."""
    found = _TYPED.fullmatch(typed)
    if found is None:
        raise PositionMissing(typed=typed[:40])
    return json.dumps({"type": "Point", "coordinates": [float(found[2]), float(found[1])]})
