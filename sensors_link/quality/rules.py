"""Quality of readings: QARTOD flags, ranges, gaps, coverage. Pure.

A flag never alters a value. Values are integers at the datastream's scale, so are the spans.
Source: IOOS QARTOD manuals (flag scheme and gross range test); agrees with ioos_qc 3.0.0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from itertools import pairwise
from typing import Final

# A reading may come half an interval late before its silence is called a gap.
GAP_FROM: Final = 1.5


class Flag(IntEnum):
    """QARTOD primary flags."""

    GOOD = 1
    UNKNOWN = 2  # not evaluated
    SUSPECT = 3
    FAIL = 4
    MISSING = 9


# From mild to severe: a reading has the worst flag that any test gave it.
_SEVERITY: Final = {Flag.MISSING: 0, Flag.UNKNOWN: 1, Flag.GOOD: 2, Flag.SUSPECT: 3, Flag.FAIL: 4}


DOUBTED: Final = frozenset({Flag.GOOD, Flag.UNKNOWN})
"""Flags that another value for the same moment turns into SUSPECT; the others say worse already."""


def contradicted(flag: int) -> int:
    """The flag of a reading once another value came for its moment."""
    return Flag.SUSPECT if flag in DOUBTED else flag


@dataclass(frozen=True)
class Span:
    """Closed interval of values at the datastream's scale."""

    low: int
    high: int

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError(f"a span from {self.low} to {self.high}")

    def holds(self, value: int) -> bool:
        """Whether the value lies inside, bounds included."""
        return self.low <= value <= self.high


def gross_range(values: Sequence[int | None], *, sensor: Span, site: Span | None = None) -> list[Flag]:
    """A flag per value: outside what the sensor can say FAIL, outside what the site knows SUSPECT.

    A missing value (None) is MISSING. Without a site span only the sensor's counts.
    """
    return [_range_flag(value, sensor, site) for value in values]


def _range_flag(value: int | None, sensor: Span, site: Span | None) -> Flag:
    if value is None:
        return Flag.MISSING
    if not sensor.holds(value):
        return Flag.FAIL
    if site is not None and not site.holds(value):
        return Flag.SUSPECT
    return Flag.GOOD


def aggregate(*tests: Sequence[Flag]) -> list[Flag]:
    """The worst flag of each reading over all tests (9 < 2 < 1 < 3 < 4).

    Raises ValueError when the tests are of different lengths or there is none.
    """
    if not tests:
        raise ValueError("no test to aggregate")
    return [max(flags, key=_SEVERITY.__getitem__) for flags in zip(*tests, strict=True)]


@dataclass(frozen=True)
class Gap:
    """No value between two moments; `missed` is about how many were due in between."""

    start: datetime
    end: datetime
    missed: int

    @property
    def hours(self) -> int:
        """Whole hours of silence, at least 1."""
        return max(1, round((self.end - self.start) / timedelta(hours=1)))


def gaps(
    times: Sequence[datetime],
    *,
    expected: timedelta,
    start: datetime | None = None,
    end: datetime | None = None,
) -> list[Gap]:
    """Silences longer than one and a half expected intervals, in order.

    `times` ascend. With `start` and `end` the silence before the first and after the last value
    counts too; a window without any value is one gap. Raises ValueError for an interval of nothing.
    """
    if expected <= timedelta(0):
        raise ValueError("an expected interval is longer than nothing")
    marks = [*([start] if start else []), *times, *([end] if end else [])]
    return [
        Gap(before, after, missed=max(1, round((after - before) / expected) - 1))
        for before, after in pairwise(marks)
        if after - before > expected * GAP_FROM
    ]


def coverage(
    times: Sequence[datetime], *, expected: timedelta, start: datetime, end: datetime
) -> tuple[int, int]:
    """Intervals of the window that hold a value, and intervals in all: (68, 72).

    Counts intervals, not values: a burst of ten in one interval covers that one. `times` outside
    the window are ignored; an interval that `end` cuts counts as a whole one.
    """
    if expected <= timedelta(0) or end <= start:
        raise ValueError("coverage needs a window and an interval")
    covered = {(time - start) // expected for time in times if start <= time < end}
    return len(covered), -((start - end) // expected)
