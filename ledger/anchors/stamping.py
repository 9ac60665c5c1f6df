"""Time stamps over checkpoints: the anchor that costs no coin (RFC 3161).

At most one in an interval, over the newest checkpoint that may be anchored at all. Asking twice is harmless:
a token that is not stored yet is asked for again, and of two tokens for one head the first stays. No unit of
work is open while the authority is asked.
"""

from datetime import datetime, timedelta

from sqlalchemy import update

from app.kernel.db import new_id
from app.kernel.uow import UnitOfWork, unit_of_work
from ledger import queries, stamped
from ledger.anchors.authority import Authority, AuthorityRefuses, Stamped
from ledger.core.checkpoint import Checkpoint
from ledger.models import TimestampAuthority, TimestampToken
from ledger.queries import CheckpointView

SKEW = timedelta(minutes=5)  # the clocks of two honest machines differ by less
FIRST_WAIT_S, LONGEST_WAIT_S = 15, 3600
_LONGEST_NAME = 200


def due(uow: UnitOfWork, url: str, now: datetime, *, every: timedelta) -> str | None:
    """A key for asking this authority, when there is something to stamp; the same for a whole interval."""
    checkpoint = queries.anchorable_checkpoint(uow)
    if checkpoint is None or not stamped.is_due(uow, url, size=checkpoint.size, now=now, every=every):
        return None
    return f"{url}:{int(now.timestamp() // every.total_seconds())}"[-200:]


def advance(authority: Authority, now: datetime, *, every: timedelta) -> int | None:
    """Have the newest checkpoint stamped that may be anchored, if it is time; the size that was stamped.

    Safe to repeat and to run twice at once. Raises AuthorityDown, AuthorityRefuses.
    """
    with unit_of_work(read_only=True) as uow:
        log, checkpoint = queries.log(uow), queries.anchorable_checkpoint(uow)
        if log is None or checkpoint is None:
            return None
        if not stamped.is_due(uow, authority.url, size=checkpoint.size, now=now, every=every):
            return None
    body = Checkpoint(log.origin, checkpoint.size, checkpoint.root).to_text().encode()
    answer = authority.stamp(body)
    if abs(answer.stamp.stamped_at - now) > SKEW:
        told = f"the time stamp says {answer.stamp.stamped_at.isoformat()}, it is {now.isoformat()} here"
        raise AuthorityRefuses(told)
    _keep(authority, checkpoint, answer, now)
    return checkpoint.size


def record_fault(url: str, reason: str, now: datetime) -> int:
    """Remember why there is no time stamp; seconds until the next try: 15, 30 … 3600."""
    with unit_of_work() as uow:
        _row(uow, url, now)
        row = uow.session.get_one(TimestampAuthority, url, with_for_update=True)
        row.failures, row.last_try_at, row.error = row.failures + 1, now, reason[:500]
        return int(min(FIRST_WAIT_S * 2 ** min(row.failures - 1, 10), LONGEST_WAIT_S))


def _keep(authority: Authority, checkpoint: CheckpointView, answer: Stamped, now: datetime) -> None:
    with unit_of_work() as uow:
        uow.insert_if_new(
            TimestampToken,
            id=new_id(),
            url=authority.url,
            on_this_machine=authority.on_this_machine,
            checkpoint_size=checkpoint.size,
            checkpoint_root=checkpoint.root,
            authority=answer.stamp.authority[:_LONGEST_NAME],
            serial=str(answer.stamp.serial),
            policy=answer.stamp.policy,
            token=answer.token,
            stamped_at=answer.stamp.stamped_at,
            received_at=now,
        )
        _row(uow, authority.url, now)
        uow.session.execute(
            update(TimestampAuthority)
            .where(TimestampAuthority.url == authority.url)
            .values(failures=0, last_ok_at=now, last_try_at=now, error=None)
        )


def _row(uow: UnitOfWork, url: str, now: datetime) -> None:
    uow.insert_if_new(TimestampAuthority, url=url, failures=0, last_try_at=now)
