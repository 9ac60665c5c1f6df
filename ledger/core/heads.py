"""Check a signed head of a log: who signed it, who saw it, how old it is, and whether another one agrees."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from ledger.core.checkpoint import Checkpoint, parse_checkpoint
from ledger.core.encoding import encode_base64
from ledger.core.errors import LedgerError, MalformedPolicy, Refused
from ledger.core.note import ED25519, OpenedNote, VerifierKey, open_note, parse_vkey
from ledger.core.policy import NO_QUORUM, Policy
from ledger.core.proofs import TLOG_PROOF, read_bundle, read_tlog_proof
from ledger.core.report import State, Steps
from ledger.core.tree import verify_consistency
from ledger.core.witnessing import parse_add_checkpoint

CONSISTENCY: Final = b"old "  # how a file begins that joins two checkpoints
CLOCKS_DIFFER: Final = timedelta(minutes=5)  # what a witness may be ahead of this machine


@dataclass(frozen=True)
class Other:
    """A second checkpoint to compare with; where it has a proof, that joins the size `old` to it."""

    note: bytes
    old: int | None = None
    proof: tuple[bytes, ...] = ()


def trust_keys(*vkeys: str) -> Policy:
    """A policy that trusts these keys of logs and asks for no witness; raises Malformed, also for a
    witness's key."""
    keys = tuple(dict.fromkeys(map(parse_vkey, vkeys)))
    if any(key.algorithm != ED25519 for key in keys):
        raise MalformedPolicy("a witness's key, where a log's (type 0x01) is wanted")
    return Policy(logs=keys)


def read_other(data: bytes) -> Other:
    """A checkpoint out of a bundle, a tlog-proof, a consistency file (`old N`), or by itself.

    Raises Malformed; a checkpoint by itself is looked at when it is compared.
    """
    if data.lstrip().startswith(b"{"):
        return Other(read_bundle(data).checkpoint.encode())
    if data.startswith(TLOG_PROOF.encode()):
        return Other(read_tlog_proof(data).checkpoint)
    if data.startswith(CONSISTENCY):
        asked = parse_add_checkpoint(data)
        return Other(asked.note, asked.old_size, asked.proof)
    return Other(data)


def signed_head(
    note: bytes, policy: Policy, steps: Steps, *, now: datetime, named: str | None = None
) -> Checkpoint:
    """The checkpoint of a note that a log of the policy signed under its own name; reports the signatures.

    `named`: the key that the maker of a file names, which must have signed it as well. Raises LedgerError.
    """
    maker = [] if named is None else [parse_vkey(named)]
    opened, checkpoint = _opened(note, policy, maker)
    for key in _signers(opened, policy):
        steps.add("signature", State.OK, f"Ed25519 of {key.name}, key {key.id.hex()}")
    _check_quorum(opened, policy, steps)
    _check_age(opened, policy, now, steps)
    return checkpoint


def compare(checkpoint: Checkpoint, other: Other, policy: Policy | None, steps: Steps) -> None:
    """Note whether another signed head of the same log agrees with this one; two of one size are a fork.

    Two that could not be compared leave no verdict: the reader asked for it.
    """
    try:
        if policy is None:
            raise Refused("there is no key of yours to check its signature with")
        _, seen = _opened(other.note, policy, [])
        if seen.origin != checkpoint.origin:
            raise Refused(f"it is of another log, {seen.origin}")
    except LedgerError as exc:
        steps.add("against", State.LACKING, f"the other checkpoint says nothing about this one: {exc}")
        return
    if seen.size == checkpoint.size:
        _compare_roots(checkpoint, seen, steps)
    else:
        _join(checkpoint, seen, other, steps)


def _opened(note: bytes, policy: Policy, maker: list[VerifierKey]) -> tuple[OpenedNote, Checkpoint]:
    opened = open_note(note, dict.fromkeys([*policy.keys, *maker]))
    checkpoint = parse_checkpoint(opened.text)
    if not policy.logs:
        raise Refused("your policy names no log: it lacks the `log VKEY` line of the log's key")
    if not any(key.name == checkpoint.origin for key in _signers(opened, policy)):
        raise Refused(f"no key of yours signed it as the log {checkpoint.origin}, for which it speaks")
    if not set(maker) <= set(opened.verified):
        raise Refused("the key that the file names did not sign the checkpoint")
    return opened, checkpoint


def _signers(opened: OpenedNote, policy: Policy) -> Iterator[VerifierKey]:
    return (key for key in opened.verified if key in policy.logs)


def _check_quorum(opened: OpenedNote, policy: Policy, steps: Steps) -> None:
    times = {(line.name, line.key_id): line.signed_at for line in opened.signatures}
    seen = {name: key for name, key in policy.witnesses.items() if key in opened.verified}
    apart = [name for name in seen if not policy.is_beside_the_log(name)]
    for name, key in seen.items():
        signed_at = times[key.name, key.id]
        told = f"{name}, {signed_at.isoformat() if signed_at else 'without time'}"
        doubt = "" if name in apart else "; on the log's own machine, by its address in your policy"
        steps.add("witness", State.OK, f"{told}{doubt}")
    count = f"{len(seen)} of {len(policy.witnesses)}"
    if policy.quorum == NO_QUORUM:
        steps.add("quorum", State.NOT_CHECKED, "no witness is asked for: this log's own signature only")
    elif not policy.satisfied_by(seen.keys()):
        steps.add("quorum", State.REFUSED, f"{count} witnesses cosigned: below the quorum of your policy")
    elif not apart:
        told = f"{count} witnesses cosigned, none of them on another machine than the log's"
        steps.add("quorum", State.NOT_CHECKED, f"{told}: its operator could make them sign anything")
    else:
        steps.add("quorum", State.OK, f"{count} witnesses cosigned")


def _check_age(opened: OpenedNote, policy: Policy, now: datetime, steps: Steps) -> None:
    """An old checkpoint is valid, and hides whatever came after it: warn with what is known of its age.

    Whoever runs the log can have an old one signed anew by a witness of his own: that one's time counts only
    where there is no other.
    """
    names = {(key.name, key.id): name for name, key in policy.witnesses.items()}
    times = [
        (not policy.is_beside_the_log(names[line.name, line.key_id]), line.signed_at)
        for line in opened.signatures
        if line.signed_at is not None and (line.name, line.key_id) in names
    ]
    past = [each for each in times if each[1] <= now + CLOCKS_DIFFER]
    if not times:
        told = "no time is known: no witness of yours signed it with one; it may be an old checkpoint"
    elif not past:
        ahead = max(at for _, at in times).isoformat()
        told = f"a witness says {ahead}, which is yet to come; it may be an old checkpoint"
    else:
        apart, newest = max(past)
        days = max(0, int((now - newest).total_seconds()) // 86400)
        who = "" if apart else " by a witness on the log's own machine"
        told = f"cosigned last at {newest.isoformat()}{who}, {days} days ago; what came later is not in it"
    steps.add("age", State.NOT_CHECKED, told)


def _compare_roots(checkpoint: Checkpoint, seen: Checkpoint, steps: Steps) -> None:
    if seen.root == checkpoint.root:
        told = f"the other checkpoint has the same {seen.size} entries and root {encode_base64(seen.root)}"
        steps.add("against", State.OK, told)
        return
    told = (
        f"FORK: the log signed two histories of {seen.size} entries, root "
        f"{encode_base64(checkpoint.root)} here and {encode_base64(seen.root)} there; keep both files"
    )
    steps.add("against", State.REFUSED, told)


def _join(checkpoint: Checkpoint, seen: Checkpoint, other: Other, steps: Steps) -> None:
    where = "later" if seen.size > checkpoint.size else "earlier"
    told = f"the other checkpoint is {where}, with {seen.size} entries, root {encode_base64(seen.root)}"
    if other.old != checkpoint.size:
        # The log's files join a size to its newest checkpoint alone, so neither one of them ties these two.
        files = " and ".join(
            f"/ledger/checkpoints/{size}/consistency" for size in (seen.size, checkpoint.size)
        )
        remedy = (
            f"fetch {files}, check each of the two against the file of its own size, and see that "
            "both files end in one and the same newest checkpoint"
        )
        steps.add("against", State.LACKING, f"NOT CHECKED: {told}, and nothing here joins the two: {remedy}")
        return

    def joined() -> None:
        verify_consistency(checkpoint.size, seen.size, checkpoint.root, seen.root, other.proof)

    steps.holds("against", joined, f"{told}, and begins with the {checkpoint.size} of this file")


def utc_now() -> datetime:
    """The clock of this machine, for a verifier that was told no other time."""
    return datetime.now(UTC)
