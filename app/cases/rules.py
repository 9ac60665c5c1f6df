"""States of a case file, who may take which step, and how long an emergency stands. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.kernel.problems import Conflict, Forbidden, Invalid


class State(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    RETURNED = "returned"  # waits for the applicant, who was told every fault at once
    PROPOSED = "proposed"  # the first officer has decided, the second has not
    DECIDED = "decided"


class Decision(StrEnum):
    """How a case ends: what was asked is granted or refused, or there is nothing to grant."""

    GRANTED = "granted"
    REFUSED = "refused"
    CLOSED = "closed"


class Step(StrEnum):
    """A line of the timeline."""

    OPENED = "opened"
    DOCUMENT = "document"
    ANSWERED = "answered"
    RETURNED = "returned"
    PROPOSED = "proposed"
    SENT_BACK = "sent_back"
    GRANTED = "granted"
    REFUSED = "refused"
    CLOSED = "closed"
    LAPSED = "lapsed"
    ERASED = "erased"  # whoever asked was erased: nothing is left to decide


class CaseIsDecided(Conflict):
    """A decided case does not change any more; who disagrees opens a new one."""

    type = "case-is-decided"


class SecondOfficerNeeded(Conflict):
    """This kind of case is decided by two: one proposes, another one decides."""

    type = "second-officer-needed"


class SameOfficer(Forbidden):
    """Whoever proposed cannot be the second officer."""

    type = "same-officer"


class OwnCase(Forbidden):
    """Nobody decides a case that he filed, for himself or for another."""

    type = "own-case"


class ProposalDiffers(Conflict):
    """The second officer agrees with the proposal or sends it back; a third outcome has one signature."""

    type = "proposal-differs"


class AlreadyReturned(Conflict):
    """A case is returned once, with all its faults; a second return would keep the applicant running."""

    type = "already-returned"


class ReasonMissing(Invalid):
    """A refusal, a return and a closing say why."""

    type, field = "reason-missing", "reason"


class Changed(Conflict):
    """Another officer has changed the case since this page was opened."""

    type = "case-changed"


# The way out for an office with one officer on duty: a hold or a suspension (nothing else) may be set by
# one officer at once and lapses after a day unless a second ratifies it. The room that holds or suspends
# keeps the moment and asks `emergency_lapses_at`; its periodic job lifts what nobody ratified.
EMERGENCY_STANDS: Final = timedelta(hours=24)
EMERGENCY_ACTS: Final = frozenset({"hold", "suspend"})


def emergency_lapses_at(act: str, decided_at: datetime) -> datetime:
    """When an emergency act of one officer ends unratified. Raises ValueError for any other act."""
    if act not in EMERGENCY_ACTS:
        raise ValueError(f"{act} has no emergency")
    return decided_at + EMERGENCY_STANDS


def check_undecided(state: str) -> None:
    """Raises CaseIsDecided."""
    if state == State.DECIDED:
        raise CaseIsDecided


def check_reason(outcome: str, reason: str) -> None:
    """Only a grant needs no reason. Raises ReasonMissing."""
    if outcome != Decision.GRANTED and not reason.strip():
        raise ReasonMissing


def check_not_own(officer_id: UUID, *, filed_by_id: UUID | None, for_whom_id: UUID | None) -> None:
    """Raises OwnCase."""
    if officer_id in {filed_by_id, for_whom_id}:
        raise OwnCase


def check_second(
    state: str, decision: str, *, proposed: str | None, first_id: UUID | None, officer_id: UUID
) -> None:
    """The second of four eyes. Raises SecondOfficerNeeded, SameOfficer, ProposalDiffers."""
    if state != State.PROPOSED:
        raise SecondOfficerNeeded
    if first_id == officer_id:
        raise SameOfficer
    if proposed != decision:
        raise ProposalDiffers(proposed=proposed, given=decision)


def case_number(prefix: str, year: int, number: int) -> str:
    """`DT-2026-000123`; the number counts in one office and year."""
    return f"{prefix}-{year}-{number:06d}"
