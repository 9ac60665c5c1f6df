"""Anchors as the database remembers them: short units of work, none of them open while a chain is asked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select, update

from app.kernel.db import new_id
from app.kernel.uow import UnitOfWork, unit_of_work
from ledger import queries
from ledger.anchors.chain import Chain, Head, SignedTransaction
from ledger.models import Anchor, AnchorContract, AnchorState, ChainLook, ReplacedTransaction

OPEN = (AnchorState.PREPARED, AnchorState.SENT)
STANDING = (AnchorState.MINED, AnchorState.FINAL)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class ContractView:
    """The contract that keeps a log's heads, and the transaction that made it."""

    address: bytes
    log_id: bytes
    nonce: int
    raw_tx: bytes
    tx_hash: bytes


def due(uow: UnitOfWork) -> str | None:
    """A key for the next anchor when what may be anchored has outgrown what was, else None."""
    checkpoint = queries.anchorable_checkpoint(uow)
    chain_id = uow.session.scalar(select(ChainLook.chain_id).order_by(ChainLook.last_try_at.desc()).limit(1))
    live = select(func.max(Anchor.checkpoint_size)).where(Anchor.state != AnchorState.LOST)
    lost = select(func.count()).select_from(Anchor).where(Anchor.state == AnchorState.LOST)
    if chain_id is not None:
        live = live.where(Anchor.chain_id == chain_id)
    if checkpoint is None or checkpoint.size <= (uow.session.scalar(live) or 0):
        return None
    # The count lets a head be anchored once more after its chain was lost.
    return f"{chain_id or 0}:{checkpoint.size}:{uow.session.scalar(lost)}"


def contract_of(chain: Chain, log_id: bytes | None = None) -> ContractView | None:
    """The contract on this chain (of this log), deployed or about to be."""
    found = select(
        AnchorContract.address,
        AnchorContract.log_id,
        AnchorContract.nonce,
        AnchorContract.raw_tx,
        AnchorContract.tx_hash,
    ).where(AnchorContract.chain_id == chain.chain_id)
    if log_id is not None:
        found = found.where(AnchorContract.log_id == log_id)
    with unit_of_work(read_only=True) as uow:
        row = uow.session.execute(found).first()
    return ContractView(row.address, row.log_id, row.nonce, row.raw_tx, row.tx_hash) if row else None


def keep_contract(
    chain: Chain, log_id: bytes, address: bytes, signed: SignedTransaction, now: datetime
) -> None:
    """Remember a deployment before it is sent; of two workers the first one's stays."""
    with unit_of_work() as uow:
        uow.insert_if_new(
            AnchorContract,
            chain_id=chain.chain_id,
            log_id=log_id,
            address=address,
            nonce=signed.nonce,
            raw_tx=signed.raw,
            tx_hash=signed.tx_hash,
            prepared_at=now,
        )


def forget_contract(chain: Chain, contract: ContractView) -> None:
    """The chain lost the contract: its anchors are lost with it, and the next pass deploys anew."""
    lose_standing(chain, "the chain holds no contract at its address any more", states=(*OPEN, *STANDING))
    with unit_of_work() as uow:
        kept = uow.session.get(AnchorContract, (chain.chain_id, contract.log_id))
        if kept is not None and kept.tx_hash == contract.tx_hash:
            uow.session.delete(kept)


def to_follow(chain: Chain, contract: bytes) -> Sequence[Anchor]:
    """Anchors that are not final, and the newest final one, in the order of nonces; detached rows."""
    with unit_of_work(read_only=True) as uow:
        here = _in(chain, contract)
        final = here.where(Anchor.state == AnchorState.FINAL).order_by(Anchor.nonce.desc()).limit(1)
        moving = here.where(Anchor.state.in_((*OPEN, AnchorState.MINED))).order_by(Anchor.nonce)
        found = [*uow.session.scalars(final), *uow.session.scalars(moving)]
        uow.session.expunge_all()
        return found


def under_way(chain: Chain, contract: bytes) -> Sequence[Anchor]:
    """Anchors that no block is known to hold, in the order of nonces; detached rows."""
    with unit_of_work(read_only=True) as uow:
        moving = _in(chain, contract).where(Anchor.state.in_(OPEN)).order_by(Anchor.nonce)
        found = uow.session.scalars(moving).all()
        uow.session.expunge_all()
        return found


def _in(chain: Chain, contract: bytes) -> Select[Anchor]:
    return select(Anchor).where(Anchor.chain_id == chain.chain_id, Anchor.contract == contract)


def newest_size(chain: Chain, states: Collection[AnchorState]) -> int:
    """The largest head that is in one of these states on this chain; 0 when there is none."""
    with unit_of_work(read_only=True) as uow:
        found = select(func.max(Anchor.checkpoint_size)).where(
            Anchor.chain_id == chain.chain_id, Anchor.state.in_(states)
        )
        return uow.session.scalar(found) or 0


def own_next_nonce(chain: Chain) -> int:
    """The nonce after those of our anchors that are not lost."""
    with unit_of_work(read_only=True) as uow:
        last = uow.session.scalar(
            select(func.max(Anchor.nonce)).where(
                Anchor.chain_id == chain.chain_id,
                Anchor.sender == chain.sender,
                Anchor.state != AnchorState.LOST,
            )
        )
    return 0 if last is None else last + 1


def prepare(
    chain: Chain, contract: ContractView, head: Head, signed: SignedTransaction, now: datetime
) -> None:
    """Store an anchor before it is sent; nothing while another is under way, or when this head stands."""
    with unit_of_work() as uow:
        stands = and_(Anchor.state.in_(STANDING), Anchor.checkpoint_size >= head.size)
        needless = select(Anchor.id).where(
            Anchor.chain_id == chain.chain_id, or_(Anchor.state.in_(OPEN), stands)
        )
        if uow.session.scalars(needless.limit(1)).first() is not None:
            return
        uow.insert_if_new(
            Anchor,
            id=new_id(),
            state=AnchorState.PREPARED,
            chain_id=chain.chain_id,
            contract=contract.address,
            log_id=contract.log_id,
            checkpoint_size=head.size,
            checkpoint_root=head.root,
            sender=chain.sender,
            nonce=signed.nonce,
            raw_tx=signed.raw,
            tx_hash=signed.tx_hash,
            max_fee_wei=signed.fees.max_fee_wei,
            tip_wei=signed.fees.tip_wei,
            gas_limit=signed.gas_limit,
            prepared_at=now,
        )


def replace(anchor: Anchor, signed: SignedTransaction, now: datetime) -> bool:
    """Store what replaces a stuck transaction, before it is sent; False when that one moved meanwhile."""
    with unit_of_work() as uow:
        moved = uow.session.scalars(
            update(Anchor)
            .where(Anchor.id == anchor.id, Anchor.state == AnchorState.SENT, Anchor.tx_hash == anchor.tx_hash)
            .values(
                raw_tx=signed.raw,
                tx_hash=signed.tx_hash,
                max_fee_wei=signed.fees.max_fee_wei,
                tip_wei=signed.fees.tip_wei,
                gas_limit=signed.gas_limit,
                sent_at=now,
            )
            .returning(Anchor.id)
        ).all()
        if moved:
            uow.add(ReplacedTransaction(tx_hash=anchor.tx_hash, anchor_id=anchor.id, replaced_at=now))
        return bool(moved)


def replaced(anchor_id: UUID) -> Sequence[bytes]:
    """Hashes of the transactions that this anchor's present one replaced, newest first."""
    with unit_of_work(read_only=True) as uow:
        return uow.session.scalars(
            select(ReplacedTransaction.tx_hash)
            .where(ReplacedTransaction.anchor_id == anchor_id)
            .order_by(ReplacedTransaction.replaced_at.desc())
        ).all()


def spent_wei(chain: Chain, now: datetime, *, but: UUID | None = None) -> int:
    """What the anchors of the last 24 hours cost at worst, one of them left out."""
    with unit_of_work(read_only=True) as uow:
        rows = uow.session.execute(
            select(Anchor.id, Anchor.gas_used, Anchor.gas_limit, Anchor.max_fee_wei).where(
                Anchor.chain_id == chain.chain_id,
                Anchor.sender == chain.sender,
                Anchor.prepared_at > now - _DAY,
            )
        ).all()
    return sum((row.gas_used or row.gas_limit) * row.max_fee_wei for row in rows if row.id != but)


def revive(chain: Chain, tx_hash: bytes) -> bool:
    """Follow a transaction again that was given up; False when it is not known here."""
    with unit_of_work() as uow:
        return bool(
            uow.session.scalars(
                update(Anchor)
                .where(Anchor.chain_id == chain.chain_id, Anchor.tx_hash == tx_hash)
                .values(state=AnchorState.SENT, error=None)
                .returning(Anchor.id)
            ).all()
        )


def follow_again(chain: Chain, contract: bytes, nonce: int) -> bool:
    """Whether an anchor that is not lost has this nonce; one that was given up when a block had taken the
    nonce is followed again, since that block left."""
    here = select(Anchor.id).where(
        Anchor.chain_id == chain.chain_id,
        Anchor.contract == contract,
        Anchor.sender == chain.sender,
        Anchor.nonce == nonce,
    )
    lost = here.where(Anchor.state == AnchorState.LOST, Anchor.raw_tx != b"")
    with unit_of_work() as uow:
        if uow.session.scalars(here.where(Anchor.state != AnchorState.LOST)).first() is not None:
            return True
        found = uow.session.scalars(lost.order_by(Anchor.prepared_at.desc()).limit(1)).all()
        revived = update(Anchor).where(Anchor.id.in_(found))
        uow.session.execute(revived.values(state=AnchorState.SENT, error=None))
        return bool(found)


def change(anchor_id: UUID, **values: Any) -> None:
    """Write what was learnt of one anchor."""
    with unit_of_work() as uow:
        uow.session.execute(update(Anchor).where(Anchor.id == anchor_id).values(**values))


def lose_standing(chain: Chain, reason: str, *, states: Collection[AnchorState] = STANDING) -> None:
    """Nothing of this chain's anchors stands any more."""
    with unit_of_work() as uow:
        uow.session.execute(
            update(Anchor)
            .where(Anchor.chain_id == chain.chain_id, Anchor.state.in_(states))
            .values(state=AnchorState.LOST, error=reason)
        )


def record_look(chain: Chain, now: datetime, block_number: int) -> None:
    """Remember a good look at the chain."""
    told = {
        "chain_name": chain.name,
        "is_development": chain.is_development,
        "last_ok_at": now,
        "last_try_at": now,
        "block_number": block_number,
        "error": None,
    }
    with unit_of_work() as uow:
        if not uow.insert_if_new(ChainLook, chain_id=chain.chain_id, **told):
            mine = update(ChainLook).where(ChainLook.chain_id == chain.chain_id)
            uow.session.execute(mine.values(**told))


def record_fault(reason: str, now: datetime) -> None:
    """Remember that a look failed; the time of the last good one stays."""
    with unit_of_work() as uow:
        uow.session.execute(update(ChainLook).values(last_try_at=now, error=reason))
