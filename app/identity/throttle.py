"""How often something may be tried: a count of one subject in a window that starts with the first try.

A try is counted before it is judged and taken back when it was right, so that many guesses at once
gain nothing. The rows live in units of their own: a refused login must not undo its own count.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import update

from app.identity.models import Throttle
from app.kernel.problems import TooMany
from app.kernel.uow import unit_of_work

WINDOW: Final = timedelta(minutes=15)
WRONG_TRIES: Final = 5
CODES_PER_PHONE: Final = 5
# Carriers put thousands of phones behind one address: whoever fails there must not shut out the others.
WRONG_TRIES_PER_ADDRESS: Final = 60
# A helper's phone asks codes for a row of farmers; the address is not one person.
CODES_PER_ADDRESS: Final = 30


def count(subject: str, now: datetime, *, most: int = WRONG_TRIES) -> int:
    """Count one try; 0 when it may go on, else the seconds until the window ends."""
    with unit_of_work() as uow:
        uow.insert_if_new(Throttle, subject=subject, window_start=now, count=0)
        uow.session.execute(
            update(Throttle)
            .where(Throttle.subject == subject, Throttle.window_start <= now - WINDOW)
            .values(window_start=now, count=0)
        )
        tries, start = uow.session.execute(
            update(Throttle)
            .where(Throttle.subject == subject)
            .values(count=Throttle.count + 1)
            .returning(Throttle.count, Throttle.window_start)
        ).one()
    if tries <= most:
        return 0
    return max(1, int((start + WINDOW - now).total_seconds()))


def check(now: datetime, *subjects: tuple[str, int]) -> None:
    """Count a try of each (subject, most). Raises TooMany with the longest wait, in whole minutes too."""
    if longest := max(count(subject, now, most=most) for subject, most in subjects):
        raise TooMany(retry_after_s=longest, minutes=-(-longest // 60))


def forgive(subject: str, *, all_of_it: bool = False) -> None:
    """Take back a try that was right; an account that logged in starts anew."""
    with unit_of_work() as uow:
        left = 0 if all_of_it else Throttle.count - 1
        uow.session.execute(
            update(Throttle).where(Throttle.subject == subject, Throttle.count > 0).values(count=left)
        )
