"""Read an anchor back from a chain: a receipt file, or a node's JSON-RPC. Standard library only.

`python -m ledger verify` uses it, so that an auditor needs nothing of ours but this folder.
The contract's constants stand here as well as in contracts/anchor.json; a test compares them.
"""

from dataclasses import dataclass
from typing import Final

from ledger.anchors.jsonrpc import NodeAway, NodeRefuses, as_data, call, read_data, read_quantity
from ledger.core import jcs
from ledger.core.anchors import Anchor
from ledger.core.errors import AnchorDiffers, AnchorUnreachable, Malformed
from ledger.core.jcs import JSONValue

EVENT_TOPIC: Final = "0xcaa0084f8d9da3b7262a03bacdd2470ee8b9bad83f9b13f2e876090a09562e75"
HEAD_SIZE: Final = "0x9767c6d1"  # selector of head_size(bytes32)
HEAD_ROOT: Final = "0xb3536a5e"  # selector of head_root(bytes32)

_WORD: Final = 32
_SUCCESS: Final = "0x1"


@dataclass(frozen=True)
class ReceiptFile:
    """A transaction receipt that the verifier got by himself, e.g. from a block explorer."""

    receipt: dict[str, JSONValue]

    @classmethod
    def read(cls, data: bytes) -> "ReceiptFile":
        """Read a receipt, bare or as the JSON-RPC answer that holds it; raises Malformed."""
        value = jcs.parse(data)
        if isinstance(value, dict) and isinstance(value.get("result"), dict):
            value = value["result"]
        if not isinstance(value, dict) or "logs" not in value:
            raise Malformed("not the receipt of a transaction")
        return cls(value)

    def look(self, anchor: Anchor) -> str:
        """What the receipt says of an anchor; raises AnchorDiffers, AnchorUnreachable (another's receipt)."""
        if self.receipt.get("transactionHash") != as_data(anchor.tx_hash):
            raise AnchorUnreachable("the receipt is of another transaction")
        check_receipt(self.receipt, anchor)
        told = f"the receipt agrees, block {anchor.block_number}; that the chain holds it was not asked"
        return f"{told}, {_contract(anchor)}"


@dataclass(frozen=True)
class RPC:
    """A node of the chain that the verifier chose to believe."""

    url: str  # http or https

    def look(self, anchor: Anchor) -> str:
        """What the chain says of an anchor: its receipt, the block that holds it, and the contract's head.

        Raises AnchorDiffers; AnchorUnreachable when the node does not answer or serves another chain.
        """
        if (chain := _number(self.ask("eth_chainId"))) != anchor.chain_id:
            raise AnchorUnreachable(f"the node serves chain {chain}, not {anchor.chain_id}")
        receipt = self.ask("eth_getTransactionReceipt", as_data(anchor.tx_hash))
        if not isinstance(receipt, dict):
            raise AnchorDiffers("the chain knows no such transaction")
        check_receipt(receipt, anchor)
        block = self.ask("eth_getBlockByNumber", receipt.get("blockNumber"), False)
        if not isinstance(block, dict) or block.get("hash") != receipt.get("blockHash"):
            raise AnchorDiffers("the block of the transaction is no longer part of the chain")
        self._check_head(anchor)
        newest = _number(self.ask("eth_blockNumber"))
        told = f"block {anchor.block_number}, {newest - anchor.block_number} above it"
        return f"{told}, {_contract(anchor)}"

    def ask(self, method: str, *params: JSONValue) -> JSONValue:
        """The result of one JSON-RPC call; raises AnchorUnreachable."""
        try:
            return call(self.url, method, *params)
        except NodeAway as fault:
            raise AnchorUnreachable(f"the node does not answer: {fault}") from fault
        except NodeRefuses as fault:
            raise AnchorUnreachable(f"the node refuses {method}: {fault}") from fault

    def _check_head(self, anchor: Anchor) -> None:
        head = int.from_bytes(self._view(HEAD_SIZE, anchor), "big")
        if head < anchor.size:
            raise AnchorDiffers(f"the contract's head has {head} entries: less than was anchored")
        if head == anchor.size and self._view(HEAD_ROOT, anchor) != anchor.root:
            raise AnchorDiffers("the contract holds another root for this size")

    def _view(self, selector: str, anchor: Anchor) -> bytes:
        asked: JSONValue = {"to": as_data(anchor.contract), "data": selector + anchor.log_id.hex()}
        result = self.ask("eth_call", asked, "latest")
        raw = _bytes(result)
        if len(raw) != _WORD:
            raise AnchorDiffers("no anchor contract stands at this address")
        return raw


def check_receipt(receipt: dict[str, JSONValue], anchor: Anchor) -> None:
    """Raise AnchorDiffers unless the receipt holds exactly the anchor's event, from its contract."""
    if receipt.get("status") != _SUCCESS:
        raise AnchorDiffers("the transaction failed")
    if _number(receipt.get("blockNumber")) != anchor.block_number:
        raise AnchorDiffers("the transaction stands in another block")
    topics = [EVENT_TOPIC, as_data(anchor.log_id), as_data(anchor.size.to_bytes(_WORD, "big"))]
    logs = receipt.get("logs")
    for log in logs if isinstance(logs, list) else []:
        if (
            isinstance(log, dict)
            and _bytes(log.get("address")) == anchor.contract
            and log.get("topics") == topics
            and _bytes(log.get("data"))[:_WORD] == anchor.root
        ):
            return
    raise AnchorDiffers("the transaction wrote no such head")


def _contract(anchor: Anchor) -> str:
    """Whose contract it is, no chain can tell: anybody may deploy one that says what ours says."""
    return f"contract {as_data(anchor.contract)}: compare it with the one that you know as the log's"


def _bytes(value: JSONValue) -> bytes:
    try:
        return read_data(value)
    except Malformed as fault:
        raise AnchorDiffers(str(fault)) from fault


def _number(value: JSONValue) -> int:
    try:
        return read_quantity(value)
    except Malformed as fault:
        raise AnchorDiffers(str(fault)) from fault
