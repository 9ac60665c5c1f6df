"""Outlines of plots: what is taken, in which form, and what is refused with which help."""

import json
import math
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.problems import Invalid
from app.registry import geometry
from app.registry.geometry import parse_geometry

SQUARE = [[106.40, 11.30], [106.41, 11.30], [106.41, 11.31], [106.40, 11.31], [106.40, 11.30]]


def polygon(*rings):
    return {"type": "Polygon", "coordinates": list(rings)}


def parse(told):
    return parse_geometry(json.dumps(told))


def between_parallels(west, east, south, north):
    """Square metres between two meridians and two parallels of the WGS84 ellipsoid (closed form)."""
    a, f = 6_378_137.0, 1 / 298.257223563
    e = math.sqrt(f * (2 - f))

    def zone(lat):
        s = math.sin(math.radians(lat))
        return s / (1 - (e * s) ** 2) + math.log((1 + e * s) / (1 - e * s)) / (2 * e)

    return math.radians(east - west) * (a * (1 - f)) ** 2 / 2 * (zone(north) - zone(south))


class TestAnOutline:
    def test_is_measured_on_the_ellipsoid(self):
        shape = parse(polygon(SQUARE))
        assert shape.area_m2 == pytest.approx(between_parallels(106.40, 106.41, 11.30, 11.31), rel=1e-6)
        assert shape.centroid == (106.405, 11.305)

    @given(st.integers(103, 116), st.integers(7, 22), st.integers(1, 100), st.integers(1, 100))
    def test_of_any_small_rectangle_agrees_with_the_closed_form(self, lon, lat, width, height):
        east, north = lon + width / 10_000, lat + height / 10_000
        outline = [[lon, lat], [east, lat], [east, north], [lon, north], [lon, lat]]
        found = parse(polygon(outline)).area_m2
        assert found == pytest.approx(between_parallels(lon, east, lat, north), rel=1e-5, abs=1)

    @pytest.mark.parametrize(
        "wrap",
        [
            lambda g: g,
            lambda g: {"type": "Feature", "properties": {}, "geometry": g},
            lambda g: {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": g}]},
            lambda g: {"type": "MultiPolygon", "coordinates": [g["coordinates"]]},
            lambda g: polygon([[*position, 12.5] for position in g["coordinates"][0]]),
            lambda g: polygon(g["coordinates"][0][::-1]),
        ],
    )
    def test_has_one_form_however_it_is_wrapped_and_turned(self, wrap):
        assert parse(wrap(polygon(SQUARE))) == parse(polygon(SQUARE))

    def test_runs_counter_clockwise(self):
        ring = parse(polygon(SQUARE[::-1])).geojson["coordinates"][0]
        turned = sum((b[0] - a[0]) * (b[1] + a[1]) for a, b in pairwise(ring))
        assert turned < 0

    def test_loses_its_holes_from_the_area(self):
        hole = [[106.402, 11.302], [106.404, 11.302], [106.404, 11.304], [106.402, 11.304], [106.402, 11.302]]
        whole, pierced = parse(polygon(SQUARE)), parse(polygon(SQUARE, hole))
        assert whole.area_m2 - pierced.area_m2 == pytest.approx(parse(polygon(hole)).area_m2, abs=2)

    def test_may_be_a_point(self):
        shape = parse({"type": "Point", "coordinates": [106.4, 11.3]})
        assert (shape.is_point, shape.area_m2, shape.centroid) == (True, None, (106.4, 11.3))

    def test_is_stored_as_it_is_read_again(self):
        shape = parse(polygon(SQUARE))
        assert parse(shape.geojson) == shape


class TestIsRefused:
    @pytest.mark.parametrize(
        ("told", "error"),
        [
            (polygon(SQUARE[:-1]), geometry.RingNotClosed),
            (polygon([SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3], SQUARE[0]]), geometry.OutlineCrossesItself),
            (polygon([SQUARE[0], SQUARE[1], SQUARE[0]]), geometry.NoArea),
            (polygon([[lat, lon] for lon, lat in SQUARE]), geometry.CoordinatesSwapped),
            ({"type": "Point", "coordinates": [11.3, 106.4]}, geometry.CoordinatesSwapped),
            ({"type": "Point", "coordinates": [2.35, 48.85]}, geometry.OutsideVietnam),
            ({"type": "Point", "coordinates": [0, 0]}, geometry.OutsideVietnam),
            ({"type": "Point", "coordinates": [600_000, 1_250_000]}, geometry.CoordinatesOutOfRange),
            ({"type": "Point", "coordinates": [150, 95]}, geometry.CoordinatesOutOfRange),
            ({"type": "Point", "coordinates": ["106.4", "11.3"]}, geometry.NotAGeometry),
            ({"type": "Point", "coordinates": [True, False]}, geometry.NotAGeometry),
            ({"type": "LineString", "coordinates": SQUARE}, geometry.NotAGeometry),
            ({"type": "FeatureCollection", "features": []}, geometry.NotAGeometry),
            ({"type": "Feature", "geometry": None}, geometry.NotAGeometry),
            ({"type": "Polygon", "coordinates": []}, geometry.NotAGeometry),
            ({"type": "Polygon", "coordinates": [[]]}, geometry.NotAGeometry),
            ([1, 2], geometry.NotAGeometry),
        ],
    )
    def test_by_name(self, told, error):
        with pytest.raises(error):
            parse(told)

    def test_and_a_swap_is_told_the_right_way_round(self):
        with pytest.raises(geometry.CoordinatesSwapped) as refusal:
            parse({"type": "Point", "coordinates": [11.3, 106.4]})
        assert refusal.value.values == {"lon": 106.4, "lat": 11.3}

    def test_and_a_crossing_is_told_where(self):
        with pytest.raises(geometry.OutlineCrossesItself) as refusal:
            parse(polygon([SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3], SQUARE[0]]))
        assert refusal.value.values == {"lon": 106.405, "lat": 11.305}

    def test_with_more_corners_than_a_plot_has(self):
        many = [[106.4 + n * 1e-5, 11.3] for n in range(2_001)]
        with pytest.raises(geometry.TooManyVertices):
            parse(polygon(many))

    @pytest.mark.parametrize("text", ["", "{", b"\xff\xfe", "NaN", "[" * 100_000, " " * 600_000])
    def test_when_it_is_no_json(self, text):
        with pytest.raises(geometry.NotAGeometry):
            parse_geometry(text)

    @pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 400, "NaN", "Infinity"])
    def test_when_a_number_is_none(self, number):
        with pytest.raises(Invalid):
            parse_geometry(f'{{"type": "Point", "coordinates": [{number}, 11.3]}}')


numbers = st.floats(102, 118) | st.floats(6, 24) | st.integers(-200, 200)
rings = st.lists(st.lists(numbers, min_size=2, max_size=3), min_size=3, max_size=8).map(lambda r: [*r, r[0]])


@given(st.builds(lambda told: polygon(*told), st.lists(rings, min_size=1, max_size=2)))
def test_any_outline_is_measured_or_refused_by_name(told):
    with suppress(Invalid):
        shape = parse(told)
        assert shape.area_m2 >= 1
        assert parse(shape.geojson).area_m2 == shape.area_m2


kinds = st.sampled_from(["Point", "Polygon", "Feature", "FeatureCollection", "MultiPolygon"])
members = st.sampled_from(["type", "coordinates", "features", "geometry"])
anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda kids: st.lists(kids) | st.dictionaries(members, kids | kinds),
    max_leaves=12,
)


@given(anything)
def test_any_json_is_read_or_refused_by_name(told):
    with suppress(Invalid):
        parse(told)
