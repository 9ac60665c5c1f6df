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

from flask import current_app
from sqlalchemy import CursorResult, select, update

from app.kernel.config import Config
from app.kernel.uow import UnitOfWork, unit_of_work
from ledger import creation, key_lines, published_copy, queries, rules, stored_tiles
from ledger.core.checkpoint import Checkpoint
from ledger.core.note import VerifierKey, sign_note
from ledger.core.tiles import extend
from ledger.keys import locked_head, log_keys
from ledger.log_folder import LogFolder
from ledger.models import LogHead, SignedCheckpoint, SignedHead, Submission
from ledger.published_copy import PUBLISH
from ledger.refusals import Forked, LogRefuses
from ledger.rules import Signing
from ledger.signers import LogSigners
from ledger.waiting import LARGEST_BATCH, take_waiting

_COMPARED = "coi.ledger.compared"


@dataclass(frozen=True)
class Progress:
    """What one run did: how many entries got an index, and the size that was signed now, if any."""

    sequenced: int
    signed_size: int | None


def run(config: Config, now: datetime) -> Progress:
    """Sequence everything that waits, then sign. Creates the log when there is none.

    Several runs at once are safe: they take turns. Opens its own units of work. Raises LogRefuses.
    """
    signers = creation.opened_log(config, now)
    _refuse(config, signers)  # before any index is given: what waits can still go into the right log
    _compare_with_the_published(signers.known)
    sequenced = taken = sequence_batch(now)
    while taken == LARGEST_BATCH:  # a smaller one held all that waited, or another run has taken of it
        taken = sequence_batch(now)
        sequenced += taken
    signed = sign_head(LogFolder(config.data_dir), signers, now)
    if len(signers.known) > 1:  # a key that came later signs what the older ones did
        key_lines.complete(signers.each, now)
    return Progress(sequenced, signed)


def has_work() -> bool:
    """Whether anything waits for an index or for a signature; a cheap look without any lock."""
    with unit_of_work(read_only=True) as uow:
        waiting = uow.session.scalar(select(Submission.id).limit(1))
        size = uow.session.scalar(select(LogHead.size)) or 0
        signed = uow.session.scalar(select(SignedHead.size)) or 0
        return waiting is not None or size > signed or key_lines.lack(uow)


def sequence_batch(now: datetime) -> int:
    """Give the next indices to at most 1000 waiting entries, in the order of handing in; how many it was.

    Entries, tiles and head change in one transaction, so there is no gap and no loss. Raises Forked when
    the tiles at the edge do not lead to the stored root, or one that grows was changed since this process
    wrote it: extending them would hide the damage; WaitingChanged.
    """
    with unit_of_work() as uow:
        size, root, leaves = take_waiting(uow, now)
        if not leaves:
            return 0
        edge = stored_tiles.edge(uow, size, root)
        made = extend(size, leaves, stored_tiles.reading(edge))
        stored_tiles.store(uow, made, size=size, before=edge)
        return len(leaves)


def sign_head(folder: LogFolder, signers: LogSigners, now: datetime) -> int | None:
    """Sign the committed head unless that was done; the signed size, or None when there was nothing to do.

    Every live key signs, and there is no note with the lines of some of them: a stop between two lines
    leaves nothing behind. Signing has no lock, since a program may take seconds; under the lock all is
    compared again, and what was signed for nothing is thrown away. Raises RestoredBackup, Forked,
    WrongOrigin, CopyUnreadable, SignerAway: then nothing was signed.
    """
    kept = folder.last_checkpoint(*signers.known)  # first: what it knows is committed, and is seen below
    with unit_of_work(read_only=True) as uow:
        wanted = _to_sign(uow, kept)
    note = None if wanted is None else sign_note(wanted.to_text(), [signers])
    with unit_of_work() as uow:
        locked_head(uow)
        signed, kept = uow.session.get(SignedHead, 1), folder.last_checkpoint(*signers.known)
        stored_tiles.refuse_unless_extends(uow, _heads(signed, kept, wanted))
        if signed is not None and (wanted is None or signed.size >= wanted.size):
            _mend_copy(uow, folder, signers, signed, kept)
            return None
        if wanted is None or note is None or log_keys(uow).live != signers.verifiers:
            return None  # an empty log promises nothing yet; keys that changed meanwhile sign the next time
        if kept is not None and kept.size > wanted.size:
            return None  # another run signed more and was killed: the copy never goes back
        folder.keep_checkpoint(note)
        _compare_and_set(uow, signed, wanted)
        uow.add(SignedCheckpoint(size=wanted.size, root=wanted.root, note=note.decode(), signed_at=now))
        uow.emit(PUBLISH, key=str(wanted.size), payload={}, now=now)
        return wanted.size


def refusal(config: Config) -> LogRefuses | None:
    """Why the log would refuse to sign now, or None; reads only, for /readyz and the operator."""
    try:
        with unit_of_work(read_only=True) as uow:
            log = queries.log(uow)
            if log is None:
                return None
        _refuse(config, creation.fitting_signers(config, log))
    except LogRefuses as fault:
        return fault
    return None


def _refuse(config: Config, signers: LogSigners) -> None:
    """Raise LogRefuses unless the log extends what the database and the folder remember."""
    kept = LogFolder(config.data_dir).last_checkpoint(*signers.known)  # first, as in `sign_head`
    with unit_of_work(read_only=True) as uow:
        stored_tiles.refuse_unless_extends(uow, _heads(uow.session.get(SignedHead, 1), kept))


def _to_sign(uow: UnitOfWork, kept: Checkpoint | None) -> Checkpoint | None:
    """The committed head when it is not signed yet; refuses as `sign_head` does before anybody signs."""
    head = uow.session.scalars(select(LogHead)).one()
    signed = uow.session.get(SignedHead, 1)
    stored_tiles.refuse_unless_extends(uow, _heads(signed, kept))
    decided = rules.signing(
        head.size, signed=signed.size if signed else None, kept=kept.size if kept else None
    )
    return Checkpoint(head.origin, head.size, head.root) if decided is Signing.SIGN else None


def _heads(*remembered: SignedHead | Checkpoint | None) -> list[tuple[int, bytes]]:
    return [(each.size, each.root) for each in remembered if each is not None]


def _compare_with_the_published(keys: Sequence[VerifierKey]) -> None:
    """Raise LogRefuses when the published copy holds more than this log, is not ours, or cannot be asked.

    Once a process: a database and a DATA_DIR that came out of the same backup agree with each other, and
    only what was published knows better. So a process that starts while the store is away waits for it.
    """
    if current_app.extensions.get(_COMPARED):
        return
    there = published_copy.checkpoint_in(published_copy.note_in(current_app.extensions["coi.storage"]), *keys)
    if there is not None:
        with unit_of_work(read_only=True) as uow:
            stored_tiles.refuse_unless_extends(uow, [(there.size, there.root)])
    current_app.extensions[_COMPARED] = True


def _mend_copy(
    uow: UnitOfWork, folder: LogFolder, signers: LogSigners, signed: SignedHead, kept: Checkpoint | None
) -> None:
    """Write the copy outside the database again when it was deleted or is older."""
    decided = rules.signing(signed.size, signed=signed.size, kept=kept.size if kept else None)
    if decided is Signing.MEND_COPY:
        row = uow.session.get_one(SignedCheckpoint, signed.size)
        key_lines.refuse_damaged(signed.size, signed.root, row.note, signers.known)
        folder.keep_checkpoint(row.note.encode())


def _compare_and_set(uow: UnitOfWork, signed: SignedHead | None, head: LogHead | Checkpoint) -> None:
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
