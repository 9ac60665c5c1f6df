"""Which stretch of time a page shows, and what one hour of readings comes to. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sensors_link.quality.rules import Flag

WINDOWS: Final = (7, 60)  # days that a page offers
DEFAULT_WINDOW: Final = 7
_HOUR: Final = timedelta(hours=1)
_USABLE: Final = frozenset({Flag.GOOD, Flag.UNKNOWN, Flag.SUSPECT})


def window_days(asked: str | None) -> int:
    """The number of days that was asked for, or the default for anything that is not on offer."""
    return next((days for days in WINDOWS if str(days) == asked), DEFAULT_WINDOW)


def window(last_at: datetime | None, *, days: int, now: datetime) -> tuple[datetime, datetime]:
    """The days up to now; for a series that is over, the days up to its last reading.

    A silence of today belongs on the page; one of years would be all that the page has.
    `end` lies behind the last reading.
    """
    end = now
    if last_at is not None and now - last_at >= timedelta(days=days):
        end = last_at.replace(minute=0, second=0, microsecond=0) + _HOUR
    return end - timedelta(days=days), end


class Rollup(NamedTuple):
    """One hour of readings: of the values that did not fail; `n_good` counts flag 1."""

    n: int = 0
    n_good: int = 0
    low: int | None = None
    high: int | None = None
    total: int = 0

    def joined(self, other: "Rollup") -> "Rollup":
        """The hour with the readings of both."""
        lows = [low for low in (self.low, other.low) if low is not None]
        highs = [high for high in (self.high, other.high) if high is not None]
        return Rollup(
            self.n + other.n,
            self.n_good + other.n_good,
            min(lows, default=None),
            max(highs, default=None),
            self.total + other.total,
        )


def hour_of(time: datetime) -> datetime:
    """The full hour in which a moment lies."""
    return time.replace(minute=0, second=0, microsecond=0)


def rollup(readings: Iterable[tuple[int, int]]) -> Rollup:
    """Roll up the values and flags of one hour; failed and missing ones are counted nowhere."""
    told = list(readings)
    usable = [value for value, flag in told if flag in _USABLE]
    good = sum(flag == Flag.GOOD for _, flag in told)
    return Rollup(len(usable), good, min(usable, default=None), max(usable, default=None), sum(usable))


def rollups(readings: Iterable[tuple[datetime, int, int]]) -> Mapping[datetime, Rollup]:
    """Time, value and flag of each reading, rolled up by the hour."""
    hours: dict[datetime, list[tuple[int, int]]] = {}
    for time, value, flag in readings:
        hours.setdefault(hour_of(time), []).append((value, flag))
    return {hour: rollup(some) for hour, some in hours.items()}
