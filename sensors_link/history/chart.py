"""A line chart as SVG text: mean as a line, lowest to highest as a band, silence as silence. Pure.

The content security policy allows no inline style, so looks come from classes (static/css/chart.css)
over presentation attributes that read in grey on their own. Every text is handed in translated.
A gap is never joined: the line ends before it, and the hatched field says how long it was.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from html import escape
from itertools import groupby, pairwise
from math import floor, log10
from typing import Final

_TOP, _BOTTOM, _RIGHT = 24.0, 30.0, 14.0
_LETTER: Final = 8.6  # px of one letter at 16 px, generous
_MOST_LABELS: Final = 5
_COLUMN: Final = 2.0  # px, as wide as the line: finer than that only weighs


@dataclass(frozen=True)
class Point:
    """One moment or one roll-up: lowest, mean and highest value; `flagged` draws an open ring."""

    time: datetime
    low: float
    mean: float
    high: float
    flagged: bool = False


@dataclass(frozen=True)
class Silence:
    """A stretch without values, with its words ("mất tín hiệu 5 giờ")."""

    start: datetime
    end: datetime
    label: str


@dataclass(frozen=True)
class GoodRange:
    """The stripe in which the crop does well, with its words ("đủ ẩm")."""

    low: float
    high: float
    label: str


@dataclass(frozen=True, kw_only=True)
class Words:
    """Translated texts of one chart and how it writes days and values."""

    title: str  # the finding, read to those who cannot see the drawing
    description: str
    unit: str
    day: Callable[[datetime], str]
    value: Callable[[Decimal], str]


@dataclass(frozen=True, kw_only=True)
class _Frame:
    """Where times and values lie on the drawing."""

    start: datetime
    end: datetime
    low: float
    high: float
    left: float
    width: int
    height: int
    ticks: tuple[Decimal, ...] = field(default=())

    def x(self, time: datetime) -> float:
        whole = (self.end - self.start) / timedelta(seconds=1) or 1.0
        share = (time - self.start) / timedelta(seconds=1) / whole
        return self.left + min(1.0, max(0.0, share)) * (self.width - self.left - _RIGHT)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.height - _BOTTOM - min(1.0, max(0.0, share)) * (self.height - _TOP - _BOTTOM)

    @property
    def right(self) -> float:
        return self.width - _RIGHT

    @property
    def floor(self) -> float:
        return self.height - _BOTTOM


def line_chart(
    points: Sequence[Point],
    *,
    words: Words,
    chart_id: str,
    start: datetime,
    end: datetime,
    silences: Sequence[Silence] = (),
    good: GoodRange | None = None,
    width: int = 320,
    height: int = 220,
) -> str:
    """An `<svg>` element for points in ascending time between `start` and `end`.

    `chart_id` is unique on the page (letters, digits, hyphens). At the default width the text is
    16 px on a phone of 320 px. Raises ValueError for a window, a size or an id that cannot be.
    """
    if end <= start or width < 200 or height < 120 or not chart_id.replace("-", "").isalnum():
        raise ValueError("a chart needs a window of time, 200 × 120 px and a plain id")
    frame = _frame(points, words=words, start=start, end=end, good=good, width=width, height=height)
    stretches = list(_stretches(points, silences))
    parts = [
        _opening(chart_id, width, height),
        f'<title id="{chart_id}-title">{escape(words.title)}</title>',
        f'<desc id="{chart_id}-desc">{escape(words.description)}</desc>',
        _hatch(chart_id),
        *_good_stripe(frame, good),
        *_axes(frame, words),
        *(part for silence in silences for part in _silence(frame, silence, chart_id)),
        *(part for stretch in stretches for part in _stretch(frame, stretch)),
        *_rings(frame, points),
        *_good_label(frame, good),
        *_last_value(frame, points, words),
        "</svg>",
    ]
    return "".join(parts)


def nice_ticks(low: float, high: float, *, most: int = _MOST_LABELS) -> tuple[Decimal, ...]:
    """At most `most` round values (1, 2 or 5 times a power of ten) that enclose `low` to `high`."""
    if high - low < 1e-6:  # a flat series, or noise that no axis could write
        low, high = low - 0.5, high + 0.5
    exponent = floor(log10((high - low) / (most - 1)))
    for step in (Decimal(mantissa).scaleb(exponent + up) for up in range(3) for mantissa in (1, 2, 5)):
        first = floor(Decimal(low) / step)
        last = -floor(-Decimal(high) / step)
        if last - first < most:
            return tuple(step * n for n in range(first, last + 1))
    raise AssertionError("three decades of steps always hold one that is wide enough")


def _frame(
    points: Sequence[Point],
    *,
    words: Words,
    start: datetime,
    end: datetime,
    good: GoodRange | None,
    width: int,
    height: int,
) -> _Frame:
    values = [end_value for point in points for end_value in (point.low, point.high)]
    if good is not None:
        values += [good.low, good.high]
    ticks = nice_ticks(min(values, default=0.0), max(values, default=1.0))
    longest = max(len(words.value(tick)) for tick in ticks)
    return _Frame(
        start=start,
        end=end,
        low=float(ticks[0]),
        high=float(ticks[-1]),
        left=min(longest * _LETTER + 10, width / 2),
        width=width,
        height=height,
        ticks=ticks,
    )


def _stretches(points: Sequence[Point], silences: Sequence[Silence]) -> Iterator[list[Point]]:
    """Runs of points that no silence interrupts."""
    run: list[Point] = []
    for point in points:
        if run and any(s.start < point.time and s.end > run[-1].time for s in silences):
            yield run
            run = []
        run.append(point)
    if run:
        yield run


def _opening(chart_id: str, width: int, height: int) -> str:
    return (
        f'<svg class="chart" id="{chart_id}" viewBox="0 0 {width} {height}" role="img" '
        f'aria-labelledby="{chart_id}-title {chart_id}-desc" font-size="16" '
        'xmlns="http://www.w3.org/2000/svg">'
    )


def _hatch(chart_id: str) -> str:
    return (
        f'<defs><pattern id="{chart_id}-hatch" width="8" height="8" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><path d="M0 0V8" class="chart__hatch" stroke="#8c8277" '
        'stroke-width="2"/></pattern></defs>'
    )


def _good_stripe(frame: _Frame, good: GoodRange | None) -> Iterator[str]:
    if good is None:
        return
    top, bottom = frame.y(good.high), frame.y(good.low)
    yield (
        f'<rect class="chart__good" x="{frame.left:.1f}" y="{top:.1f}" '
        f'width="{frame.right - frame.left:.1f}" height="{bottom - top:.1f}" fill="#f7f1e5"/>'
    )


def _good_label(frame: _Frame, good: GoodRange | None) -> Iterator[str]:
    if good is not None:
        yield _text(frame.left + 4, frame.y(good.low) - 6, good.label, name="chart__good-label")


def _axes(frame: _Frame, words: Words) -> Iterator[str]:
    for n, tick in enumerate(frame.ticks):
        y = frame.y(float(tick))
        yield (
            f'<path class="chart__grid" d="M{frame.left:.1f} {y:.1f}H{frame.right:.1f}" '
            'stroke="#e6dccb" stroke-width="1" fill="none"/>'
        )
        if n % 2 == 0 or len(frame.ticks) <= 3:
            yield _text(frame.left - 6, y + 5, words.value(tick), name="chart__y", anchor="end")
    yield _text(frame.right, _TOP - 7, words.unit, name="chart__unit", anchor="end")
    labels = _day_labels(frame, words)
    for n, (time, label) in enumerate(labels):
        anchor = "start" if n == 0 else "end" if n == len(labels) - 1 else "middle"
        yield _text(frame.x(time), frame.floor + 22, label, name="chart__x", anchor=anchor)


def _day_labels(frame: _Frame, words: Words) -> list[tuple[datetime, str]]:
    """Evenly spaced days, as many as have room (at most five), none written twice."""
    wide = (len(words.day(frame.end)) + 2) * _LETTER
    room = min(_MOST_LABELS, max(2, int((frame.right - frame.left) / wide)))
    times = [frame.start + (frame.end - frame.start) * n / (room - 1) for n in range(room)]
    named = [(time, words.day(time)) for time in times]
    kept = [named[0]]
    kept += [now for before, now in pairwise(named) if now[1] != before[1]]
    return kept


def _silence(frame: _Frame, silence: Silence, chart_id: str) -> Iterator[str]:
    left, right = frame.x(silence.start), frame.x(silence.end)
    label = escape(silence.label)
    yield (
        f'<g class="chart__silence"><title>{label}</title><rect x="{left:.1f}" y="{_TOP:.1f}" '
        f'width="{max(1.0, right - left):.1f}" height="{frame.floor - _TOP:.1f}" '
        f'fill="url(#{chart_id}-hatch)"/>'
    )
    middle, centre = (left + right) / 2, (_TOP + frame.floor) / 2
    length = len(silence.label) * _LETTER
    if right - left >= length:
        yield _text(middle, centre, silence.label, name="chart__silence-label", anchor="middle")
    elif right - left >= 20 and frame.floor - _TOP >= length:
        # A narrow gap says it upwards; one narrower still only to those who point at it or listen.
        turned = f' transform="rotate(-90 {middle:.1f} {centre:.1f})"'
        yield _text(
            middle, centre + 5, silence.label, name="chart__silence-label", anchor="middle", more=turned
        )
    yield "</g>"


def _stretch(frame: _Frame, run: Sequence[Point]) -> Iterator[str]:
    if len(run) == 1:
        x, y = frame.x(run[0].time), frame.y(run[0].mean)
        yield f'<circle class="chart__dot" cx="{x:.1f}" cy="{y:.1f}" r="2" fill="#5b1f45"/>'
        return
    columns = list(_columns(frame, run))
    upper = [f"{frame.x(p.time):.1f} {frame.y(p.high):.1f}" for p in columns]
    lower = [f"{frame.x(p.time):.1f} {frame.y(p.low):.1f}" for p in reversed(columns)]
    mean = [f"{frame.x(p.time):.1f} {frame.y(p.mean):.1f}" for p in columns]
    yield f'<path class="chart__band" d="M{"L".join(upper + lower)}Z" fill="#5b1f45" fill-opacity="0.18"/>'
    yield (
        f'<path class="chart__line" d="M{"L".join(mean)}" fill="none" stroke="#5b1f45" stroke-width="2" '
        'stroke-linejoin="round"/>'
    )


def _columns(frame: _Frame, run: Sequence[Point]) -> Iterator[Point]:
    """The run with what falls into one drawn column made one point; its first and last stand as they are.

    Lowest and highest stay, so that no peak is lost; the mean is that of the column.
    """
    yield run[0]
    for _, inside in groupby(run[1:-1], key=lambda point: int(frame.x(point.time) / _COLUMN)):
        those = list(inside)
        yield Point(
            those[len(those) // 2].time,
            min(p.low for p in those),
            sum(p.mean for p in those) / len(those),
            max(p.high for p in those),
        )
    yield run[-1]


def _rings(frame: _Frame, points: Sequence[Point]) -> Iterator[str]:
    for point in points:
        if point.flagged:
            x, y = frame.x(point.time), frame.y(point.mean)
            yield (
                f'<circle class="chart__flagged" cx="{x:.1f}" cy="{y:.1f}" r="4" fill="none" '
                'stroke="#231c1a" stroke-width="2"/>'
            )


def _last_value(frame: _Frame, points: Sequence[Point], words: Words) -> Iterator[str]:
    if not points:
        return
    last = points[-1]
    written = words.value(Decimal(str(last.mean)))
    x, y = frame.x(last.time), frame.y(last.mean)
    above = y - 8 if y - 8 > _TOP + 12 else y + 20
    left = max(frame.left + len(written) * _LETTER, min(x, frame.right))
    yield _text(left, above, written, name="chart__last", anchor="end", more=' font-weight="700"')


def _text(x: float, y: float, words: str, *, name: str, anchor: str = "start", more: str = "") -> str:
    return (
        f'<text class="{name}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#231c1a" '
        f'stroke="#fffdf8" stroke-width="4" paint-order="stroke" stroke-linejoin="round"{more}>'
        f"{escape(words)}</text>"
    )
