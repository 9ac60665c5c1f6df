"""The whole log recomputed from its entries: what `flask ledger fsck` says, and which index is bad first.

Nothing stored is believed: leaves, tiles, root, checkpoints and the copy outside the database are made
again from the bytes of the entries and compared. Reads only.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import func, select

from app.kernel.config import Config
from app.kernel.uow import UnitOfWork, unit_of_work
from ledger import creation, queries, stored_tiles
from ledger.core.checkpoint import Checkpoint, parse_checkpoint
from ledger.core.entry import parse_entry
from ledger.core.errors import LedgerError, MalformedEntry
from ledger.core.note import open_note
from ledger.core.tiles import WIDTH, TileTree, extend
from ledger.core.timestamp import unbelieved
from ledger.core.tree import HASH_SIZE, leaf_hash
from ledger.log_folder import LogFolder
from ledger.models import LogEntry, LogTile, SignedCheckpoint, SignedHead, TimestampToken
from ledger.queries import LogView
from ledger.refusals import LogRefuses
from ledger.signed_files import first_difference

_PAGE = 1000
_EVERY = 10_000  # entries between two words of progress

Say = Callable[[str], None]


@dataclass
class Audit:
    """What was found: the first bad index if one is known, and every finding in a sentence."""

    entries: int = 0
    checkpoints: int = 0
    first_bad_index: int | None = None
    findings: list[str] = field(default_factory=list)

    def blame(self, index: int, finding: str) -> None:
        """Note a finding about one entry."""
        self.findings.append(f"entry {index}: {finding}")
        if self.first_bad_index is None or index < self.first_bad_index:
            self.first_bad_index = index


def recompute(uow: UnitOfWork, config: Config, *, say: Say = lambda _line: None) -> Audit:
    """Check the whole log; an empty list of findings means that all of it holds together.

    Memory: 32 bytes an entry. Nothing is written. `say` is told how far it is.
    """
    audit = Audit()
    log = queries.log(uow)
    if log is None:
        return audit
    made = _Rebuilt()
    for index, entry, stored_leaf in _entries(uow):
        if index != audit.entries:
            audit.blame(audit.entries, "missing")
            return audit
        _check_entry(audit, index, entry, stored_leaf)
        made.add(leaf_hash(entry))
        audit.entries += 1
        if audit.entries % _EVERY == 0:
            say(f"{audit.entries} of {log.size} entries")
    made.flush()
    _check_tiles(uow, audit, made)
    if (log.size, log.root) != (made.size, made.root):
        audit.findings.append(f"head: says {log.size} entries; the entries make {made.size}, or another root")
    _check_checkpoints(uow, audit, log, made)
    _check_timestamps(uow, audit, log, made)
    _check_memories(uow, audit, log, made, config)
    return audit


class _Rebuilt:
    """The tree made again, with its tiles in memory."""

    def __init__(self) -> None:
        self.size = 0
        self.tiles: dict[tuple[int, int], bytes] = {}
        self._pending: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        self._pending.append(leaf)
        if len(self._pending) == _PAGE:
            self.flush()

    def flush(self) -> None:
        made = extend(self.size, self._pending, self._read)
        self.tiles |= {(tile.level, tile.index): tile.hashes for tile in made.tiles}
        self.size = made.size
        self._pending = []

    @property
    def root(self) -> bytes:
        return self.root_at(self.size)

    def root_at(self, size: int) -> bytes:
        return TileTree(size, self._read).root()

    def _read(self, level: int, index: int, width: int) -> bytes:
        return self.tiles[level, index][: width * HASH_SIZE]


def _entries(uow: UnitOfWork) -> Iterator[tuple[int, bytes, bytes]]:
    after = -1
    columns = select(LogEntry.leaf_index, LogEntry.entry, LogEntry.leaf_hash).order_by(LogEntry.leaf_index)
    while page := uow.session.execute(columns.where(LogEntry.leaf_index > after).limit(_PAGE)).all():
        yield from page
        after = page[-1].leaf_index


def _check_entry(audit: Audit, index: int, entry: bytes, stored_leaf: bytes) -> None:
    if leaf_hash(entry) != stored_leaf:
        audit.blame(index, "its bytes do not hash to its leaf hash")
    try:
        parse_entry(entry)
    except MalformedEntry as fault:
        audit.blame(index, f"not a log entry: {fault}")


def _check_tiles(uow: UnitOfWork, audit: Audit, made: _Rebuilt) -> None:
    count = uow.session.scalar(select(func.count()).select_from(LogTile))
    if count != len(made.tiles):
        audit.findings.append(f"tiles: {count} are stored, the entries make {len(made.tiles)}")
    for (level, index), hashes in made.tiles.items():
        stored = uow.session.scalar(
            select(LogTile.hashes).where(LogTile.level == level, LogTile.tile_index == index)
        )
        if stored == hashes:
            continue
        audit.findings.append(f"tile {level}/{index}: differs from what the entries make")
        if level == 0:
            audit.blame(
                index * WIDTH + first_difference(stored or b"", hashes), "its leaf in the tile differs"
            )


def _check_checkpoints(uow: UnitOfWork, audit: Audit, log: LogView, made: _Rebuilt) -> None:
    good = 0
    rows = uow.session.execute(
        select(SignedCheckpoint.size, SignedCheckpoint.root, SignedCheckpoint.note).order_by(
            SignedCheckpoint.size
        )
    )
    for size, root, note in rows:
        audit.checkpoints += 1
        try:
            told = parse_checkpoint(open_note(note.encode(), log.keys.known).text)
        except LedgerError as fault:
            audit.findings.append(f"checkpoint {size}: {fault}")
            continue
        if (told.origin, told.size, told.root) != (log.origin, size, root):
            audit.findings.append(f"checkpoint {size}: its signed note says something else than its row")
        elif size > made.size:
            audit.findings.append(f"checkpoint {size}: only {made.size} entries are here")
        elif made.root_at(size) != told.root:
            audit.findings.append(f"checkpoint {size}: one of the entries {good} to {size - 1} differs")
            if audit.first_bad_index is None:
                audit.first_bad_index = good  # all hold together in themselves: no nearer one is known
            return  # every later checkpoint differs as well
        else:
            good = size


def _check_timestamps(uow: UnitOfWork, audit: Audit, log: LogView, made: _Rebuilt) -> None:
    """What an authority stamped is what the entries make. Its signature was checked before it was stored."""
    rows = uow.session.execute(
        select(TimestampToken.checkpoint_size, TimestampToken.token).order_by(TimestampToken.checkpoint_size)
    )
    for size, token in rows:
        try:
            imprint = unbelieved(token).imprint
        except LedgerError as fault:
            audit.findings.append(f"time stamp of {size} entries: {fault}")
            continue
        here = size <= made.size and Checkpoint(log.origin, size, made.root_at(size)).to_text().encode()
        if not here or hashlib.sha256(here).digest() != imprint:
            audit.findings.append(f"time stamp of {size} entries: other entries were stamped than are here")


def _check_memories(uow: UnitOfWork, audit: Audit, log: LogView, made: _Rebuilt, config: Config) -> None:
    """The last signed head, in the database and outside of it."""
    signed = uow.session.get(SignedHead, 1)
    memories = [("signed head", signed.size, signed.root)] if signed else []
    try:
        creation.fitting_signers(config, log)
        kept = LogFolder(config.data_dir).last_checkpoint(*log.keys.known)
    except LogRefuses as fault:
        audit.findings.append(str(fault))
    else:
        memories += [("copy outside the database", kept.size, kept.root)] if kept else []
    for name, size, root in memories:
        here = made.root_at(size) if size <= made.size else _root_now(size)
        if here != root:
            audit.findings.append(f"{name}: signed {size} entries that are not the ones here")


def _root_now(size: int) -> bytes | None:
    """The root at a size that the log reached after we began to read, if it did."""
    with unit_of_work(read_only=True) as uow:
        return stored_tiles.root_at(uow, size)
