"""How an anchor goes on, decided from what the chain says; pure."""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import Enum, StrEnum, auto

from ledger.anchors.chain import Head, Receipt
from ledger.anchors.fees import STUCK_AFTER
from ledger.refusals import ChainAhead, Forked


class Push(Enum):
    """What is done about an anchor that no block holds."""

    GIVE_UP = auto()  # another transaction of the account took its nonce
    FORGET = auto()  # found on the chain once, and gone with its block: there are no bytes to send
    FREE_THE_WAY = auto()  # its turn does not come: nothing has the nonce before it
    SEND_DEARER = auto()
    SEND = auto()  # the same bytes: whoever knows them already does nothing


class Begin(Enum):
    """What is done about a head that is to be anchored."""

    ANCHOR = auto()
    TAKE_OVER = auto()  # the chain has it, and the database forgot or never knew
    NOTHING = auto()  # a later one stands


class Settled(StrEnum):
    """What the receipt of an anchor makes of it."""

    MINED = "mined"
    FINAL = "final"
    REPLAYED = "the contract had this head already"
    REFUSED = "the contract refused it"


def push(
    *, nonce: int, next_nonce: int, has_bytes: bool, waits_since: datetime | None, now: datetime
) -> Push:
    """What to do about an anchor without a receipt; `next_nonce` is the account's next on the chain.

    `waits_since` is when it was sent, None when it was not or when its block left the chain just now.
    """
    if next_nonce > nonce:
        return Push.GIVE_UP
    if not has_bytes:
        return Push.FORGET
    if waits_since is None or now - waits_since <= STUCK_AFTER:
        return Push.SEND
    return Push.SEND_DEARER if next_nonce == nonce else Push.FREE_THE_WAY


def above_the_final(anchors: Sequence[tuple[str, int | None]], finalized: int) -> list[int]:
    """Which of one account's anchors (state and block, in order of nonces) stand in a block that may leave.

    While the last of them stands where it stood, so do the others: their nonces were spent in blocks below.
    One that was recorded on the other side of a reorganisation may name a block that left, until it is asked.
    """
    return [
        at
        for at, (state, block) in enumerate(anchors)
        if state == Settled.MINED and block is not None and block > finalized
    ]


def settled(head: Head, receipt: Receipt, *, finalized: int) -> Settled:
    """What a receipt says of the anchor that was to write `head`; `finalized` is the newest final block."""
    if not receipt.succeeded:
        return Settled.REFUSED
    if head not in receipt.heads:
        return Settled.REPLAYED
    return Settled.FINAL if receipt.block_number <= finalized else Settled.MINED


def beginning(
    on_chain: Head, new: Head, *, signed_size: int, root_at: Callable[[int], bytes | None]
) -> Begin:
    """How the anchor of `new` begins, when the contract holds `on_chain` and the log signed `signed_size`.

    Raises ChainAhead and Forked when the contract holds a head that this log does not extend.
    """
    if on_chain.size > signed_size:
        raise ChainAhead(anchored=on_chain.size, size=signed_size)
    if on_chain.size and root_at(on_chain.size) != on_chain.root:
        raise Forked(size=on_chain.size)
    if on_chain.size > new.size:
        return Begin.NOTHING
    return Begin.TAKE_OVER if on_chain == new else Begin.ANCHOR


def next_nonce(on_chain: int, own: int) -> int:
    """The nonce of the next transaction: `own` follows our anchors, `on_chain` the last mined one.

    Servers disagree on what `pending` counts, so the pool is never asked.
    """
    return max(on_chain, own)
