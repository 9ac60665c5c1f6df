"""What the log says: seals, checkpoints and tiles (`ledger.reach`: how far a seal reaches).

Everything here reads the database alone; nobody's server and no chain is called.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Select, func, select

from app.kernel.uow import UnitOfWork
from ledger import cosigned, key_lines, stamped, stored_tiles
from ledger.core.errors import LedgerError
from ledger.core.tiles import TileAddress
from ledger.core.tree import leaf_hash, verify_inclusion
from ledger.keys import LogKeys, history
from ledger.models import (
    Anchor,
    ChainLook,
    LogEntry,
    LogHead,
    LogKeyEvent,
    PublishedHead,
    SignedCheckpoint,
    Submission,
)
from ledger.reach import (
    STANDING,
    AnchorView,
    OutsideAnchor,
    anchor_view,
    anchors_by_size,
    standing_anchors,
)
from ledger.refusals import CheckpointDamaged


@dataclass(frozen=True)
class LogView:
    """Which log this is, how far it goes, and its keys."""

    origin: str
    created_at: datetime
    size: int
    root: bytes
    keys: LogKeys

    @property
    def vkey(self) -> str:
        """The active key; where every key was revoked, the one that was active last."""
        return str((*self.keys.live, *self.keys.known)[0])


@dataclass(frozen=True)
class CheckpointView:
    """A signed head of the log; `note` is the whole signed note."""

    size: int
    root: bytes
    note: str
    signed_at: datetime


@dataclass(frozen=True)
class Seal:
    """How far one entry has come: without `index` it waits, without `sealed_at` no checkpoint covers it."""

    index: int | None = None
    sealed_at: datetime | None = None  # time of the first checkpoint that covers it
    checkpoint_size: int | None = None  # size of that checkpoint
    anchored: AnchorView | None = None  # the first anchor that covers it


@dataclass(frozen=True)
class Fault:
    """One entry that is not what was sealed, in words for an operator."""

    key: str
    reason: str


@dataclass(frozen=True)
class LogStatus:
    """The log in figures, for its page, the operator and /readyz."""

    log: LogView | None
    checkpoint: CheckpointView | None
    waiting: int
    waiting_since: datetime | None
    unsigned_since: datetime | None
    anchors: tuple[OutsideAnchor, ...] = field(default=())  # of every kind, newest first, at most five


def log(uow: UnitOfWork) -> LogView | None:
    """The log of this installation, or None before it is created (1 statement)."""
    rows = uow.session.execute(
        select(LogHead.origin, LogHead.created_at, LogHead.size, LogHead.root, LogKeyEvent)
        .join(LogKeyEvent, LogHead.id == 1)
        .order_by(LogKeyEvent.at, LogKeyEvent.id)
    ).all()
    if not rows:
        return None
    origin, created_at, size, root, _ = rows[0]
    return LogView(origin, created_at, size, root, history(row[-1] for row in rows))


def latest_checkpoint(uow: UnitOfWork) -> CheckpointView | None:
    """The newest signed head, or None before the first."""
    row = uow.session.execute(_checkpoints().order_by(SignedCheckpoint.size.desc()).limit(1)).one_or_none()
    return CheckpointView(row.size, row.root, row.note, row.signed_at) if row else None


def published_note(uow: UnitOfWork, checkpoint: CheckpointView) -> str | None:
    """The note of a checkpoint as it is handed out: a line of each live key, its witnesses' behind.

    None when no key that lives today signed it. Raises CheckpointDamaged.
    """
    note = signed_note(uow, checkpoint)
    return None if note is None else note + cosigned.lines_of(uow, checkpoint.size)


def signed_note(uow: UnitOfWork, checkpoint: CheckpointView) -> str | None:
    """The note of a checkpoint with a line of each live key, the active one's first; None without any.

    Raises CheckpointDamaged.
    """
    if (head := log(uow)) is None:
        return None
    lines = key_lines.lines(uow, checkpoint.size, checkpoint.note, head.keys.live)
    return key_lines.note_of(checkpoint.size, checkpoint.root, checkpoint.note, lines, head.keys.known)


def cosigned_checkpoint(uow: UnitOfWork, *, above: int = 0) -> CheckpointView | None:
    """The newest signed head of more than `above` entries that satisfies the quorum, or None."""
    size = cosigned.newest_with_quorum(uow, above=above)
    return None if size is None else checkpoint_of(uow, size)


def anchorable_checkpoint(uow: UnitOfWork) -> CheckpointView | None:
    """The newest signed head that is published and satisfies the quorum, or None: the one to anchor.

    What nobody can read, or the witnesses have not seen, must not be what the outside remembers of this log.
    """
    published = uow.session.scalar(select(PublishedHead.size)) or 0
    size = cosigned.newest_with_quorum(uow, upto=published)
    return None if size is None else checkpoint_of(uow, size)


def checkpoint_of(uow: UnitOfWork, size: int) -> CheckpointView | None:
    """The signed head of exactly this size, or None."""
    row = uow.session.execute(_checkpoints().where(SignedCheckpoint.size == size)).one_or_none()
    return CheckpointView(row.size, row.root, row.note, row.signed_at) if row else None


def seal_of(uow: UnitOfWork, keys: Sequence[str]) -> dict[str, Seal]:
    """The seal of each key; a key that was never handed in has an empty one (2 statements)."""
    signed = (
        select(func.min(SignedCheckpoint.size))
        .where(SignedCheckpoint.size > LogEntry.leaf_index)
        .correlate(LogEntry)
        .scalar_subquery()
    )
    anchored = (
        select(func.min(Anchor.checkpoint_size))
        .where(Anchor.state.in_(STANDING), Anchor.checkpoint_size > LogEntry.leaf_index)
        .correlate(LogEntry)
        .scalar_subquery()
    )
    rows = uow.session.execute(
        select(LogEntry.key, LogEntry.leaf_index, SignedCheckpoint.size, SignedCheckpoint.signed_at, anchored)
        .outerjoin(SignedCheckpoint, SignedCheckpoint.size == signed)
        .where(LogEntry.key.in_(keys))
    ).all()
    standing = anchors_by_size(uow, {row[4] for row in rows if row[4] is not None})
    seals = {key: Seal() for key in keys}
    for key, index, size, signed_at, anchor_size in rows:
        seals[key] = Seal(index, signed_at, size, standing.get(anchor_size))
    return seals


def check_entries(uow: UnitOfWork, expected: Mapping[str, bytes]) -> list[Fault]:
    """Compare entries with the log: each leaf is recomputed and followed to the latest signed root.

    `expected` has the bytes as the owner of the bodies makes them today. A key that no checkpoint covers
    yet is no fault. The signature of the checkpoint is checked as well.
    """
    head, checkpoint = log(uow), latest_checkpoint(uow)
    if head is None or checkpoint is None or not expected:
        return []
    try:
        key_lines.refuse_damaged(checkpoint.size, checkpoint.root, checkpoint.note, head.keys.known)
    except CheckpointDamaged as refused:
        return [Fault(key, f"checkpoint {checkpoint.size}: {refused}") for key in expected]
    rows = uow.session.execute(
        select(LogEntry.key, LogEntry.leaf_index).where(
            LogEntry.key.in_(list(expected)), LogEntry.leaf_index < checkpoint.size
        )
    ).all()
    indices = [row.leaf_index for row in rows]
    tree = stored_tiles.tree_for(uow, checkpoint.size, checkpoint.root, indices)
    faults = []
    for key, index in rows:
        try:
            path = tree.inclusion_path(index)
            verify_inclusion(leaf_hash(expected[key]), index, checkpoint.size, path, checkpoint.root)
        except LedgerError as refused:
            faults.append(Fault(key, f"entry {index}: {refused}"))
    return faults


def tile(uow: UnitOfWork, address: TileAddress) -> bytes | None:
    """The bytes of a tile or entry bundle of exactly this width, or None when no checkpoint has it."""
    checkpoint = latest_checkpoint(uow)
    return None if checkpoint is None else stored_tiles.published(uow, address, size=checkpoint.size)


def status(uow: UnitOfWork) -> LogStatus:
    """The log in figures."""
    waiting, since = uow.session.execute(
        select(func.count(), func.min(Submission.submitted_at)).select_from(Submission)
    ).one()
    checkpoint = latest_checkpoint(uow)
    unsigned_since = uow.session.scalar(
        select(LogEntry.sequenced_at).where(LogEntry.leaf_index == (checkpoint.size if checkpoint else 0))
    )
    newest = standing_anchors().order_by(None).order_by(Anchor.checkpoint_size.desc()).limit(5)
    found: list[OutsideAnchor] = [anchor_view(row) for row in uow.session.execute(newest)]
    found = sorted([*found, *stamped.newest(uow)], key=lambda each: each.checkpoint_size, reverse=True)
    return LogStatus(log(uow), checkpoint, waiting, since, unsigned_since, tuple(found[:5]))


def publication(uow: UnitOfWork) -> tuple[str | None, datetime | None]:
    """What the last publication complained of, and when the oldest unpublished checkpoint was signed."""
    error = uow.session.scalar(select(PublishedHead.error))
    published = func.coalesce(select(PublishedHead.size).scalar_subquery(), 0)
    waits = select(SignedCheckpoint.signed_at).where(SignedCheckpoint.size > published)
    return error, uow.session.scalar(waits.order_by(SignedCheckpoint.size).limit(1))


def chain_fault(uow: UnitOfWork) -> str | None:
    """What the last look at the chain complained of, or None."""
    newest = select(ChainLook.error).order_by(ChainLook.last_try_at.desc()).limit(1)
    return uow.session.scalar(newest)


def _checkpoints() -> Select[int, bytes, str, datetime]:
    return select(
        SignedCheckpoint.size, SignedCheckpoint.root, SignedCheckpoint.note, SignedCheckpoint.signed_at
    )
