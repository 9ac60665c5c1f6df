"""A checkpoint on paper, typed in: whether the checkpoint of a proof is the same one.

The paper is trusted as it lies there, so it needs no signature: it was out of the log's hands when the proof
was made.
"""

from dataclasses import dataclass

from ledger.core.checkpoint import parse_checkpoint
from ledger.core.encoding import decode_base64, decode_decimal, encode_base64
from ledger.core.errors import Malformed, MalformedCheckpoint
from ledger.core.note import note_text
from ledger.core.report import Report, State, Step
from ledger.core.tree import HASH_SIZE


@dataclass(frozen=True)
class Printed:
    """What paper shows of a checkpoint; `root` has 32 bytes."""

    size: int
    root: bytes


def read_printed(size: str, root: str) -> Printed:
    """Size and root as they were typed in; raises Malformed, also for the first letters of a root alone."""
    typed = Printed(decode_decimal(size), _root(root))
    if len(typed.root) != HASH_SIZE:
        raise MalformedCheckpoint("type all 44 letters of the root, the = at its end too")
    return typed


def _root(letters: str) -> bytes:
    try:
        return decode_base64(letters)
    except Malformed as exc:
        raise MalformedCheckpoint("the root is mistyped: look at every letter again, capitals too") from exc


def with_printed(report: Report, note: bytes, printed: Printed) -> Report:
    """The report of a proof, with one more step: its checkpoint (`note`) beside the one on paper.

    Two sizes cannot be compared without a consistency proof, which no proof of an entry holds: there is no
    verdict then. Nothing is added where the checkpoint itself was refused.
    """
    if not any((step.name, step.state) == ("checkpoint", State.OK) for step in report.steps):
        return report
    head = parse_checkpoint(note_text(note))
    if head.size != printed.size:
        told = (
            f"paper shows {printed.size} entries and the checkpoint of this file has {head.size}: the two "
            f"cannot be compared; check /ledger/checkpoints/{printed.size}/consistency in place of it"
        )
        step = Step("printed", State.LACKING, told)
    elif head.root != printed.root:
        told = (
            f"paper shows another root of {head.size} entries than {encode_base64(head.root)}: look at every "
            "letter again, capitals too; if paper says so, the log was written anew"
        )
        step = Step("printed", State.REFUSED, told)
    else:
        step = Step("printed", State.OK, f"paper shows the same {head.size} entries and root")
    return Report((*report.steps, step))
