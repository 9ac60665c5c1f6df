"""What an answer of a witness is worth, and when it is asked again; pure."""

from datetime import datetime, timedelta
from typing import Final

from ledger.core.errors import Malformed
from ledger.core.witnessing import parse_size

FUTURE: Final = timedelta(minutes=5)  # a clock may be wrong by so much
ROUNDS: Final = 3  # a witness that names another size each time is not believed a third time
FIRST_WAIT: Final = timedelta(seconds=5)
LONGEST_WAIT: Final = timedelta(minutes=10)


def absurd_time(signed_at: datetime, last: datetime | None, now: datetime) -> str | None:
    """Why a cosignature's time cannot be, after the one that we hold of that witness; None when it can."""
    if signed_at > now + FUTURE:
        return f"its cosignature is from the future ({signed_at.isoformat()}) and is not used"
    if last is not None and signed_at < last:
        return (
            f"its cosignature of {signed_at.isoformat()} is older than its last one"
            f" ({last.isoformat()}) and is not used"
        )
    return None


def other_size(body: bytes, *, asked_from: int, size: int) -> int | None:
    """The size that a 409 names, when a proof from there to `size` can be made and was not just refused."""
    try:
        named = parse_size(body)
    except Malformed:
        return None
    return named if named <= size and named != asked_from else None


def wait_after(failures: int) -> timedelta:
    """How long a witness is left alone after so many failures in a row: 5 s, 10 s … 10 minutes."""
    doublings: int = min(failures - 1, 10)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)
