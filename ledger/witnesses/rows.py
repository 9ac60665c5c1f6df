"""Witnesses as the database remembers them: short units of work, none of them open while one is asked."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from app.kernel.uow import UnitOfWork, unit_of_work
from ledger import cosigned, queries
from ledger.core.checkpoint import Checkpoint
from ledger.core.note import VerifierKey, parse_vkey
from ledger.core.witnessing import Cosignature as Line
from ledger.models import Cosignature, ForkEvidence, WitnessState
from ledger.queries import CheckpointView
from ledger.witnesses.rules import wait_after


@dataclass(frozen=True)
class Asked:
    """A witness that is to be asked: `old_size` is what it is thought to know."""

    name: str
    key: VerifierKey
    url: str
    old_size: int
    next_try_at: datetime
    cosigned_at: datetime | None  # the time in its last cosignature that we hold


def lagging(uow: UnitOfWork, checkpoint: CheckpointView) -> list[Asked]:
    """The witnesses that have not cosigned this checkpoint, due or not."""
    done = select(Cosignature.vkey).where(Cosignature.checkpoint_size == checkpoint.size)
    return _asked(uow, WitnessState.vkey.not_in(done))


def everyone(uow: UnitOfWork) -> list[Asked]:
    """All configured witnesses."""
    return _asked(uow, WitnessState.vkey.is_not(None))


def _asked(uow: UnitOfWork, which: object) -> list[Asked]:
    latest = (
        select(func.max(Cosignature.signed_at))
        .where(Cosignature.vkey == WitnessState.vkey)
        .correlate(WitnessState)
        .scalar_subquery()
    )
    rows = uow.session.execute(select(WitnessState, latest).where(which).order_by(WitnessState.name))  # type: ignore[arg-type]
    return [
        Asked(row.name, parse_vkey(row.vkey), row.url, row.confirmed_size, row.next_try_at, at)
        for row, at in rows
    ]


def due(uow: UnitOfWork) -> tuple[str, int] | None:
    """A key for the next round of asking and the size it is about, when some witness lags; else None."""
    checkpoint = queries.latest_checkpoint(uow)
    if checkpoint is None or not lagging(uow, checkpoint):
        return None
    # The policy is part of the key: a witness that was named today is asked about yesterday's checkpoint.
    rules = hashlib.sha256(cosigned.policy_lines(uow).encode()).hexdigest()[:12]
    return f"{checkpoint.size}:{rules}", checkpoint.size


def keep(witness: Asked, size: int, line: Line, now: datetime) -> None:
    """Store a verified cosignature; of two workers the first one's stays."""
    with unit_of_work() as uow:
        uow.insert_if_new(
            Cosignature,
            checkpoint_size=size,
            vkey=str(witness.key),
            line=line.line,
            signed_at=line.signed_at,
            received_at=now,
        )
        _change(uow, witness, confirmed_size=size, failures=0, next_try_at=now, last_ok_at=now, error=None)


def fail(witness: Asked, reason: str, now: datetime, *, confirmed_size: int | None = None) -> None:
    """Remember why a witness did not cosign, and ask it again later: 5 s, 10 s … 10 minutes, with jitter."""
    with unit_of_work() as uow:
        failures = 1 + (
            uow.session.scalar(select(WitnessState.failures).where(WitnessState.vkey == str(witness.key)))
            or 0
        )
        wait = wait_after(failures)
        jitter = 0.75 + secrets.randbelow(501) / 1000  # 0.75 to 1.25: many logs do not ask at one moment
        known = {} if confirmed_size is None else {"confirmed_size": confirmed_size}
        _change(uow, witness, failures=failures, next_try_at=now + wait * jitter, error=reason[:500], **known)


def keep_evidence(witness: Asked, told: Checkpoint, text: str, note: bytes, now: datetime) -> None:
    """Store a checkpoint that the log's key signed and the log does not hold; once for ever."""
    with unit_of_work() as uow:
        uow.insert_if_new(
            ForkEvidence,
            text_hash=hashlib.sha256(text.encode()).digest(),
            witness=witness.name,
            size=str(told.size),
            root=told.root,
            note=note.decode(),
            found_at=now,
        )


def _change(uow: UnitOfWork, witness: Asked, **values: object) -> None:
    uow.session.execute(update(WitnessState).where(WitnessState.vkey == str(witness.key)).values(**values))
