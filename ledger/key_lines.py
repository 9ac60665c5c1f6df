"""The log's own lines under a checkpoint: one of each live key, whenever that key came.

A checkpoint is stored with the lines of the day on which it was signed. A key that came later signs the
same text again, at the sizes that readers are given, and its line lies beside it; the line of a key that
was retired or revoked stays in the history and is handed out no more.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from app.kernel.db import new_id
from app.kernel.uow import UnitOfWork, unit_of_work
from ledger import cosigned, stored_tiles
from ledger.core.checkpoint import parse_checkpoint
from ledger.core.errors import LedgerError, Malformed
from ledger.core.note import Signer, VerifierKey, lines_of, note_text, open_note
from ledger.keys import locked_head, log_keys
from ledger.models import LogSignature, SignedCheckpoint
from ledger.published_copy import PUBLISH
from ledger.refusals import CheckpointDamaged


def lines(uow: UnitOfWork, size: int, note: str, live: Sequence[VerifierKey]) -> Mapping[VerifierKey, str]:
    """The lines of these keys over the checkpoint of a size, in their order; a key without is left out.

    Raises CheckpointDamaged when the stored note is none.
    """
    try:
        found = lines_of(note.encode(), live)
    except Malformed as fault:
        raise CheckpointDamaged(size=size, reason=str(fault)) from fault
    if len(found) < len(live):
        later = uow.session.execute(
            select(LogSignature.vkey, LogSignature.line).where(LogSignature.checkpoint_size == size)
        )
        by_vkey = {row.vkey: row.line for row in later}
        found |= {key: by_vkey[str(key)] for key in live if str(key) in by_vkey}
    return {key: found[key] for key in live if key in found}


def note_of(
    size: int, root: bytes, note: str, lines_now: Mapping[VerifierKey, str], known: Sequence[VerifierKey]
) -> str | None:
    """The text of a stored note under these lines; None without any.

    `size` and `root` are those of the row, `known` all keys that the log ever had. Whoever is given a note
    gets it through here: raises CheckpointDamaged unless each line is a signature and the text fits the row.
    """
    if not lines_now:
        refuse_damaged(size, root, note, known)
        return None
    given = f"{note_text(note.encode())}\n{''.join(lines_now.values())}"
    refuse_damaged(size, root, given, tuple(lines_now))
    return given


def refuse_damaged(size: int, root: bytes, note: str, keys: Sequence[VerifierKey]) -> None:
    """Raise CheckpointDamaged unless these keys of the log signed the note and it says what its row says."""
    try:
        told = parse_checkpoint(open_note(note.encode(), keys).text)
    except LedgerError as fault:
        raise CheckpointDamaged(size=size, reason=str(fault)) from fault
    if (told.origin, told.size, told.root) != (keys[0].name, size, root):
        raise CheckpointDamaged(size=size, reason="the signed note says something else than its row")


def lack(uow: UnitOfWork) -> bool:
    """Whether a checkpoint that readers are given lacks the line of a live key; a cheap look."""
    keys = log_keys(uow)
    return len(keys.known) > 1 and any(missing for _, missing in _lacking(uow, keys.live))


def complete(signers: Iterable[Signer], now: datetime) -> int:
    """Let every live key sign the checkpoints that readers are given; how many lines were added.

    Signs outside of any transaction, since a program may take its time; a line is stored only while its key
    is still live. Safe to repeat: one text, and one line a key. Raises LogRefuses.
    """
    by_key = {signer.verifier: signer for signer in signers}
    with unit_of_work(read_only=True) as uow:
        known = log_keys(uow).known
        todo = _lacking(uow, tuple(by_key)) if len(known) > 1 else []
        if not todo:
            return 0
        for row, _ in todo:
            refuse_damaged(row.size, row.root, row.note, known)  # a new key never signs a spoilt text
        stored_tiles.refuse_unless_extends(uow, [(row.size, row.root) for row, _ in todo])
    made = [
        (row.size, key, by_key[key].sign(note_text(row.note.encode())))
        for row, missing in todo
        for key in missing
    ]
    with unit_of_work() as uow:
        locked_head(uow)
        live = log_keys(uow).live
        added = [_keep(uow, size, key, line, now) for size, key, line in made if key in live]
        if any(added):
            uow.emit(PUBLISH, key=str(new_id()), payload={}, now=now)
    return sum(added)


def _keep(uow: UnitOfWork, size: int, key: VerifierKey, line: str, now: datetime) -> bool:
    return uow.insert_if_new(LogSignature, checkpoint_size=size, vkey=str(key), line=line, signed_at=now)


def _lacking(
    uow: UnitOfWork, live: Sequence[VerifierKey]
) -> list[tuple[SignedCheckpoint, list[VerifierKey]]]:
    """The newest checkpoint and the newest with a quorum, with the live keys that did not sign them."""
    newest = uow.session.scalars(
        select(SignedCheckpoint).order_by(SignedCheckpoint.size.desc()).limit(1)
    ).first()
    if newest is None:
        return []
    size = cosigned.newest_with_quorum(uow)
    witnessed = None if size in (None, newest.size) else uow.session.get(SignedCheckpoint, size)
    found = []
    for row in filter(None, (newest, witnessed)):
        there = lines(uow, row.size, row.note, live)
        if missing := [key for key in live if key not in there]:
            found.append((row, missing))
    return found
