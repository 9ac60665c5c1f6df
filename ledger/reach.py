"""How far a seal reaches: this server only, an independent witness, a time stamp, a chain. Said in one place.

A witness or a time stamp authority on this very machine and a development chain are told by what they are:
whoever runs the log could make them say anything, so none of them is evidence towards others.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from sqlalchemy import Row, Select, func, select

from app.kernel import clock
from app.kernel.uow import UnitOfWork
from ledger import stamped
from ledger.models import Anchor, AnchorState, ChainLook, Cosignature, SignedCheckpoint, WitnessState

STALE_AFTER = timedelta(minutes=15)
STANDING = (AnchorState.MINED, AnchorState.FINAL)


class OutsideAnchor(Protocol):
    """What every page and command says of an anchor, whatever its kind; a new kind fills the same."""

    @property
    def kind(self) -> str:
        """`evm`, `rfc3161`, or a kind that comes later."""

    @property
    def name(self) -> str:
        """The chain or the authority, for people."""

    @property
    def external_id(self) -> str:
        """What the outside calls this anchor."""

    @property
    def at(self) -> datetime:
        """The moment that the outside gives."""

    @property
    def independent(self) -> bool:
        """Whether others than the log's operator stand behind it; only then is it evidence towards others."""

    @property
    def checkpoint_size(self) -> int:
        """Entries under the anchored head."""


@dataclass(frozen=True)
class AnchorView:
    """A head of the log that stands on a chain."""

    kind: Literal["evm"] = field(default="evm", init=False)
    chain_id: int
    chain_name: str
    is_development: bool
    contract: bytes
    tx_hash: bytes
    block_number: int
    block_at: datetime
    checkpoint_size: int
    checkpoint_root: bytes
    log_id: bytes
    final: bool

    @property
    def name(self) -> str:
        """The chain."""
        return self.chain_name

    @property
    def external_id(self) -> str:
        """The transaction's hash."""
        return f"0x{self.tx_hash.hex()}"

    @property
    def at(self) -> datetime:
        """Time of the block."""
        return self.block_at

    @property
    def independent(self) -> bool:
        """Whether the chain is one that the log's operator does not rule."""
        return not self.is_development


@dataclass(frozen=True)
class Reach:
    """How far the seal reaches, by what goes furthest: `anchor` is a chain, then a time stamp, a development
    chain, a witness, and this server.

    `stale`: the chain was not looked at lately.
    """

    kind: Literal["server", "witness", "timestamp", "anchor"]
    chain_name: str | None = None
    is_development: bool = False
    last_look_ok_at: datetime | None = None
    stale: bool = False
    witnesses: tuple[str, ...] = ()  # independent ones that cosigned, by name
    here: tuple[str, ...] = ()  # those that cosigned and run on this machine: not independent
    stamped_by: tuple[str, ...] = ()  # independent time stamp authorities, by name
    stamped_here: tuple[str, ...] = ()  # those that run on this machine: they extend nothing


def reach(uow: UnitOfWork, now: datetime | None = None, *, sealed_at: datetime | None = None) -> Reach:
    """How far the seals of this log reach now; `stale` when the last good look is 15 minutes old.

    A witness counts when it cosigned any checkpoint, an authority when it stamped one; with `sealed_at`,
    when that one is not older than that seal.
    """
    seen = _parted(_cosigners(uow, sealed_at))
    stamps = _parted(stamped.stampers(uow, sealed_at=sealed_at))
    look = uow.session.execute(
        select(ChainLook.chain_name, ChainLook.is_development, ChainLook.last_ok_at)
        .where(ChainLook.chain_id.in_(select(Anchor.chain_id).where(Anchor.state.in_(STANDING))))
        .order_by(ChainLook.last_ok_at.desc())
        .limit(1)
    ).one_or_none()
    name, development, ok_at = look or (None, False, None)
    return Reach(
        _furthest(
            chain=look is not None, development=development, stamps=bool(stamps[0]), seen=bool(seen[0])
        ),
        chain_name=name,
        is_development=development,
        last_look_ok_at=ok_at,
        stale=look is not None and (ok_at is None or (now or clock.now()) - ok_at > STALE_AFTER),
        witnesses=seen[0],
        here=seen[1],
        stamped_by=stamps[0],
        stamped_here=stamps[1],
    )


def _furthest(
    *, chain: bool, development: bool, stamps: bool, seen: bool
) -> Literal["server", "witness", "timestamp", "anchor"]:
    if chain and not (development and stamps):
        return "anchor"
    if stamps:
        return "timestamp"
    return "witness" if seen else "server"


def _parted(found: Iterable[tuple[str, bool]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names on other machines, and on this one."""
    named = list(found)
    others = tuple(name for name, on_this_machine in named if not on_this_machine)
    return others, tuple(name for name, on_this_machine in named if on_this_machine)


def standing_anchors() -> Select[*tuple[Any, ...]]:
    """Anchors that a block holds, in the columns of AnchorView, smallest head first."""
    return (
        select(
            Anchor.chain_id,
            func.coalesce(ChainLook.chain_name, "").label("chain_name"),
            func.coalesce(ChainLook.is_development, False).label("is_development"),
            Anchor.contract,
            Anchor.tx_hash,
            Anchor.block_number,
            Anchor.block_at,
            Anchor.checkpoint_size,
            Anchor.checkpoint_root,
            Anchor.log_id,
            (Anchor.state == AnchorState.FINAL).label("final"),
        )
        .outerjoin(ChainLook, ChainLook.chain_id == Anchor.chain_id)
        .where(Anchor.state.in_(STANDING))
        .order_by(Anchor.checkpoint_size, Anchor.prepared_at)
    )


def anchor_view(row: Row[*tuple[Any, ...]]) -> AnchorView:
    """A row of `standing_anchors`."""
    return AnchorView(**row._asdict())


def anchors_by_size(uow: UnitOfWork, sizes: Collection[int]) -> dict[int, AnchorView]:
    """The standing anchors of these sizes (1 statement)."""
    if not sizes:
        return {}
    rows = uow.session.execute(standing_anchors().where(Anchor.checkpoint_size.in_(sizes)))
    return {view.checkpoint_size: view for view in map(anchor_view, rows)}


def _cosigners(uow: UnitOfWork, sealed_at: datetime | None) -> list[tuple[str, bool]]:
    """Name and whether on this machine, of the witnesses whose newest cosignature covers that moment."""
    newest = (
        select(Cosignature.vkey, func.max(Cosignature.checkpoint_size).label("size"))
        .group_by(Cosignature.vkey)
        .subquery()
    )
    rows = (
        select(WitnessState.name, WitnessState.on_this_machine)
        .join(newest, newest.c.vkey == WitnessState.vkey)
        .join(SignedCheckpoint, SignedCheckpoint.size == newest.c.size)
        .order_by(WitnessState.name)
    )
    if sealed_at is not None:
        rows = rows.where(SignedCheckpoint.signed_at >= sealed_at)
    return [(name, here) for name, here in uow.session.execute(rows)]
