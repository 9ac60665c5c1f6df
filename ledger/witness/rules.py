"""What a witness may cosign, decided from a request and from what it cosigned last; pure.

Source: https://c2sp.org/tlog-witness
"""

from dataclasses import dataclass

from ledger.core.checkpoint import Checkpoint
from ledger.core.errors import LedgerError
from ledger.core.tree import verify_consistency
from ledger.core.witnessing import AddCheckpoint


class RefusedToCosign(Exception):
    """The witness does not cosign; each kind is one status of the protocol."""


class UnknownLog(RefusedToCosign):
    """It follows no log of this origin."""


class NotTheLogs(RefusedToCosign):
    """No trusted key of the log made the signature."""


class BadRequest(RefusedToCosign):
    """Malformed, or the old size is above the new one."""


class OtherSize(RefusedToCosign):
    """The last head has another size than the log thinks."""

    def __init__(self, size: int) -> None:
        super().__init__(f"the last head here has {size} entries")
        self.size = size


class NotTheSameLog(RefusedToCosign):
    """The proof does not hold, or one size has two roots; `known` is the note that was cosigned before."""

    def __init__(self, reason: str, *, known: bytes = b"") -> None:
        super().__init__(reason)
        self.known = known


@dataclass(frozen=True)
class Known:
    """The head of a log that was cosigned last; `note` has the witness's line."""

    size: int
    root: bytes
    note: bytes


NOTHING_KNOWN = Known(0, b"", b"")


def is_second_root(head: Checkpoint, known: Known) -> bool:
    """Whether the log signed another root for the size that was cosigned: evidence of a fork."""
    return bool(known.note) and head.size == known.size and head.root != known.root


def refusal(request: AddCheckpoint, head: Checkpoint, known: Known) -> RefusedToCosign | None:
    """Why the head of a request is not cosigned after `known`, or None: never a smaller or forked tree."""
    if request.old_size > head.size:
        return BadRequest("the old size is above the size of the checkpoint")
    if request.old_size != known.size:
        return OtherSize(known.size)
    if is_second_root(head, known):
        return NotTheSameLog(f"two roots for {known.size} entries", known=known.note)
    if known.size == 0:
        return NotTheSameLog("a proof from a log of no entries") if request.proof else None
    try:
        verify_consistency(known.size, head.size, known.root, head.root, request.proof)
    except LedgerError as fault:
        return NotTheSameLog(str(fault), known=known.note)
    return None


def cosigned_second(now: int, last: int | None) -> int:
    """The time of a cosignature in Unix seconds: never before the last one's, whatever the clock says."""
    return now if last is None else max(now, last)
