"""How far a seal reaches: this server only, an independent witness, an outside anchor. Said in one place.

A witness on this very machine and a development chain are told by what they are: whoever runs the log
could make them say anything, so neither is evidence towards others.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, Select, func, select

from app.kernel import clock
from app.kernel.uow import UnitOfWork
from ledger.models import Anchor, AnchorState, ChainLook, Cosignature, SignedCheckpoint, WitnessState

STALE_AFTER = timedelta(minutes=15)
STANDING = (AnchorState.MINED, AnchorState.FINAL)


@dataclass(frozen=True)
class AnchorView:
    """A head of the log that stands on a chain."""

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


@dataclass(frozen=True)
class Reach:
    """How far the seal reaches: an outside anchor goes further than a witness, a witness than this server.

    `stale`: the chain was not looked at lately.
    """

    kind: Literal["server", "witness", "anchor"]
    chain_name: str | None = None
    is_development: bool = False
    last_look_ok_at: datetime | None = None
    stale: bool = False
    witnesses: tuple[str, ...] = ()  # independent ones that cosigned, by name
    here: tuple[str, ...] = ()  # those that cosigned and run on this machine: not independent


def reach(uow: UnitOfWork, now: datetime | None = None, *, sealed_at: datetime | None = None) -> Reach:
    """How far the seals of this log reach now; `stale` when the last good look is 15 minutes old.

    A witness counts when it cosigned any checkpoint; with `sealed_at`, when it cosigned one that is not
    older than that seal.
    """
    seen = _cosigners(uow, sealed_at)
    witnesses = tuple(name for name, on_this_machine in seen if not on_this_machine)
    here = tuple(name for name, on_this_machine in seen if on_this_machine)
    look = uow.session.execute(
        select(ChainLook.chain_name, ChainLook.is_development, ChainLook.last_ok_at)
        .where(ChainLook.chain_id.in_(select(Anchor.chain_id).where(Anchor.state.in_(STANDING))))
        .order_by(ChainLook.last_ok_at.desc())
        .limit(1)
    ).one_or_none()
    if look is None:
        return Reach("witness" if witnesses else "server", witnesses=witnesses, here=here)
    name, development, ok_at = look
    stale = ok_at is None or (now or clock.now()) - ok_at > STALE_AFTER
    return Reach("anchor", name, development, ok_at, stale, witnesses, here)


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
