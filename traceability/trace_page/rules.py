"""The honest status of a code at the moment of the scan: pure.

DESIGN section 3 "The status": the headline is the first that applies; lower warnings stay as second
lines. `service-down` is not decided here: it is what is shown when this cannot be asked at all.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

_SERIES: Final = re.compile(r"(?:^|; )sensors:([a-z_]+):([0-9]{4}-[0-9]{2}-[0-9]{2}): ")
LOOK_GROWS_OLD_AFTER: Final = timedelta(minutes=15)


class Status(StrEnum):
    """Every headline, in the order in which they win."""

    SERVICE_DOWN = "service-down"
    UNKNOWN = "unknown"
    RECALLED = "recalled"
    MISMATCH = "mismatch"
    VOID = "void"
    HELD = "held"
    RIGHT_SUSPENDED = "right-suspended"
    RIGHT_REVOKED = "right-revoked"
    RIGHT_EXPIRED = "right-expired"
    POSSIBLE_COPY = "possible-copy"
    NOT_PACKED = "not-packed"
    NOT_SEALED = "not-sealed"
    CHAIN_UNREACHABLE = "chain-unreachable"
    UNCHANGED = "unchanged"


ORDER: Final = tuple(Status)

TONES: Final[dict[Status, str]] = {
    Status.SERVICE_DOWN: "grey",
    Status.UNKNOWN: "red",
    Status.RECALLED: "red",
    Status.MISMATCH: "red",
    Status.VOID: "red",
    Status.HELD: "amber",
    Status.RIGHT_SUSPENDED: "amber",
    Status.RIGHT_REVOKED: "amber",
    Status.RIGHT_EXPIRED: "amber",
    Status.POSSIBLE_COPY: "amber",
    Status.NOT_PACKED: "grey",
    Status.NOT_SEALED: "blue",
    Status.CHAIN_UNREACHABLE: "grey",
    Status.UNCHANGED: "grey",
}
"""Ground colours; `unchanged` turns green only where another party verified something (see `tone`)."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What is known about a lot and the serial that was asked for.

    `right` is the state of the right of use of the mark that the label shows, None without a mark.
    `packed` is None when the code names no serial. `last_look` is the last successful look at the
    chain that anchors the lot.
    """

    recalled: bool = False
    mismatch: bool = False
    void: bool = False
    held: bool = False
    right: str | None = None
    possible_copy: bool = False
    packed: bool | None = None
    sealed: bool = True
    anchored: bool = False
    last_look: datetime | None = None


def applying(standing: Standing, *, now: datetime) -> list[Status]:
    """Every status that applies, the headline first; `unchanged` only when nothing else does."""
    look = standing.last_look
    blind = standing.anchored and (look is None or now - look > LOOK_GROWS_OLD_AFTER)
    holds = {
        Status.RECALLED: standing.recalled,
        Status.MISMATCH: standing.mismatch,
        Status.VOID: standing.void,
        Status.HELD: standing.held,
        Status.RIGHT_SUSPENDED: standing.right == "suspended",
        Status.RIGHT_REVOKED: standing.right == "revoked",
        Status.RIGHT_EXPIRED: standing.right == "expired",
        Status.POSSIBLE_COPY: standing.possible_copy,
        Status.NOT_PACKED: standing.packed is False,
        Status.NOT_SEALED: not standing.sealed,
        Status.CHAIN_UNREACHABLE: blind,
    }
    found = [status for status in ORDER if holds.get(status)]
    return found or [Status.UNCHANGED]


def tone(status: Status, *, verified_in_date: int, recall_class: str | None = None) -> str:
    """The colour of the status block: grey, blue, amber, red, or green.

    Green means that a named party other than the seller has verified something still in date; a lot
    of which nobody else has verified anything never wears it (DESIGN idea 1).
    """
    if status is Status.UNCHANGED and verified_in_date > 0:
        return "green"
    if status is Status.RECALLED and recall_class not in (None, "safety"):
        return "amber"
    return TONES[status]


def series_fault_key(observed_property: str, day: date) -> str:
    """How a day of a series is named where the faults of a lot are written down."""
    return f"sensors:{observed_property}:{day}"


def series_in_faults(faults: str | None) -> list[tuple[str, date]]:
    """Property and day of each series that the faults of a lot name."""
    return [(name, date.fromisoformat(day)) for name, day in _SERIES.findall(faults or "")]
