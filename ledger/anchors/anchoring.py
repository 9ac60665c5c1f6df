"""From a signed checkpoint to a head on a chain, and back when the chain forgets it.

prepared → sent → mined → final. The signed bytes and their hash are stored before they are sent, so a crash
between any two lines is healed by looking for the receipt and sending the same bytes again. One anchor is
under way at a time; a block that leaves the chain sends its anchors back from mined to sent; a chain that
lost the contract (a development chain that was reset) makes all of them lost, and anchoring begins anew.
Functions open their own short units of work and never hold one while they ask the chain.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.kernel.uow import unit_of_work
from ledger import queries, stored_tiles
from ledger.anchors import rows, rules
from ledger.anchors.chain import Chain, ChainRefuses, ChainWaits, Head, Receipt, SignedTransaction
from ledger.anchors.fees import Fees, worst_cost_wei
from ledger.anchors.rows import OPEN, STANDING, ContractView
from ledger.anchors.rules import Begin, Push, Settled
from ledger.core.errors import MalformedProof
from ledger.core.tiles import TileTree
from ledger.models import Anchor, AnchorState
from ledger.queries import CheckpointView

_GONE = {"block_number": None, "block_hash": None, "block_at": None, "gas_used": None}


def advance(chain: Chain, now: datetime, *, deploy: bool = False) -> bool:
    """Do what can be done now; True when the newest checkpoint that may be anchored stands on the chain.

    Deploys the contract on a development chain, elsewhere only when asked by `deploy`. Safe to repeat and
    to run twice at once. Raises ChainDown, ChainRefuses, ChainWaits; ChainAhead and Forked (the contract
    holds a head that this log does not extend).
    """
    with unit_of_work(read_only=True) as uow:
        log, checkpoint = queries.log(uow), queries.anchorable_checkpoint(uow)
    if log is None or checkpoint is None:
        return True
    log_id = hashlib.sha256(log.origin.encode()).digest()
    contract = _ready_contract(chain, log_id, now, deploy=deploy or chain.is_development)
    if contract is None:
        return False
    _follow(chain, contract, _without_those_below_the_newest(chain, contract), now)
    if not rows.newest_size(chain, OPEN) and rows.newest_size(chain, STANDING) < checkpoint.size:
        _begin(chain, contract, checkpoint, now)
        _follow(chain, contract, rows.under_way(chain, contract.address), now)  # sends it
        # A chain that mines at once has its receipt by now.
        _follow(chain, contract, rows.under_way(chain, contract.address), now)
    rows.record_look(chain, now, chain.block_number())
    return rows.newest_size(chain, STANDING) >= checkpoint.size


def look(chain: Chain, now: datetime) -> None:
    """Look whether the chain lives and still holds what stood there, and remember when.

    Raises ChainDown, ChainRefuses; then the last good look stays as it was.
    """
    contract = rows.contract_of(chain)
    newest = chain.block_number()
    if contract is not None and chain.has_code(contract.address):
        follow(chain, contract, now)
    elif contract is not None:
        rows.lose_standing(chain, "the chain holds no contract at its address any more")
    rows.record_look(chain, now, newest)


def follow(chain: Chain, contract: ContractView, now: datetime) -> None:
    """Compare with the chain whatever is not final yet, and the newest that is."""
    _follow(chain, contract, rows.to_follow(chain, contract.address), now)


def _without_those_below_the_newest(chain: Chain, contract: ContractView) -> Sequence[Anchor]:
    """What `advance` follows, which comes every two seconds: where a block takes a quarter of an hour to be
    final, forty receipts would be asked for each time. `look` asks for all of them once a minute."""
    anchors = rows.to_follow(chain, contract.address)
    own = [one for one in anchors if one.sender == chain.sender]
    finalized = chain.finalized_number() if own else 0
    above = [own[at] for at in rules.above_the_final([(o.state, o.block_number) for o in own], finalized)]
    if not above or not _stands(chain, contract, above[-1]):
        return anchors
    return [one for one in anchors if one not in above]


def _follow(chain: Chain, contract: ContractView, anchors: Sequence[Anchor], now: datetime) -> None:
    finalized = chain.finalized_number() if anchors else 0
    for anchor in anchors:
        tx_hash, receipt = _receipt(chain, contract, anchor)
        if receipt is None:
            _push(chain, contract, anchor, now)
        else:
            _settle(anchor, tx_hash, receipt, finalized)


def _stands(chain: Chain, contract: ContractView, anchor: Anchor) -> bool:
    found = chain.receipt(anchor.tx_hash, contract.address, contract.log_id)
    return found is not None and found.block_hash == anchor.block_hash


def _receipt(chain: Chain, contract: ContractView, anchor: Anchor) -> tuple[bytes, Receipt | None]:
    """What a block took: the transaction sent last, or one that it was to replace."""
    found = chain.receipt(anchor.tx_hash, contract.address, contract.log_id)
    if found is not None:
        return anchor.tx_hash, found
    for earlier in rows.replaced(anchor.id):
        found = chain.receipt(earlier, contract.address, contract.log_id)
        if found is not None:
            return earlier, found
    return anchor.tx_hash, None


def _push(chain: Chain, contract: ContractView, anchor: Anchor, now: datetime) -> None:
    """No block holds it: send the same bytes again, dearer ones when it is stuck, or give it up when another
    transaction took its nonce, or none comes that must be before it."""
    next_nonce = chain.next_nonce()
    decided = rules.push(
        nonce=anchor.nonce,
        next_nonce=next_nonce,
        has_bytes=bool(anchor.raw_tx),
        waits_since=anchor.sent_at if anchor.state == AnchorState.SENT else None,
        now=now,
    )
    if decided is Push.GIVE_UP:
        told = "no block holds it, and another transaction of the account took its nonce"
        rows.change(anchor.id, state=AnchorState.LOST, error=told)
        return
    if decided is Push.FORGET:
        rows.change(anchor.id, state=AnchorState.LOST, error="its block left the chain")
        return
    if anchor.state in STANDING:
        rows.change(anchor.id, state=AnchorState.SENT, error="its block left the chain", **_GONE)
    if decided is Push.FREE_THE_WAY and not rows.follow_again(chain, contract.address, next_nonce):
        told = "a transaction of the account before it is missing"
        rows.change(anchor.id, state=AnchorState.LOST, error=told)
        return
    if decided is Push.SEND_DEARER:
        _send_dearer(chain, contract, anchor, now)
        return
    _send(chain, anchor.id, anchor.raw_tx)
    rows.change(anchor.id, state=AnchorState.SENT, sent_at=anchor.sent_at or now)


def _send(chain: Chain, anchor_id: UUID, raw: bytes) -> None:
    try:
        chain.send(raw)
    except ChainRefuses as refused:
        rows.change(anchor_id, error=str(refused))
        raise


def _send_dearer(chain: Chain, contract: ContractView, anchor: Anchor, now: datetime) -> None:
    """Replace a stuck transaction by the same call with higher fees. Raises ChainWaits at the day's cap."""
    head = chain.head(contract.address, contract.log_id)
    if head.size >= anchor.checkpoint_size:
        return  # it stands, and the node's index lags behind its state
    signed = chain.sign_anchor(
        contract.address,
        contract.log_id,
        prev_size=head.size,
        head=Head(anchor.checkpoint_size, anchor.checkpoint_root),
        nonce=anchor.nonce,
        instead_of=Fees(anchor.max_fee_wei, anchor.tip_wei),
    )
    _keep_within_cap(chain, signed, now, but=anchor.id)
    if rows.replace(anchor, signed, now):
        _send(chain, anchor.id, signed.raw)


def _keep_within_cap(
    chain: Chain, signed: SignedTransaction, now: datetime, *, but: UUID | None = None
) -> None:
    """Raise ChainWaits when the day's money would not last: the log goes on unanchored, and says so."""
    if chain.daily_cap_wei is None:
        return
    cost = worst_cost_wei(signed.gas_limit, signed.fees)
    spent = rows.spent_wei(chain, now, but=but)
    if spent + cost > chain.daily_cap_wei:
        raise ChainWaits(
            f"EVM_DAILY_CAP_WEI is {chain.daily_cap_wei}; {spent} went in 24 hours, the next may cost {cost}"
        )


def _settle(anchor: Anchor, tx_hash: bytes, receipt: Receipt, finalized: int) -> None:
    """A block holds it: mined or final; lost when it failed there, or wrote nothing (a replay)."""
    head = Head(anchor.checkpoint_size, anchor.checkpoint_root)
    found = rules.settled(head, receipt, finalized=finalized)
    if found in (Settled.REFUSED, Settled.REPLAYED):
        rows.change(anchor.id, state=AnchorState.LOST, error=found.value)
        return
    state = AnchorState(found.value)
    if (anchor.state, anchor.block_hash) == (state, receipt.block_hash):
        return
    rows.change(
        anchor.id,
        state=state,
        tx_hash=tx_hash,
        block_number=receipt.block_number,
        block_hash=receipt.block_hash,
        block_at=receipt.block_at,
        gas_used=receipt.gas_used,
        error=None,
    )


def _begin(chain: Chain, contract: ContractView, checkpoint: CheckpointView, now: datetime) -> None:
    """Prepare the next anchor, or take over the one that the chain has and this database does not."""
    head, signed_size = chain.head(contract.address, contract.log_id), _signed_size()
    new = Head(checkpoint.size, checkpoint.root)
    decided = rules.beginning(head, new, signed_size=signed_size, root_at=_root_at)
    if decided is Begin.TAKE_OVER:
        _take_over(chain, contract, new, now)
    if decided is not Begin.ANCHOR:
        return
    nonce = rules.next_nonce(chain.next_nonce(), rows.own_next_nonce(chain))
    signed = chain.sign_anchor(contract.address, contract.log_id, prev_size=head.size, head=new, nonce=nonce)
    _keep_within_cap(chain, signed, now)
    rows.prepare(chain, contract, new, signed, now)


def _take_over(chain: Chain, contract: ContractView, head: Head, now: datetime) -> None:
    found = chain.find_anchored(contract.address, contract.log_id, head.size)
    if found is None or rows.revive(chain, found.tx_hash):
        return  # not found: the node's index lags behind its state, and the next pass finds it
    unsent = SignedTransaction(
        nonce=found.nonce, raw=b"", tx_hash=found.tx_hash, gas_limit=0, fees=Fees(0, 0)
    )
    rows.prepare(chain, contract, head, unsent, now)


def _signed_size() -> int:
    with unit_of_work(read_only=True) as uow:
        newest = queries.latest_checkpoint(uow)
    return newest.size if newest else 0


def _root_at(size: int) -> bytes | None:
    with unit_of_work(read_only=True) as uow:
        try:
            return TileTree(size, stored_tiles.reader(uow)).root()
        except MalformedProof:  # a tile is missing or too short
            return None


def _ready_contract(chain: Chain, log_id: bytes, now: datetime, *, deploy: bool) -> ContractView | None:
    """The contract once it stands; None while its deployment waits for a block. Raises ChainRefuses."""
    contract = rows.contract_of(chain, log_id)
    if contract is None:
        if not deploy:
            raise ChainRefuses(
                f"chain {chain.chain_id} has no contract for this log yet; run `flask ledger anchor --deploy`"
            )
        signed, address = chain.sign_deployment(chain.next_nonce())
        rows.keep_contract(chain, log_id, address, signed, now)
        contract = rows.contract_of(chain, log_id)
    if contract is None or chain.has_code(contract.address):
        return contract
    if chain.next_nonce() > contract.nonce or rows.newest_size(chain, STANDING):
        # Its nonce is spent and no code stands there, or anchors stood in it: this chain lost its past.
        if not chain.has_code(contract.address):
            rows.forget_contract(chain, contract)
        return None
    chain.send(contract.raw_tx)
    return contract if chain.has_code(contract.address) else None
