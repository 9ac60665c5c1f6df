"""The one door to web3: an EVM chain behind `ledger.anchors.chain.Chain`.

Importing web3 takes about two seconds, so only the worker's tasks and the CLI load this module, by name and
when they need it (`ledger.tasks`).
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import HTTPProvider, Web3
from web3.exceptions import (
    BadFunctionCallOutput,
    BadResponseFormat,
    BlockNotFound,
    ContractLogicError,
    TransactionNotFound,
    Web3RPCError,
)
from web3.middleware import ExtraDataToPOAMiddleware

from ledger.anchors.chain import ChainDown, ChainRefuses, Found, Head, Receipt, SignedTransaction
from ledger.anchors.fees import Fees, bumped
from ledger.anchors.receipt import EVENT_TOPIC

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

_TIMEOUT_S: Final = 10
_WORD: Final = 32
_CONFIRMATIONS: Final = 12  # where the chain has no `finalized` tag
_KNOWN: Final = ("already known", "already imported", "nonce too low", "underpriced", "already exists")


def connect(rpc_url: str, private_key: str, *, chain_id: int, daily_cap_wei: int) -> "EVMChain":
    """The chain behind a JSON-RPC address. An empty key is anvil's first one, on development chains only.

    `chain_id` is the one that the operator means, 0 where he named none. Raises ChainDown; ChainRefuses when
    the node speaks for another chain, the chain needs a key and there is none, or the key is none.
    """
    provider = HTTPProvider(
        rpc_url, request_kwargs={"timeout": _TIMEOUT_S}, exception_retry_configuration=None
    )
    web3 = Web3(provider)
    with _faults():
        told = web3.eth.chain_id
    if chain_id not in (0, told):
        raise ChainRefuses(f"the node at EVM_RPC_URL speaks for chain {told}, EVM_CHAIN_ID is {chain_id}")
    chain_id = told
    if not private_key and chain_id not in DEVELOPMENT:
        raise ChainRefuses(f"EVM_PRIVATE_KEY is missing for chain {chain_id}")
    try:
        account: LocalAccount = Account.from_key(private_key or ANVIL_FIRST_KEY)
    except ValueError as fault:
        raise ChainRefuses("EVM_PRIVATE_KEY is not a private key") from fault
    web3.middleware_onion.inject(ExtraDataToPOAMiddleware, layer=0)
    return EVMChain(web3, account, chain_id, daily_cap_wei)


class EVMChain:
    """An EVM chain through one account; see `Chain` for what each method says."""

    def __init__(self, web3: Web3, account: LocalAccount, chain_id: int, daily_cap_wei: int) -> None:
        self._web3 = web3
        self._account = account
        self.chain_id = chain_id
        self.name = NAMES.get(chain_id, f"EVM {chain_id}")
        self.is_development = chain_id in DEVELOPMENT
        self.daily_cap_wei = None if self.is_development else daily_cap_wei
        self.sender = bytes.fromhex(account.address[2:])
        built = json.loads(CONTRACT.read_text("utf-8"))
        self._abi, self._bytecode = built["abi"], built["bytecode"]

    def block_number(self) -> int:
        """The newest block."""
        with _faults():
            return int(self._web3.eth.block_number)

    def finalized_number(self) -> int:
        """The newest final block; where the chain has no such tag, the one with 12 blocks above it."""
        try:
            with _faults():
                return int(self._web3.eth.get_block("finalized")["number"])
        except (BlockNotFound, ChainRefuses):
            return self.block_number() - _CONFIRMATIONS

    def next_nonce(self) -> int:
        """The nonce after the last mined transaction: servers disagree on what `pending` counts."""
        with _faults():
            return int(self._web3.eth.get_transaction_count(self._account.address, "latest"))

    def has_code(self, address: bytes) -> bool:
        """Whether a contract stands there."""
        with _faults():
            return len(self._web3.eth.get_code(_checksum(address))) > 0

    def head(self, contract: bytes, log_id: bytes) -> Head:
        """The contract's newest head of a log."""
        calls = self._contract(contract).functions
        with _faults():
            return Head(calls.head_size(log_id).call(), bytes(calls.head_root(log_id).call()))

    def receipt(self, tx_hash: bytes, contract: bytes, log_id: bytes) -> Receipt | None:
        """What became of a transaction, or None when no block holds it."""
        try:
            with _faults():
                told = self._web3.eth.get_transaction_receipt(_hash(tx_hash))
                block = self._web3.eth.get_block(told["blockNumber"])
        except (TransactionNotFound, BlockNotFound):
            return None
        if bytes(block["hash"]) != bytes(told["blockHash"]):
            return None  # the node's index still has a receipt of a block that left the chain
        return Receipt(
            succeeded=told["status"] == 1,
            block_number=int(told["blockNumber"]),
            block_hash=bytes(told["blockHash"]),
            block_at=datetime.fromtimestamp(block["timestamp"], UTC),
            gas_used=int(told["gasUsed"]),
            heads=tuple(_heads(told["logs"], contract, log_id)),
        )

    def find_anchored(self, contract: bytes, log_id: bytes, size: int) -> Found | None:
        """The transaction that wrote a head of this size, or None."""
        topics = [EVENT_TOPIC, f"0x{log_id.hex()}", f"0x{size.to_bytes(_WORD, 'big').hex()}"]
        wanted: Any = {"address": _checksum(contract), "topics": topics, "fromBlock": 0, "toBlock": "latest"}
        with _faults():
            logs = self._web3.eth.get_logs(wanted)
            if not logs:
                return None
            sent = self._web3.eth.get_transaction(logs[0]["transactionHash"])
        return Found(bytes(logs[0]["transactionHash"]), int(sent["nonce"]))

    def sign_deployment(self, nonce: int) -> tuple[SignedTransaction, bytes]:
        """A new anchor contract, and the address that it will have."""
        blank = self._web3.eth.contract(abi=self._abi, bytecode=self._bytecode)
        signed = self._sign({"data": blank.constructor().data_in_transaction}, nonce)
        return signed, _address_of(self.sender, nonce)

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
        called = self._contract(contract).encode_abi("anchor", args=[log_id, prev_size, head.size, head.root])
        return self._sign({"to": _checksum(contract), "data": called}, nonce, instead_of)

    def send(self, raw: bytes) -> None:
        """Hand signed bytes to the node; bytes that it knows already are no fault."""
        try:
            with _faults():
                self._web3.eth.send_raw_transaction(raw)
        except ChainRefuses as refused:
            if not any(words in str(refused).lower() for words in _KNOWN):
                raise

    def _sign(self, call: Mapping[str, Any], nonce: int, instead_of: Fees | None = None) -> SignedTransaction:
        with _faults():
            block = self._web3.eth.get_block("latest")
            tip = int(self._web3.eth.max_priority_fee)
            gas = self._web3.eth.estimate_gas({"from": self._account.address, **call})  # type: ignore[typeddict-item]  # web3's own TypedDict
        # Twice the base fee outlasts six full blocks in a row; what is not used is not paid.
        fees = Fees(2 * int(block.get("baseFeePerGas", 0)) + tip, tip)
        if instead_of is not None:
            fees = bumped(instead_of, fees)
        signed = self._account.sign_transaction(
            {
                "type": 2,
                "chainId": self.chain_id,
                "nonce": nonce,
                "value": 0,
                "gas": gas * 13 // 10,
                "maxFeePerGas": fees.max_fee_wei,
                "maxPriorityFeePerGas": fees.tip_wei,
                **call,
            }
        )
        return SignedTransaction(
            nonce=nonce,
            raw=bytes(signed.raw_transaction),
            tx_hash=bytes(signed.hash),
            gas_limit=gas * 13 // 10,
            fees=fees,
        )

    def _contract(self, address: bytes) -> Any:
        return self._web3.eth.contract(address=_checksum(address), abi=self._abi)


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except (TransactionNotFound, BlockNotFound):
        raise  # "not there" is an answer, though web3 counts it among the RPC errors
    except ContractLogicError as reverted:
        raise ChainRefuses(f"the contract refuses: {reverted.message or reverted}") from reverted
    except Web3RPCError as refused:
        raise ChainRefuses(f"the node refuses: {refused.message}") from refused
    except (BadResponseFormat, BadFunctionCallOutput, json.JSONDecodeError) as garbled:
        raise ChainDown(f"the node gives no usable answer: {type(garbled).__name__}") from garbled
    except OSError as away:  # requests' errors are OSErrors
        raise ChainDown(f"the node does not answer: {type(away).__name__}") from away


def _heads(logs: Any, contract: bytes, log_id: bytes) -> Iterator[Head]:
    for log in logs:
        topics = [bytes(topic) for topic in log["topics"]]
        if bytes.fromhex(log["address"][2:]) != contract or len(topics) != 3:
            continue
        if topics[:2] == [bytes.fromhex(EVENT_TOPIC[2:]), log_id]:
            yield Head(int.from_bytes(topics[2], "big"), bytes(log["data"])[:_WORD])


def _address_of(sender: bytes, nonce: int) -> bytes:
    """Where a contract that `sender` creates with `nonce` will stand: keccak(RLP([sender, nonce]))[12:]."""
    digits = nonce.to_bytes((nonce.bit_length() + 7) // 8, "big")
    number = digits if 0 < nonce < 0x80 else bytes([0x80 + len(digits)]) + digits
    body = bytes([0x80 + len(sender)]) + sender + number
    return bytes(Web3.keccak(bytes([0xC0 + len(body)]) + body))[12:]


def _checksum(address: bytes) -> Any:
    return Web3.to_checksum_address(address)


def _hash(raw: bytes) -> Any:
    return f"0x{raw.hex()}"
