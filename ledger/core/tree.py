"""The Merkle tree of RFC 9162 over SHA-256: hashes, roots, paths, and their checks.

A hash is 32 bytes; indices count from 0; the root of the empty tree is SHA-256 of nothing.
`subtree_ranges` and `outside_ranges` say which stretches of leaves a proof is made of; whoever can hash a
stretch (a list of leaves here, tiles in `ledger.core.tiles`) can make the proof.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from ledger.core.errors import MalformedProof, NotConsistent, NotIncluded

HASH_SIZE: Final = 32
EMPTY_ROOT: Final = hashlib.sha256().digest()


def leaf_hash(entry: bytes) -> bytes:
    """Hash of a leaf: the prefix 0x00 keeps it apart from every inner node. RFC 9162, 2.1.1."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node. RFC 9162, 2.1.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split_point(count: int) -> int:
    """The largest power of two below `count` (at least 2): the size of the left subtree."""
    return 1 << ((count - 1).bit_length() - 1)


def subtrees(begin: int, end: int) -> Iterator[tuple[int, int]]:
    """The (level, index) of the perfect subtrees that tile `begin..end`, left to right.

    A subtree of level n at index i holds the leaves i*2^n to (i+1)*2^n. `begin` must be a multiple of the
    first one's size, which holds for every stretch that RFC 9162 names.
    """
    while begin < end:
        level = (end - begin).bit_length() - 1
        yield level, begin >> level
        begin += 1 << level


def fold(hashes: Sequence[bytes]) -> bytes:
    """Join the roots of neighbouring perfect subtrees, largest first, into one hash."""
    if not hashes:
        return EMPTY_ROOT
    joined = hashes[-1]
    for left in reversed(hashes[:-1]):
        joined = node_hash(left, joined)
    return joined


def subtree_ranges(begin: int, end: int, size: int) -> list[tuple[int, int]]:
    """The stretches of leaves whose hashes prove that the subtree `begin..end` is in a tree of `size`.

    In the order of the proof. A leaf is the subtree of itself, and a smaller tree is the subtree that begins
    at 0: this is the proof of inclusion and of consistency as well (RFC 9162, 2.1.3.1 and 2.1.4.1). Raises
    IndexError when there is no such subtree. draft-ietf-plants-merkle-tree-certs, 4.4.1.
    """
    if not is_subtree(begin, end) or end > size:
        raise IndexError(f"no subtree {begin}..{end} in a tree of {size}")
    low, high = 0, size
    ranges = []
    whole = True  # until we cut it, the verifier holds the subtree's hash and needs no part of it
    while (low, high) != (begin, end):
        middle = low + split_point(high - low)
        if end <= middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low = middle
            if begin < middle:
                begin, whole = middle, False
    if not whole:
        ranges.append((low, high))
    return ranges[::-1]


def is_subtree(begin: int, end: int) -> bool:
    """Whether `begin..end` can be a subtree: it begins at a multiple of its size, rounded up to 2^n."""
    return 0 <= begin < end and begin % (1 << (end - begin - 1).bit_length()) == 0


def outside_ranges(begin: int, end: int, size: int) -> list[tuple[int, int]]:
    """The fewest stretches that make the root together with the leaves `begin..end`, left to right.

    Raises IndexError when the leaves are not in the tree.
    """
    if not 0 <= begin < end <= size:
        raise IndexError(f"no leaves {begin}..{end} in a tree of {size}")

    def split(low: int, high: int) -> list[tuple[int, int]]:
        if high <= begin or end <= low:
            return [(low, high)]
        if begin <= low and high <= end:
            return []
        middle = low + split_point(high - low)
        return split(low, middle) + split(middle, high)

    return split(0, size)


def range_hash(begin: int, end: int, subtree: Callable[[int, int], bytes]) -> bytes:
    """Hash of the leaves `begin..end`, asking `subtree(level, index)` for the perfect subtrees in it."""
    return fold([subtree(level, index) for level, index in subtrees(begin, end)])


def root(leaf_hashes: Sequence[bytes]) -> bytes:
    """Root of the tree over `leaf_hashes`."""
    return range_hash(0, len(leaf_hashes), _in_memory(leaf_hashes))


def inclusion_path(index: int, leaf_hashes: Sequence[bytes]) -> list[bytes]:
    """Sibling hashes that lead from one leaf to the root, lowest first.

    At most ceil(log2(n)) hashes; none for a tree of one leaf. Raises IndexError when the leaf is not in
    the tree. RFC 9162, 2.1.3.1.
    """
    subtree = _in_memory(leaf_hashes)
    return [range_hash(*stretch, subtree) for stretch in subtree_ranges(index, index + 1, len(leaf_hashes))]


def consistency_path(old_size: int, leaf_hashes: Sequence[bytes]) -> list[bytes]:
    """Hashes that prove that the tree over `leaf_hashes` begins with its first `old_size` leaves.

    Raises IndexError unless 0 < old_size <= n. RFC 9162, 2.1.4.1.
    """
    subtree = _in_memory(leaf_hashes)
    return [range_hash(*stretch, subtree) for stretch in subtree_ranges(0, old_size, len(leaf_hashes))]


def subtree_path(begin: int, end: int, leaf_hashes: Sequence[bytes]) -> list[bytes]:
    """Hashes that prove that the subtree `begin..end` is in the tree over `leaf_hashes`.

    Raises IndexError when it is no subtree of it.
    """
    subtree = _in_memory(leaf_hashes)
    return [range_hash(*stretch, subtree) for stretch in subtree_ranges(begin, end, len(leaf_hashes))]


def outside_path(begin: int, end: int, leaf_hashes: Sequence[bytes]) -> list[bytes]:
    """Hashes that lead from the leaves `begin..end` to the root, left to right.

    At most 2 * ceil(log2(n)). Raises IndexError when the leaves are not in the tree.
    """
    subtree = _in_memory(leaf_hashes)
    return [range_hash(*stretch, subtree) for stretch in outside_ranges(begin, end, len(leaf_hashes))]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Check that `leaf` (a leaf hash) is at `index` of the tree with `size` leaves and this root.

    Raises NotIncluded; MalformedProof when a hash has not 32 bytes. RFC 9162, 2.1.3.2.
    """
    if not 0 <= index < size:
        raise NotIncluded(f"index {index} lies outside a tree of {size}")
    verify_subtree(leaf, index, index + 1, size, path, root)


def verify_consistency(old_size: int, size: int, old_root: bytes, root: bytes, path: Sequence[bytes]) -> None:
    """Check that the tree (`size`, `root`) begins with the tree (`old_size`, `old_root`).

    An old tree of 0 leaves is refused: it proves nothing. Raises NotConsistent; MalformedProof when a hash
    has not 32 bytes. RFC 9162, 2.1.4.2.
    """
    if not 0 < old_size <= size:
        raise NotConsistent(f"a tree of {size} cannot be shown to begin with one of {old_size}")
    try:
        verify_subtree(old_root, 0, old_size, size, path, root)
    except NotIncluded as exc:
        raise NotConsistent(str(exc)) from exc


def verify_subtree(
    subtree: bytes, begin: int, end: int, size: int, path: Sequence[bytes], root: bytes
) -> None:
    """Check that `subtree` is the hash of the leaves `begin..end` of the tree with `size` leaves.

    Raises NotIncluded; MalformedProof when a hash has not 32 bytes. The path is climbed with three
    positions: first and last node of the subtree on this level, and last node of the tree. The empty
    subtree is in every tree, whatever its root: that proves nothing, and is not false.
    draft-ietf-plants-merkle-tree-certs, 4.4.3.
    """
    if 0 <= begin == end <= size and subtree == EMPTY_ROOT and not path:
        return
    _check_lengths(subtree, root, *path)
    if not is_subtree(begin, end) or end > size:
        raise NotIncluded(f"no subtree {begin}..{end} in a tree of {size}")
    if _climb(subtree, begin, end - 1, size - 1, path) != (subtree, root):
        raise NotIncluded("the path leads to another root")


def _climb(subtree: bytes, first: int, last: int, edge: int, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The subtree's hash made from the path, where that holds its parts, and the root that it leads to."""
    while first != last and (last == edge or last & 1):
        first, last, edge = first >> 1, last >> 1, edge >> 1
    rest = iter(path)
    made = joined = subtree if first == last else next(rest, EMPTY_ROOT)
    for sibling in rest:
        if not edge:
            raise NotIncluded("the path is too long")
        if last & 1 or last == edge:
            if first < last:
                made = node_hash(sibling, made)
            joined = node_hash(sibling, joined)
            while not last & 1:
                first, last, edge = first >> 1, last >> 1, edge >> 1
        else:
            joined = node_hash(joined, sibling)
        first, last, edge = first >> 1, last >> 1, edge >> 1
    if edge:
        raise NotIncluded("the path is too short")
    return made, joined


def verify_range(leaves: Sequence[bytes], begin: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Check that `leaves` (leaf hashes) are all leaves from `begin` on, none left out between them.

    Raises NotIncluded; MalformedProof when a hash has not 32 bytes.
    """
    _check_lengths(root, *leaves, *path)
    end = begin + len(leaves)
    if not 0 <= begin < end <= size:
        raise NotIncluded(f"no leaves {begin}..{end} in a tree of {size}")
    if len(path) != len(outside_ranges(begin, end, size)):
        raise NotIncluded("the path has the wrong length")
    rest = iter(path)

    def join(low: int, high: int) -> bytes:
        if high <= begin or end <= low:
            return next(rest)
        if high - low == 1:
            return leaves[low - begin]
        middle = low + split_point(high - low)
        return node_hash(join(low, middle), join(middle, high))

    if join(0, size) != root:
        raise NotIncluded("the path leads to another root")


def _check_lengths(*hashes: bytes) -> None:
    if any(len(value) != HASH_SIZE for value in hashes):
        raise MalformedProof(f"a hash has {HASH_SIZE} bytes")


def _in_memory(leaf_hashes: Sequence[bytes]) -> Callable[[int, int], bytes]:
    def subtree(level: int, index: int) -> bytes:
        row = list(leaf_hashes[index << level : (index + 1) << level])
        while len(row) > 1:
            row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row), 2)]
        return row[0]

    return subtree


class Frontier:
    """The right edge of a tree: enough to append leaves and tell the root, at most 64 hashes.

    The sequencer keeps no such state: it reads it from the tiles (`tiles.frontier`).
    """

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        """`hashes` are the roots of the perfect subtrees, largest first: one for each 1 bit of `size`."""
        if len(hashes) != size.bit_count():
            raise ValueError(f"a tree of {size} has {size.bit_count()} hashes at its edge")
        _check_lengths(*hashes)
        self.size = size
        self.hashes = list(hashes)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash at the right."""
        _check_lengths(leaf)
        joined = leaf
        for _ in range((~self.size & (self.size + 1)).bit_length() - 1):  # trailing 1 bits of the size
            joined = node_hash(self.hashes.pop(), joined)
        self.hashes.append(joined)
        self.size += 1

    def root(self) -> bytes:
        """Root of the tree so far."""
        return fold(self.hashes)
