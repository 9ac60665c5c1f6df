"""What the ledger asks of a chain, in its own words. `evm` answers; nothing here imports it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ledger.anchors.fees import Fees


class ChainDown(Exception):
    """The node does not answer, or not in its language: try later, nothing is lost."""


class ChainWaits(Exception):
    """Nothing is wrong, and nothing is sent now: the day's money is spent, or nothing may be anchored yet."""


class ChainRefuses(Exception):
    """The node or the contract refuses a transaction: somebody must look (no money, wrong owner)."""


@dataclass(frozen=True)
class Head:
    """A head of a log as the contract holds it; size 0 when it holds none."""

    size: int
    root: bytes  # 32 bytes


@dataclass(frozen=True, kw_only=True)
class SignedTransaction:
    """Signed bytes, not yet sent; their hash is known before anybody sees them."""

    nonce: int
    raw: bytes
    tx_hash: bytes
    gas_limit: int
    fees: Fees


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What became of a transaction in a block; `heads` are the heads that it wrote."""

    succeeded: bool
    block_number: int
    block_hash: bytes
    block_at: datetime
    gas_used: int
    heads: tuple[Head, ...]


@dataclass(frozen=True)
class Found:
    """A transaction of the account that is on the chain already."""

    tx_hash: bytes
    nonce: int


class Chain(Protocol):
    """One chain through one account. Every method that asks the node raises ChainDown and ChainRefuses."""

    @property
    def chain_id(self) -> int:
        """The number of the chain."""

    @property
    def name(self) -> str:
        """Its name for people."""

    @property
    def is_development(self) -> bool:
        """Whether its operator can rewrite it at will: it proves nothing to others."""

    @property
    def sender(self) -> bytes:
        """Address of our account, 20 bytes."""

    @property
    def daily_cap_wei(self) -> int | None:
        """What our account may spend in 24 hours; None where the money is worth nothing."""

    def block_number(self) -> int:
        """The newest block."""

    def finalized_number(self) -> int:
        """The newest block that the chain calls final."""

    def next_nonce(self) -> int:
        """The nonce after the account's last mined transaction."""

    def has_code(self, address: bytes) -> bool:
        """Whether a contract stands there."""

    def head(self, contract: bytes, log_id: bytes) -> Head:
        """The contract's newest head of a log."""

    def receipt(self, tx_hash: bytes, contract: bytes, log_id: bytes) -> Receipt | None:
        """What became of a transaction, or None when no block holds it."""

    def find_anchored(self, contract: bytes, log_id: bytes, size: int) -> Found | None:
        """The transaction that wrote a head of this size, or None."""

    def sign_deployment(self, nonce: int) -> tuple[SignedTransaction, bytes]:
        """A new anchor contract, and the address that it will have."""

    def sign_anchor(
        self,
        contract: bytes,
        log_id: bytes,
        *,
        prev_size: int,
        head: Head,
        nonce: int,
        instead_of: Fees | None = None,
    ) -> SignedTransaction:
        """The call that writes a head; `instead_of` are the fees of a stuck transaction that it replaces."""

    def send(self, raw: bytes) -> None:
        """Hand signed bytes to the node; bytes that it knows already are no fault."""
