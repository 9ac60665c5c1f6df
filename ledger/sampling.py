"""A sample of the log for an auditor: what `ledger.core.sample` draws, with a proof of every entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final

from sqlalchemy import func, select

from app.kernel.problems import Invalid, NotFound
from app.kernel.uow import UnitOfWork
from ledger import proving, queries
from ledger.core.encoding import encode_base64
from ledger.core.entry import parse_entry
from ledger.core.errors import Malformed, MalformedSample
from ledger.core.jcs import JSONValue
from ledger.core.proofs import TlogProof
from ledger.core.sample import CONTEXT, draw
from ledger.models import LogEntry, SignedCheckpoint
from ledger.queries import CheckpointView
from ledger.refusals import Forked


class NoSuchCheckpoint(NotFound):
    """No checkpoint of exactly this size was signed; `smaller` and `larger` are its neighbours, or 0."""

    type = "ledger-no-such-checkpoint"


class NotASize(Invalid):
    """What stands in the place of a size is no number."""

    type = "ledger-not-a-size"


class NoSuchSample(Invalid):
    """Nothing can be drawn from this seed, or so many."""

    type, status = "ledger-no-such-sample", HTTPStatus.UNPROCESSABLE_ENTITY


LARGEST_INT: Final = 2**53 - 1  # of a number in an address; no database column overflows


@dataclass(frozen=True)
class EntryView:
    """One entry of the log; `kind`, `at` and `subject` are None when its bytes are no entry of ours."""

    index: int
    kind: str | None
    at: datetime | None
    subject: str | None


@dataclass(frozen=True)
class Sample:
    """What was drawn, in the order of drawing, and the checkpoint that it was drawn from."""

    seed: str
    checkpoint: CheckpointView
    entries: tuple[EntryView, ...]

    @property
    def root(self) -> str:
        """The root in base64, as the checkpoint writes it."""
        return encode_base64(self.checkpoint.root)


def checkpoint_for(uow: UnitOfWork, size: int | None) -> CheckpointView:
    """The checkpoint of a size; without one the newest with its quorum, else the newest.

    Raises NoSuchCheckpoint, also before the first.
    """
    if size is None:
        found = queries.cosigned_checkpoint(uow) or queries.latest_checkpoint(uow)
    else:
        size = min(size, LARGEST_INT)
        found = queries.checkpoint_of(uow, size)
    if found is None:
        smaller = select(func.max(SignedCheckpoint.size)).where(SignedCheckpoint.size < (size or 0))
        larger = select(func.min(SignedCheckpoint.size)).where(SignedCheckpoint.size > (size or 0))
        raise NoSuchCheckpoint(
            size=size or 0, smaller=uow.session.scalar(smaller) or 0, larger=uow.session.scalar(larger) or 0
        )
    return found


def sample(uow: UnitOfWork, seed: str, *, count: int, size: int | None = None) -> Sample:
    """Draw entries by a public seed (1 statement beside the checkpoint's).

    Raises NoSuchCheckpoint, NoSuchSample.
    """
    checkpoint = checkpoint_for(uow, size)
    try:
        drawn = draw(seed, size=checkpoint.size, root=checkpoint.root, count=count)
    except MalformedSample as fault:
        raise NoSuchSample(reason=str(fault)) from fault
    return Sample(seed, checkpoint, _entries(uow, drawn))


def bundle(uow: UnitOfWork, drawn: Sample) -> bytes:
    """All drawn entries with their proofs in one file, as `python -m ledger verify` and `sample` read it.

    Without the bodies: the log does not have them. Raises Forked when a stored tile is missing.
    """
    indices = [entry.index for entry in drawn.entries]
    keys = list(uow.session.scalars(select(LogEntry.key).where(LogEntry.leaf_index.in_(indices))))
    parts = proving.bundle_parts(uow, keys, under=drawn.checkpoint)
    if parts is None:
        raise NoSuchCheckpoint(size=drawn.checkpoint.size, smaller=0, larger=0)
    told: dict[str, JSONValue] = {
        "algorithm": CONTEXT.strip(),
        "seed": drawn.seed,
        "size": drawn.checkpoint.size,
        "root": drawn.root,
        "indices": list(indices),
    }
    return parts.bundle({}, about={"sample": told}).to_bytes()


def entry(uow: UnitOfWork, index: int) -> bytes | None:
    """The bytes of an entry under a checkpoint, or None."""
    newest = queries.latest_checkpoint(uow)
    if newest is None or not 0 <= index < newest.size:
        return None
    return uow.session.scalar(select(LogEntry.entry).where(LogEntry.leaf_index == index))


def entry_proof(uow: UnitOfWork, index: int, *, size: int | None = None) -> bytes | None:
    """A tlog-proof of one entry under a checkpoint, the entry in it; None when that does not cover it.

    Raises NoSuchCheckpoint; Forked when the entry, or a stored tile, is missing.
    """
    checkpoint = checkpoint_for(uow, size)
    if index >= checkpoint.size:
        return None
    key = uow.session.scalar(select(LogEntry.key).where(LogEntry.leaf_index == index))
    if key is None:
        raise Forked(size=checkpoint.size)
    parts = proving.bundle_parts(uow, [key], under=checkpoint)
    return None if parts is None else TlogProof.of(parts.items[key], parts.checkpoint.encode()).to_bytes()


def _entries(uow: UnitOfWork, indices: Sequence[int]) -> tuple[EntryView, ...]:
    rows = uow.session.execute(
        select(LogEntry.leaf_index, LogEntry.entry).where(LogEntry.leaf_index.in_(indices))
    )
    found = {index: _view(index, data) for index, data in rows}
    return tuple(found.get(index, EntryView(index, None, None, None)) for index in indices)


def _view(index: int, data: bytes) -> EntryView:
    try:
        read = parse_entry(data)
    except Malformed:
        return EntryView(index, None, None, None)
    return EntryView(index, read.kind, read.at, read.subject)
