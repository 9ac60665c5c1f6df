"""A node of a chain is asked, and whatever it answers is a result, a refusal, or no answer."""

import json
from base64 import b64encode
from collections.abc import Iterator
from string import hexdigits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.anchors.jsonrpc import NodeAway, NodeRefuses, as_data, call, read_data, read_quantity
from ledger.core.errors import Malformed
from tests.support.scripted_node import ScriptedNode, scripted_node


@pytest.fixture
def node() -> Iterator[ScriptedNode]:
    with scripted_node() as node:
        yield node


def test_a_call_is_asked_as_json_rpc_and_its_result_comes_back(node: ScriptedNode) -> None:
    node.answer = b'{"jsonrpc": "2.0", "id": 1, "result": ["0x1", null]}'
    assert call(node.url(), "eth_some", "0x2", False) == ["0x1", None]
    assert node.asked == {"jsonrpc": "2.0", "id": 1, "method": "eth_some", "params": ["0x2", False]}
    assert node.headers["path"] == "/v3/key?team=a"
    assert node.headers["User-Agent"] == "coi-ledger/1"


def test_that_there_is_none_is_an_answer(node: ScriptedNode) -> None:
    node.answer = b'{"id": 1, "error": null, "result": null}'
    assert call(node.url(), "eth_getTransactionReceipt") is None


@pytest.mark.parametrize(
    ("told", "sent"), [("office:a%40b@", "office:a@b"), ("key@", "key:"), ("a:b:c@", "a:b:c")]
)
def test_user_and_password_in_the_address_are_sent_apart_from_it(
    node: ScriptedNode, told: str, sent: str
) -> None:
    node.answer = b'{"result": 1}'
    call(node.url(told), "eth_chainId")
    assert node.headers["Authorization"] == f"Basic {b64encode(sent.encode()).decode()}"
    assert node.headers["Host"] == f"127.0.0.1:{node.server_port}"


def test_a_redirect_is_no_answer_and_nobody_else_learns_the_password(node: ScriptedNode) -> None:
    with scripted_node() as other:
        other.answer = b'{"result": "0x1"}'
        for node.status in (301, 302, 303, 307, 308):
            for node.elsewhere in (other.url(), "ftp://secret.example/", "foo://secret"):
                with pytest.raises(NodeAway, match=f"^HTTP {node.status}$"):
                    call(node.url("office:secret@"), "eth_chainId")
    assert other.headers == {}


def test_an_error_is_a_refusal_in_the_nodes_own_words(node: ScriptedNode) -> None:
    node.answer = b'{"error": {"code": -32000, "message": "nonce too low"}}'
    with pytest.raises(NodeRefuses, match=r"^nonce too low$") as told:
        call(node.url(), "eth_sendRawTransaction")
    assert told.value.code == -32000


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ({}, "it does not say why"),
        ({"code": "x", "message": 7}, "7"),
        ({"message": "\x1b[31mno\x00\n"}, " [31mno  "),
        ({"message": "VM execution error.", "data": "Reverted: prev"}, "VM execution error.: Reverted: prev"),
        ({"message": "execution reverted: prev", "data": "0x08c3"}, "execution reverted: prev"),
        ({"message": "x" * 9000}, "x" * 200),
    ],
)
def test_a_nodes_words_are_cut_and_printable(
    node: ScriptedNode, error: dict[str, object], words: str
) -> None:
    node.answer = json.dumps({"error": error}).encode()
    with pytest.raises(NodeRefuses) as told:
        call(node.url(), "eth_call")
    assert str(told.value) == words


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, b""),
        (200, b"<html>login</html>"),
        (200, b'{"result": "0x1"'),
        (200, b"[]"),
        (200, b'{"id": 1}'),
        (200, b'{"result": 1, "result": 2}'),
        (200, b"[" * 100_000),
        (429, b'{"result": "0x1"}'),
        (302, b""),
        (500, b""),
    ],
)
def test_what_is_no_json_rpc_is_no_answer(node: ScriptedNode, status: int, answer: bytes) -> None:
    node.status, node.answer = status, answer
    with pytest.raises(NodeAway):
        call(node.url(), "eth_chainId")


@pytest.mark.parametrize(
    "url",
    ["http://secret@127.0.0.1:9/secret", "file:///secret", "secret", "http://[secret", "http://h:secret/"],
)
def test_what_is_told_of_a_node_that_is_away_never_holds_its_address(url: str) -> None:
    with pytest.raises(NodeAway) as told:
        call(url, "eth_chainId")
    assert "secret" not in str(told.value)


@given(st.integers(0, 2**256 - 1))
def test_a_quantity_is_read_as_it_is_written(number: int) -> None:
    assert read_quantity(hex(number)) == number


@given(st.binary(max_size=100))
def test_data_is_read_as_it_is_written_in_either_case(raw: bytes) -> None:
    assert read_data(as_data(raw)) == raw
    assert read_data("0x" + raw.hex().upper()) == raw


_NEARLY = st.from_regex(r"\A(0x|0X|)[0-9a-fA-F]{0,66}[ _\ng]?\Z") | st.text() | st.none() | st.integers()


@given(_NEARLY)
def test_a_quantity_has_a_prefix_and_one_to_64_digits_and_nothing_else(value: str | int | None) -> None:
    spelled = isinstance(value, str) and value[:2] == "0x" and set(value[2:]) <= set(hexdigits)
    if spelled and 1 <= len(str(value)[2:]) <= 64:
        assert read_quantity(value) == int(str(value), 16)
    else:
        with pytest.raises(Malformed):
            read_quantity(value)


@given(_NEARLY)
def test_data_has_a_prefix_and_pairs_of_digits_and_nothing_else(value: str | int | None) -> None:
    spelled = isinstance(value, str) and value[:2] == "0x" and set(value[2:]) <= set(hexdigits)
    if spelled and len(str(value)) % 2 == 0:
        assert read_data(value) == bytes.fromhex(str(value)[2:])
    else:
        with pytest.raises(Malformed):
            read_data(value)
