"""A map of plots as an SVG without a base map: the plot, its neighbours, a scale bar, north. Pure.

A national outline is left out on purpose: none at hand shows Hoàng Sa and Trường Sa. The projection is
the plate carrée stretched by the cosine of the middle latitude, true enough for a few kilometres.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from xml.sax.saxutils import escape

METRES_PER_DEGREE: Final = 111_320.0
WIDTH, HEIGHT, MARGIN = 480, 340, 34
_NICE: Final = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)

Point = tuple[float, float]


@dataclass(frozen=True)
class Shape:
    """A GeoJSON Point or Polygon (WGS84, lon then lat), its short label, and whether it is the subject."""

    geometry: dict[str, Any]
    label: str
    subject: bool = False


@dataclass(frozen=True)
class _Frame:
    lon: float
    lat: float
    east: float  # metres per degree of longitude here
    scale: float  # pixels per metre

    def place(self, point: Sequence[float]) -> Point:
        x = (point[0] - self.lon) * self.east * self.scale + WIDTH / 2
        y = (self.lat - point[1]) * METRES_PER_DEGREE * self.scale + HEIGHT / 2
        return round(x, 1), round(y, 1)


def ring_of(geometry: dict[str, Any]) -> list[Sequence[float]]:
    """The outer ring of a polygon, or the one point of a point."""
    if geometry["type"] == "Point":
        return [geometry["coordinates"]]
    return list(geometry["coordinates"][0])


def distance_m(one: Sequence[float], other: Sequence[float]) -> float:
    """Metres between two points that are near each other, on the plane of the map."""
    east = METRES_PER_DEGREE * math.cos(math.radians((one[1] + other[1]) / 2))
    return math.hypot((one[0] - other[0]) * east, (one[1] - other[1]) * METRES_PER_DEGREE)


def middle(geometry: dict[str, Any]) -> Point:
    """The middle of a shape's corners (lon, lat)."""
    ring = ring_of(geometry)
    return sum(p[0] for p in ring) / len(ring), sum(p[1] for p in ring) / len(ring)


def plot_svg(shapes: Sequence[Shape], *, title: str, metres: str = "m") -> str:
    """Draw shapes; the frame fits the subjects with some ground around them, neighbours may be cut.

    Colours come from the style sheet by class (`map__plot`, `map__plot--subject`): a strict policy holds.
    """
    subjects = [shape for shape in shapes if shape.subject] or list(shapes)
    frame = _frame([point for shape in subjects for point in ring_of(shape.geometry)])
    drawn = "".join(_shape(shape, frame) for shape in sorted(shapes, key=lambda s: s.subject))
    told = escape(title, {'"': "&quot;"})
    return (
        f'<svg class="map" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{told}">'
        f'<rect class="map__ground" width="{WIDTH}" height="{HEIGHT}" fill="#f7f1e5"/>'
        f"{drawn}{_scale_bar(frame, metres)}{_north()}</svg>"
    )


def _frame(points: Sequence[Sequence[float]]) -> _Frame:
    lons, lats = [p[0] for p in points], [p[1] for p in points]
    lat = (min(lats) + max(lats)) / 2
    east = METRES_PER_DEGREE * math.cos(math.radians(lat))
    # A single point gets 200 m of ground around it.
    wide = max((max(lons) - min(lons)) * east, 200.0)
    high = max((max(lats) - min(lats)) * METRES_PER_DEGREE, 130.0)
    scale = min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 3 * MARGIN) / high)
    return _Frame((min(lons) + max(lons)) / 2, lat, east, scale)


def _shape(shape: Shape, frame: _Frame) -> str:
    kind = "map__plot map__plot--subject" if shape.subject else "map__plot"
    fill, line = ("#e6f2e4", "#245228") if shape.subject else ("#fffdf8", "#8c8277")
    corners = [frame.place(point) for point in ring_of(shape.geometry)]
    x, y = frame.place(middle(shape.geometry))
    if len(corners) == 1:
        body = (
            f'<circle class="{kind}" cx="{x}" cy="{y}" r="9" fill="{fill}" stroke="{line}" stroke-width="3"/>'
        )
        y += 28
    else:
        points = " ".join(f"{px},{py}" for px, py in corners)
        body = f'<polygon class="{kind}" points="{points}" fill="{fill}" stroke="{line}" stroke-width="3"/>'
    return body + _text(x, y, shape.label, anchor="middle")


def _text(x: float, y: float, text: str, *, anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="20" fill="#231c1a">{escape(text)}</text>'


def _scale_bar(frame: _Frame, metres: str) -> str:
    length = max((n for n in _NICE if n * frame.scale <= WIDTH / 3), default=_NICE[0])
    wide, y = round(length * frame.scale, 1), HEIGHT - 18
    shown = f"{length} {metres}" if length < 1000 else f"{length // 1000} k{metres}"
    bar = f'<path d="M16 {y - 6}v6h{wide}v-6" fill="none" stroke="#231c1a" stroke-width="2"/>'
    return bar + _text(16 + wide + 10, y, shown)


def _north() -> str:
    x, y = WIDTH - 30, 20
    arrow = f'<path d="M{x} {y}l9 26l-9 -6l-9 6z" fill="#231c1a"/>'
    return arrow + _text(x, y + 46, "B", anchor="middle")


def near(subject: dict[str, Any], others: Iterable[Shape], *, within_m: float = 1500) -> list[Shape]:
    """The shapes whose middle lies within some metres of the subject's."""
    centre = middle(subject)
    return [shape for shape in others if distance_m(centre, middle(shape.geometry)) <= within_m]
