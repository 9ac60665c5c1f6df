"""Every file of a signed log, made from the database and followed up to the signed root before it is given.

Entries are hashed and compared with their tile, a full tile with its hash in the tile above, and the right
edge of the tree with the root. So a byte that was changed behind our back is never published; it is named.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import select

from app.kernel.uow import UnitOfWork, unit_of_work
from ledger import stored_tiles
from ledger.core.errors import LedgerError
from ledger.core.tiles import HEIGHT, WIDTH, TileAddress, TileTree, pack_entries, tile_width
from ledger.core.tree import HASH_SIZE, leaf_hash, root
from ledger.models import LogEntry
from ledger.queries import CheckpointView
from ledger.refusals import Forked, TreeDamaged


class SignedFiles:
    """The files of the log under one checkpoint. Each call reads the database once or twice."""

    def __init__(self, checkpoint: CheckpointView) -> None:
        """Raise Forked when the right edge of the stored tree does not lead to the signed root."""
        self.size = checkpoint.size
        self._parent: tuple[int, int, bytes] = (-1, -1, b"")
        try:
            with unit_of_work(read_only=True) as uow:
                stored = TileTree(self.size, stored_tiles.reader(uow)).root()
        except LedgerError as fault:
            raise Forked(size=self.size) from fault
        if stored != checkpoint.root:
            raise Forked(size=self.size)

    def bytes_of(self, address: TileAddress) -> bytes:
        """The content of a file that this checkpoint requires, or of a narrower one. Raises TreeDamaged."""
        level = 0 if address.level == "entries" else address.level
        with unit_of_work(read_only=True) as uow:
            hashes = self._hashes(uow, level, address)
            if address.level != "entries":
                return hashes
            entries = _entries(uow, address)
        made = b"".join(leaf_hash(entry) for entry in entries)
        if made != hashes:
            raise TreeDamaged(file=str(address), index=address.index * WIDTH + first_difference(made, hashes))
        return pack_entries(entries)

    def _hashes(self, uow: UnitOfWork, level: int, address: TileAddress) -> bytes:
        """The hashes of the tile, its widest form bound to the signed root."""
        index = address.index
        width = tile_width(level, index, self.size)
        tile = stored_tiles.reader(uow)(level, index, width)
        if len(tile) != width * HASH_SIZE or (
            width == WIDTH and _root_of(tile) != self._hash_above(uow, level, index)
        ):
            raise TreeDamaged(file=str(address), index=index << (HEIGHT * (level + 1)))
        return tile[: address.width * HASH_SIZE]

    def _hash_above(self, uow: UnitOfWork, level: int, index: int) -> bytes:
        """The hash of a full tile as the tile above it has it; that tile is kept for its neighbours."""
        above, position = divmod(index, WIDTH)
        if self._parent[:2] != (level + 1, above):
            self._parent = (level + 1, above, stored_tiles.reader(uow)(level + 1, above, WIDTH))
        return self._parent[2][position * HASH_SIZE : (position + 1) * HASH_SIZE]


def new_full_tiles(old_size: int, size: int) -> Iterator[TileAddress]:
    """Every tile and bundle that is full in a tree of `size` and was not in one of `old_size`."""
    level = 0
    while (count := size >> (HEIGHT * (level + 1))) > 0:
        for index in range(old_size >> (HEIGHT * (level + 1)), count):
            yield TileAddress(level, index, WIDTH)
            if level == 0:
                yield TileAddress("entries", index, WIDTH)
        level += 1


def narrow_tiles(sizes: Sequence[int], size: int) -> list[TileAddress]:
    """The partial tiles and bundles of trees of these sizes that are still no full ones at `size`."""
    found: dict[TileAddress, None] = {}
    for each in sizes:
        level = 0
        while (count := each >> (HEIGHT * level)) > 0:
            index, width = divmod(count, WIDTH)
            if width and tile_width(level, index, size) < WIDTH:
                found[TileAddress(level, index, width)] = None
                if level == 0:
                    found[TileAddress("entries", index, width)] = None
            level += 1
    return list(found)


def narrow_since(old_size: int, signed_sizes: Sequence[int], size: int) -> list[TileAddress]:
    """The narrow tiles of sizes signed after `old_size` that no full tile at `size` replaces."""
    there = narrow_tiles([old_size], size)
    return [address for address in narrow_tiles(signed_sizes, size) if address not in there]


def narrower_forms(full: TileAddress, signed_sizes: Sequence[int]) -> set[TileAddress]:
    """The forms below the full one that this tile had in signed checkpoints of these sizes."""
    shift = 0 if full.level == "entries" else HEIGHT * full.level
    widths = {(size >> shift) - full.index * WIDTH for size in signed_sizes}
    return {TileAddress(full.level, full.index, width) for width in widths if 0 < width < WIDTH}


def first_difference(one: bytes, other: bytes) -> int:
    """The number of the first hash in which two tiles differ."""
    width = max(len(one), len(other)) // HASH_SIZE
    starts = range(0, width * HASH_SIZE, HASH_SIZE)
    differ = (n for n, at in enumerate(starts) if one[at : at + HASH_SIZE] != other[at : at + HASH_SIZE])
    return next(differ, width)


def _root_of(tile: bytes) -> bytes:
    return root([tile[at : at + HASH_SIZE] for at in range(0, len(tile), HASH_SIZE)])


def _entries(uow: UnitOfWork, address: TileAddress) -> Sequence[bytes]:
    begin = address.index * WIDTH
    return uow.session.scalars(
        select(LogEntry.entry)
        .where(LogEntry.leaf_index >= begin, LogEntry.leaf_index < begin + address.width)
        .order_by(LogEntry.leaf_index)
    ).all()
