"""The queue of the log: what was handed in and waits, and its move into the log under the head's lock."""

from datetime import datetime
from typing import Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Connection,
    FromClause,
    Subquery,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    null,
    select,
)
from sqlalchemy.sql.dml import ReturningInsert

from app.kernel.db import UTCDateTime
from app.kernel.uow import UnitOfWork
from ledger.core.tree import leaf_hash
from ledger.models import LogEntry, LogHead, Submission
from ledger.refusals import WaitingChanged

LARGEST_BATCH: Final = 1000

_Moved = tuple[int, bytes, list[tuple[int, bytes, bytes]]]  # size and root before; index, entry, leaf hash
_HEAD = select(LogHead.size, LogHead.root).with_for_update()  # the lock of `keys.locked_head`
_COLUMNS = (Submission.id, Submission.key, Submission.entry, Submission.leaf_hash)


def _placing(size: ColumnElement[int], waiting: FromClause) -> ReturningInsert[int, bytes, bytes]:
    places = func.row_number().over(order_by=waiting.c.id) - 1
    rows = select(
        size + places,
        waiting.c.key,
        waiting.c.entry,
        waiting.c.leaf_hash,
        bindparam("now", type_=UTCDateTime),
    )
    return (
        insert(LogEntry)
        .from_select(["leaf_index", "key", "entry", "leaf_hash", "sequenced_at"], rows)
        .returning(LogEntry.leaf_index, LogEntry.entry, LogEntry.leaf_hash)
    )


def _locking_and_moving(waiting: Subquery) -> CompoundSelect[int, bytes | None, bytes]:
    """The head's lock and the move in one statement: rows as `_placing` gives them, and the head's own.

    The lock comes first, and two sequencers meet nowhere else: whether there is a head is asked once,
    before the first waiting row is looked at. Who waited for the lock sees the newest head and what was
    waiting before that; of this it takes what nobody took meanwhile, which may be less than there is now.
    """
    head = _HEAD.cte("head")
    size = select(head.c.size).scalar_subquery()
    last = select(waiting.c.id).order_by(waiting.c.id.desc()).limit(literal_column("1")).scalar_subquery()
    taken = delete(Submission).where(size >= literal_column("0"), Submission.id <= last).returning(*_COLUMNS)
    placed = _placing(size, taken.cte("taken")).cte("placed")
    return select(head.c.size, null(), head.c.root).union_all(
        select(placed.c.leaf_index, placed.c.entry, placed.c.leaf_hash)
    )


_WAITING = select(*_COLUMNS).order_by(Submission.id).limit(literal_column(str(LARGEST_BATCH))).subquery()
_MOVE_WAITING = _locking_and_moving(_WAITING)
# SQLite changes rows in no part of a statement, and has its lock already: there the rows are placed first,
# and taken out by their places.
_PLACE = _placing(bindparam("size", type_=BigInteger), _WAITING)
_TAKEN = select(LogEntry.key).where(LogEntry.leaf_index.between(bindparam("first"), bindparam("last")))
_KEY = select(LogEntry.key).where(LogEntry.leaf_index == bindparam("index"))
_TAKE_OUT = delete(Submission).where(Submission.key.in_(_TAKEN))


def take_waiting(uow: UnitOfWork, now: datetime) -> tuple[int, bytes, list[bytes]]:
    """Lock the head and move what waits into the log behind it: its size and root, and the leaf hashes.

    The entries never leave and come back: one statement takes a snapshot of what waits and writes it, so a
    row that commits meanwhile is of the next batch. What comes back is hashed again, and must be what
    `submit` was given. Raises WaitingChanged.
    """
    connection = uow.connection
    in_one = connection.dialect.name == "postgresql"
    size, root, placed = _moved(connection, now) if in_one else _placed(connection, now)
    leaves = [leaf_hash(entry) for _, entry, _ in placed]
    for (index, _, kept), leaf in zip(placed, leaves, strict=True):
        if leaf != kept:
            raise WaitingChanged(key=connection.scalar(_KEY, {"index": index}))
    if leaves and not in_one:
        connection.execute(_TAKE_OUT, {"first": size, "last": size + len(leaves) - 1})
    return size, root, leaves


def _moved(connection: Connection, now: datetime) -> _Moved:
    found = connection.execute(_MOVE_WAITING, {"now": now}).all()
    ((size, root),) = [(size, root) for size, entry, root in found if entry is None]
    return size, root, sorted((index, entry, leaf) for index, entry, leaf in found if entry is not None)


def _placed(connection: Connection, now: datetime) -> _Moved:
    size, root = connection.execute(_HEAD).one()
    placed = connection.execute(_PLACE, {"size": size, "now": now})
    return size, root, sorted((index, entry, leaf) for index, entry, leaf in placed)
