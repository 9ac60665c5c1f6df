"""The relay: leases outbox rows, runs their handlers, retries with back-off, parks what keeps failing.

It opens its own units of work. A worker that is killed in the middle leaves a lease that runs out;
the next sweep takes the row up again, so that every row is done at least once.
"""

import logging
import os
import socket
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.engine import CursorResult

from app.kernel import clock
from app.kernel.outbox import HANDLERS, Handler, Outbox, OutboxRow, State, TryAgain
from app.kernel.uow import unit_of_work

log = logging.getLogger(__name__)

PARK_AFTER = 10
LONGEST_WAIT = timedelta(minutes=10)
ENDED = "the worker ended each time in the middle of this; its log has the reason"
KEEP_DONE = timedelta(days=30)
WORKER = f"{socket.gethostname()}:{os.getpid()}"


def backoff(attempts: int) -> timedelta:
    """How long to wait after the n-th failure: 2, 4, 8 … seconds, at most ten minutes."""
    return min(timedelta(seconds=2 ** min(attempts, 16)), LONGEST_WAIT)


def due_ids(now: datetime, *, limit: int) -> Sequence[UUID]:
    """Rows that are due, or whose lease has run out: urgent kinds, then oldest first; kinds without a
    handler stay.
    """
    urgent = [kind for kind, handler in HANDLERS.all().items() if handler.urgent]
    with unit_of_work(read_only=True) as uow:
        return uow.session.scalars(
            select(Outbox.id)
            .where(or_(_waiting(now), _lost(now)), Outbox.kind.in_(HANDLERS.all()))
            .order_by(Outbox.kind.in_(urgent).desc(), Outbox.next_at, Outbox.id)
            .limit(limit)
        ).all()


def _waiting(now: datetime) -> ColumnElement[bool]:
    return and_(Outbox.state == State.PENDING, Outbox.next_at <= now)


def _lost(now: datetime) -> ColumnElement[bool]:
    return and_(Outbox.state == State.LEASED, Outbox.lease_until < now)


def lease(row_id: UUID, now: datetime) -> tuple[OutboxRow, Handler, str] | None:
    """Take one row for this worker, or None when another was faster.

    A row with which ten workers ended is parked instead: it would end every further one too.
    """
    token = f"{WORKER}:{uuid.uuid4().hex[:12]}"
    with unit_of_work() as uow:
        row = uow.session.get(Outbox, row_id)
        handler = HANDLERS.get(row.kind) if row else None
        if row is None or handler is None:
            return None
        if row.attempts >= PARK_AFTER:
            parked = {"state": State.PARKED, "lease_until": None, "lease_by": None, "last_error": ENDED}
            uow.session.execute(update(Outbox).where(Outbox.id == row_id, _lost(now)).values(**parked))
            return None
        taken = uow.session.execute(
            update(Outbox)
            .where(
                Outbox.id == row_id,
                or_(_waiting(now), _lost(now)),
            )
            .values(
                state=State.LEASED,
                lease_by=token,
                lease_until=now + timedelta(seconds=handler.lease_s),
                attempts=Outbox.attempts + 1,
            )
            .execution_options(synchronize_session=False)
        )
        assert isinstance(taken, CursorResult)  # noqa: S101 - narrows for mypy; an UPDATE has a row count
        if taken.rowcount != 1:
            return None
        return OutboxRow(row.id, row.kind, row.key, row.payload, row.attempts + 1), handler, token


def _settle(row_id: UUID, token: str, **values: object) -> None:
    """Write the outcome, unless the lease was lost to another worker in the meantime."""
    with unit_of_work() as uow:
        uow.session.execute(
            update(Outbox)
            .where(Outbox.id == row_id, Outbox.lease_by == token)
            .values(lease_until=None, lease_by=None, **values)
        )


def run_one(row_id: UUID) -> bool:
    """Lease and run one row; True when its handler finished."""
    leased = lease(row_id, clock.now())
    if leased is None:
        return False
    row, handler, token = leased
    try:
        handler.run(row)
    except TryAgain as later:
        again = clock.now() + timedelta(seconds=later.after_s)
        _settle(
            row.id, token, state=State.PENDING, next_at=again, last_error=str(later), attempts=row.attempt - 1
        )
        return False
    except Exception as fault:  # a worker's outermost loop: log, keep, go on
        log.exception("outbox row %s (%s %s) failed, attempt %d", row.id, row.kind, row.key, row.attempt)
        state = State.PARKED if row.attempt >= PARK_AFTER else State.PENDING
        told = f"{type(fault).__name__}: {fault}"[:2000]
        _settle(row.id, token, state=state, next_at=clock.now() + backoff(row.attempt), last_error=told)
        return False
    _settle(row.id, token, state=State.DONE, done_at=clock.now(), last_error=None)
    return True


def sweep(*, limit: int = 200) -> int:
    """Run what is due until nothing is, at most `limit` rows; returns how many finished."""
    finished = seen = 0
    tried: set[UUID] = set()
    while seen < limit:
        due = next((row_id for row_id in due_ids(clock.now(), limit=50) if row_id not in tried), None)
        if due is None:
            break
        tried.add(due)
        seen += 1
        finished += run_one(due)
    return finished


def retry_parked(row_id: UUID, now: datetime) -> bool:
    """Give a parked row ten new tries; False when it is not parked."""
    with unit_of_work() as uow:
        row = uow.session.get(Outbox, row_id)
        if row is None or row.state != State.PARKED:
            return False
        row.state, row.attempts, row.next_at = State.PENDING, 0, now
        return True


def prune(before: datetime) -> int:
    """Delete done rows older than `before`; parked and waiting ones stay."""
    with unit_of_work() as uow:
        gone = uow.session.execute(delete(Outbox).where(Outbox.state == State.DONE, Outbox.done_at < before))
        assert isinstance(gone, CursorResult)  # noqa: S101 - narrows for mypy; a DELETE has a row count
        return gone.rowcount


def prune_old() -> int:
    """Delete rows that were done a month ago; the daily job."""
    return prune(clock.now() - KEEP_DONE)


@dataclass(frozen=True)
class ParkedRow:
    """A row that failed ten times, with its last error in words."""

    id: UUID
    kind: str
    key: str
    attempts: int
    created_at: datetime
    last_error: str | None


def parked(*, limit: int = 200) -> list[ParkedRow]:
    """Rows that wait for a person, oldest first."""
    with unit_of_work(read_only=True) as uow:
        rows = uow.session.execute(
            select(Outbox.id, Outbox.kind, Outbox.key, Outbox.attempts, Outbox.created_at, Outbox.last_error)
            .where(Outbox.state == State.PARKED)
            .order_by(Outbox.created_at)
            .limit(limit)
        )
        return [ParkedRow(*row) for row in rows]
