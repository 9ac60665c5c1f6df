"""What nobody may ever see, checked the moment it would be seen."""

from collections.abc import Iterable, Sequence

from ledger.core.checkpoint import Checkpoint
from ledger.core.tiles import WIDTH, TileAddress, required_tiles
from ledger.core.tree import EMPTY_ROOT, Frontier, leaf_hash


class Violation(Exception):
    """A promise of the log was broken; the message says which."""


class Oracle:
    """Remembers all that was ever shown to anybody outside, which no restored backup can take back."""

    def __init__(self) -> None:
        self.history: list[bytes] = []  # entries under the largest signed head
        self.amnesia = False  # every memory in the house is from yesterday: only outsiders know better
        self.cosigned = Checkpoint("", 0, EMPTY_ROOT)
        self._edge = Frontier()
        self._roots = [EMPTY_ROOT]
        self._bytes: dict[str, bytes] = {}
        self._published: set[tuple[int, bytes]] = set()
        self._kept: dict[tuple[int, bytes], list[bytes]] = {}

    @property
    def size(self) -> int:
        """The largest size that was ever signed and shown."""
        return len(self.history)

    def kept(self, size: int, root: bytes, entries: Sequence[bytes]) -> None:
        """DATA_DIR remembers this head of these entries: what the house remembers was kept there first."""
        self._kept[size, root] = list(entries[:size])

    def forgotten_by(self, memories: Iterable[tuple[int, bytes]]) -> bool:
        """Whether no memory that is left in the house continues what was signed and shown."""
        return not any(
            self._kept.get(memory, [])[: self.size] == self.history for memory in (*memories, (0, EMPTY_ROOT))
        )

    def signed(self, size: int, root: bytes, entries: Sequence[bytes]) -> None:
        """A signed head can be read from outside; `entries` are those of the database behind it."""
        if self.amnesia:
            return
        if size <= self.size:
            same = list(entries[:size]) == self.history[:size]
        else:
            same = list(entries[: self.size]) == self.history
            for entry in entries[self.size : size]:
                self._edge.append(leaf_hash(entry))
                self._roots.append(self._edge.root())
            self.history = list(entries[:size])
        if not same or self._roots[size] != root:
            raise Violation(f"fork: two histories under signed heads of {size} entries")

    def published(self, head: Checkpoint, files: dict[str, bytes]) -> None:
        """A checkpoint lies in the public copy beside these files."""
        if not self.amnesia and (head.size > self.size or self._roots[head.size] != head.root):
            raise Violation(f"published a head of {head.size} entries that the log did not sign")
        self._published.add((head.size, head.root))
        self.copy_is_whole(head.size, files)

    def copy_is_whole(self, size: int, files: dict[str, bytes]) -> None:
        """Every tile that a reader of this size asks for is there, itself or as the full one."""
        for address in required_tiles(size):
            if str(address) not in files and _full(address) not in files:
                raise Violation(f"published {size} entries without {address}")

    def put(self, address: str, content: bytes) -> None:
        """A file of the log has one content for ever."""
        if self._bytes.setdefault(address, content) != content and not self.amnesia:
            raise Violation(f"{address} was published with two contents")

    def cosigned_now(self, head: Checkpoint) -> None:
        """A witness gave a line over this head away."""
        if head.size < self.cosigned.size:
            raise Violation(f"the witness cosigned {head.size} entries after {self.cosigned.size}")
        if head.size == self.cosigned.size and head.root != self.cosigned.root:
            raise Violation(f"the witness cosigned two roots for {head.size} entries")
        if not self.amnesia and (head.size > self.size or self._roots[head.size] != head.root):
            raise Violation(f"the witness cosigned {head.size} entries that the log did not sign")
        self.cosigned = head

    def anchored(self, size: int, root: bytes) -> None:
        """A block holds this head, which must be under one that was published."""
        if self.amnesia or (size, root) in self._published:
            return
        if (
            size > max((published for published, _ in self._published), default=0)
            or self._roots[size] != root
        ):
            raise Violation(f"anchored {size} entries that were never published")


def _full(address: TileAddress) -> str:
    return str(TileAddress(address.level, address.index, WIDTH))
