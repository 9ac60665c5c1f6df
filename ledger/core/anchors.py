"""Anchors as a proof bundle shows them: where a head of the log was known outside of it, kind by kind.

A kind that comes later (a chain that a state runs) has its own members beside `kind` and `external_id`, and
readers of today tell it without a claim. `anchored` checks them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, Protocol

from ledger.core.encoding import encode_base64
from ledger.core.errors import MalformedProof
from ledger.core.instants import read_instant, write_instant
from ledger.core.jcs import JSONValue
from ledger.core.members import Members
from ledger.core.tree import HASH_SIZE

_ADDRESS_SIZE: Final = 20


class AnchoredHead(Protocol):
    """What anchors of every kind say: a head of the log was known outside of it, under a name given there.

    The anchored head may be another than the bundle's checkpoint; `consistency` then joins the smaller to
    the larger.
    """

    @property
    def kind(self) -> str:
        """`evm`, `rfc3161`, or a kind that comes later."""

    @property
    def external_id(self) -> str:
        """What the outside calls this anchor: the transaction's hash, the time stamp's serial number."""

    @property
    def size(self) -> int:
        """Entries under the anchored head."""

    @property
    def root(self) -> bytes:
        """Root of the anchored head, 32 bytes."""

    @property
    def consistency(self) -> tuple[bytes, ...] | None:
        """Proof that joins it to the checkpoint; None when there is none, or none is needed."""


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """Where a head of the log was written on a chain: (size, root) under log_id = SHA-256(origin)."""

    kind: Literal["evm"] = field(default="evm", init=False)
    chain_id: int
    chain_name: str
    development: bool  # a chain that its operator can rewrite: proves nothing to others
    contract: bytes  # 20
    tx_hash: bytes  # 32
    block_number: int
    log_id: bytes  # 32
    size: int
    root: bytes  # 32
    consistency: tuple[bytes, ...] | None = None

    @property
    def external_id(self) -> str:
        """The transaction's hash."""
        return f"0x{self.tx_hash.hex()}"

    def to_json(self) -> dict[str, JSONValue]:
        """An element of `anchors`; chain values in 0x-hexadecimal as chains write them."""
        anchor: dict[str, JSONValue] = {
            "kind": self.kind,
            "external_id": self.external_id,
            "chain_id": self.chain_id,
            "chain_name": self.chain_name,
            "development": self.development,
            "contract": f"0x{self.contract.hex()}",
            "tx_hash": f"0x{self.tx_hash.hex()}",
            "block_number": self.block_number,
            "log_id": f"0x{self.log_id.hex()}",
            "size": self.size,
            "root": f"0x{self.root.hex()}",
        }
        return anchor | _joined(self)


@dataclass(frozen=True, kw_only=True)
class Timestamp:
    """A head of the log that a time stamp authority signed (RFC 3161): SHA-256 of the checkpoint's body.

    All but `token`, `size` and `root` is the word of the bundle's maker until the token is checked.
    """

    kind: Literal["rfc3161"] = field(default="rfc3161", init=False)
    authority: str
    on_this_machine: bool  # whoever runs the log could make it say anything
    external_id: str  # serial number at the authority, decimal
    stamped_at: datetime
    token: bytes  # DER
    size: int
    root: bytes  # 32
    consistency: tuple[bytes, ...] | None = None

    def to_json(self) -> dict[str, JSONValue]:
        """An element of `timestamps`."""
        stamp: dict[str, JSONValue] = {
            "kind": self.kind,
            "external_id": self.external_id,
            "authority": self.authority,
            "on_this_machine": self.on_this_machine,
            "stamped_at": write_instant(self.stamped_at),
            "token": encode_base64(self.token),
            "size": self.size,
            "root": f"0x{self.root.hex()}",
        }
        return stamp | _joined(self)


@dataclass(frozen=True)
class UnknownAnchor:
    """An anchor of a kind that came after this reader: it is told, and nothing about it is checked."""

    kind: str
    external_id: str
    members: Mapping[str, JSONValue]

    def to_json(self) -> dict[str, JSONValue]:
        """The element of `anchors` as it was read."""
        return dict(self.members)


def read_anchor(value: JSONValue) -> Anchor | UnknownAnchor:
    """Read an element of `anchors`; raises MalformedProof."""
    members = Members(value, "an anchor")
    kind = members.get("kind", str) if "kind" in members else "evm"  # the only kind there was at first
    if kind != "evm":
        return UnknownAnchor(kind, members.get("external_id", str), value if isinstance(value, dict) else {})
    return Anchor(
        chain_id=members.natural("chain_id"),
        chain_name=members.get("chain_name", str),
        development=members.get("development", bool),
        contract=members.hexadecimal("contract", _ADDRESS_SIZE),
        tx_hash=members.hexadecimal("tx_hash", HASH_SIZE),
        block_number=members.natural("block_number"),
        log_id=members.hexadecimal("log_id", HASH_SIZE),
        size=members.natural("size"),
        root=members.hexadecimal("root", HASH_SIZE),
        consistency=_consistency(members),
    )


def read_timestamp(members: Members) -> Timestamp:
    """Read an element of `timestamps`; raises MalformedProof."""
    if members.get("kind", str) != "rfc3161":
        raise MalformedProof("a time stamp of an unknown kind")
    return Timestamp(
        authority=members.get("authority", str),
        on_this_machine=members.get("on_this_machine", bool),
        external_id=members.get("external_id", str),
        stamped_at=read_instant(members.get("stamped_at", str)),
        token=members.base64("token"),
        size=members.natural("size"),
        root=members.hexadecimal("root", HASH_SIZE),
        consistency=_consistency(members),
    )


def _consistency(members: Members) -> tuple[bytes, ...] | None:
    return members.hashes("consistency") if "consistency" in members else None


def _joined(head: AnchoredHead) -> dict[str, JSONValue]:
    path = head.consistency
    return {} if path is None else {"consistency": [encode_base64(value) for value in path]}
