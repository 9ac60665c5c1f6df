"""A plot's outline as GeoJSON: read, checked, brought to one form, measured. Pure.

WGS84, longitude first, as RFC 7946 has it. Areas are on the ellipsoid (Karney's geodesics), since a
hectare in degrees means nothing. Coordinates are kept to 7 decimals, about a centimetre.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from geographiclib.geodesic import Geodesic

from app.kernel import outside_json
from app.kernel.problems import Invalid

MOST_VERTICES: Final = 2_000
LONGEST_TEXT: Final = 500_000  # characters: 2 000 vertices need a fifth of it
DECIMALS: Final = 7

# Mainland, islands and their sea: longitudes, latitudes.
_VIETNAM_LON: Final = (102.0, 118.0)
_VIETNAM_LAT: Final = (6.0, 24.0)
_AT = re.compile(r"\[(-?[0-9.]+) (-?[0-9.]+)")

Position = tuple[float, float]


class NotAGeometry(Invalid):
    """Not GeoJSON with one Point or one Polygon; `reason` says what it is instead."""

    type, field = "not-a-geometry", "geometry"


class RingNotClosed(Invalid):
    """The outline does not end where it began."""

    type, field = "ring-not-closed", "geometry"


class OutlineCrossesItself(Invalid):
    """The outline crosses or touches itself near `lon`, `lat`."""

    type, field = "outline-crosses-itself", "geometry"


class NoArea(Invalid):
    """The outline encloses less than a square metre."""

    type, field = "no-area", "geometry"


class CoordinatesOutOfRange(Invalid):
    """Not degrees: often metres of a projected map (VN-2000)."""

    type, field = "coordinates-out-of-range", "geometry"


class CoordinatesSwapped(Invalid):
    """Latitude stands first; `lon` and `lat` say how the first point was surely meant."""

    type, field = "coordinates-swapped", "geometry"


class OutsideVietnam(Invalid):
    """Degrees of another country or of another ocean."""

    type, field = "outside-vietnam", "geometry"


class TooManyVertices(Invalid):
    """More corners than a plot has: a file of a whole commune, or a track recorded every second."""

    type, field = "too-many-vertices", "geometry"


@dataclass(frozen=True)
class Shape:
    """A checked geometry: GeoJSON to store, the ellipsoidal area (None for a point), the middle."""

    geojson: dict[str, Any]
    area_m2: int | None
    centroid: Position

    @property
    def is_point(self) -> bool:
        """Whether only a spot is known."""
        return self.area_m2 is None


def parse_geometry(text: str | bytes) -> Shape:
    """A Point or a Polygon, bare, in a Feature or in a FeatureCollection of one.

    A MultiPolygon of one part is taken as its Polygon; heights are dropped; the outer ring comes out
    counter-clockwise, holes clockwise. Raises one of the errors of this module.
    """
    geometry = _bare(_json(text))
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind == "MultiPolygon" and isinstance(coordinates, list) and len(coordinates) == 1:
        kind, coordinates = "Polygon", coordinates[0]
    if kind == "Point":
        return _point(_position(coordinates))
    if kind == "Polygon" and isinstance(coordinates, list) and coordinates:
        return _polygon(coordinates)
    raise NotAGeometry(reason="kind", kind=str(kind)[:40])


def coarse(geojson: dict[str, Any]) -> dict[str, Any]:
    """A point near a plot: its first position to two decimals, about a kilometre, so that no door is told."""
    position = geojson["coordinates"]
    while isinstance(position[0], list | tuple):
        position = position[0]
    return {"type": "Point", "coordinates": [round(float(degrees), 2) for degrees in position[:2]]}


def _json(text: str | bytes) -> object:
    if len(text) > LONGEST_TEXT:
        raise NotAGeometry(reason="too-long")
    try:
        told = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        return outside_json.loads(told, parse_constant=_no_constant)
    except ValueError as exc:  # decoding errors are ValueErrors
        raise NotAGeometry(reason="not-json") from exc


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _bare(told: object) -> dict[str, Any]:
    """The geometry inside a Feature or a collection of one."""
    for _ in range(3):
        if not isinstance(told, dict):
            raise NotAGeometry(reason="not-an-object")
        if told.get("type") == "FeatureCollection":
            features = told.get("features")
            if not isinstance(features, list) or len(features) != 1:
                count = len(features) if isinstance(features, list) else 0
                raise NotAGeometry(reason="features", count=count)
            told = features[0]
        elif told.get("type") == "Feature":
            told = told.get("geometry")
        else:
            return told
    raise NotAGeometry(reason="nesting")


def _position(told: object) -> Position:
    if not isinstance(told, list) or len(told) not in (2, 3):
        raise NotAGeometry(reason="position")
    if not all(isinstance(number, int | float) and not isinstance(number, bool) for number in told):
        raise NotAGeometry(reason="position")
    lon, lat = told[0], told[1]
    if not (abs(lon) <= 180 and abs(lat) <= 180):  # further out no swap helps
        raise CoordinatesOutOfRange(lon=str(lon)[:24], lat=str(lat)[:24])
    return round(float(lon), DECIMALS), round(float(lat), DECIMALS)


def _check_place(positions: Sequence[Position]) -> None:
    """Raises CoordinatesSwapped, CoordinatesOutOfRange or OutsideVietnam."""
    if all(_in_vietnam(lon, lat) for lon, lat in positions):
        return
    lon, lat = next(position for position in positions if not _in_vietnam(*position))
    if all(_in_vietnam(y, x) for x, y in positions):
        raise CoordinatesSwapped(lon=lat, lat=lon)
    if abs(lat) > 90:
        raise CoordinatesOutOfRange(lon=str(lon), lat=str(lat))
    raise OutsideVietnam(lon=lon, lat=lat)


def _in_vietnam(lon: float, lat: float) -> bool:
    return _VIETNAM_LON[0] <= lon <= _VIETNAM_LON[1] and _VIETNAM_LAT[0] <= lat <= _VIETNAM_LAT[1]


def _point(position: Position) -> Shape:
    _check_place([position])
    return Shape({"type": "Point", "coordinates": list(position)}, None, position)


def _polygon(told: list[Any]) -> Shape:
    count = sum(len(ring) for ring in told if isinstance(ring, list))
    if count > MOST_VERTICES:
        raise TooManyVertices(count=count, most=MOST_VERTICES)
    rings = [_ring(ring) for ring in told]
    _check_place([position for ring in rings for position in ring])
    # shapely brings numpy, 0.15 s of every start; few processes ever see an outline.
    from shapely.geometry import Polygon  # noqa: PLC0415
    from shapely.geometry.polygon import orient  # noqa: PLC0415
    from shapely.validation import explain_validity  # noqa: PLC0415

    polygon = Polygon(rings[0], rings[1:])
    if not polygon.is_valid:
        raise _crossing(explain_validity(polygon), rings[0][0])
    polygon = orient(polygon)
    outline = [list(polygon.exterior.coords), *(list(hole.coords) for hole in polygon.interiors)]
    area = round(_area(outline[0]) - sum(map(_area, outline[1:])))
    if area < 1:
        raise NoArea(area_m2=area)
    coordinates = [[list(position) for position in ring] for ring in outline]
    middle = (round(polygon.centroid.x, DECIMALS), round(polygon.centroid.y, DECIMALS))
    return Shape({"type": "Polygon", "coordinates": coordinates}, area, middle)


def _ring(told: object) -> list[Position]:
    if not isinstance(told, list) or len(told) < 3:
        raise NotAGeometry(reason="ring")
    ring = [_position(position) for position in told]
    if ring[0] != ring[-1]:
        raise RingNotClosed(lon=ring[0][0], lat=ring[0][1])
    if len(set(ring)) < 3:
        raise NoArea(area_m2=0)
    return ring


def _crossing(explained: str, fallback: Position) -> OutlineCrossesItself:
    """The error with the spot that GEOS names ("Self-intersection[106.4 11.2]")."""
    at = _AT.search(explained)
    lon, lat = (float(at[1]), float(at[2])) if at else fallback
    return OutlineCrossesItself(lon=round(lon, DECIMALS), lat=round(lat, DECIMALS))


def _area(ring: Iterable[Sequence[float]]) -> float:
    """Square metres inside one ring on the WGS84 ellipsoid, whichever way it turns."""
    outline = Geodesic.WGS84.Polygon()
    for lon, lat, *_ in list(ring)[:-1]:
        outline.AddPoint(lat, lon)
    return abs(float(outline.Compute()[2]))
