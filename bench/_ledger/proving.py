"""A proof out of a log of a million entries on PostgreSQL: statements, tiles, and time over a `SELECT 1`."""

import itertools
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, text

from app.kernel.db import db
from app.kernel.uow import UnitOfWork, unit_of_work
from bench._ledger.entries import key_of
from bench._ledger.installation import NOW, Installation
from bench._ledger.memory import MemoryLog
from bench._report import Measured, in_turn, ratio
from ledger import proving, sequencer
from ledger.core.tree import leaf_hash, verify_inclusion
from ledger.log_folder import LogFolder

_ENTRIES = "COPY log_entry (leaf_index, key, entry, leaf_hash, sequenced_at) FROM STDIN"
_TILES = "COPY log_tile (level, tile_index, hashes) FROM STDIN"
_HEAD = "UPDATE log_head SET size = %s, root = %s"
_A_TIME = 100  # proofs a round
_ROUNDS = 7
_STEP = 7919  # between their leaves


def load(here: Installation, log: MemoryLog, entries: Sequence[bytes]) -> None:
    """Put a whole log into the database as the sequencer would have left it, and let the product sign it."""
    with here.connect() as connection:
        with connection.cursor().copy(_ENTRIES) as copy:
            for first in range(0, len(entries), 1000):
                copy.write("".join(_lines(first, entries[first : first + 1000])))
        with connection.cursor().copy(_TILES) as copy:
            for (level, index), hashes in log.tiles.items():
                copy.write_row((level, index, hashes))
        connection.execute(_HEAD, (log.size, log.root))
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE log_entry, log_tile")
    if sequencer.sign_head(LogFolder(here.config.data_dir), here.signers, NOW) != log.size:
        raise RuntimeError("the loaded log was not signed")


def measure(log: MemoryLog, entries: Sequence[bytes]) -> Measured:
    """Proofs of leaves all over the log, others in each round: a process remembers what it hashed last.

    `load` was called before. Those whose statements are counted are checked.
    """
    numbers = (number * _STEP % log.size for number in itertools.count())
    keys = [key_of(number) for number in itertools.islice(numbers, _A_TIME)]
    counts = []
    with unit_of_work(read_only=True) as uow:
        _proof(uow, key_of(1), log)  # the first one of a process meets the right edge as well
        for key in keys:
            with _counted() as seen:
                item = _proof(uow, key, log)
            verify_inclusion(leaf_hash(entries[item.index]), item.index, log.size, item.proof, log.root)
            counts.append((len(seen), sum(seen[1:])))
        with _counted() as of_bundle:
            proving.bundle_parts(uow, keys[:1])

    def prove() -> float:
        others = [key_of(number) for number in itertools.islice(numbers, _A_TIME)]
        begin = time.perf_counter()
        for key in others:
            with unit_of_work(read_only=True) as uow:
                _proof(uow, key, log)
        return (time.perf_counter() - begin) / _A_TIME

    def select_1() -> float:
        begin = time.perf_counter()
        for _ in range(_A_TIME):
            with unit_of_work(read_only=True) as uow:
                uow.session.execute(text("SELECT 1")).scalar_one()
        return (time.perf_counter() - begin) / _A_TIME

    proved, selected = in_turn(prove, select_1, rounds=_ROUNDS)
    return Measured(
        figures={
            "proof_leaves": log.size,
            "proof_ms": min(proved) * 1e3,
            "select1_ms": min(selected) * 1e3,
            "proof_queries": max(statements for statements, _ in counts),
            "proof_tiles": max(tiles for _, tiles in counts),
            "proof_tiles_median": statistics.median(tiles for _, tiles in counts),
            "bundle_queries": len(of_bundle),
        },
        ratios={"proof_over_select1": ratio(proved, selected)},
    )


def _proof(uow: UnitOfWork, key: str, log: MemoryLog) -> Any:
    return proving.items_under(uow, [key], size=log.size, root=log.root)[key]


@contextmanager
def _counted() -> Iterator[list[int]]:
    """The rows that each statement of the block brings, in order."""
    rows: list[int] = []

    def executed(_connection: Any, cursor: Any, *_rest: Any) -> None:
        rows.append(cursor.rowcount)

    event.listen(db.engine, "after_cursor_execute", executed)
    try:
        yield rows
    finally:
        event.remove(db.engine, "after_cursor_execute", executed)


def _lines(first: int, entries: Sequence[bytes]) -> Iterator[str]:
    for number, entry in enumerate(entries, start=first):
        hashed = leaf_hash(entry).hex()
        yield f"{number}\t{key_of(number)}\t\\\\x{entry.hex()}\t\\\\x{hashed}\t{NOW.isoformat()}\n"
