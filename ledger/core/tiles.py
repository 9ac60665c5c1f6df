"""C2SP tlog-tiles: the tree as static files of up to 256 hashes, and proofs read from them.

A tile of level l holds the roots of perfect subtrees of 256^l leaves. A full tile never changes; a partial
one exists for every size that was published. `read(level, index, width)` returns the `width`*32 bytes of
the tile of exactly that width.
Source: https://c2sp.org/tlog-tiles
"""

import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final, Literal

from ledger.core.encoding import decode_decimal
from ledger.core.errors import Malformed, MalformedPath, MalformedProof
from ledger.core.tree import (
    HASH_SIZE,
    Frontier,
    range_hash,
    subtree_ranges,
    subtrees,
)

HEIGHT: Final = 8
WIDTH: Final = 256
DEEPEST_LEVEL: Final = 63
LONGEST_ENTRY: Final = 65_535  # bytes: the length before an entry in a bundle is a u16

ReadTile = Callable[[int, int, int], bytes]

_PATH: Final = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<groups>(?:x[0-9]{3}/){0,6})(?P<last>[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


@dataclass(frozen=True)
class TileAddress:
    """Which tile: `level` is "entries" for a bundle of entries; `width` is 256 when it is full."""

    level: int | Literal["entries"]
    index: int
    width: int

    def __str__(self) -> str:
        """Path below the log's prefix, e.g. `tile/0/x001/x234/067.p/15`."""
        groups = [f"{self.index % 1000:03d}"]
        rest = self.index // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03d}")
            rest //= 1000
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{self.level}/{'/'.join(groups)}{partial}"


@dataclass(frozen=True)
class Tile:
    """One tile with its bytes (`width` hashes of 32 bytes)."""

    level: int
    index: int
    hashes: bytes

    @property
    def width(self) -> int:
        """How many hashes it holds, 1 to 256."""
        return len(self.hashes) // HASH_SIZE

    @property
    def address(self) -> TileAddress:
        """Where it is served."""
        return TileAddress(self.level, self.index, self.width)


def parse_path(path: str) -> TileAddress:
    """Read a tile's path; raises MalformedPath for any spelling but the one that `str` writes."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise MalformedPath("not the path of a tile")
    index = int(match["groups"].replace("x", "").replace("/", "") + match["last"])
    width = int(match["width"]) if match["width"] else WIDTH
    level = match["level"]
    address = TileAddress("entries" if level == "entries" else decode_decimal(level), index, width)
    if (isinstance(address.level, int) and address.level > DEEPEST_LEVEL) or str(address) != path:
        raise MalformedPath("not the one spelling of this tile's path")
    return address


def tile_width(level: int, index: int, size: int) -> int:
    """How many hashes the tile has in a tree of `size` leaves: 0 (not there) to 256."""
    return max(0, min(WIDTH, (size >> (HEIGHT * level)) - index * WIDTH))


def required_tiles(size: int) -> Iterator[TileAddress]:
    """Every tile and entry bundle that a log of `size` must serve, lowest level first."""
    level = 0
    while (count := size >> (HEIGHT * level)) and level <= DEEPEST_LEVEL:
        for index in range((count + WIDTH - 1) // WIDTH):
            width = tile_width(level, index, size)
            yield TileAddress(level, index, width)
            if level == 0:
                yield TileAddress("entries", index, width)
        level += 1


def tiles_under(
    stretches: Iterable[tuple[int, int]], *, known: Container[tuple[int, int]] = ()
) -> set[tuple[int, int]]:
    """The (level, index) of every tile that the hashes of these stretches of leaves are read from.

    So a store can fetch them at once, before `TileTree` asks for one after the other. `known` are nodes
    (level, index) that need none.
    """
    nodes = (node for begin, end in stretches for node in subtrees(begin, end))
    return {_place_of(*node)[:2] for node in nodes if node not in known}


class TileTree:
    """A tree of `size` leaves that is read from tiles, each tile at most once.

    Whoever knows the hashes of its frontier already saves the tiles at the right edge.
    """

    def __init__(self, size: int, read: ReadTile, frontier: Sequence[bytes] = ()) -> None:
        self.size = size
        self._read = read
        self._known = dict(zip(subtrees(0, size), frontier, strict=True)) if frontier else {}
        self._seen: dict[tuple[int, int], bytes] = {}

    def root(self) -> bytes:
        """Root of the tree."""
        return self._range(0, self.size)

    def inclusion_path(self, index: int) -> list[bytes]:
        """As `tree.inclusion_path`; raises IndexError when the leaf is not in the tree."""
        return [self._range(*stretch) for stretch in subtree_ranges(index, index + 1, self.size)]

    def consistency_path(self, old_size: int) -> list[bytes]:
        """As `tree.consistency_path`; raises IndexError unless 0 < old_size <= size."""
        return [self._range(*stretch) for stretch in subtree_ranges(0, old_size, self.size)]

    def leaf(self, index: int) -> bytes:
        """The leaf hash at `index`."""
        return self._subtree(0, index)

    def frontier(self) -> Frontier:
        """The right edge, ready to append."""
        return Frontier(self.size, [self._subtree(*node) for node in subtrees(0, self.size)])

    def _range(self, begin: int, end: int) -> bytes:
        return range_hash(begin, end, self._subtree)

    def _subtree(self, level: int, index: int) -> bytes:
        if (level, index) in self._known:
            return self._known[level, index]
        tile_level, tile_index, start, end = _place_of(level, index)
        return _perfect_root(self._tile(tile_level, tile_index)[start:end])

    def _tile(self, level: int, index: int) -> bytes:
        if (level, index) not in self._seen:
            width = tile_width(level, index, self.size)
            tile = self._read(level, index, width)
            if len(tile) != width * HASH_SIZE:
                raise MalformedProof(f"{TileAddress(level, index, width)} has {len(tile)} bytes")
            self._seen[level, index] = tile
        return self._seen[level, index]


def _place_of(level: int, index: int) -> tuple[int, int, int, int]:
    """Level and index of the tile whose hashes make a node, and where its 2^height hashes begin and end."""
    tile_level, height = divmod(level, HEIGHT)
    tile_index, first = divmod(index << height, WIDTH)
    return tile_level, tile_index, first * HASH_SIZE, (first + (1 << height)) * HASH_SIZE


@dataclass(frozen=True)
class Extension:
    """What appending leaves makes: the new size and root, and every tile that is new or wider."""

    size: int
    root: bytes
    tiles: tuple[Tile, ...]


def extend(size: int, leaf_hashes: Sequence[bytes], read: ReadTile) -> Extension:
    """Append leaves to the tree of `size` that `read` serves; writes nothing.

    Returns the tiles to store, each with all of its hashes. A pure function of the old tiles and the
    leaves: doing it again after a crash gives the same bytes. Only the partial tiles at the right edge are
    read.
    """
    new_size = size + len(leaf_hashes)
    made: dict[tuple[int, int], bytes] = {}
    level, row, count = 0, list(leaf_hashes), size
    while row:
        row = _extend_level(level, count, row, read, made)
        level, count = level + 1, count // WIDTH

    def overlay(tile_level: int, index: int, width: int) -> bytes:
        fresh = made.get((tile_level, index))
        return read(tile_level, index, width) if fresh is None else fresh

    tiles = tuple(Tile(tile_level, index, hashes) for (tile_level, index), hashes in made.items())
    return Extension(new_size, TileTree(new_size, overlay).root(), tiles)


def _extend_level(
    level: int, count: int, row: list[bytes], read: ReadTile, made: dict[tuple[int, int], bytes]
) -> list[bytes]:
    index, width = divmod(count, WIDTH)
    pending = (read(level, index, width) if width else b"") + b"".join(row)
    if len(pending) != (width + len(row)) * HASH_SIZE:
        raise MalformedProof(f"{TileAddress(level, index, width)} has the wrong length")
    full_size = WIDTH * HASH_SIZE
    roots = []
    for start in range(0, len(pending), full_size):
        tile = pending[start : start + full_size]
        made[level, index + start // full_size] = tile
        if len(tile) == full_size:
            roots.append(_perfect_root(tile))
    return roots


@lru_cache(maxsize=1024)  # at most 8 KiB each
def _perfect_root(hashes: bytes) -> bytes:
    """Root over a power of two of neighbouring hashes.

    A path at a million leaves takes some five hundred node hashes, and most of them were made for the path
    or the batch before: upper tiles and the right edge hardly change. So the newest are kept, by the bytes
    that they are made of; and `node_hash` is written out, since the call costs as much as the hash.
    """
    while len(hashes) > HASH_SIZE:
        pairs = range(0, len(hashes), 2 * HASH_SIZE)
        hashes = b"".join([sha256(b"\x01" + hashes[i : i + 2 * HASH_SIZE]).digest() for i in pairs])
    return hashes


def pack_entries(entries: Sequence[bytes]) -> bytes:
    """The bytes of an entry bundle: each entry behind its length as u16, big-endian.

    Raises Malformed for an entry above 65 535 bytes.
    """
    if any(len(entry) > LONGEST_ENTRY for entry in entries):
        raise Malformed(f"an entry has at most {LONGEST_ENTRY} bytes")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unpack_entries(bundle: bytes) -> list[bytes]:
    """The entries of a bundle; raises Malformed when it does not close."""
    entries, position = [], 0
    while position < len(bundle):
        start = position + 2
        position = start + int.from_bytes(bundle[position:start], "big")
        if start > len(bundle) or position > len(bundle):
            raise Malformed("an entry bundle ends inside an entry")
        entries.append(bundle[start:position])
    return entries
