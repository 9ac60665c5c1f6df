"""An EVM chain behind `ledger.anchors.chain.Chain`: asked over JSON-RPC, signed for by eth-account.

The one door to eth-account. Loading it takes a tenth of a second, so only the worker's tasks and the CLI load
this module, by name and when they need it (`ledger.anchors.connection`). Why not web3: decision 15.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from ledger.anchors.chain import ChainDown, ChainRefuses, Found, Head, Receipt, SignedTransaction
from ledger.anchors.fees import Fees, bumped
from ledger.anchors.jsonrpc import NodeAway, NodeRefuses, as_data, call, read_data, read_quantity
from ledger.anchors.receipt import EVENT_TOPIC, HEAD_ROOT, HEAD_SIZE
from ledger.core.errors import Malformed
from ledger.core.jcs import JSONValue

ANVIL_FIRST_KEY: Final = (  # public: every anvil has this account; used on development chains only
    "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"  # pragma: allowlist secret
)
DEVELOPMENT: Final = frozenset({31337, 1337})
NAMES: Final = {
    1: "Ethereum",
    100: "Gnosis",
    137: "Polygon",
    8453: "Base",
    42161: "Arbitrum One",
    11155111: "Sepolia",
    31337: "Anvil",
}
CONTRACT: Final = Path(__file__).resolve().parents[2] / "contracts" / "anchor.json"

_ANCHOR: Final = "anchor(bytes32,uint256,uint256,bytes32)"
_WORD: Final = 32
_CONFIRMATIONS: Final = 12  # where the chain has no `finalized` tag
_LARGEST: Final = 2**60  # of a block's number, gas, wei a gas: more is no chain's, and no column holds it
_NO_SUCH_TAG: Final = frozenset({-32601, -32602, -39001})  # no such method, bad parameter, unknown block
_KNOWN: Final = (  # what nodes say of bytes that they hold already or no longer need, without blanks
    "alreadyknown",
    "alreadyimported",
    "alreadyexists",
    "knowntransaction",
    "noncetoolow",
    "oldnonce",
    "underpriced",
)


def connect(rpc_url: str, private_key: str, *, chain_id: int, daily_cap_wei: int) -> "EVMChain":
    """The chain behind a JSON-RPC address. An empty key is anvil's first one, on development chains only.

    `chain_id` is the one that the operator means, 0 where he named none. Raises ChainDown; ChainRefuses when
    the node speaks for another chain, the chain needs a key and there is none, or the key is none.
    """
    node = _Node(rpc_url)
    with _faults():
        told = node.number("eth_chainId")
    if chain_id not in (0, told):
        raise ChainRefuses(f"the node at EVM_RPC_URL speaks for chain {told}, EVM_CHAIN_ID is {chain_id}")
    if not private_key and told not in DEVELOPMENT:
        raise ChainRefuses(f"EVM_PRIVATE_KEY is missing for chain {told}")
    try:
        account: LocalAccount = Account.from_key(private_key or ANVIL_FIRST_KEY)
    except ValueError as fault:
        raise ChainRefuses("EVM_PRIVATE_KEY is not a private key") from fault
    return EVMChain(node, account, told, daily_cap_wei)


class EVMChain:
    """An EVM chain through one account; see `Chain` for what each method says."""

    def __init__(self, node: "_Node", account: LocalAccount, chain_id: int, daily_cap_wei: int) -> None:
        self._node = node
        self._account = account
        self.chain_id = chain_id
        self.name = NAMES.get(chain_id, f"EVM {chain_id}")
        self.is_development = chain_id in DEVELOPMENT
        self.daily_cap_wei = None if self.is_development else daily_cap_wei
        self.sender = bytes.fromhex(account.address[2:])

    def block_number(self) -> int:
        """The newest block."""
        with _faults():
            return self._node.number("eth_blockNumber")

    def finalized_number(self) -> int:
        """The newest final block; where the chain has no such tag, the one with 12 blocks above it."""
        with _faults():
            try:
                block = self._node.record("eth_getBlockByNumber", "finalized", False)
            except NodeRefuses as refused:
                if refused.code not in _NO_SUCH_TAG and "finalized" not in str(refused):
                    raise  # it may know the tag, and be busy: 12 blocks are not final there
                block = None
            if block is not None:
                return _number(block.get("number"))
        return self.block_number() - _CONFIRMATIONS

    def next_nonce(self) -> int:
        """The nonce after the last mined transaction: servers disagree on what `pending` counts."""
        with _faults():
            return self._node.number("eth_getTransactionCount", as_data(self.sender), "latest")

    def has_code(self, address: bytes) -> bool:
        """Whether a contract stands there."""
        with _faults():
            return len(self._node.raw("eth_getCode", as_data(address), "latest")) > 0

    def head(self, contract: bytes, log_id: bytes) -> Head:
        """The contract's newest head of a log."""
        with _faults():
            size, root = (self._view(contract, selector, log_id) for selector in (HEAD_SIZE, HEAD_ROOT))
        return Head(int.from_bytes(size, "big"), root)

    def receipt(self, tx_hash: bytes, contract: bytes, log_id: bytes) -> Receipt | None:
        """What became of a transaction, or None when no block holds it."""
        with _faults():
            try:
                told = self._node.record("eth_getTransactionReceipt", as_data(tx_hash))
            except NodeRefuses as refused:
                if str(refused).lower() != "transaction not found":
                    raise
                return None  # some nodes call that an error
            if told is None or told.get("blockNumber") is None:  # some nodes write one of what only waits
                return None
            block = self._node.record("eth_getBlockByNumber", told.get("blockNumber"), False)
            if block is None or read_data(block.get("hash")) != read_data(told.get("blockHash")):
                return None  # the node's index still has a receipt of a block that left the chain
            return Receipt(
                succeeded=_number(told.get("status")) == 1,
                block_number=_number(told.get("blockNumber")),
                block_hash=read_data(told.get("blockHash")),
                block_at=_moment(block.get("timestamp")),
                gas_used=_number(told.get("gasUsed")),
                heads=tuple(_heads(_records(told.get("logs")), contract, log_id)),
            )

    def find_anchored(self, contract: bytes, log_id: bytes, size: int) -> Found | None:
        """The transaction that wrote a head of this size, or None."""
        topics: JSONValue = [EVENT_TOPIC, as_data(log_id), as_data(size.to_bytes(_WORD, "big"))]
        wanted = {"address": as_data(contract), "topics": topics, "fromBlock": "0x0", "toBlock": "latest"}
        with _faults():
            logs = _records(self._node.ask("eth_getLogs", wanted))
            if not logs:
                return None
            tx_hash = read_data(logs[0].get("transactionHash"))
            sent = self._node.record("eth_getTransactionByHash", as_data(tx_hash))
            if sent is None:
                raise Malformed("a log of a transaction that the node does not have")
            return Found(tx_hash, _number(sent.get("nonce")))

    def sign_deployment(self, nonce: int) -> tuple[SignedTransaction, bytes]:
        """A new anchor contract, and the address that it will have."""
        return self._sign({"data": _built()["bytecode"]}, nonce), _address_of(self.sender, nonce)

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
        """The call that writes a head. Raises ChainRefuses when the contract would revert."""
        sizes = (size.to_bytes(_WORD, "big") for size in (prev_size, head.size))
        called = _built()["selectors"][_ANCHOR] + b"".join((log_id, *sizes, head.root)).hex()
        return self._sign({"to": to_checksum_address(contract), "data": called}, nonce, instead_of)

    def send(self, raw: bytes) -> None:
        """Hand signed bytes to the node; bytes that it knows already are no fault."""
        try:
            with _faults():
                self._node.ask("eth_sendRawTransaction", as_data(raw))
        except ChainRefuses as refused:
            told = "".join(str(refused).lower().split())
            if not any(words in told for words in _KNOWN):
                raise

    def _view(self, contract: bytes, selector: str, log_id: bytes) -> bytes:
        asked: JSONValue = {"to": as_data(contract), "data": selector + log_id.hex()}
        word = self._node.raw("eth_call", asked, "latest")
        if len(word) != _WORD:
            raise Malformed("no anchor contract stands at this address")
        return word

    def _sign(
        self, asked: Mapping[str, str], nonce: int, instead_of: Fees | None = None
    ) -> SignedTransaction:
        with _faults():
            block = self._node.record("eth_getBlockByNumber", "latest", False)
            if block is None:
                raise Malformed("no newest block")
            tip = self._node.number("eth_maxPriorityFeePerGas")
            gas = self._node.number("eth_estimateGas", {"from": as_data(self.sender), **asked})
            base = _number(block.get("baseFeePerGas", "0x0"))
        # Twice the base fee outlasts six full blocks in a row; what is not used is not paid.
        fees = Fees(2 * base + tip, tip)
        if instead_of is not None:
            fees = bumped(instead_of, fees)
        transaction: dict[str, Any] = {
            "type": 2,
            "chainId": self.chain_id,
            "nonce": nonce,
            "value": 0,
            "gas": gas * 13 // 10,
            "maxFeePerGas": fees.max_fee_wei,
            "maxPriorityFeePerGas": fees.tip_wei,
            **asked,
        }
        signed = self._account.sign_transaction(transaction)
        return SignedTransaction(
            nonce=nonce,
            raw=bytes(signed.raw_transaction),
            tx_hash=bytes(signed.hash),
            gas_limit=gas * 13 // 10,
            fees=fees,
        )


@dataclass(frozen=True)
class _Node:
    """What a node answers, by kind. Every method raises NodeAway, NodeRefuses; all but `ask` Malformed."""

    url: str

    def ask(self, method: str, *params: JSONValue) -> JSONValue:
        return call(self.url, method, *params)

    def number(self, method: str, *params: JSONValue) -> int:
        return _number(self.ask(method, *params))

    def raw(self, method: str, *params: JSONValue) -> bytes:
        return read_data(self.ask(method, *params))

    def record(self, method: str, *params: JSONValue) -> dict[str, JSONValue] | None:
        """None: there is none."""
        answer = self.ask(method, *params)
        return None if answer is None else _record(answer)


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except NodeRefuses as refused:
        who = "contract" if "revert" in str(refused).lower() else "node"
        raise ChainRefuses(f"the {who} refuses: {refused}") from refused
    except NodeAway as away:
        raise ChainDown(f"the node does not answer: {away}") from away
    except Malformed as garbled:
        raise ChainDown(f"the node gives no usable answer: {garbled}") from garbled


def _built() -> dict[str, Any]:
    built: dict[str, Any] = json.loads(CONTRACT.read_text("utf-8"))
    return built


def _records(value: JSONValue) -> list[dict[str, JSONValue]]:
    if not isinstance(value, list):
        raise Malformed("not the list that was asked for")
    return [_record(each) for each in value]


def _record(value: JSONValue) -> dict[str, JSONValue]:
    if not isinstance(value, dict):
        raise Malformed("not the object that was asked for")
    return value


def _heads(logs: list[dict[str, JSONValue]], contract: bytes, log_id: bytes) -> Iterator[Head]:
    ours = [read_data(EVENT_TOPIC), log_id]
    for log in logs:
        told = log.get("topics")
        topics = [read_data(each) for each in told] if isinstance(told, list) else []
        if read_data(log.get("address")) == contract and len(topics) == 3 and topics[:2] == ours:
            yield Head(int.from_bytes(topics[2], "big"), read_data(log.get("data"))[:_WORD])


def _number(value: JSONValue) -> int:
    if (number := read_quantity(value)) > _LARGEST:
        raise Malformed("a number that no chain has")
    return number


def _moment(value: JSONValue) -> datetime:
    try:
        return datetime.fromtimestamp(_number(value), UTC)
    except (OverflowError, ValueError, OSError) as fault:
        raise Malformed("a time that no clock shows") from fault


def _address_of(sender: bytes, nonce: int) -> bytes:
    """Where a contract that `sender` creates with `nonce` will stand: keccak(RLP([sender, nonce]))[12:]."""
    digits = nonce.to_bytes((nonce.bit_length() + 7) // 8, "big")
    number = digits if 0 < nonce < 0x80 else bytes([0x80 + len(digits)]) + digits
    body = bytes([0x80 + len(sender)]) + sender + number
    return keccak(bytes([0xC0 + len(body)]) + body)[12:]
