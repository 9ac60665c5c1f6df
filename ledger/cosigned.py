"""What the witnesses said, as the database remembers it: policy, lines, state, and evidence of forks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import func, select

from app.kernel.uow import UnitOfWork
from ledger import stored_tiles
from ledger.core.note import VerifierKey
from ledger.core.policy import NO_QUORUM, Policy, parse_policy
from ledger.models import Cosignature, ForkEvidence, SignedCheckpoint, WitnessPolicy, WitnessState

NO_WITNESS = f"quorum {NO_QUORUM}\n"
LARGEST = 2**63 - 1  # of a BIGINT
_FAR_ENOUGH = 1000  # cosignatures that are looked through for a quorum, newest first


@dataclass(frozen=True)
class WitnessView:
    """A configured witness and the newest of our checkpoints that it cosigned."""

    name: str
    vkey: str
    url: str
    on_this_machine: bool
    size: int | None
    signed_at: datetime | None  # as the witness says
    failures: int
    error: str | None


@dataclass(frozen=True)
class EvidenceView:
    """A checkpoint of this log's key that this log does not hold."""

    witness: str
    size: int
    root: bytes
    found_at: datetime


def policy_lines(uow: UnitOfWork) -> str:
    """The witness, group and quorum lines in force."""
    return uow.session.scalar(select(WitnessPolicy.lines)) or NO_WITNESS


def policy_text(uow: UnitOfWork, keys: Iterable[VerifierKey]) -> str:
    """A C2SP tlog-policy that trusts the live keys of this log and its witnesses, whole.

    A comment names each witness on the log's own machine: a verifier would count it like any other.
    """
    own = (seen.name for seen in witnesses(uow) if seen.on_this_machine)
    doubts = "".join(f"# {name} runs on the log's own machine: no independent witness\n" for name in own)
    return log_lines(keys) + doubts + policy_lines(uow)


def log_lines(keys: Iterable[VerifierKey]) -> str:
    """The `log` lines of a policy; with no live key there is none, and the policy trusts nobody."""
    return "".join(f"log {key}\n" for key in keys)


def policy_fault(uow: UnitOfWork) -> str | None:
    """Why the policy file of today is not used, or None."""
    return uow.session.scalar(select(WitnessPolicy.error))


def policy(uow: UnitOfWork) -> Policy:
    """The policy in force, without the log."""
    return parse_policy(policy_lines(uow).encode())


def lines_of(uow: UnitOfWork, size: int) -> str:
    """The cosignature lines of one checkpoint by the witnesses of today's policy, in the order of coming."""
    rows = uow.session.scalars(
        select(Cosignature.line)
        .join(WitnessState, WitnessState.vkey == Cosignature.vkey)
        .where(Cosignature.checkpoint_size == size)
        .order_by(Cosignature.received_at, Cosignature.vkey)
    )
    return "".join(rows)


def seen_by(uow: UnitOfWork, size: int) -> dict[str, bool]:
    """By name in today's policy, the witnesses that cosigned one checkpoint: whether on this machine."""
    rows = uow.session.execute(
        select(WitnessState.name, WitnessState.on_this_machine)
        .join(Cosignature, WitnessState.vkey == Cosignature.vkey)
        .where(Cosignature.checkpoint_size == size)
        .order_by(WitnessState.name)
    )
    return {row.name: row.on_this_machine for row in rows}


def newest_with_quorum(uow: UnitOfWork, *, above: int = 0, upto: int = LARGEST) -> int | None:
    """The largest signed size above `above`, at most `upto`, that satisfies the quorum; None without one."""
    rules = policy(uow)
    if rules.quorum == NO_QUORUM:
        return uow.session.scalar(
            select(func.max(SignedCheckpoint.size)).where(
                SignedCheckpoint.size > above, SignedCheckpoint.size <= upto
            )
        )
    rows = uow.session.execute(
        select(Cosignature.checkpoint_size, WitnessState.name)
        .join(WitnessState, WitnessState.vkey == Cosignature.vkey)
        .where(Cosignature.checkpoint_size > above, Cosignature.checkpoint_size <= upto)
        .order_by(Cosignature.checkpoint_size.desc())
        .limit(_FAR_ENOUGH)
    )
    for size, group in groupby(rows, key=lambda row: row.checkpoint_size):
        if rules.satisfied_by({row.name for row in group}):
            return int(size)
    return None


def meets_quorum(uow: UnitOfWork, size: int) -> bool:
    """Whether one signed size has the cosignatures that the policy in force asks for."""
    rules = policy(uow)
    return rules.quorum == NO_QUORUM or rules.satisfied_by(seen_by(uow, size).keys())


def newest(uow: UnitOfWork) -> int | None:
    """The largest size that any witness of today's policy cosigned, or None."""
    return uow.session.scalar(
        select(func.max(Cosignature.checkpoint_size)).join(
            WitnessState, WitnessState.vkey == Cosignature.vkey
        )
    )


def witnesses(uow: UnitOfWork) -> tuple[WitnessView, ...]:
    """Every configured witness, those on other machines first (1 statement)."""
    largest = (
        select(func.max(Cosignature.checkpoint_size))
        .where(Cosignature.vkey == WitnessState.vkey)
        .correlate(WitnessState)
        .scalar_subquery()
    )
    rows = uow.session.execute(
        select(
            WitnessState.name,
            WitnessState.vkey,
            WitnessState.url,
            WitnessState.on_this_machine,
            Cosignature.checkpoint_size,
            Cosignature.signed_at,
            WitnessState.failures,
            WitnessState.error,
        )
        .outerjoin(
            Cosignature,
            (Cosignature.vkey == WitnessState.vkey) & (Cosignature.checkpoint_size == largest),
        )
        .order_by(WitnessState.on_this_machine, WitnessState.name)
    )
    return tuple(WitnessView(*row) for row in rows)


def fork_evidence(uow: UnitOfWork) -> Sequence[EvidenceView]:
    """Every piece of evidence that this log does not explain by now, oldest first.

    A checkpoint that was ahead of a restored database is explained when a newer backup is brought back.
    """
    rows = uow.session.execute(
        select(ForkEvidence.witness, ForkEvidence.size, ForkEvidence.root, ForkEvidence.found_at).order_by(
            ForkEvidence.found_at
        )
    ).all()
    found = [EvidenceView(row.witness, int(row.size), row.root, row.found_at) for row in rows]
    return [piece for piece in found if not holds(uow, piece.size, piece.root)]


def holds(uow: UnitOfWork, size: int, root: bytes) -> bool:
    """Whether this log has signed so far and had this root at that size."""
    signed = uow.session.scalar(select(func.max(SignedCheckpoint.size))) or 0
    return size <= signed and stored_tiles.root_at(uow, size) == root
