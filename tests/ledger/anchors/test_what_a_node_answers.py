"""A node that lies, errs or speaks another dialect: an answer, a refusal or a chain that is down, no more."""

from collections.abc import Iterator, Mapping

import pytest

from ledger.anchors.chain import ChainDown, ChainRefuses, Head
from ledger.anchors.evm import EVMChain, connect
from ledger.anchors.receipt import EVENT_TOPIC
from tests.support.scripted_node import Refusing, ScriptedNode, scripted_node

CONTRACT, LOG_ID, TX, BLOCK = bytes(range(20)), b"\x11" * 32, b"\x22" * 32, b"\x33" * 32
ROOT = "0x" + "Ab" * 32
LOG = {
    "address": f"0x{CONTRACT.hex()}",
    "topics": [EVENT_TOPIC, f"0x{LOG_ID.hex()}", f"0x{7:064x}"],
    "data": ROOT + "00" * 32,
}
RECEIPT = {
    "status": "0x1",
    "blockNumber": "0x5",
    "blockHash": f"0x{BLOCK.hex()}",
    "gasUsed": "0x5208",
    "logs": [LOG],
}
THE_BLOCK = {
    "number": "0x5",
    "hash": f"0x{BLOCK.hex()}",
    "timestamp": "0x69a00000",
    "baseFeePerGas": "0x3b9aca00",
}
HONEST = {
    "eth_chainId": "0x7a69",
    "eth_blockNumber": "0x20",
    "eth_getTransactionReceipt": RECEIPT,
    "eth_getBlockByNumber": THE_BLOCK,
    "eth_maxPriorityFeePerGas": "0x1",
    "eth_estimateGas": "0x5208",
    "eth_getTransactionCount": "0x0",
    "eth_getLogs": [{**LOG, "transactionHash": f"0x{TX.hex()}"}],
    "eth_getTransactionByHash": {"nonce": "0x3"},
    "eth_sendRawTransaction": f"0x{TX.hex()}",
}


@pytest.fixture
def node() -> Iterator[ScriptedNode]:
    with scripted_node() as node:
        node.says |= HONEST
        yield node


@pytest.fixture
def chain(node: ScriptedNode) -> EVMChain:
    return opened(node)


def opened(node: ScriptedNode, key: str = "") -> EVMChain:
    return connect(node.url(), key, chain_id=0, daily_cap_wei=0)


def test_an_honest_receipt_tells_the_heads_that_it_wrote(chain: EVMChain) -> None:
    told = chain.receipt(TX, CONTRACT, LOG_ID)
    assert told is not None
    assert told.heads == (Head(7, bytes.fromhex(ROOT[2:])),)
    assert (told.succeeded, told.block_number, told.gas_used) == (True, 5, 21_000)


def test_letters_of_either_case_are_the_same_topic(node: ScriptedNode, chain: EVMChain) -> None:
    shouted = {**LOG, "topics": ["0x" + topic[2:].upper() for topic in LOG["topics"]]}
    node.says["eth_getTransactionReceipt"] = RECEIPT | {"logs": [shouted]}
    told = chain.receipt(TX, CONTRACT, LOG_ID)
    assert told is not None
    assert [head.size for head in told.heads] == [7]


@pytest.mark.parametrize("result", [None, "", "0x", "7a69", "0xzz", 31337, {}, "0x7a69 ", "0x" + "f" * 16])
def test_a_chain_id_that_is_none_is_no_usable_answer(node: ScriptedNode, result: object) -> None:
    node.says["eth_chainId"] = result
    with pytest.raises(ChainDown, match="no usable answer"):
        opened(node)


def test_a_key_that_is_none_is_refused_and_not_repeated(node: ScriptedNode) -> None:
    with pytest.raises(ChainRefuses, match="is not a private key") as told:
        opened(node, "0xsecret")
    assert "0xsecret" not in str(told.value)


@pytest.mark.parametrize(
    "changed",
    [
        {"status": None},
        {"status": "0x"},
        {"blockNumber": "0x" + "f" * 64},
        {"blockHash": None},
        {"blockHash": 7},
        {"gasUsed": "0x" + "f" * 32},
        {"logs": None},
        {"logs": [7]},
        {"logs": [LOG | {"address": None}]},
        {"logs": [LOG | {"topics": [None, None, None]}]},
        {"logs": [LOG | {"data": "0xabc"}]},
    ],
)
def test_a_misshapen_receipt_is_a_chain_that_is_down(
    node: ScriptedNode, chain: EVMChain, changed: Mapping[str, object]
) -> None:
    node.says["eth_getTransactionReceipt"] = RECEIPT | changed
    with pytest.raises(ChainDown, match="no usable answer"):
        chain.receipt(TX, CONTRACT, LOG_ID)


@pytest.mark.parametrize("stamp", [None, "0x" + "f" * 13, "0x" + "f" * 64, "0x16345785d8a0000", "now"])
def test_a_time_that_no_clock_shows_is_a_chain_that_is_down(
    node: ScriptedNode, chain: EVMChain, stamp: str | None
) -> None:
    node.says["eth_getBlockByNumber"] = THE_BLOCK | {"timestamp": stamp}
    with pytest.raises(ChainDown, match="no usable answer"):
        chain.receipt(TX, CONTRACT, LOG_ID)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        RECEIPT | {"blockNumber": None, "blockHash": None},
        Refusing(code=-32000, message="Transaction not found"),
    ],
)
def test_no_receipt_is_told_as_null_without_a_block_or_as_an_error(
    node: ScriptedNode, chain: EVMChain, answer: object
) -> None:
    node.says["eth_getTransactionReceipt"] = answer
    assert chain.receipt(TX, CONTRACT, LOG_ID) is None


@pytest.mark.parametrize("block", [None, THE_BLOCK | {"hash": f"0x{TX.hex()}"}])
def test_the_receipt_of_a_block_that_left_the_chain_is_none(
    node: ScriptedNode, chain: EVMChain, block: object
) -> None:
    node.says["eth_getBlockByNumber"] = block
    assert chain.receipt(TX, CONTRACT, LOG_ID) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"eth_getBlockByNumber": None},
        {"eth_getBlockByNumber": []},
        {"eth_getBlockByNumber": THE_BLOCK | {"baseFeePerGas": "0x" + "f" * 20}},
        {"eth_maxPriorityFeePerGas": None},
        {"eth_maxPriorityFeePerGas": "0x" + "f" * 64},
        {"eth_estimateGas": "0x" + "f" * 17},
    ],
)
def test_nothing_is_signed_for_fees_that_no_chain_has(
    node: ScriptedNode, chain: EVMChain, changed: Mapping[str, object]
) -> None:
    node.says |= changed
    with pytest.raises(ChainDown, match="no usable answer"):
        chain.sign_deployment(0)


def test_a_chain_before_eip_1559_has_no_base_fee(node: ScriptedNode, chain: EVMChain) -> None:
    node.says["eth_getBlockByNumber"] = {"number": "0x5"}
    signed, _ = chain.sign_deployment(0)
    assert (signed.fees.max_fee_wei, signed.fees.tip_wei) == (1, 1)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        Refusing(code=-39001, message="Unknown block"),
        Refusing(code=-32602, message="invalid argument 0"),
        Refusing(code=-32000, message="'finalized' tag not supported on pre-merge network"),
    ],
)
def test_where_the_final_tag_is_unknown_twelve_blocks_are_asked_for(
    node: ScriptedNode, chain: EVMChain, answer: object
) -> None:
    node.says["eth_getBlockByNumber"] = answer
    assert chain.finalized_number() == 0x20 - 12


def test_a_node_that_is_too_busy_to_say_what_is_final_makes_nothing_final(
    node: ScriptedNode, chain: EVMChain
) -> None:
    node.says["eth_getBlockByNumber"] = Refusing(code=-32005, message="limit exceeded")
    with pytest.raises(ChainRefuses, match="limit exceeded"):
        chain.finalized_number()


@pytest.mark.parametrize(
    "words",
    [
        "already known",
        "AlreadyKnown",
        "Known transaction",
        "transaction already imported",
        "nonce too low: next nonce 5",
        "OldNonce, Current nonce: 5",
        "replacement transaction underpriced",
    ],
)
def test_bytes_that_the_node_has_or_no_longer_needs_are_sent(
    node: ScriptedNode, chain: EVMChain, words: str
) -> None:
    node.says["eth_sendRawTransaction"] = Refusing(code=-32000, message=words)
    chain.send(b"\x02")


def test_any_other_refusal_of_a_sent_transaction_is_told(node: ScriptedNode, chain: EVMChain) -> None:
    node.says["eth_sendRawTransaction"] = Refusing(code=-32000, message="insufficient funds for gas")
    with pytest.raises(ChainRefuses, match="the node refuses: insufficient funds for gas"):
        chain.send(b"\x02")


def test_a_log_whose_transaction_is_missing_is_no_usable_answer(node: ScriptedNode, chain: EVMChain) -> None:
    found = chain.find_anchored(CONTRACT, LOG_ID, 7)
    assert found is not None
    assert (found.tx_hash, found.nonce) == (TX, 3)
    node.says["eth_getTransactionByHash"] = None
    with pytest.raises(ChainDown, match="no usable answer"):
        chain.find_anchored(CONTRACT, LOG_ID, 7)
