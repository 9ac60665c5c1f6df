"""Check a proof without anybody's server: each step named, each failure in an auditor's words.

What is proved: these bytes stood in the log that signed this checkpoint, and were not changed since. What
is not proved, and said so: that the statements are true, that none was left out, that no newer checkpoint
exists.
"""

from datetime import datetime
from typing import Final

from ledger.core.anchored import LookAtAnchor, LookAtTimestamp, check_anchors, check_timestamps
from ledger.core.checkpoint import Checkpoint, parse_checkpoint
from ledger.core.days import Shown, check_days
from ledger.core.encoding import encode_base64
from ledger.core.entry import Entry, parse_entry
from ledger.core.errors import LedgerError, Refused
from ledger.core.heads import Other, compare, signed_head, trust_keys, utc_now
from ledger.core.note import note_text
from ledger.core.opening import check_disclosure
from ledger.core.policy import Policy
from ledger.core.proofs import Bundle, Item, TlogProof
from ledger.core.report import Report, State, Steps
from ledger.core.tree import leaf_hash, verify_consistency, verify_inclusion
from ledger.core.witnessing import AddCheckpoint

NEVER_CHECKED: Final = (
    "that the statements are true: the log proves that they were not changed since they were sealed",
    "that no other entry about the same subject was left out of this file",
    "that this is the newest checkpoint of the log",
)

_NO_TRUST: Final = "NOT CHECKED against a key you hold (give --policy or --key)"


def verify_bundle(
    bundle: Bundle,
    *,
    trust: Policy | None,
    look: LookAtAnchor | None = None,
    look_at_timestamp: LookAtTimestamp | None = None,
    against: Other | None = None,
    now: datetime | None = None,
) -> Report:
    """Check every entry, commitment and path of a bundle, the checkpoint's signer and the anchors.

    Without `trust` all is checked against the key that the bundle itself names, and the outcome is at best
    unusable. `look` asks a chain about an anchor, `look_at_timestamp` checks a token; without them anchors
    are tied to the checkpoint only.
    `against` is another checkpoint of the log; `now` is for the age, the machine's clock if not given.
    Raises nothing: what is wrong is in the report.
    """
    steps = Steps()
    checkpoint = _bundle_head(bundle, trust, now or utc_now(), steps)
    if checkpoint is None:
        return steps.report()
    if against is not None:
        compare(checkpoint, against, trust, steps)
    if not bundle.items:
        steps.add("entries", State.LACKING, "the bundle holds no sealed entry")
    check_days([_check_item(item, checkpoint, steps) for item in bundle.items], steps)
    if bundle.pending:
        steps.add("pending", State.NOT_CHECKED, f"{bundle.pending} more recorded, not yet under a checkpoint")
    check_anchors(bundle, checkpoint, look, steps)
    check_timestamps(bundle, checkpoint, look_at_timestamp, steps)
    return steps.report()


def verify_tlog_proof(
    proof: TlogProof,
    *,
    trust: Policy | None,
    entry: bytes | None = None,
    against: Other | None = None,
    now: datetime | None = None,
) -> Report:
    """Check a tlog-proof; `entry` is the logged data, where the proof does not carry it as ours do.

    A stranger's entry is opaque bytes: its content is not looked at. Raises nothing.
    """
    steps = Steps()
    checkpoint = _note_head(proof.checkpoint, trust, now or utc_now(), steps)
    item = proof.item()
    if checkpoint is None:
        return steps.report()
    if against is not None:
        compare(checkpoint, against, trust, steps)
    if entry is not None:
        _check_inclusion(Item(proof.index, entry, proof.proof), checkpoint, steps)
    elif item is not None:
        _check_item(item, checkpoint, steps)
    else:
        steps.add("entry", State.LACKING, "the file does not hold the logged data; give it with --entry")
    return steps.report()


def verify_checkpoint(
    note: bytes, *, trust: Policy | None, against: Other | None = None, now: datetime | None = None
) -> Report:
    """Check a checkpoint that somebody kept: its signers, and that the log of `against` agrees with it.

    It holds no entry, so there is no verdict unless the two were joined. Raises nothing.
    """
    steps = Steps()
    checkpoint = _note_head(note, trust, now or utc_now(), steps)
    if checkpoint is None:
        return steps.report()
    if against is not None:
        compare(checkpoint, against, trust, steps)
    if not steps.has("against", State.OK):
        told = "a checkpoint alone holds none; join it to another one with --against"
        steps.add("entries", State.LACKING, told)
    return steps.report()


def verify_printed(
    asked: AddCheckpoint, *, size: int, root: bytes, trust: Policy | None, now: datetime | None = None
) -> Report:
    """Check that the newest checkpoint, in a consistency file, begins with the one that paper shows.

    Raises nothing.
    """
    steps = Steps()
    newest = _note_head(asked.note, trust, now or utc_now(), steps)
    if newest is None:
        return steps.report()
    if asked.old_size != size:
        told = f"the file joins {asked.old_size} entries to the newest checkpoint, not the {size} on paper"
        steps.add("printed", State.LACKING, told)
        return steps.report()

    def joined() -> None:
        try:
            verify_consistency(size, newest.size, root, newest.root, asked.proof)
        except LedgerError as exc:
            told = "look at every letter again, capitals too; if paper says so, the log was written anew"
            raise Refused(f"the log does not begin with this size and root: {told}") from exc

    steps.holds("printed", joined, f"the log begins with the {size} entries and the root on paper")
    return steps.report()


def _bundle_head(bundle: Bundle, trust: Policy | None, now: datetime, steps: Steps) -> Checkpoint | None:
    if trust is None:
        steps.add("signer", State.LACKING, _NO_TRUST)
    if bundle.whole:
        steps.add("file", State.OK, "its checksum is right")
    else:
        steps.add("file", State.REFUSED, "damaged or altered: its checksum is not that of its content")

    def head() -> Checkpoint:
        policy = trust_keys(bundle.vkey) if trust is None else trust
        note = bundle.checkpoint.encode("utf-8")
        checkpoint = signed_head(note, policy, steps, now=now, named=bundle.vkey)
        if (checkpoint.origin, checkpoint.size) != (bundle.origin, bundle.size):
            raise Refused("origin or size of the bundle are not those of its checkpoint")
        return checkpoint

    return steps.attempt("checkpoint", head, _head_words)


def _note_head(note: bytes, trust: Policy | None, now: datetime, steps: Steps) -> Checkpoint | None:
    def head() -> Checkpoint:
        if trust is None:
            return parse_checkpoint(note_text(note))
        return signed_head(note, trust, steps, now=now)

    if trust is None:
        steps.add("signer", State.LACKING, _NO_TRUST)
    return steps.attempt("checkpoint", head, _head_words)


def _head_words(checkpoint: Checkpoint) -> str:
    # In base64, as label sheets and checkpoints write it: whoever holds paper compares by eye.
    return f"{checkpoint.origin}, {checkpoint.size} entries, root {encode_base64(checkpoint.root)}"


def _check_item(item: Item, checkpoint: Checkpoint, steps: Steps) -> Shown | None:
    """What is shown of a batch of readings; None for every other entry."""
    entry = steps.attempt(f"entry {item.index}", lambda: parse_entry(item.entry), _entry_words)
    shown = None if entry is None else check_disclosure(item.index, entry, item.disclosure, steps)
    _check_inclusion(item, checkpoint, steps)
    return shown


def _entry_words(entry: Entry) -> str:
    return f"{entry.kind} of {entry.at.isoformat()} about {entry.subject}"


def _check_inclusion(item: Item, checkpoint: Checkpoint, steps: Steps) -> None:
    steps.attempt(
        f"inclusion {item.index}",
        lambda: verify_inclusion(
            leaf_hash(item.entry), item.index, checkpoint.size, item.proof, checkpoint.root
        ),
        lambda _: f"leaf {item.index} of {checkpoint.size}, {len(item.proof)} hashes",
    )
