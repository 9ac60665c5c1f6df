"""Append on PostgreSQL by the product's own sequencer, over writing the same rows plainly."""

import time
from collections.abc import Sequence
from functools import partial

import psycopg
from sqlalchemy import text

from app.kernel.db import new_id
from app.kernel.uow import unit_of_work
from bench._ledger.entries import entries, key_of
from bench._ledger.installation import NOW, Installation
from bench._report import ROUNDS, Measured, in_turn, ratio
from ledger import sequencer
from ledger.core.tree import leaf_hash

_PLAIN = (
    "CREATE TABLE plain (leaf_index bigint NOT NULL, key varchar(200) NOT NULL, entry bytea NOT NULL,"
    " leaf_hash bytea NOT NULL, sequenced_at timestamptz NOT NULL)"
)
_SUBMISSIONS = "COPY submission (id, key, leaf_hash, entry, submitted_at) FROM STDIN"
_INSERT = text("INSERT INTO plain VALUES (:leaf_index, :key, :entry, :leaf_hash, :sequenced_at)")


class _Log:
    """The log of this installation, filled from outside; the numbers of its entries never repeat."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._next = 0
        connection.execute(_PLAIN)
        connection.commit()

    def hand_in(self, count: int) -> None:
        """Let entries wait, as `submit` leaves them; not part of any measure."""
        first, self._next = self._next, self._next + count
        with self._connection.cursor().copy(_SUBMISSIONS) as copy:
            for number, entry in enumerate(entries(count, first=first), start=first):
                copy.write_row((new_id(), key_of(number), leaf_hash(entry), entry, NOW))
        self._connection.commit()

    def settle(self) -> None:
        """What autovacuum does within its minute: benchmarks are faster than that."""
        self._connection.autocommit = True
        self._connection.execute("VACUUM ANALYZE submission, log_entry, log_tile")
        self._connection.autocommit = False

    def copy(self, batch: int, batches: int) -> float:
        """COPY the rows that the log would keep, a transaction each batch; seconds."""
        given = [self._rows(batch) for _ in range(batches)]
        begin = time.perf_counter()
        for rows in given:
            with self._connection.cursor().copy("COPY plain FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            self._connection.commit()
        return time.perf_counter() - begin

    def insert(self, times: int) -> float:
        """Insert a row and commit, in the same unit of work as everything in the house; seconds."""
        names = ("leaf_index", "key", "entry", "leaf_hash", "sequenced_at")
        given = [dict(zip(names, row, strict=True)) for row in self._rows(times)]
        begin = time.perf_counter()
        for row in given:
            with unit_of_work() as uow:
                uow.session.connection().execute(_INSERT, row)
        return time.perf_counter() - begin

    def sequence(self, batch: int, batches: int) -> float:
        """Let the sequencer take one batch after the other; seconds that it took."""
        seconds = 0.0
        for _ in range(batches):
            self.hand_in(batch)
            begin = time.perf_counter()
            taken = sequencer.sequence_batch(NOW)
            seconds += time.perf_counter() - begin
            if taken != batch:
                raise RuntimeError(f"the sequencer took {taken} of {batch} entries")
        return seconds

    def _rows(self, count: int) -> Sequence[tuple[object, ...]]:
        first, self._next = self._next, self._next + count
        return [
            (number, key_of(number), entry, leaf_hash(entry), NOW)
            for number, entry in enumerate(entries(count, first=first), start=first)
        ]


def measure(here: Installation, *, rounds: int = 7) -> Measured:
    """Entries a second in batches of 1000, of 100 and one by one, in turn with their plain counterparts."""
    found = Measured()
    with here.connect() as connection:
        log = _Log(connection)
        log.sequence(1000, 2)
        log.sequence(100, 20)  # as after a minute of work: the driver prepares what it was asked five times
        log.insert(20)
        for batch, batches in ((1000, 2), (100, 10)):
            log.settle()
            ours, plain = in_turn(
                partial(log.sequence, batch, batches),
                partial(log.copy, batch, batches),
                rounds=max(rounds, ROUNDS),
            )
            found.figures[f"pg_batch{batch}_per_s"] = batch * batches / min(ours)
            found.figures[f"pg_copy{batch}_per_s"] = batch * batches / min(plain)
            found.ratios[f"pg_batch{batch}_over_copy"] = ratio(plain, ours)
        log.settle()
        ours, plain = in_turn(lambda: log.sequence(1, 20), lambda: log.insert(20), rounds=max(rounds, ROUNDS))
        found.figures["pg_single_per_s"] = 20 / min(ours)
        found.figures["pg_insert_per_s"] = 20 / min(plain)
        found.ratios["pg_single_over_insert"] = ratio(plain, ours)
    return found
