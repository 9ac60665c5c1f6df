"""The whole log recomputed from its entries: what `flask ledger fsck` says, and which index is bad first.

Nothing stored is believed: leaves, tiles, root, checkpoints and the copy outside the database are made
again from the bytes of the entries and compared. Reads only.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import func, literal, select

from app.kernel.config import Config
from app.kernel.db import Base
from app.kernel.uow import UnitOfWork, unit_of_work
from ledger import creation, queries, stored_tiles
from ledger.core.checkpoint import parse_checkpoint
from ledger.core.entry import parse_entry
from ledger.core.errors import LedgerError, MalformedEntry
from ledger.core.note import open_note
from ledger.core.tiles import WIDTH, TileTree, extend
from ledger.core.tree import HASH_SIZE, leaf_hash
from ledger.log_folder import LogFolder
from ledger.models import LogEntry, LogHead, LogTile, SignedCheckpoint, SignedHead
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
    log: LogView | None = field(default=None, compare=False)  # what it is of, when its keys can be read

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
    log = audit.log = _known_log(uow, audit)
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
        told = f"the entries make {made.size}" if log.size != made.size else "the entries make another root"
        audit.findings.append(f"head: says {log.size} entries; {told}")
    _check_checkpoints(uow, audit, log, made)
    _check_memories(uow, audit, log, made, config)
    return audit


def _known_log(uow: UnitOfWork, audit: Audit) -> LogView | None:
    """The log, when there is one and the history of its keys can be read."""
    try:
        log = queries.log(uow)
    except LedgerError as fault:
        audit.findings.append(f"keys: a key in the history of this log was changed: {fault}")
        return None
    left = [table.__tablename__ for table in (LogHead, LogEntry, SignedCheckpoint) if _has_rows(uow, table)]
    if log is None and left:
        what = "; ".join(left)
        audit.findings.append(f"keys: the history of this log's keys is gone, and its rows are here ({what})")
    return log


def _has_rows(uow: UnitOfWork, table: type[Base]) -> bool:
    return uow.session.execute(select(literal(1)).select_from(table).limit(1)).first() is not None


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


def _check_memories(uow: UnitOfWork, audit: Audit, log: LogView, made: _Rebuilt, config: Config) -> None:
    """The last signed head, in the database and outside of it."""
    signed = uow.session.get(SignedHead, 1)
    memories = [("signed head", signed.size, signed.root)] if signed else []
    if signed is None and audit.checkpoints:
        audit.findings.append(f"signed head: missing, and {audit.checkpoints} checkpoints were signed")
    if signed is not None and uow.session.get(SignedCheckpoint, signed.size) is None:
        audit.findings.append(f"checkpoint {signed.size}: missing, and it was the last to be signed")
    try:
        creation.fitting_signers(config, log)
        kept = LogFolder(config.data_dir).last_checkpoint(*log.keys.known)
    except LogRefuses as fault:
        audit.findings.append(str(fault))
    else:
        memories += [("copy outside the database", kept.size, kept.root)] if kept else []
        if signed is not None and kept is None:
            audit.findings.append(
                "copy outside the database: missing; the next signing writes it, and until then only the "
                "published copy tells a restored backup"
            )
    for name, size, root in memories:
        here = made.root_at(size) if size <= made.size else _root_now(size)
        if here != root:
            audit.findings.append(f"{name}: signed {size} entries that are not the ones here")


def _root_now(size: int) -> bytes | None:
    """The root at a size that the log reached after we began to read, if it did."""
    with unit_of_work(read_only=True) as uow:
        return stored_tiles.root_at(uow, size)
