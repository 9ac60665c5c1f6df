"""The head of a log as a text that can be signed: origin, size, root.

Source: https://c2sp.org/tlog-checkpoint
"""

from dataclasses import dataclass

from ledger.core.encoding import decode_base64, decode_decimal, encode_base64
from ledger.core.errors import Malformed, MalformedCheckpoint, NotTheEmptyRoot
from ledger.core.tree import EMPTY_ROOT, HASH_SIZE


@dataclass(frozen=True)
class Checkpoint:
    """Which log, how many leaves, and their root (32 bytes)."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()  # read, never written by us: cosignatures of type 0x06 omit them

    def to_text(self) -> str:
        """The body to sign; raises MalformedCheckpoint when a field breaks the format."""
        lines = [self.origin, str(self.size), encode_base64(self.root), *self.extensions]
        text = "\n".join(lines) + "\n"
        if parse_checkpoint(text) != self:
            raise MalformedCheckpoint("a field holds a line feed")
        return text


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a note as a checkpoint; raises MalformedCheckpoint (NotTheEmptyRoot is one)."""
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() or not all(lines) or "\r" in text:
        raise MalformedCheckpoint("a checkpoint has at least three lines, none empty, each ended by LF")
    try:
        size, root = decode_decimal(lines[1]), decode_base64(lines[2])
    except Malformed as exc:
        raise MalformedCheckpoint(str(exc)) from exc
    if len(root) != HASH_SIZE:
        raise MalformedCheckpoint(f"a root has {HASH_SIZE} bytes")
    if size == 0 and root != EMPTY_ROOT:
        raise NotTheEmptyRoot("an empty tree has the root SHA-256 of nothing")
    return Checkpoint(lines[0], size, root, tuple(lines[3:]))
