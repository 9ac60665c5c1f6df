"""Which stretch of time a page shows. Pure."""

from datetime import datetime, timedelta
from typing import Final

WINDOWS: Final = (7, 60)  # days that a page offers
DEFAULT_WINDOW: Final = 7
_HOUR: Final = timedelta(hours=1)


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
