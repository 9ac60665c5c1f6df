"""The published copy held against the log: what `flask ledger fsck` says of its files. Reads only."""

from collections.abc import Callable, Sequence

from app.kernel.storage import NotStored, Storage
from app.kernel.uow import unit_of_work
from ledger import cosigned, published_copy, stored_tiles
from ledger.audit import Audit
from ledger.core.errors import LedgerError, Malformed, MalformedPolicy
from ledger.core.note import VerifierKey, open_note
from ledger.core.tiles import HEIGHT, WIDTH, TileAddress, unpack_entries
from ledger.models import PublishedHead, SignedCheckpoint
from ledger.publication import required_files
from ledger.published_copy import key_of
from ledger.queries import CheckpointView
from ledger.refusals import LogRefuses, TreeDamaged
from ledger.signed_files import SignedFiles, first_difference

_EVERY = 500  # files between two words of progress


def compare(audit: Audit, storage: Storage, *, say: Callable[[str], None] = lambda _line: None) -> int:
    """Read every file that the published checkpoint promises; how many they are. Findings go into `audit`.

    Raises StorageUnavailable.
    """
    try:
        checkpoint = _published(audit, storage)
        files = SignedFiles(checkpoint) if checkpoint else None
    except LogRefuses as refused:
        audit.findings.append(f"published copy: {refused}")
        return 0
    if checkpoint is None or files is None:
        return 0
    count = 1
    for count, address in enumerate(required_files(checkpoint.size), start=2):
        _compare(audit, storage, files, address)
        if count % _EVERY == 0:
            say(f"{count} published files")
    return count


def _published(audit: Audit, storage: Storage) -> CheckpointView | None:
    """The checkpoint that was published last, once the file says the same. Raises LogRefuses."""
    log = audit.log
    if log is None:
        return None
    with unit_of_work(read_only=True) as uow:
        row = uow.session.get(PublishedHead, 1)
        signed = uow.session.get(SignedCheckpoint, row.size) if row else None
    note = published_copy.note_in(storage)
    there = published_copy.checkpoint_in(note, *log.keys.known)
    if there is not None:
        with unit_of_work(read_only=True) as uow:
            stored_tiles.refuse_unless_extends(uow, [(there.size, there.root)])
    if row is None and there is not None:
        audit.findings.append(
            f"published checkpoint: {there.size} entries lie there, and the database knows of no publication"
        )
    if row is None or row.size == 0:
        return None
    if signed is None:
        audit.findings.append(
            f"published checkpoint: {row.size} entries were published, and no such checkpoint is here"
        )
        return None
    if there is None:
        audit.findings.append(f"published checkpoint: {'missing' if note is None else 'spoilt'}")
    elif there.size < row.size:
        audit.findings.append(f"published checkpoint: {there.size} entries, but {row.size} were published")
    elif note is not None:
        _check_lines(audit, note, log.keys.known)
    return CheckpointView(signed.size, signed.root, signed.note, signed.signed_at)


def _check_lines(audit: Audit, note: bytes, log_keys: Sequence[VerifierKey]) -> None:
    """A line of a witness that is not its own makes verifiers refuse the whole checkpoint."""
    try:
        with unit_of_work(read_only=True) as uow:
            witnesses = cosigned.policy(uow).keys
        open_note(note, [*log_keys, *witnesses])
    except MalformedPolicy as fault:
        audit.findings.append(f"policy of the witnesses: {fault}")
    except LedgerError as fault:
        audit.findings.append(f"published checkpoint: {fault}")


def _compare(audit: Audit, storage: Storage, files: SignedFiles, address: TileAddress) -> None:
    try:
        wanted = files.bytes_of(address)
    except TreeDamaged as fault:
        audit.blame(fault.index, f"it, or its tile, was changed: {address} cannot be made")
        return
    try:
        stored = storage.read(key_of(address))
    except NotStored:
        audit.findings.append(f"published {address}: missing")
        return
    if stored != wanted:
        audit.blame(_first_bad(address, stored, wanted), f"the published {address} differs")


def _first_bad(address: TileAddress, stored: bytes, wanted: bytes) -> int:
    """The first entry of the log that the difference concerns."""
    begin = address.index * WIDTH
    if address.level != "entries":
        return (begin + first_difference(stored, wanted)) << (HEIGHT * address.level)
    try:
        found = unpack_entries(stored)
    except Malformed:
        return begin
    pairs = zip(found, unpack_entries(wanted), strict=False)
    return begin + next((n for n, (one, other) in enumerate(pairs) if one != other), len(found))
