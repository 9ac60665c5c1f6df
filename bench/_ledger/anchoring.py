"""Gas of an anchor on anvil, by the product's own transactions, over one that only emits the event."""

import statistics
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

import vyper

from bench._report import ROUNDS, Measured
from ledger.anchors import evm
from ledger.anchors.chain import Head
from tests.support.anvil import Chain, anvil
from tests.support.processes import DidNotStart

SOURCE = Path(__file__).with_name("event_only.vy")
LOG_ID = sha256(b"bench.invalid/ledger").digest()
_GROWTH = 977  # entries between two anchors
_FIRST = 1_000_000
_PATIENCE_S = 20


def measure(folder: Path) -> Measured:
    """Steady-state gas: a head that replaces an older one, not the first."""
    try:
        with anvil(folder) as node:
            return _measured(node)
    except DidNotStart as missing:
        return Measured(
            figures={"anchor_gas": None, "event_gas": None},
            ratios={"anchor_gas_over_event": None},
            reasons=[str(missing)],
        )


def _measured(node: Chain) -> Measured:
    chain = evm.connect(node.url, "", chain_id=0, daily_cap_wei=0)
    built = vyper.compile_code(SOURCE.read_text("utf-8"), output_formats=["bytecode"])["bytecode"]
    deployment, contract = chain.sign_deployment(chain.next_nonce())
    chain.send(deployment.raw)
    sender = f"0x{chain.sender.hex()}"
    created = _sent(node, {"from": sender, "data": built})["contractAddress"]
    first = _anchored(node, chain, contract, 0)
    anchors, events = [], []
    for number in range(1, ROUNDS + 1):
        anchors.append(_anchored(node, chain, contract, number))
        call = node.rpc("eth_getTransactionByHash", anchors[-1]["transactionHash"])["input"]
        events.append(_sent(node, {"from": sender, "to": created, "data": call}))
    anchor_gas, event_gas = _median_gas(anchors), _median_gas(events)
    return Measured(
        figures={"anchor_gas": anchor_gas, "anchor_first_gas": _gas(first), "event_gas": event_gas},
        ratios={"anchor_gas_over_event": anchor_gas / event_gas},
    )


def _anchored(node: Chain, chain: evm.EVMChain, contract: bytes, number: int) -> dict[str, Any]:
    """The receipt of the n-th anchor of a log that grows."""
    size = _FIRST + number * _GROWTH
    signed = chain.sign_anchor(
        contract,
        LOG_ID,
        prev_size=size - _GROWTH if number else 0,
        head=Head(size, sha256(b"%d" % size).digest()),
        nonce=chain.next_nonce(),
    )
    chain.send(signed.raw)
    return _receipt(node, f"0x{signed.tx_hash.hex()}")


def _sent(node: Chain, transaction: dict[str, str]) -> dict[str, Any]:
    return _receipt(node, node.rpc("eth_sendTransaction", transaction))


def _receipt(node: Chain, tx_hash: str) -> dict[str, Any]:
    """Of a transaction that anvil mines at once, or in a moment. Raises RuntimeError when it failed."""
    deadline = time.monotonic() + _PATIENCE_S
    while (receipt := node.rpc("eth_getTransactionReceipt", tx_hash)) is None:
        if time.monotonic() > deadline:
            raise RuntimeError(f"transaction {tx_hash} was not mined")
        time.sleep(0.02)
    if receipt["status"] != "0x1":
        raise RuntimeError(f"transaction {tx_hash} failed")
    return dict(receipt)


def _gas(receipt: dict[str, Any]) -> int:
    return int(receipt["gasUsed"], 16)


def _median_gas(receipts: list[dict[str, Any]]) -> float:
    return statistics.median(map(_gas, receipts))
