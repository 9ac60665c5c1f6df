"""When a right of use holds, and who may change it: pure.

A right's state is a table of (state, act) → state. Three things happen without an act being written
in time: its term ends, an unratified emergency suspension lapses, and a suspension may touch some
crops only. So the state that counts is always computed from the history for a moment and a crop.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Final

from app.kernel.calendar import day_bounds
from app.kernel.problems import Conflict, Forbidden, Invalid

EMERGENCY_LASTS: Final = timedelta(hours=24)
"""An emergency measure of one officer stands this long unless a second ratifies it (DESIGN §3)."""

MOST_LABELS: Final = 100_000
LONGEST_REASON: Final = 500


class RightState(StrEnum):
    """How a right stands."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    EXPIRED = "expired"


class Act(StrEnum):
    """What was done to a right."""

    GRANTED = "granted"
    SUSPENDED = "suspended"
    SUSPENDED_FOR_A_DAY = "suspended_for_a_day"
    RATIFIED = "ratified"
    REINSTATED = "reinstated"
    LAPSED = "lapsed"
    REVOCATION_PROPOSED = "revocation_proposed"
    REVOKED = "revoked"
    EXPIRED = "expired"
    QUOTA_EXTENDED = "quota_extended"


class Reason(StrEnum):
    """Why an officer acts; the words are in `letters`."""

    LABEL_MISUSE = "label_misuse"
    ORIGIN = "origin"
    QUALITY = "quality"
    RECORDS = "records"
    MEMBERSHIP = "membership"
    HOLDER_ASKED = "holder_asked"
    CORRECTED = "corrected"
    UNFOUNDED = "unfounded"
    SEASON = "season"
    OTHER = "other"


S, A = RightState, Act
TRANSITIONS: Final[dict[tuple[RightState, Act], RightState]] = {
    (S.ACTIVE, A.SUSPENDED): S.SUSPENDED,
    (S.ACTIVE, A.SUSPENDED_FOR_A_DAY): S.SUSPENDED,
    (S.ACTIVE, A.REVOCATION_PROPOSED): S.ACTIVE,
    (S.ACTIVE, A.REVOKED): S.REVOKED,
    (S.ACTIVE, A.EXPIRED): S.EXPIRED,
    (S.ACTIVE, A.QUOTA_EXTENDED): S.ACTIVE,
    (S.SUSPENDED, A.RATIFIED): S.SUSPENDED,
    (S.SUSPENDED, A.REINSTATED): S.ACTIVE,
    (S.SUSPENDED, A.LAPSED): S.ACTIVE,
    (S.SUSPENDED, A.REVOCATION_PROPOSED): S.SUSPENDED,
    (S.SUSPENDED, A.REVOKED): S.REVOKED,
    (S.SUSPENDED, A.EXPIRED): S.EXPIRED,
}
"""Every arrow there is; a revoked or expired right is granted anew, never woken."""

REASONS: Final[dict[Act, tuple[Reason, ...]]] = {
    A.SUSPENDED: (
        Reason.LABEL_MISUSE,
        Reason.ORIGIN,
        Reason.QUALITY,
        Reason.RECORDS,
        Reason.MEMBERSHIP,
        Reason.OTHER,
    ),
    A.REINSTATED: (Reason.CORRECTED, Reason.UNFOUNDED, Reason.OTHER),
    A.REVOCATION_PROPOSED: (
        Reason.LABEL_MISUSE,
        Reason.ORIGIN,
        Reason.QUALITY,
        Reason.MEMBERSHIP,
        Reason.HOLDER_ASKED,
        Reason.OTHER,
    ),
    A.QUOTA_EXTENDED: (Reason.SEASON, Reason.OTHER),
}
"""The reasons that a form offers for an act."""


class ActNotPossible(Conflict):
    """The right's state does not know this act."""

    type = "right-act-not-possible"


class RightNotInForce(Conflict):
    """The right is not active on this day for these goods."""

    type, field = "right-not-in-force", "right_id"


class QuotaExceeded(Conflict):
    """More labels were asked for than the quota has left."""

    type, field = "quota-exceeded", "count"


class SecondPersonNeeded(Forbidden):
    """The step needs another person than the one who took the first."""

    type, status = "second-person-needed", HTTPStatus.CONFLICT


class OwnRight(Forbidden):
    """Nobody decides about a right of his own household or cooperative."""

    type = "own-right"


class ReasonMissing(Invalid):
    """A reason from the list and words of one's own are both needed."""

    type, field = "right-reason-missing", "reason_text"


class BadLabelCount(Invalid):
    """The number of labels is not between 1 and the most that one application may name."""

    type, field = "bad-label-count", "labels"


class NotCovered(Invalid):
    """The mark does not cover this crop."""

    type, field = "crop-not-covered", "crop"


@dataclass(frozen=True)
class Change:
    """One line of a right's history, as far as its state goes. `at` is when it counts from."""

    act: Act
    at: datetime
    state: RightState
    scope: tuple[str, ...] = ()
    lapses_at: datetime | None = None
    reason_code: str | None = None
    reason_text: str = ""


@dataclass(frozen=True)
class Standing:
    """How a right stands at a moment, for one crop or for any."""

    state: RightState
    since: datetime
    scope: tuple[str, ...] = ()
    reason_code: str | None = None
    reason_text: str = ""
    lapses_at: datetime | None = None


def after(state: RightState, act: Act) -> RightState:
    """The state that an act leads to. Raises ActNotPossible."""
    try:
        return TRANSITIONS[state, act]
    except KeyError:
        raise ActNotPossible(state=state, act=act) from None


def suspension_act(*, approving: bool) -> Act:
    """An approving officer's suspension stands; another officer's stands for a day."""
    return Act.SUSPENDED if approving else Act.SUSPENDED_FOR_A_DAY


def standing(
    history: Sequence[Change], *, valid_from: date, valid_to: date, at: datetime, crop: str | None = None
) -> Standing | None:
    """How a right with this history (oldest first) stood or stands at `at`; None before it began.

    With `crop`, a suspension of other crops does not count. A revocation is final; the end of the
    term outweighs a suspension; an unratified emergency suspension counts until `lapses_at`.
    """
    begins, ends = day_bounds(valid_from)[0], day_bounds(valid_to)[1]
    if at < begins:
        return None
    now = _last_standing([change for change in history if change.at <= at], at, begins)
    if now.state is RightState.REVOKED:
        return now
    if at >= ends or now.state is RightState.EXPIRED:
        return Standing(RightState.EXPIRED, since=ends)
    if now.state is RightState.SUSPENDED and crop is not None and crop not in now.scope:
        return Standing(RightState.ACTIVE, since=begins)
    return now


def _last_standing(history: Iterable[Change], at: datetime, begins: datetime) -> Standing:
    now = Standing(RightState.ACTIVE, since=begins)
    for change in history:
        if change.act is Act.RATIFIED:
            now = Standing(now.state, now.since, now.scope, now.reason_code, now.reason_text)
        elif change.state is not now.state:
            now = Standing(
                change.state,
                change.at,
                change.scope,
                change.reason_code,
                change.reason_text,
                change.lapses_at,
            )
    if now.state is RightState.SUSPENDED and now.lapses_at is not None and at >= now.lapses_at:
        return Standing(RightState.ACTIVE, since=now.lapses_at)
    return now


def standing_on(
    history: Sequence[Change],
    *,
    valid_from: date,
    valid_to: date,
    on: date,
    crop: str | None = None,
    now: datetime | None = None,
) -> Standing | None:
    """How a right stands on a local day: at `now` when that lies in the day, else at its end.

    Without `now` an emergency suspension counts for the whole of its last day: too careful rather
    than an hour too early.
    """
    start, end = day_bounds(on)
    if now is not None and start <= now < end:
        return standing(history, valid_from=valid_from, valid_to=valid_to, at=now, crop=crop)
    last = end - timedelta(microseconds=1)
    careful = [
        Change(c.act, c.at, c.state, c.scope, max(c.lapses_at, end), c.reason_code, c.reason_text)
        if c.lapses_at is not None and c.lapses_at >= start
        else c
        for c in history
    ]
    return standing(careful, valid_from=valid_from, valid_to=valid_to, at=last, crop=crop)


def in_force_all_day(
    history: Sequence[Change], *, valid_from: date, valid_to: date, on: date, crop: str | None = None
) -> bool:
    """Whether the right was active at the end of a day: goods packed then were packed lawfully.

    Goods packed on the very day of a suspension are not called lawful: nobody recorded the hour.
    """
    then = standing_on(history, valid_from=valid_from, valid_to=valid_to, on=on, crop=crop)
    return then is not None and then.state is RightState.ACTIVE


def valid_to(valid_from: date, months: int) -> date:
    """The last day of a right that lasts whole months: the day before the same day, `months` later.

    Where that month is too short, its last day counts.
    """
    year, month = divmod(valid_from.month - 1 + months, 12)
    year += valid_from.year
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last_day = (following - timedelta(days=1)).day
    if valid_from.day > last_day:
        return date(year, month + 1, last_day)
    return date(year, month + 1, valid_from.day) - timedelta(days=1)


def certificate_no(year: int, number: int) -> str:
    """`QSD-2026-000012`: quyền sử dụng, the year, the number within it."""
    return f"QSD-{year:04d}-{number:06d}"


def check_labels(count: int) -> int:
    """The number of labels when it is one that can be granted. Raises BadLabelCount."""
    if not 0 < count <= MOST_LABELS:
        raise BadLabelCount(count=count, most=MOST_LABELS)
    return count


def check_reason(act: Act, code: str, text: str) -> Reason:
    """The reason, when the act's list has it and words stand beside it. Raises ReasonMissing."""
    if code not in REASONS[act] or not text.strip() or len(text) > LONGEST_REASON:
        raise ReasonMissing(longest=LONGEST_REASON)
    return Reason(code)


def check_crops(asked: Sequence[str], covered: Sequence[str]) -> tuple[str, ...]:
    """The crops asked for, sorted, when the mark covers all of them. Raises NotCovered."""
    wrong = sorted(set(asked) - set(covered))
    if wrong or not asked:
        raise NotCovered(crop=wrong[0] if wrong else "")
    return tuple(sorted(set(asked)))
