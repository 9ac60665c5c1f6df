"""The one writer of the log: gives indices, extends the tree, and signs what is committed.

Two steps, each a transaction under the lock of the head row. `sequence_batch` moves waiting entries into
the log; `sign_head` signs the committed head. A crash anywhere between or inside them leaves nothing to
mend: the next run goes on from the committed head, and tiles are a pure function of the entries.

What was signed is never taken back: a new checkpoint must extend the last one that the database remembers,
the last one that DATA_DIR remembers (sunlight's rule), and the one that was published. The file in DATA_DIR
is written before the row commits, so nothing is ever published that it does not know.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import current_app
from sqlalchemy import CursorResult, Row, insert, select, update

from app.kernel.config import Config
from app.kernel.uow import UnitOfWork, unit_of_work
from ledger import creation, published_copy, queries, rules, stored_tiles
from ledger.core.checkpoint import Checkpoint
from ledger.core.note import SigningKey, VerifierKey, sign_note
from ledger.core.tiles import extend
from ledger.core.tree import leaf_hash
from ledger.log_folder import LogFolder
from ledger.models import LogEntry, LogHead, LogTile, SignedCheckpoint, SignedHead, Submission
from ledger.published_copy import PUBLISH
from ledger.refusals import Forked, LogRefuses
from ledger.rules import Signing

LARGEST_BATCH = 1000
_COMPARED = "coi.ledger.compared"
_Waiting = Row[UUID, str, bytes | None]


@dataclass(frozen=True)
class Progress:
    """What one run did: how many entries got an index, and the size that was signed now, if any."""

    sequenced: int
    signed_size: int | None


def run(config: Config, now: datetime) -> Progress:
    """Sequence everything that waits, then sign. Creates the log when there is none.

    Several runs at once are safe: they take turns. Opens its own units of work. Raises LogRefuses.
    """
    key = creation.opened_log(config, now)
    if refused := refusal(config):
        raise refused  # before any index is given: what waits can still go into the right log
    _compare_with_the_published(key.verifier)
    sequenced = 0
    while taken := sequence_batch(now):
        sequenced += taken
    return Progress(sequenced, sign_head(LogFolder(config.data_dir), key, now))


def has_work() -> bool:
    """Whether anything waits for an index or for a signature; a cheap look without any lock."""
    with unit_of_work(read_only=True) as uow:
        waiting = uow.session.scalar(select(Submission.id).where(Submission.leaf_index.is_(None)).limit(1))
        size = uow.session.scalar(select(LogHead.size)) or 0
        signed = uow.session.scalar(select(SignedHead.size)) or 0
    return waiting is not None or size > signed


def sequence_batch(now: datetime) -> int:
    """Give the next indices to at most 1000 waiting entries, in the order of handing in; how many it was.

    Entries, tiles and head change in one transaction, so there is no gap and no loss. Raises Forked when
    the stored tiles do not lead to the stored root: extending them would hide the damage.
    """
    with unit_of_work() as uow:
        head = _locked_head(uow)
        waiting = uow.session.execute(
            select(Submission.id, Submission.key, Submission.entry)
            .where(Submission.leaf_index.is_(None))
            .order_by(Submission.id)
            .limit(LARGEST_BATCH)
        ).all()
        if not waiting:
            return 0
        if stored_tiles.root_at(uow, head.size) != head.root:
            raise Forked(size=head.size)
        leaves = [leaf_hash(row.entry or b"") for row in waiting]  # a constraint: who waits has bytes
        made = extend(head.size, leaves, stored_tiles.reader(uow))
        _write_entries(uow, waiting, leaves, head.size, now)
        for tile in made.tiles:
            uow.session.merge(LogTile(level=tile.level, tile_index=tile.index, hashes=tile.hashes))
        head.size, head.root = made.size, made.root
        return len(waiting)


def sign_head(folder: LogFolder, key: SigningKey, now: datetime) -> int | None:
    """Sign the committed head unless that was done; the signed size, or None when there was nothing to do.

    Raises RestoredBackup, Forked, WrongOrigin, CopyUnreadable: then nothing was signed.
    """
    with unit_of_work() as uow:
        head = _locked_head(uow)
        signed = uow.session.get(SignedHead, 1)
        kept = folder.last_checkpoint(key.verifier)
        stored_tiles.refuse_unless_extends(uow, _memories(signed, kept))
        decided = rules.signing(
            head.size, signed=signed.size if signed else None, kept=kept.size if kept else None
        )
        if decided is Signing.MEND_COPY:
            folder.keep_checkpoint(uow.session.get_one(SignedCheckpoint, head.size).note.encode())
        if decided is not Signing.SIGN:
            return None
        note = sign_note(Checkpoint(head.origin, head.size, head.root).to_text(), [key])
        folder.keep_checkpoint(note)
        _compare_and_set(uow, signed, head)
        uow.add(SignedCheckpoint(size=head.size, root=head.root, note=note.decode(), signed_at=now))
        uow.emit(PUBLISH, key=str(head.size), payload={}, now=now)
        return head.size


def refusal(config: Config) -> LogRefuses | None:
    """Why the log would refuse to sign now, or None; reads only, for /readyz and the operator."""
    try:
        with unit_of_work(read_only=True) as uow:
            log = queries.log(uow)
            if log is None:
                return None
            key = creation.fitting_key(config, log)
            kept = LogFolder(config.data_dir).last_checkpoint(key.verifier)
            stored_tiles.refuse_unless_extends(uow, _memories(uow.session.get(SignedHead, 1), kept))
    except LogRefuses as fault:
        return fault
    return None


def _locked_head(uow: UnitOfWork) -> LogHead:
    """The head under its lock: FOR UPDATE on PostgreSQL; on SQLite the write unit is the lock."""
    return uow.session.scalars(select(LogHead).with_for_update()).one()


def _write_entries(
    uow: UnitOfWork,
    waiting: Sequence[Row[*tuple[object, ...]]],
    leaves: list[bytes],
    size: int,
    now: datetime,
) -> None:
    placed = list(enumerate(zip(waiting, leaves, strict=True), start=size))
    uow.session.execute(
        insert(LogEntry),
        [
            {"leaf_index": i, "key": row.key, "entry": row.entry, "leaf_hash": leaf, "sequenced_at": now}
            for i, (row, leaf) in placed
        ],
    )
    uow.session.execute(
        update(Submission), [{"id": row.id, "leaf_index": i, "entry": None} for i, (row, _) in placed]
    )


def _memories(signed: SignedHead | None, kept: Checkpoint | None) -> list[tuple[int, bytes]]:
    """What was signed last, as the database and the folder remember it."""
    return [(each.size, each.root) for each in (signed, kept) if each is not None]


def _compare_with_the_published(key: VerifierKey) -> None:
    """Raise LogRefuses when the published copy holds more than this log, is not ours, or cannot be asked.

    Once a process: a database and a DATA_DIR that came out of the same backup agree with each other, and
    only what was published knows better. So a process that starts while the store is away waits for it.
    """
    if current_app.extensions.get(_COMPARED):
        return
    there = published_copy.checkpoint_in(published_copy.note_in(current_app.extensions["coi.storage"]), key)
    if there is not None:
        with unit_of_work(read_only=True) as uow:
            stored_tiles.refuse_unless_extends(uow, [(there.size, there.root)])
    current_app.extensions[_COMPARED] = True


def _compare_and_set(uow: UnitOfWork, signed: SignedHead | None, head: LogHead) -> None:
    """Move the database's memory on from exactly what was read. Raises Forked when it had moved."""
    if signed is None:
        uow.add(SignedHead(id=1, size=head.size, root=head.root))
        return
    moved = uow.session.execute(
        update(SignedHead)
        .where(SignedHead.size == signed.size, SignedHead.root == signed.root)
        .values(size=head.size, root=head.root)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(moved, CursorResult)  # noqa: S101 - narrows for mypy; an UPDATE has a row count
    if moved.rowcount != 1:
        raise Forked(size=head.size)
