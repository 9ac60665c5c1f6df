"""What whoever runs this log could still fake, by who else holds its checkpoints. Pure.

A witness on the log's own machine and a chain that its operator runs are in the operator's hand: they take
nothing off this list, and are named in it.
"""

from enum import StrEnum


class Limit(StrEnum):
    """One thing that is still possible; the key of its sentence."""

    UNTRUE = "untrue"  # what was entered need not be true
    LEFT_OUT = "left-out"  # what nobody entered, or what was held back before it was sealed
    REWRITE = "rewrite"  # the whole history anew, and other books for other people
    NEWEST = "newest"  # the entries that no outsider holds yet
    TWO_BOOKS = "two-books"  # one book to you and one to others, until the next anchor
    TOGETHER = "together"  # with the witnesses' help
    OWN_WITNESS = "own-witness"
    OWN_CHAIN = "own-chain"


def still_possible(
    *, witnessed: bool, anchored: bool, own_witness: bool = False, own_chain: bool = False
) -> tuple[Limit, ...]:
    """Gravest first. `witnessed`, `anchored`: by somebody independent of the log's operator."""
    found: list[Limit] = []
    if not witnessed and not anchored:
        found.append(Limit.REWRITE)
    else:
        found.append(Limit.NEWEST)
    if anchored and not witnessed:
        found.append(Limit.TWO_BOOKS)
    if witnessed and not anchored:
        found.append(Limit.TOGETHER)
    if own_witness:
        found.append(Limit.OWN_WITNESS)
    if own_chain:
        found.append(Limit.OWN_CHAIN)
    return (*found, Limit.UNTRUE, Limit.LEFT_OUT)
