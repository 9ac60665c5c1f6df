"""Times in sealed bytes: RFC 3339 in UTC, one spelling an instant, at most microseconds."""

import re
from datetime import UTC, datetime
from typing import Final

from ledger.core.errors import Malformed

# No trailing zero in the fraction: one instant would have many spellings, and many hashes.
_INSTANT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{0,5}[1-9])?Z")


def write_instant(at: datetime) -> str:
    """The one spelling; raises Malformed for a time without zone."""
    if at.tzinfo is None:
        raise Malformed("a time without zone")
    text = at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00")
    return text.rstrip("0").rstrip(".") + "Z"


def read_instant(text: str) -> datetime:
    """Aware UTC; raises Malformed for any other spelling."""
    if not _INSTANT.fullmatch(text):
        raise Malformed("not an RFC 3339 time in UTC")
    try:
        return datetime.fromisoformat(text)
    except ValueError as exc:
        raise Malformed("no day of the calendar") from exc
