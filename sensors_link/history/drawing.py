"""A series as people see it: one sentence, a chart, a table of days. Words in the reader's language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Final

from app.kernel.calendar import local_day
from app.web.i18n import gettext, ngettext, show_date, show_number
from sensors_link.devices.property_names import name_of, unit_of
from sensors_link.history import chart
from sensors_link.history.queries import HourPoint, Series

SHORTEST_LABELLED: Final = timedelta(hours=3)
COUNTED: Final = frozenset({"rain"})  # properties whose sum says more than their mean


@dataclass(frozen=True)
class Day:
    """One day of a series as a table shows it; `total` only for what is counted."""

    on: date
    low: str
    mean: str
    high: str
    total: str | None


@dataclass(frozen=True)
class Shown:
    """One series ready for a page; `counted`: the table's days have totals."""

    finding: str
    svg: str
    origin: str
    simulated: bool
    days: Sequence[Day]
    counted: bool


def shown(one: Series, *, chart_id: str, start: datetime, end: datetime, width: int = 320) -> Shown:
    """Draw a series with at least one point over the window; `chart_id` is unique on the page."""
    unit = unit_of(one.unit)
    finding = _finding(one, unit)
    words = chart.Words(title=finding, description=_days_told(one), unit=unit, day=show_date, value=_number)
    good = None
    if one.good:
        good = chart.GoodRange(float(one.good[0]), float(one.good[1]), str(gettext("khoảng tốt")))
    svg = chart.line_chart(
        [
            chart.Point(p.time, float(p.low), round(float(p.mean), 2), float(p.high), p.flagged)
            for p in one.points
        ],
        words=words,
        chart_id=chart_id,
        start=start,
        end=end,
        silences=_silences(one),
        good=good,
        width=width,
    )
    counted = one.observed_property in COUNTED
    return Shown(finding, svg, _origin(one), one.simulated, _days(one, counted), counted)


def _finding(one: Series, unit: str) -> str:
    """The sentence over the chart: the values, the hours without signal, the doubtful hours."""
    name = name_of(one.observed_property)
    total = sum((p.mean * p.n for p in one.points), Decimal(0))
    if one.observed_property in COUNTED:
        rainy = {local_day(p.time) for p in one.points if p.high > 0}
        told = gettext("%(name)s: tổng %(total)s %(unit)s", name=name, total=_number(total), unit=unit)
        told += " " + ngettext("trong %(num)s ngày có mưa", "trong %(num)s ngày có mưa", len(rainy))
    else:
        told = gettext(
            "%(name)s: từ %(low)s đến %(high)s, trung bình %(mean)s",
            name=name,
            low=_number(min(p.low for p in one.points)),
            high=f"{_number(max(p.high for p in one.points))} {unit}".rstrip(),
            mean=_rounded(total / sum(p.n for p in one.points)),
        )
    if silent := sum(gap.hours for gap in one.gaps):
        told += "; " + ngettext("mất tín hiệu %(num)s giờ", "mất tín hiệu %(num)s giờ", silent)
    if doubtful := sum(p.flagged for p in one.points):
        told += "; " + ngettext(
            "%(num)s giờ có số đáng ngờ (vòng tròn)", "%(num)s giờ có số đáng ngờ (vòng tròn)", doubtful
        )
    return str(told)


def _silences(one: Series) -> list[chart.Silence]:
    return [
        chart.Silence(
            gap.start, gap.end, ngettext("mất tín hiệu %(num)s giờ", "mất tín hiệu %(num)s giờ", gap.hours)
        )
        for gap in one.gaps
        if gap.end - gap.start >= SHORTEST_LABELLED
    ]


def _days(one: Series, counted: bool) -> list[Day]:
    """The newest day first."""
    days = [
        _day(on, list(hours), counted)
        for on, hours in groupby(one.points, key=lambda point: local_day(point.time))
    ]
    return days[::-1]


def _day(on: date, hours: Sequence[HourPoint], counted: bool) -> Day:
    total = sum((p.mean * p.n for p in hours), Decimal(0))
    return Day(
        on,
        _number(min(p.low for p in hours)),
        _rounded(total / sum(p.n for p in hours)),
        _number(max(p.high for p in hours)),
        _number(total) if counted else None,
    )


def _days_told(one: Series) -> str:
    first, last = one.points[0].time, one.points[-1].time
    return str(gettext("Từ %(first)s đến %(last)s.", first=show_date(first), last=show_date(last)))


def _origin(one: Series) -> str:
    how = gettext("tệp được nộp lên") if one.grade == "file_upload" else gettext("thiết bị tự gửi")
    source = one.origin or gettext("máy đo của vườn")
    if one.simulated:  # said by us in the reader's language, whatever the device was called
        source = gettext("số do máy tính sinh ra theo mô hình, không đo ở vườn")
    return f"{one.device_name} – {source} ({how})"


def _number(value: Decimal) -> str:
    return show_number(float(value))


def _rounded(mean: Decimal) -> str:
    return _number(mean.quantize(Decimal("0.1")))
