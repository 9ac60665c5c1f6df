"""The anchorer step by step, as `ledger.anchors.anchoring` goes; it decides by `ledger.anchors.rules`."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bench._model.programs import Steps, anchorable
from bench._model.world import LOG_VKEY, AnchorRow, World, opened
from ledger.anchors import rules
from ledger.anchors.chain import Head, Receipt, SignedTransaction
from ledger.anchors.fees import Fees
from ledger.anchors.rules import Begin, Push, Settled

_OPEN, _STANDING = ("prepared", "sent"), ("mined", "final")


def anchorer(w: World, process: int) -> Steps:
    """`anchoring.advance`, the contract standing: follow what is under way, then begin the next."""
    size = anchorable(w)
    if size == 0:
        return
    new = Head(size, opened(w.db.checkpoints[size], LOG_VKEY).root)
    yield
    yield from _follow(w, _without_those_below_the_newest(w))
    if (newest(w, _OPEN) and "anchors-twice-at-once" not in w.bugs) or newest(w, _STANDING) >= size:
        return
    yield from _begin(w, new)
    yield from _follow(w, _under_way(w))  # sends it
    yield from _follow(w, _under_way(w))


def newest(w: World, states: Sequence[str]) -> int:
    """The largest head that is in one of these states; 0 when there is none."""
    return max((row.size for row in w.db.anchors.values() if row.state in states), default=0)


def chain_looker(w: World, process: int) -> Steps:
    """`anchoring.look`: everything that may still move, whatever stands above it."""
    yield
    yield from _follow(w, _to_follow(w))


def _under_way(w: World) -> list[AnchorRow]:
    return sorted((row for row in w.db.anchors.values() if row.state in _OPEN), key=lambda row: row.nonce)


def _to_follow(w: World) -> list[AnchorRow]:
    if "never-looks-back" in w.bugs:
        return _under_way(w)
    rows = sorted(w.db.anchors.values(), key=lambda row: row.nonce)
    final = [row for row in rows if row.state == "final"][-1:]
    return [*final, *(row for row in rows if row.state in (*_OPEN, "mined"))]


def _without_those_below_the_newest(w: World) -> list[AnchorRow]:
    rows = _to_follow(w)
    above = rules.above_the_final([(row.state, row.block_number) for row in rows], w.chain.finalized_number())
    if not above or not _stands(w, rows[above[-1]]):
        return rows
    return [row for at, row in enumerate(rows) if at not in above]


def _follow(w: World, rows: Sequence[AnchorRow]) -> Steps:
    for row in rows:
        finalized = w.chain.finalized_number()
        yield
        tx_hash, receipt = _receipt(w, row)
        yield
        if receipt is None:
            yield from _push(w, row)
        else:
            _settle(w, row, tx_hash, receipt, finalized)
            yield


def _stands(w: World, row: AnchorRow) -> bool:
    found = w.chain.receipt(row.tx_hash)
    return found is not None and found.block_hash == row.block_hash


def _receipt(w: World, row: AnchorRow) -> tuple[bytes, Receipt | None]:
    for tx_hash in (row.tx_hash, *row.replaced):
        found = w.chain.receipt(tx_hash)
        if found is not None:
            return tx_hash, found
    return row.tx_hash, None


def _push(w: World, row: AnchorRow) -> Steps:
    next_nonce = w.chain.next_nonce()
    decided = rules.push(
        nonce=row.nonce,
        next_nonce=next_nonce,
        has_bytes=bool(row.raw),
        waits_since=row.sent_at if row.state == "sent" else None,
        now=w.now,
    )
    yield
    blocked = decided is Push.FREE_THE_WAY and not _follow_again(w, next_nonce)
    if blocked or decided in (Push.GIVE_UP, Push.FORGET):
        _change(w, row, state="lost")
        return
    if row.state in _STANDING:
        _change(w, row, state="sent", block_hash=None, block_number=None)
        yield
    if decided is Push.SEND_DEARER:
        yield from _send_dearer(w, row)
        return
    w.chain.send(row.raw)
    yield  # killed here, the next one sends the same bytes again
    _change(w, row, state="sent", sent_at=row.sent_at or w.now)


def _follow_again(w: World, nonce: int) -> bool:
    here = [row for row in w.db.anchors.values() if row.nonce == nonce]
    if any(row.state != "lost" for row in here):
        return True
    found = [row for row in here if row.raw][-1:]
    for row in found:
        _change(w, row, state="sent")
    return bool(found)


def _send_dearer(w: World, row: AnchorRow) -> Steps:
    head = w.chain.head()
    if head.size >= row.size:
        return
    signed = w.chain.sign_anchor(
        prev_size=head.size,
        head=Head(row.size, row.root),
        nonce=row.nonce,
        instead_of=Fees(row.max_fee_wei, row.tip_wei),
    )
    yield
    now = w.db.anchors[row.id]
    if now.state == "sent" and now.tx_hash == row.tx_hash:  # it did not move meanwhile
        _change(
            w,
            row,
            raw=signed.raw,
            tx_hash=signed.tx_hash,
            max_fee_wei=signed.fees.max_fee_wei,
            tip_wei=signed.fees.tip_wei,
            sent_at=w.now,
            replaced=(row.tx_hash, *row.replaced),
        )
        yield
        w.chain.send(signed.raw)


def _settle(w: World, row: AnchorRow, tx_hash: bytes, receipt: Receipt, finalized: int) -> None:
    found = rules.settled(Head(row.size, row.root), receipt, finalized=finalized)
    if found in (Settled.REFUSED, Settled.REPLAYED):
        _change(w, row, state="lost")
        return
    _change(
        w,
        row,
        state=found.value,
        tx_hash=tx_hash,
        block_hash=receipt.block_hash,
        block_number=receipt.block_number,
    )


def _begin(w: World, new: Head) -> Steps:
    head = w.chain.head()
    yield
    decided = rules.beginning(head, new, signed_size=w.db.newest(), root_at=w.db.root_at)
    if decided is Begin.TAKE_OVER:
        yield from _take_over(w, head)
    if decided is not Begin.ANCHOR:
        return
    nonce = rules.next_nonce(w.chain.next_nonce(), _own_next_nonce(w))
    signed = w.chain.sign_anchor(prev_size=head.size, head=new, nonce=nonce)
    yield
    _prepare(w, new, signed)
    yield  # killed here, the bytes are stored and nobody saw them


def _take_over(w: World, head: Head) -> Steps:
    found = w.chain.find_anchored(head.size)
    yield
    if found is not None and not _revive(w, found.tx_hash):
        unsent = SignedTransaction(
            nonce=found.nonce, raw=b"", tx_hash=found.tx_hash, gas_limit=0, fees=Fees(0, 0)
        )
        _prepare(w, head, unsent)


def _own_next_nonce(w: World) -> int:
    return 1 + max((row.nonce for row in w.db.anchors.values() if row.state != "lost"), default=-1)


def _revive(w: World, tx_hash: bytes) -> bool:
    known = [row for row in w.db.anchors.values() if row.tx_hash == tx_hash]
    for row in known:
        _change(w, row, state="sent")
    return bool(known)


def _prepare(w: World, head: Head, signed: SignedTransaction) -> None:
    needless = newest(w, _OPEN) or newest(w, _STANDING) >= head.size
    taken = any(row.nonce == signed.nonce and row.state != "lost" for row in w.db.anchors.values())
    if taken or (needless and "anchors-twice-at-once" not in w.bugs):
        return
    row = AnchorRow(
        id=len(w.db.anchors),
        state="prepared",
        size=head.size,
        root=head.root,
        nonce=signed.nonce,
        raw=signed.raw,
        tx_hash=signed.tx_hash,
        max_fee_wei=signed.fees.max_fee_wei,
        tip_wei=signed.fees.tip_wei,
    )
    w.db.anchors[row.id] = row


def _change(w: World, row: AnchorRow, **values: Any) -> None:
    w.db.anchors[row.id] = replace(w.db.anchors[row.id], **values)
