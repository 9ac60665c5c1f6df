"""Days as people at the farm and in the office count them: pure, so rules may lean on it.

Inside, a moment is aware UTC; a *day* is a date in Asia/Ho_Chi_Minh (UTC+7, no summer time).
Public holidays come from the `holidays` package, which computes the lunar new year and knows the
substitutions decided so far; what the government decides later is given as `Exceptions`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

LOCAL_ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")
OFFICE_CLOSES: Final = time(17, 0)
_SATURDAY: Final = 5


@dataclass(frozen=True)
class Exceptions:
    """Days that differ from the calendar: closed by decision, or worked to make up for one."""

    closed: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()


NO_EXCEPTIONS: Final = Exceptions()


def local_day(moment: datetime) -> date:
    """The day at the plot for an aware moment. Raises ValueError for a naive one."""
    return local_time(moment).date()


def local_time(moment: datetime) -> datetime:
    """The same moment on the wall clock of Asia/Ho_Chi_Minh. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a naive datetime has no day")
    return moment.astimezone(LOCAL_ZONE)


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """First moment of the local day and of the next one, in UTC: start ≤ moment < end."""
    return _midnight(day), _midnight(day + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL_ZONE).astimezone(UTC)


def days_between(first: date, last: date) -> Iterator[date]:
    """Every day from `first` to `last`, both included; none when `last` is earlier."""
    for n in range((last - first).days + 1):
        yield first + timedelta(days=n)


@lru_cache(maxsize=64)
def public_holidays(year: int) -> frozenset[date]:
    """Days off by law in Vietnam, with the substitutions that the `holidays` package knows."""
    from holidays import country_holidays  # noqa: PLC0415 - slow to load, and most processes never ask

    return frozenset(country_holidays("VN", years=year))


def is_working_day(day: date, *, exceptions: Exceptions = NO_EXCEPTIONS) -> bool:
    """Whether the office works that day: Monday to Friday without public holidays."""
    if day in exceptions.worked:
        return True
    if day in exceptions.closed:
        return False
    return day.weekday() < _SATURDAY and day not in public_holidays(day.year)


def due_on(start: date, working_days: int, *, exceptions: Exceptions = NO_EXCEPTIONS) -> date:
    """The day on which `working_days` have passed, the day after `start` counting as the first.

    With 0 it is `start` when the office works then, else the next working day.
    Raises ValueError for a negative number.
    """
    if working_days < 0:
        raise ValueError("a due date lies ahead")
    day, left = start, working_days
    while left > 0 or not is_working_day(day, exceptions=exceptions):
        day += timedelta(days=1)
        if is_working_day(day, exceptions=exceptions):
            left = max(0, left - 1)
    return day


def due_at(received_at: datetime, working_days: int, *, exceptions: Exceptions = NO_EXCEPTIONS) -> datetime:
    """The close of office (17:00 local) on the due day, in UTC."""
    day = due_on(local_day(received_at), working_days, exceptions=exceptions)
    return datetime.combine(day, OFFICE_CLOSES, LOCAL_ZONE).astimezone(UTC)


def working_days_between(start: date, end: date, *, exceptions: Exceptions = NO_EXCEPTIONS) -> int:
    """Working days after `start` up to and including `end`; negative when `end` is earlier."""
    if end < start:
        return -working_days_between(end, start, exceptions=exceptions)
    return sum(
        is_working_day(day, exceptions=exceptions) for day in days_between(start + timedelta(days=1), end)
    )
