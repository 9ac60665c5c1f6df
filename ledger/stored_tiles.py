"""The tree as it lies in the database: read by tiles, and served as C2SP tlog-tiles.

Every width of a tile is served for as long as its index exists: a narrow tile is the beginning of the
stored one, so nothing that was published once is ever missing.
"""

from collections.abc import Iterable

from sqlalchemy import select

from app.kernel.uow import UnitOfWork
from ledger import rules
from ledger.core.errors import MalformedProof
from ledger.core.tiles import WIDTH, ReadTile, TileAddress, TileTree, pack_entries, tile_width
from ledger.core.tree import HASH_SIZE
from ledger.models import LogEntry, LogHead, LogTile


def reader(uow: UnitOfWork) -> ReadTile:
    """How `ledger.core.tiles` reads this log; a tile that is missing is shorter than asked."""

    def read(level: int, index: int, width: int) -> bytes:
        stored = uow.session.scalar(
            select(LogTile.hashes).where(LogTile.level == level, LogTile.tile_index == index)
        )
        return (stored or b"")[: width * HASH_SIZE]

    return read


def published(uow: UnitOfWork, address: TileAddress, *, size: int) -> bytes | None:
    """The bytes of a tile or entry bundle of exactly this width, or None when a tree of `size` has none."""
    level = 0 if address.level == "entries" else address.level
    if tile_width(level, address.index, size) < address.width:
        return None
    if address.level != "entries":
        return reader(uow)(level, address.index, address.width)
    begin = address.index * WIDTH
    entries = uow.session.scalars(
        select(LogEntry.entry)
        .where(LogEntry.leaf_index >= begin, LogEntry.leaf_index < begin + address.width)
        .order_by(LogEntry.leaf_index)
    ).all()
    return pack_entries(entries) if len(entries) == address.width else None


def root_at(uow: UnitOfWork, size: int) -> bytes | None:
    """The root that the stored tiles make at a size; None when one is missing or too short."""
    try:
        return TileTree(size, reader(uow)).root()
    except MalformedProof:
        return None


def refuse_unless_extends(uow: UnitOfWork, memories: Iterable[tuple[int, bytes]]) -> None:
    """Raise RestoredBackup or Forked unless the stored log extends every head that was signed.

    `memories` are pairs of size and root: what the database, DATA_DIR and the published copy remember.
    """
    size, root = uow.session.execute(select(LogHead.size, LogHead.root)).one()
    rules.refuse_unless_extends(size, root, memories, lambda at: root_at(uow, at))
