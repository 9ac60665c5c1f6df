"""Append in memory over the floor of hashing, and the tree of a million leaves that other parts read."""

import subprocess
import time
from collections.abc import Sequence
from hashlib import sha256

from bench._ledger.entries import entries
from bench._ledger.peers import PeerMissing, peer_python, script
from bench._report import ROUNDS, Measured, in_turn, ratio
from ledger.core.checkpoint import Checkpoint
from ledger.core.note import SigningKey, sign_note
from ledger.core.proofs import Bundle, Item
from ledger.core.tiles import TileTree, extend
from ledger.core.tree import HASH_SIZE, leaf_hash

BATCH = 1000


class MemoryLog:
    """A log whose tiles are a dictionary: the tile code of the product, and no store."""

    def __init__(self) -> None:
        self.size = 0
        self.root = b""
        self.tiles: dict[tuple[int, int], bytes] = {}

    def append(self, batch: Sequence[bytes]) -> None:
        """Append entries as the sequencer does."""
        made = extend(self.size, [leaf_hash(entry) for entry in batch], self.read)
        self.tiles.update(((tile.level, tile.index), tile.hashes) for tile in made.tiles)
        self.size, self.root = made.size, made.root

    def read(self, level: int, index: int, width: int) -> bytes:
        """The beginning of a tile."""
        return self.tiles[level, index][: width * HASH_SIZE]

    def bundle(self, entry: bytes, index: int, key: SigningKey) -> Bundle:
        """A proof bundle of one entry."""
        path = tuple(TileTree(self.size, self.read).inclusion_path(index))
        note = sign_note(Checkpoint(key.name, self.size, self.root).to_text(), [key]).decode()
        return Bundle(
            origin=key.name,
            vkey=str(key.verifier),
            size=self.size,
            checkpoint=note,
            items=(Item(index, entry, path),),
        )


def grown(given: Sequence[bytes], *, batch: int = BATCH) -> MemoryLog:
    """A log of these entries."""
    log = MemoryLog()
    for first in range(0, len(given), batch):
        log.append(given[first : first + batch])
    return log


def measure(leaves: int) -> Measured:
    """Append `leaves` entries in batches of 1000, hash as many leaves and nodes, and let pymerkle do it.

    Every round has entries of its own: `extend` remembers what it hashed last.
    """
    rounds = [entries(leaves, first=number * leaves) for number in range(ROUNDS)]
    appending, hashing = iter(rounds), iter(rounds)

    def ours() -> float:
        given = next(appending)
        begin = time.perf_counter()
        grown(given)
        return time.perf_counter() - begin

    def floor() -> float:
        given = next(hashing)
        begin = time.perf_counter()
        left = right = bytes(HASH_SIZE)
        for entry in given:
            sha256(b"\x00" + entry).digest()
            sha256(b"\x01" + left + right).digest()
        return time.perf_counter() - begin

    appended, hashed = in_turn(ours, floor, rounds=ROUNDS)
    found = Measured(
        figures={"append_per_s": leaves / min(appended), "floor_per_s": leaves / min(hashed)},
        ratios={"append_over_floor": ratio(appended, hashed)},
    )
    found.peers["pymerkle_append_over_floor"] = _pymerkle(leaves, found)
    return found


def _pymerkle(leaves: int, found: Measured) -> float | None:
    try:
        command = [str(peer_python("pymerkle")), str(script("pymerkle_append.py")), str(leaves), str(BATCH)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except PeerMissing as missing:
        found.reasons.append(str(missing))
        return None
    except subprocess.CalledProcessError as failed:
        found.reasons.append(f"pymerkle: {failed.stderr.strip().splitlines()[-1]}")
        return None
    return float(done.stdout)
