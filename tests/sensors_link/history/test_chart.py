"""The chart of a sensor: what it draws, and what it does not hide."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors_link.history.chart import GoodRange, Point, Silence, Words, line_chart, nice_ticks

T0 = datetime(2026, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
SVG = "{http://www.w3.org/2000/svg}"
WORDS = Words(
    title="Đất đủ ẩm 52 trong 60 ngày", description="Độ ẩm đất theo giờ", unit="%",
    day=lambda time: f"{time:%d/%m}", value=lambda value: f"{value:f}".replace(".", ","),
)  # fmt: skip


def points(*values, start=0):
    return [Point(T0 + (start + n) * HOUR, v - 1, v, v + 1) for n, v in enumerate(values)]


def draw(told, **changes):
    options = {"words": WORDS, "chart_id": "soil-1", "start": T0, "end": T0 + 48 * HOUR, **changes}
    return line_chart(told, **options)


def parts(svg, name):
    return [part for part in ET.fromstring(svg).iter() if part.get("class") == name]


class TestAChart:
    def test_is_one_picture_with_a_spoken_title(self):
        root = ET.fromstring(draw(points(30, 31, 32)))
        assert root.tag == f"{SVG}svg"
        assert root.get("role") == "img"
        assert root.find(f"{SVG}title").text == WORDS.title

    def test_has_line_band_and_the_last_value(self):
        svg = draw(points(30, 31, 32.5))
        assert len(parts(svg, "chart__line")) == len(parts(svg, "chart__band")) == 1
        assert [part.text for part in parts(svg, "chart__last")] == ["32,5"]

    def test_never_joins_a_gap(self):
        gap = Silence(T0 + 3 * HOUR, T0 + 20 * HOUR, "mất tín hiệu 17 giờ")
        svg = draw([*points(30, 31, 32), *points(33, 34, start=20)], silences=[gap])
        assert len(parts(svg, "chart__line")) == 2
        assert [group.find(f"{SVG}title").text for group in parts(svg, "chart__silence")] == [
            "mất tín hiệu 17 giờ"
        ]

    def test_writes_a_wide_gap_along_and_a_narrow_one_upwards_and_a_sliver_not(self):
        told = points(30)
        wide, narrow, sliver = (
            parts(
                draw(told, silences=[Silence(T0, T0 + hours * HOUR, "mất tín hiệu")]), "chart__silence-label"
            )
            for hours in (30, 8, 1)
        )
        assert wide[0].get("transform") is None
        assert narrow[0].get("transform").startswith("rotate(-90")
        assert sliver == []

    def test_rings_what_was_flagged(self):
        flagged = Point(T0 + 5 * HOUR, 90, 90, 90, flagged=True)
        assert len(parts(draw([*points(30, 31), flagged]), "chart__flagged")) == 1

    def test_shows_the_good_range_with_its_words(self):
        svg = draw(points(30), good=GoodRange(25, 40, "đủ ẩm"))
        assert len(parts(svg, "chart__good")) == 1
        assert parts(svg, "chart__good-label")[0].text == "đủ ẩm"

    def test_of_hundreds_of_hours_stays_light_and_loses_no_peak(self):
        def top(svg):
            return min(float(y) for y in re.findall(r" ([\d.]+)", parts(svg, "chart__band")[0].get("d")))

        window = {"end": T0 + 700 * HOUR}
        long = draw(points(*[20.0] * 350, 60.0, *[20.0] * 349), **window)
        assert len(long) < 10_000
        assert top(long) == top(draw(points(20.0, 60.0, 20.0), **window))

    def test_of_nothing_is_axes_and_silence(self):
        svg = draw([], silences=[Silence(T0, T0 + 48 * HOUR, "chưa có số đo")])
        assert parts(svg, "chart__line") == []
        assert parts(svg, "chart__silence-label")[0].text == "chưa có số đo"

    def test_of_one_value_is_a_dot(self):
        assert len(parts(draw(points(30)), "chart__dot")) == 1


class TestEveryChart:
    moments = st.lists(
        st.tuples(st.integers(0, 47), st.floats(-1e6, 1e6)), max_size=40, unique_by=lambda m: m[0]
    )

    @given(moments.map(sorted), st.sampled_from([200, 320, 720]))
    def test_stays_inside_its_frame(self, told, width):
        svg = draw([Point(T0 + hour * HOUR, v, v, v) for hour, v in told], width=width)
        for path in parts(svg, "chart__line") + parts(svg, "chart__band"):
            for x, y in re.findall(r"([\d.-]+) ([\d.-]+)", path.get("d")):
                assert 0 <= float(x) <= width
                assert 0 <= float(y) <= 220

    @given(st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")))
    def test_escapes_whatever_it_is_told(self, text):
        words = Words(title=text, description=text, unit=text, day=lambda _: text, value=lambda _: text[:5])
        svg = draw(points(1, 2), words=words, silences=[Silence(T0, T0 + 40 * HOUR, text)])
        assert ET.fromstring(svg).find(f"{SVG}title").text == (text or None)

    def test_has_no_inline_style_and_no_script(self):
        svg = draw(points(1, 2), good=GoodRange(0, 1, "x"), silences=[Silence(T0, T0 + HOUR, "x")])
        assert not re.search(r"style|<script|\son\w+=", svg)

    def test_has_at_most_five_labels_an_axis_and_none_twice(self):
        svg = draw(points(*range(40)), width=1_000)
        days = [part.text for part in parts(svg, "chart__x")]
        assert len(days) == len(set(days)) <= 5
        assert len(parts(svg, "chart__y")) <= 5

    @pytest.mark.parametrize("wrong", [{"end": T0}, {"width": 10}, {"chart_id": 'a"b'}, {"chart_id": ""}])
    def test_needs_a_window_a_size_and_a_plain_id(self, wrong):
        with pytest.raises(ValueError, match="chart"):
            draw(points(1), **wrong)


@given(st.floats(-1e9, 1e9), st.floats(0, 1e9))
def test_ticks_are_round_few_and_enclose_the_values(low, span):
    ticks = nice_ticks(low, low + span)
    assert 2 <= len(ticks) <= 5
    assert float(ticks[0]) <= low
    assert low + span <= float(ticks[-1])
    steps = {after - before for before, after in pairwise(ticks)}
    assert len(steps) == 1
