"""What others said of the log, held against its checkpoints: the third part of fsck. Reads only.

Cosignatures of witnesses, lines of keys that came later, anchors and time stamps are handed out with every
proof. One that was changed in the database would make verifiers refuse proofs that are true.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from sqlalchemy import select

from app.kernel.uow import UnitOfWork
from ledger.audit import Audit
from ledger.core.checkpoint import Checkpoint
from ledger.core.errors import LedgerError
from ledger.core.note import note_text, open_note, parse_vkey
from ledger.core.timestamp import unbelieved
from ledger.core.witnessing import verified_cosignature
from ledger.models import Anchor, Cosignature, LogSignature, SignedCheckpoint, TimestampToken


@dataclass(frozen=True)
class _Said:
    """One row about a checkpoint: its words for people, and what is wrong with it, if anything."""

    what: str
    size: int
    fault: str | None


def compare(uow: UnitOfWork, audit: Audit) -> int:
    """Note what does not belong to the checkpoint that it speaks of; how many rows were looked at.

    The checkpoints themselves are checked by `audit.recompute`. Memory: one row.
    """
    if audit.log is None:
        return 0
    count = 0
    stamps = _timestamps(uow, audit.log.origin)
    for said in chain(_cosignatures(uow), _later_lines(uow), _anchors(uow), stamps):
        count += 1
        if said.fault is not None:
            audit.findings.append(f"{said.what} over {said.size} entries: {said.fault}")
    return count


_NO_CHECKPOINT = "no checkpoint of this size is here"
_OTHER_HEAD = "it is over another root than the checkpoint of this size"


def _cosignatures(uow: UnitOfWork) -> Iterator[_Said]:
    rows = uow.session.execute(
        select(
            Cosignature.checkpoint_size,
            Cosignature.vkey,
            Cosignature.line,
            Cosignature.signed_at,
            SignedCheckpoint.note,
        )
        .outerjoin(SignedCheckpoint, SignedCheckpoint.size == Cosignature.checkpoint_size)
        .order_by(Cosignature.checkpoint_size, Cosignature.vkey)
    )
    for size, vkey, line, signed_at, note in rows:
        fault = None if note else _NO_CHECKPOINT
        try:
            if note:
                seen = verified_cosignature(note_text(note.encode()), line.encode(), parse_vkey(vkey))
                fault = None if seen.signed_at == signed_at else "its time is not the one that was signed"
        except LedgerError as refused:
            fault = str(refused)
        yield _Said(f"cosignature of {vkey.partition('+')[0]}", size, fault)


def _later_lines(uow: UnitOfWork) -> Iterator[_Said]:
    rows = uow.session.execute(
        select(LogSignature.checkpoint_size, LogSignature.vkey, LogSignature.line, SignedCheckpoint.note)
        .outerjoin(SignedCheckpoint, SignedCheckpoint.size == LogSignature.checkpoint_size)
        .order_by(LogSignature.checkpoint_size, LogSignature.vkey)
    )
    for size, vkey, line, note in rows:
        fault = None if note else _NO_CHECKPOINT
        try:
            if note:
                open_note(f"{note_text(note.encode())}\n{line}".encode(), [parse_vkey(vkey)])
        except LedgerError as refused:
            fault = str(refused)
        yield _Said(f"signature of {vkey.rpartition('+')[0]}", size, fault)


def _anchors(uow: UnitOfWork) -> Iterator[_Said]:
    rows = uow.session.execute(
        select(Anchor.checkpoint_size, Anchor.checkpoint_root, Anchor.chain_id, SignedCheckpoint.root)
        .outerjoin(SignedCheckpoint, SignedCheckpoint.size == Anchor.checkpoint_size)
        .order_by(Anchor.checkpoint_size)
    )
    for size, anchored, chain_id, root in rows:
        fault = _NO_CHECKPOINT if root is None else None if anchored == root else _OTHER_HEAD
        yield _Said(f"anchor on chain {chain_id}", size, fault)


def _timestamps(uow: UnitOfWork, origin: str) -> Iterator[_Said]:
    """Its signature was checked before it was stored, and is checked again by whoever is given it."""
    rows = uow.session.execute(
        select(
            TimestampToken.checkpoint_size,
            TimestampToken.checkpoint_root,
            TimestampToken.authority,
            TimestampToken.token,
            SignedCheckpoint.root,
        )
        .outerjoin(SignedCheckpoint, SignedCheckpoint.size == TimestampToken.checkpoint_size)
        .order_by(TimestampToken.checkpoint_size)
    )
    for size, stamped, authority, token, root in rows:
        fault = _NO_CHECKPOINT if root is None else None if stamped == root else _OTHER_HEAD
        try:
            if fault is None and unbelieved(token).imprint != _imprint(origin, size, root):
                fault = "other entries were stamped than are here"
        except LedgerError as refused:
            fault = str(refused)
        yield _Said(f"time stamp of {authority}", size, fault)


def _imprint(origin: str, size: int, root: bytes) -> bytes:
    return hashlib.sha256(Checkpoint(origin, size, root).to_text().encode()).digest()
