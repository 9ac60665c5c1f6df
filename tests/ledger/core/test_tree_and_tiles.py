"""The tree against the recursive definitions of RFC 9162, section 2.1, written out as they stand there."""

import hashlib

import pytest
from hypothesis import given
from hypothesis.strategies import binary, composite, data, integers, lists

from ledger.core import tiles, tree
from ledger.core.errors import Malformed, MalformedPath, MalformedProof, NotConsistent, NotIncluded

HASHES = [tree.leaf_hash(i.to_bytes(8, "big")) for i in range(700)]


def mth(leaves):
    """MTH(D), 2.1.1."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = power_below(len(leaves))
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def power_below(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def path(m, leaves):
    """PATH(m, D), 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = power_below(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m, leaves, known):
    """SUBPROOF(m, D, b), 2.1.4.1."""
    n = len(leaves)
    if m == n:
        return [] if known else [mth(leaves)]
    k = power_below(n)
    if m <= k:
        return [*subproof(m, leaves[:k], known), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], known=False), mth(leaves[:k])]


def stored(size):
    """The full-width tiles of a log of `size`, and a reader for any width."""
    made = {(t.level, t.index): t.hashes for t in tiles.extend(0, HASHES[:size], lambda *_: b"").tiles}
    return lambda level, index, width: made[level, index][: width * 32]


@composite
def sizes_with_index(draw, most=130):
    size = draw(integers(1, most))
    return size, draw(integers(0, size - 1))


@given(sizes_with_index())
def test_paths_and_roots_are_those_of_the_rfc(size_and_index):
    size, index = size_and_index
    leaves = HASHES[:size]
    assert tree.root(leaves) == mth(leaves)
    assert tree.inclusion_path(index, leaves) == path(index, leaves)
    assert tree.consistency_path(index + 1, leaves) == subproof(index + 1, leaves, known=True)


@given(sizes_with_index(most=700))
def test_proofs_from_tiles_are_those_from_all_leaves(size_and_index):
    size, index = size_and_index
    by_tiles = tiles.TileTree(size, stored(size))
    assert by_tiles.root() == tree.root(HASHES[:size])
    assert by_tiles.inclusion_path(index) == tree.inclusion_path(index, HASHES[:size])
    assert by_tiles.consistency_path(index + 1) == tree.consistency_path(index + 1, HASHES[:size])
    assert by_tiles.leaf(index) == HASHES[index]


@given(sizes_with_index())
def test_every_honest_proof_holds(size_and_index):
    size, index = size_and_index
    leaves, root = HASHES[:size], mth(HASHES[:size])
    tree.verify_inclusion(leaves[index], index, size, path(index, leaves), root)
    tree.verify_consistency(
        index + 1, size, mth(leaves[: index + 1]), root, subproof(index + 1, leaves, known=True)
    )


@given(sizes_with_index(), data())
def test_a_proof_with_one_changed_bit_is_refused(size_and_index, draw):
    size, index = size_and_index
    leaves = HASHES[:size]
    parts = [leaves[index], mth(leaves), *path(index, leaves)]
    spoilt, bit = draw.draw(integers(0, len(parts) - 1)), draw.draw(integers(0, 255))
    parts[spoilt] = (int.from_bytes(parts[spoilt], "big") ^ (1 << bit)).to_bytes(32, "big")
    with pytest.raises(NotIncluded):
        tree.verify_inclusion(parts[0], index, size, parts[2:], parts[1])


@given(sizes_with_index(), integers(0, 140))
def test_a_proof_for_another_index_is_refused(size_and_index, other):
    size, index = size_and_index
    if other != index:
        leaves = HASHES[:size]
        with pytest.raises(NotIncluded):
            tree.verify_inclusion(leaves[index], other, size, path(index, leaves), mth(leaves))


@composite
def ranges(draw):
    size = draw(integers(1, 140))
    begin = draw(integers(0, size - 1))
    return size, begin, draw(integers(begin + 1, size))


@given(ranges())
def test_a_subtree_is_proved_to_be_in_its_tree(case):
    size, begin, end = case
    if not tree.is_subtree(begin, end):
        with pytest.raises(IndexError):
            tree.subtree_path(begin, end, HASHES[:size])
        with pytest.raises(NotIncluded):
            tree.verify_subtree(mth(HASHES[begin:end]), begin, end, size, [], mth(HASHES[:size]))
        return
    proof = tree.subtree_path(begin, end, HASHES[:size])
    tree.verify_subtree(mth(HASHES[begin:end]), begin, end, size, proof, mth(HASHES[:size]))
    with pytest.raises(NotIncluded):
        tree.verify_subtree(mth(HASHES[begin:end]), begin, end, size, [*proof, HASHES[0]], mth(HASHES[:size]))
    if proof:
        with pytest.raises(NotIncluded):
            tree.verify_subtree(mth(HASHES[begin:end]), begin, end, size, proof[:-1], mth(HASHES[:size]))


@given(ranges())
def test_a_range_of_leaves_is_proved_whole(case):
    size, begin, end = case
    leaves, root = HASHES[:size], mth(HASHES[:size])
    proof = tree.outside_path(begin, end, leaves)
    tree.verify_range(leaves[begin:end], begin, size, proof, root)


@given(ranges(), data())
def test_a_range_with_a_leaf_left_out_changed_or_moved_is_refused(case, draw):
    size, begin, end = case
    leaves, root = HASHES[:size], mth(HASHES[:size])
    proof, shown = tree.outside_path(begin, end, leaves), list(leaves[begin:end])
    hole = draw.draw(integers(0, len(shown) - 1))
    for spoilt in (shown[:hole] + shown[hole + 1 :], [*shown[:hole], HASHES[140], *shown[hole + 1 :]]):
        with pytest.raises(NotIncluded):
            tree.verify_range(spoilt, begin, size, proof, root)
    for elsewhere in (begin - 1, begin + 1):
        with pytest.raises(NotIncluded):
            tree.verify_range(shown, elsewhere, size, proof, root)


def test_an_empty_old_tree_proves_nothing():
    with pytest.raises(NotConsistent):
        tree.verify_consistency(0, 3, tree.EMPTY_ROOT, mth(HASHES[:3]), [])


def test_two_roots_for_one_size_are_refused():
    with pytest.raises(NotConsistent):
        tree.verify_consistency(3, 3, mth(HASHES[:3]), mth(HASHES[1:4]), [])


def test_a_hash_of_31_bytes_is_malformed():
    with pytest.raises(MalformedProof):
        tree.verify_inclusion(HASHES[0][:31], 0, 1, [], HASHES[0])


@pytest.mark.parametrize("index", [-1, 5])
def test_there_is_no_path_for_a_leaf_outside_the_tree(index):
    with pytest.raises(IndexError):
        tree.inclusion_path(index, HASHES[:5])


@given(integers(0, 300))
def test_a_frontier_tells_the_root_after_every_leaf(size):
    edge = tree.Frontier()
    for leaf in HASHES[:size]:
        edge.append(leaf)
    assert (edge.size, edge.root()) == (size, mth(HASHES[:size]))


@given(lists(integers(1, 300), min_size=1, max_size=4))
def test_batches_make_the_same_tiles_as_one_append(batches):
    total = min(sum(batches), len(HASHES))
    kept, size = {}, 0

    def read(level, index, width):
        return kept[level, index][: width * 32]

    for count in batches:
        grown = tiles.extend(size, HASHES[size : min(size + count, total)], read)
        kept |= {(tile.level, tile.index): tile.hashes for tile in grown.tiles}
        size = grown.size
        assert grown.root == tree.root(HASHES[:size])
    at_once = tiles.extend(0, HASHES[:total], lambda *_: b"").tiles
    assert kept == {(tile.level, tile.index): tile.hashes for tile in at_once}


@given(integers(0, 700))
def test_what_extend_makes_is_what_the_log_must_serve(size):
    made = {str(tile.address) for tile in tiles.extend(0, HASHES[:size], lambda *_: b"").tiles}
    assert made == {str(a) for a in tiles.required_tiles(size) if a.level != "entries"}


def test_the_example_of_the_specification_has_its_tiles():
    paths = {str(address) for address in tiles.required_tiles(70_000)}
    assert {"tile/0/x001/000"}.isdisjoint(paths)
    assert {"tile/0/272", "tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"} <= paths


@given(integers(0, 63), integers(0, 10**20), integers(1, 256))
def test_a_path_is_read_as_it_was_written(level, index, width):
    address = tiles.TileAddress(level, index, width)
    assert tiles.parse_path(str(address)) == address


@pytest.mark.parametrize(
    "path",
    ["tile/64/000", "tile/0/x000/001", "tile/0/000.p/256", "tile/0/٠٠٠", "tile/0/000\n", "/tile/0/000", ""],
)
def test_another_spelling_of_a_path_is_refused(path):
    with pytest.raises(MalformedPath):
        tiles.parse_path(path)


@given(lists(binary(max_size=300), max_size=20))
def test_an_entry_bundle_gives_its_entries_back(entries):
    assert tiles.unpack_entries(tiles.pack_entries(entries)) == entries


def test_an_entry_of_65536_bytes_is_refused_and_a_cut_bundle_too():
    tiles.pack_entries([bytes(65_535)])
    with pytest.raises(Malformed):
        tiles.pack_entries([bytes(65_536)])
    for cut in (1, 3):
        with pytest.raises(Malformed):
            tiles.unpack_entries(tiles.pack_entries([b"abc"])[:cut])
