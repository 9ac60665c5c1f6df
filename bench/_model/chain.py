"""A chain in memory that does to an anchorer what chains do: forget, reorganise, keep waiting, refuse."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from bench._model.oracle import Oracle, Violation
from ledger.anchors.chain import ChainRefuses, Found, Head, Receipt, SignedTransaction
from ledger.anchors.fees import Fees, bumped
from ledger.core.tree import EMPTY_ROOT

DEEPEST_REORG = 3  # blocks; what lies below is final
_MARKET = Fees(2_000_000_000, 1_000_000_000)
_GENESIS = datetime(2026, 11, 20, tzinfo=UTC)


@dataclass(frozen=True)
class Call:
    """The anchor contract's one call, in a transaction of our account."""

    nonce: int
    prev_size: int
    head: Head
    fees: Fees

    @property
    def hash(self) -> bytes:
        """The hash of the transaction."""
        return hashlib.sha256(repr(self).encode()).digest()


@dataclass(frozen=True)
class Block:
    """A block with at most one transaction, what that did, and the state behind it."""

    number: int
    fork: int  # how many blocks of any height were made before: two of one height differ
    call: Call | None
    succeeded: bool
    wrote: bool
    head: Head
    nonce: int


@dataclass
class ModelChain:
    """One account, one contract that stands since the first block."""

    oracle: Oracle
    blocks: list[Block] = field(
        default_factory=lambda: [Block(0, 0, None, True, False, Head(0, EMPTY_ROOT), 0)]
    )
    pool: dict[int, Call] = field(default_factory=dict)
    signed: dict[bytes, Call] = field(default_factory=dict)  # by what stands for its bytes
    sent: dict[bytes, Call] = field(default_factory=dict)  # all that anybody ever saw
    made: int = 0
    forgot: bool = False  # a transaction, which may come back from somewhere

    def finalized_number(self) -> int:
        """The newest block that cannot leave."""
        return len(self.blocks) - 1 - DEEPEST_REORG

    def next_nonce(self) -> int:
        """The nonce after the last mined transaction."""
        return self.blocks[-1].nonce

    def head(self) -> Head:
        """The contract's newest head."""
        return self.blocks[-1].head

    def receipt(self, tx_hash: bytes) -> Receipt | None:
        """What became of a transaction."""
        for block in reversed(self.blocks):
            if block.call is not None and block.call.hash == tx_hash:
                return Receipt(
                    succeeded=block.succeeded,
                    block_number=block.number,
                    block_hash=hashlib.sha256(f"{block.number} {block.fork}".encode()).digest(),
                    block_at=_GENESIS,
                    gas_used=35_000,
                    heads=(block.call.head,) if block.wrote else (),
                )
        return None

    def find_anchored(self, size: int) -> Found | None:
        """The transaction that wrote a head of this size."""
        for block in self.blocks:
            if block.call is not None and block.wrote and block.call.head.size == size:
                return Found(block.call.hash, block.call.nonce)
        return None

    def sign_anchor(
        self, *, prev_size: int, head: Head, nonce: int, instead_of: Fees | None = None
    ) -> SignedTransaction:
        """Sign the call; raises ChainRefuses when the contract would revert now."""
        now = self.head()
        if now != head and not (prev_size == now.size < head.size):
            raise ChainRefuses("the contract refuses: prev")
        fees = _MARKET if instead_of is None else bumped(instead_of, _MARKET)
        call = Call(nonce, prev_size, head, fees)
        self.signed[call.hash] = call
        return SignedTransaction(nonce=nonce, raw=call.hash, tx_hash=call.hash, gas_limit=50_000, fees=fees)

    def send(self, raw: bytes) -> None:
        """Take signed bytes into the pool; a replacement must pay a tenth more; old nonces are no fault."""
        call = self.sent[raw] = self.signed[raw]
        waiting = self.pool.get(call.nonce)
        if call.nonce < self.next_nonce() or waiting == call:
            return
        if waiting is None or call.fees.max_fee_wei * 10 >= waiting.fees.max_fee_wei * 11:
            self.pool[call.nonce] = call

    def mine(self) -> None:
        """Make a block of the next transaction, if it waits in the pool."""
        last = self.blocks[-1]
        call = self.pool.pop(last.nonce, None)
        self.made += 1
        if call is None:
            self.blocks.append(replace(last, number=last.number + 1, fork=self.made, call=None))
            return
        grows = call.prev_size == last.head.size < call.head.size
        block = Block(
            number=last.number + 1,
            fork=self.made,
            call=call,
            succeeded=grows or call.head == last.head,
            wrote=grows,
            head=call.head if grows else last.head,
            nonce=last.nonce + 1,
        )
        self.blocks.append(block)
        self._check(call, wrote=grows)

    def forget_waiting(self) -> None:
        """Drop what waits: nodes do, for want of room."""
        self.forgot |= bool(self.pool)
        self.pool.clear()

    def reorganise(self, depth: int, *, forget: bool) -> None:
        """Replace the newest blocks by empty ones; their transactions wait again, or are forgotten."""
        depth = min(depth, DEEPEST_REORG, len(self.blocks) - 1)
        gone = self.blocks[len(self.blocks) - depth :]
        del self.blocks[len(self.blocks) - depth :]
        for _ in gone:
            last = self.blocks[-1]
            self.made += 1
            self.blocks.append(replace(last, number=last.number + 1, fork=self.made, call=None))
        calls = {block.call.nonce: block.call for block in gone if block.call is not None}
        if forget:
            self.forgot |= bool(calls)
        else:
            self.pool |= calls

    def _check(self, call: Call, *, wrote: bool) -> None:
        if wrote:
            self.oracle.anchored(call.head.size, call.head.root)
        twice = [
            block
            for block in self.blocks
            if block.call is not None and block.call.head.size == call.head.size
        ]
        if len(twice) > 1 and not self.forgot:
            raise Violation(f"the head of {call.head.size} entries was anchored by two transactions")
