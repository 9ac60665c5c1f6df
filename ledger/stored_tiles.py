"""The tree as it lies in the database: read by tiles, and served as C2SP tlog-tiles.

Every width of a tile is served for as long as its index exists: a narrow tile is the beginning of the
stored one, so nothing that was published once is ever missing.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import bindparam, insert, select, tuple_, update

from app.kernel.uow import UnitOfWork
from ledger import rules
from ledger.core.errors import LedgerError, MalformedProof
from ledger.core.tiles import (
    WIDTH,
    Extension,
    ReadTile,
    TileAddress,
    TileTree,
    pack_entries,
    tile_width,
    tiles_under,
)
from ledger.core.tree import HASH_SIZE, fold, subtree_ranges, subtrees
from ledger.models import LogEntry, LogHead, LogTile
from ledger.refusals import Forked

Tiles = Mapping[tuple[int, int], bytes]  # by level and index

_FRONTIERS: dict[bytes, tuple[bytes, ...]] = {}
"""By root: what stands at the right edge of the heads that this process met last. A root has one frontier,
and only one that leads to its root is kept, so this can neither be stale nor lie."""
_MOST_FRONTIERS = 64
_EDGES: dict[bytes, "Tiles"] = {}
"""By root: the tiles that this process wrote last. They lead to that root; whether they still lie there is
asked when one of them is replaced."""
_MOST_EDGES = 4

_TILES = select(LogTile.level, LogTile.tile_index, LogTile.hashes).where(
    tuple_(LogTile.level, LogTile.tile_index).in_(bindparam("wanted", expanding=True))
)
_WIDEN = (
    update(LogTile)
    .where(
        LogTile.level == bindparam("at"),
        LogTile.tile_index == bindparam("index"),
        LogTile.hashes == bindparam("before"),
    )
    .values(hashes=bindparam("hashes"))
)
_HEAD = select(LogHead.size, LogHead.root)
_MOVE = update(LogHead).values(size=bindparam("new_size"), root=bindparam("new_root"))
_WIDEN_AND_MOVE = _WIDEN.add_cte(_MOVE.returning(LogHead.id).cte("moved"))
_ADD = insert(LogTile).values(
    level=bindparam("at"), tile_index=bindparam("index"), hashes=bindparam("hashes")
)


def reader(uow: UnitOfWork) -> ReadTile:
    """How `ledger.core.tiles` reads this log; a tile that is missing is shorter than asked."""

    def read(level: int, index: int, width: int) -> bytes:
        stored = uow.session.scalar(
            select(LogTile.hashes).where(LogTile.level == level, LogTile.tile_index == index)
        )
        return (stored or b"")[: width * HASH_SIZE]

    return read


def edge(uow: UnitOfWork, size: int, root: bytes) -> Tiles:
    """The tiles at the right edge of the locked head: what its root is made of, and what grows.

    Raises Forked when the stored ones do not lead to that root: extending them would hide the damage.
    """
    tiles = _EDGES.get(root)
    if tiles is None:
        tiles = _stored(uow, tiles_under([(0, size)]))
        if root_of(size, reading(tiles)) != root:
            raise Forked(size=size)
    return tiles


def tree_for(uow: UnitOfWork, size: int, root: bytes, indices: Iterable[int]) -> TileTree:
    """The tree of a signed head, ready for the inclusion paths of these leaves (1 statement).

    Up to three tiles a leaf, and those at the right edge the first time that a process meets this head.
    """
    stretches = [stretch for index in indices for stretch in subtree_ranges(index, index + 1, size)]
    frontier = _FRONTIERS.get(root, ())
    if frontier:
        wanted = tiles_under(stretches, known=set(subtrees(0, size)))
    else:
        wanted = tiles_under([*stretches, (0, size)])
    tree = TileTree(size, _read_at_once(uow, wanted), frontier)
    if not frontier:
        _remember_frontier(tree, root)
    return tree


def store(uow: UnitOfWork, made: Extension, *, size: int, before: Tiles) -> None:
    """Write the head and the tiles that extend a tree of `size` with the edge `before`.

    Raises Forked when a tile that grows does not lie there as it was.
    """
    connection = uow.connection
    rows = {
        (tile.level, tile.index): {"at": tile.level, "index": tile.index, "hashes": tile.hashes}
        for tile in made.tiles
    }
    wider = [{**row, "before": before[place]} for place, row in rows.items() if _stood(place, size)]
    fresh = [row for place, row in rows.items() if not _stood(place, size)]
    head = {"new_size": made.size, "new_root": made.root}
    widen = _WIDEN
    if wider and connection.dialect.name == "postgresql":  # in one statement; SQLite knows no such
        widen = _WIDEN_AND_MOVE
    else:
        connection.execute(_MOVE, head)
    for row in wider:
        if connection.execute(widen, {**row, **head}).rowcount != 1:
            _EDGES.clear()
            raise Forked(size=size)
        widen, head = _WIDEN, {}
    if fresh:
        connection.execute(_ADD, fresh)
    _remember_edge(made, before)


def published(uow: UnitOfWork, address: TileAddress, *, size: int) -> bytes | None:
    """The bytes of a tile or entry bundle of exactly this width; None when a tree of `size` has none, or what
    is stored is too short: it was damaged, and caches must not keep that for ever."""
    level = 0 if address.level == "entries" else address.level
    if tile_width(level, address.index, size) < address.width:
        return None
    if address.level != "entries":
        stored = reader(uow)(level, address.index, address.width)
        return stored if len(stored) == address.width * HASH_SIZE else None
    begin = address.index * WIDTH
    entries = uow.session.scalars(
        select(LogEntry.entry)
        .where(LogEntry.leaf_index >= begin, LogEntry.leaf_index < begin + address.width)
        .order_by(LogEntry.leaf_index)
    ).all()
    return pack_entries(entries) if len(entries) == address.width else None


@contextmanager
def damage_refused(size: int) -> Iterator[None]:
    """Tell a stored tile that is missing or cut as what it is to whoever asks for a proof: raises Forked."""
    try:
        yield
    except LedgerError as fault:
        raise Forked(size=size) from fault


def root_at(uow: UnitOfWork, size: int) -> bytes | None:
    """The root that the stored tiles make at a size; None when one is missing or too short."""
    return root_of(size, _read_at_once(uow, tiles_under([(0, size)])))


def root_of(size: int, read: ReadTile) -> bytes | None:
    """The root that tiles make which were read; None when one is missing or too short."""
    try:
        return TileTree(size, read).root()
    except MalformedProof:
        return None


def refuse_unless_extends(uow: UnitOfWork, memories: Iterable[tuple[int, bytes]]) -> None:
    """Raise RestoredBackup or Forked unless the stored log extends every head that was signed.

    `memories` are pairs of size and root: what the database, DATA_DIR and the published copy remember.
    """
    size, root = uow.connection.execute(_HEAD).one()
    memories = list(memories)
    reached = {size, *(signed for signed, _ in memories if signed <= size)}
    read = _read_at_once(uow, tiles_under([(0, at) for at in reached]))
    rules.refuse_unless_extends(size, root, memories, lambda at: root_of(at, read))


def reading(tiles: Tiles) -> ReadTile:
    """As `reader`, from tiles that were read."""
    return lambda level, index, width: tiles.get((level, index), b"")[: width * HASH_SIZE]


def _stood(place: tuple[int, int], size: int) -> bool:
    return tile_width(*place, size) > 0


def _stored(uow: UnitOfWork, wanted: Collection[tuple[int, int]]) -> Tiles:
    rows = uow.connection.execute(_TILES, {"wanted": sorted(wanted)}) if wanted else ()
    return {(level, index): hashes for level, index, hashes in rows}


def _read_at_once(uow: UnitOfWork, wanted: Collection[tuple[int, int]]) -> ReadTile:
    """As `reader`, for these tiles (level, index) and no others, in one statement."""
    return reading(_stored(uow, wanted))


def _remember_edge(made: Extension, before: Tiles) -> None:
    if len(_EDGES) >= _MOST_EDGES:
        _EDGES.clear()
    tiles = {**before, **{(tile.level, tile.index): tile.hashes for tile in made.tiles}}
    _EDGES[made.root] = {place: tiles[place] for place in tiles_under([(0, made.size)])}


def _remember_frontier(tree: TileTree, root: bytes) -> None:
    try:
        hashes = tree.frontier().hashes
    except MalformedProof:
        return  # damaged: the path that needs the missing tile will say so
    if fold(hashes) == root:
        if len(_FRONTIERS) >= _MOST_FRONTIERS:
            _FRONTIERS.clear()
        _FRONTIERS[root] = tuple(hashes)
