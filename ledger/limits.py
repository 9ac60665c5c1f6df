"""What whoever runs this log could still fake, by who else holds its checkpoints. Pure.

A witness or a time stamp authority on the log's own machine and a chain that its operator runs are in the
operator's hand: they take nothing off this list, and are named in it.
"""

from collections.abc import Collection
from enum import StrEnum


class Limit(StrEnum):
    """One thing that is still possible; the key of its sentence."""

    UNTRUE = "untrue"  # what was entered need not be true
    LEFT_OUT = "left-out"  # what nobody entered, or what was held back before it was sealed
    REWRITE = "rewrite"  # the whole history anew, and other books for other people
    NEWEST = "newest"  # the entries that no outsider holds yet
    TWO_BOOKS = "two-books"  # one book to you and one to others, until the next anchor
    TWO_STAMPED = "two-stamped"  # two books made beforehand, each with its time stamps
    TOGETHER = "together"  # with the witnesses' help
    OWN_WITNESS = "own-witness"
    OWN_CHAIN = "own-chain"
    OWN_STAMP = "own-stamp"


def still_possible(
    *, witnessed: bool, anchored: bool, stamped: bool, own: Collection[Limit] = ()
) -> tuple[Limit, ...]:
    """Gravest first.

    `witnessed`, `anchored` (on a chain), `stamped` (by a time stamp authority): by somebody independent of
    the log's operator. `own` has OWN_WITNESS, OWN_CHAIN and OWN_STAMP for those that are not.
    """
    found = [Limit.NEWEST if witnessed or anchored or stamped else Limit.REWRITE]
    if anchored and not witnessed:
        found.append(Limit.TWO_BOOKS)
    if stamped and not (witnessed or anchored):
        found.append(Limit.TWO_STAMPED)
    if witnessed and not anchored:
        found.append(Limit.TOGETHER)
    mine = [one for one in (Limit.OWN_WITNESS, Limit.OWN_CHAIN, Limit.OWN_STAMP) if one in own]
    return (*found, *mine, Limit.UNTRUE, Limit.LEFT_OUT)
