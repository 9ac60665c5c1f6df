"""What went another way than usual: late, forced, corrected, erased. Rows come from the rooms that know them.

The log knows only bytes, so this is a register: each room gives a statement of the same columns, and the
list pages through all of them at once. Rows carry identifiers and codes, never a name or typed words.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, Subquery, func, literal, select, union_all

from app.kernel.paging import Page, Paged, paged
from app.kernel.problems import Invalid
from app.kernel.register import Register
from app.kernel.uow import UnitOfWork


class ExceptionKind(StrEnum):
    """In which way."""

    LATE = "late"  # recorded, or sealed, long after it happened
    FORCED = "forced"  # somebody let pass what a rule had stopped
    CORRECTED = "corrected"  # said anew, beside what was said wrongly
    ERASED = "erased"  # the salt is destroyed: the seal stands and tells nothing


class NoSuchKind(Invalid):
    """No exception is of this kind; all rows in its place would look like an answer."""

    type = "ledger-no-such-kind"


COLUMNS: Final = ("kind", "happened_at", "recorded_at", "subject", "subject_id", "reason", "simulated")
"""Of a source's statement, by label. `happened_at` and `subject` may be NULL; `subject_id` is a UUID."""


@dataclass(frozen=True)
class ExceptionRow:
    """One exception. `subject` is its printed identifier, or the id where it has none."""

    source: str
    kind: ExceptionKind
    happened_at: datetime | None  # where that is another time than the record's
    recorded_at: datetime
    subject: str
    subject_id: UUID
    reason: str  # a code of its source
    simulated: bool


@dataclass(frozen=True)
class ExceptionSource:
    """What a room gives: its rows, how a subject is called, the words of its codes, where to look."""

    rows: Callable[[], Select[*tuple[Any, ...]]]
    subject: Any  # lazily translated: "Lô", "Giấy chứng nhận"
    reasons: Mapping[str, Any]  # code → lazily translated words
    link: Callable[[ExceptionRow], str | None] = lambda _row: None


LATE_AFTER: Final = timedelta(days=3)  # a farmer without signal at the weekend is not late

EXCEPTIONS: Register[ExceptionSource] = Register("ledger-exceptions")


def exceptions(uow: UnitOfWork, page: Page, *, kind: ExceptionKind | None = None) -> Paged[ExceptionRow]:
    """One page of all rooms' rows, newest record first (2 statements)."""
    every = _every()
    if every is None:
        return Paged([], page, 0)
    wanted = select(every) if kind is None else select(every).where(every.c.kind == str(kind))
    ordered = wanted.order_by(every.c.recorded_at.desc(), every.c.subject_id, every.c.reason)
    return paged(uow, ordered, page, row=_row)


def count_by_kind(uow: UnitOfWork) -> dict[str, int]:
    """How many rows there are of each kind that has any (1 statement)."""
    every = _every()
    if every is None:
        return {}
    rows = uow.session.execute(select(every.c.kind, func.count()).group_by(every.c.kind))
    return {str(kind): count for kind, count in rows}


def _every() -> Subquery | None:
    """The rows of all rooms under one another; None where no room gives any."""
    parts = []
    for name, source in EXCEPTIONS.all().items():
        rows = source.rows().subquery()
        parts.append(select(literal(name).label("source"), *(rows.c[column] for column in COLUMNS)))
    return union_all(*parts).subquery() if parts else None


def _row(
    source: str,
    kind: str,
    happened_at: datetime | None,
    recorded_at: datetime,
    subject: str | None,
    subject_id: UUID,
    reason: str,
    simulated: bool,
) -> ExceptionRow:
    return ExceptionRow(
        source,
        ExceptionKind(kind),
        happened_at,
        recorded_at,
        subject or str(subject_id),
        subject_id,
        reason,
        bool(simulated),
    )
