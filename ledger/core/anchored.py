"""Check the anchors of a bundle: each is tied to the checkpoint, then asked about where the verifier can."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ledger.core.anchors import Anchor, AnchoredHead, Timestamp, UnknownAnchor
from ledger.core.checkpoint import Checkpoint
from ledger.core.errors import AnchorDiffers, AnchorUnreachable, LedgerError
from ledger.core.proofs import Bundle
from ledger.core.report import State, Steps
from ledger.core.tree import verify_consistency

LookAtAnchor = Callable[[Anchor], str]
"""What the chain says, in words; or AnchorDiffers, AnchorUnreachable."""

LookAtTimestamp = Callable[[Timestamp, bytes], str]
"""What a time stamp over the body of a checkpoint says, in words; or a LedgerError."""


def check_anchors(bundle: Bundle, checkpoint: Checkpoint, look: LookAtAnchor | None, steps: Steps) -> None:
    """Note a step for each anchor on a chain; `look` asks the chain."""
    looked = [_check_anchor(bundle, anchor, checkpoint, look, steps) for anchor in bundle.anchors]
    if look is not None and not any(looked):
        steps.add("anchor", State.LACKING, "asked to look at a chain, and no anchor could be looked up")
    elif not bundle.anchors and not bundle.timestamps:
        steps.add("anchor", State.NOT_CHECKED, "the bundle names none: the seal reaches this log only")


def check_timestamps(
    bundle: Bundle, checkpoint: Checkpoint, look: LookAtTimestamp | None, steps: Steps
) -> None:
    """Note a step for each time stamp; `look` checks the token against authorities that are trusted."""
    looked = [_check_timestamp(bundle, stamp, checkpoint, look, steps) for stamp in bundle.timestamps]
    if look is not None and not any(looked):
        steps.add("timestamp", State.LACKING, "asked to check time stamps, and none could be checked")


@dataclass(frozen=True)
class _Claim:
    """One anchor as a step: its name, who stands behind it, and how to ask there."""

    name: str
    where: str
    head: AnchoredHead
    ask: Callable[[], str] | None
    unasked: str


def _check_anchor(
    bundle: Bundle,
    anchor: Anchor | UnknownAnchor,
    checkpoint: Checkpoint,
    look: LookAtAnchor | None,
    steps: Steps,
) -> bool:
    """Whether the chain was asked and answered."""
    if isinstance(anchor, UnknownAnchor):
        told = f"{anchor.external_id}: a kind of anchor that this verifier does not know"
        steps.add(f"anchor {anchor.kind}", State.NOT_CHECKED, told)
        return False
    # Name and kind of the chain are the word of whoever made the file; only its number is compared.
    where = f"{anchor.chain_name}{' (development chain)' if anchor.development else ''}, as the file calls it"
    ask = None if look is None else partial(look, anchor)
    unasked = "it belongs to this log, the chain was not asked"
    return _check(_Claim(f"anchor {anchor.chain_id}", where, anchor, ask, unasked), bundle, checkpoint, steps)


def _check_timestamp(
    bundle: Bundle, stamp: Timestamp, checkpoint: Checkpoint, look: LookAtTimestamp | None, steps: Steps
) -> bool:
    """Whether the token could be checked, whatever came of it."""
    here = " (runs on the log's own machine: proves nothing to others)"
    where = f"{stamp.authority}{here if stamp.on_this_machine else ''}"
    ask = None if look is None else partial(_ask, look, stamp, checkpoint.origin)
    unasked = "it names a head of this log, its signature was not checked (give --tsa-ca)"
    claim = _Claim(f"timestamp {stamp.authority}", where, stamp, ask, unasked)
    return _check(claim, bundle, checkpoint, steps)


def _ask(look: LookAtTimestamp, stamp: Timestamp, origin: str) -> str:
    return look(stamp, Checkpoint(origin, stamp.size, stamp.root).to_text().encode())


def _check(claim: _Claim, bundle: Bundle, checkpoint: Checkpoint, steps: Steps) -> bool:
    head = claim.head
    covered = sum(item.index < head.size for item in bundle.items)
    words = f"{claim.where}: head of {head.size} entries, covers {covered} of {len(bundle.items)} here"
    if head.size != checkpoint.size and head.consistency is None:
        told = f"{words}; no consistency proof joins it to the checkpoint"
        steps.add(claim.name, State.NOT_CHECKED, told)
        return False
    try:
        _tie(head, checkpoint)
        if claim.ask is None:
            steps.add(claim.name, State.NOT_CHECKED, f"{words}; {claim.unasked}")
            return False
        steps.add(claim.name, State.OK, f"{words}; {claim.ask()}")
    except AnchorUnreachable as exc:
        steps.add(claim.name, State.NOT_CHECKED, f"{words}; {exc}")
        return False
    except LedgerError as exc:
        steps.add(claim.name, State.REFUSED, f"{words}; {exc}")
    return True


def _tie(head: AnchoredHead, checkpoint: Checkpoint) -> None:
    """Raise unless the anchored head and the checkpoint are heads of one and the same tree."""
    if isinstance(head, Anchor) and head.log_id != hashlib.sha256(checkpoint.origin.encode()).digest():
        raise AnchorDiffers("the anchor is of another log")
    smaller, larger = sorted(
        [(head.size, head.root), (checkpoint.size, checkpoint.root)], key=lambda one: one[0]
    )
    verify_consistency(smaller[0], larger[0], smaller[1], larger[1], head.consistency or ())
