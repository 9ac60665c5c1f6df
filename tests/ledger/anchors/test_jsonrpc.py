"""A node of a chain is asked, and whatever it answers is a result, a refusal, or no answer."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.anchors.chain import ChainDown, ChainRefuses
from ledger.anchors.evm import connect
from ledger.anchors.jsonrpc import NodeAway, NodeRefuses, as_data, call, read_data, read_quantity
from ledger.core.errors import Malformed


class _Node(ThreadingHTTPServer):
    """A node that says `answer` to everything, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Door)
        self.status, self.answer = 200, b""
        self.asked: dict[str, object] = {}
        self.headers: dict[str, str] = {}

    def url(self, user: str = "") -> str:
        return f"http://{user}127.0.0.1:{self.server_port}/v3/key?team=a"


class _Door(BaseHTTPRequestHandler):
    server: _Node

    def do_POST(self) -> None:
        self.server.asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.headers = {**dict(self.headers), "path": self.path}
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@contextmanager
def _running() -> Iterator[_Node]:
    with _Node() as node:
        threading.Thread(target=node.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield node
        node.shutdown()


@pytest.fixture
def node() -> Iterator[_Node]:
    with _running() as node:
        yield node


def test_a_call_is_asked_as_json_rpc_and_its_result_comes_back(node: _Node) -> None:
    node.answer = b'{"jsonrpc": "2.0", "id": 1, "result": ["0x1", null]}'
    assert call(node.url(), "eth_some", "0x2", False) == ["0x1", None]
    assert node.asked == {"jsonrpc": "2.0", "id": 1, "method": "eth_some", "params": ["0x2", False]}
    assert node.headers["path"] == "/v3/key?team=a"


def test_that_there_is_none_is_an_answer(node: _Node) -> None:
    node.answer = b'{"id": 1, "error": null, "result": null}'
    assert call(node.url(), "eth_getTransactionReceipt") is None


def test_user_and_password_in_the_address_are_sent_apart_from_it(node: _Node) -> None:
    node.answer = b'{"result": 1}'
    call(node.url("office:a%40b@"), "eth_chainId")
    assert node.headers["Authorization"] == "Basic b2ZmaWNlOmFAYg=="  # office:a@b
    assert node.headers["Host"] == f"127.0.0.1:{node.server_port}"


def test_an_error_is_a_refusal_in_the_nodes_own_words(node: _Node) -> None:
    node.answer = b'{"error": {"code": -32000, "message": "nonce too low"}}'
    with pytest.raises(NodeRefuses, match=r"^nonce too low$"):
        call(node.url(), "eth_sendRawTransaction")


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
def test_what_is_no_json_rpc_is_no_answer(node: _Node, status: int, answer: bytes) -> None:
    node.status, node.answer = status, answer
    with pytest.raises(NodeAway):
        call(node.url(), "eth_chainId")
    with pytest.raises(ChainDown, match="does not answer"):
        connect(node.url(), "", chain_id=0, daily_cap_wei=0)


@pytest.mark.parametrize(
    "url",
    ["http://secret@127.0.0.1:9/secret", "file:///secret", "secret", "http://[secret", "http://h:secret/"],
)
def test_what_is_told_of_a_node_that_is_away_never_holds_its_address(url: str) -> None:
    with pytest.raises(NodeAway) as told:
        call(url, "eth_chainId")
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("result", ["null", '""', '"0x"', '"7a69"', '"0xzz"', "31337", "{}", '"0x7a69 "'])
def test_a_chain_id_that_is_no_quantity_is_no_usable_answer(node: _Node, result: str) -> None:
    node.answer = b'{"result": %s}' % result.encode()
    with pytest.raises(ChainDown, match="no usable answer"):
        connect(node.url(), "", chain_id=0, daily_cap_wei=0)


def test_a_key_that_is_none_is_refused_and_not_repeated(node: _Node) -> None:
    node.answer = b'{"result": "0x1"}'
    with pytest.raises(ChainRefuses, match="is not a private key") as told:
        connect(node.url(), "0xsecret", chain_id=0, daily_cap_wei=0)
    assert "0xsecret" not in str(told.value)


@given(st.integers(0, 2**256 - 1))
def test_a_quantity_is_read_as_it_is_written(number: int) -> None:
    assert read_quantity(hex(number)) == number


@given(st.binary(max_size=100))
def test_data_is_read_as_it_is_written_in_either_case(raw: bytes) -> None:
    assert read_data(as_data(raw)) == raw
    assert read_data("0x" + raw.hex().upper()) == raw


@given(st.one_of(st.text(), st.text("0xabcdefABCDEF19_ \n"), st.none(), st.integers(), st.lists(st.text())))
def test_anything_else_is_malformed_or_hexadecimal(value: str | int | list[str] | None) -> None:
    for read in (read_data, read_quantity):
        try:
            read(value)  # type: ignore[arg-type]  # a list of texts is a JSON value
        except Malformed:
            continue
        assert isinstance(value, str)
        assert set(value[2:]) <= set("0123456789abcdefABCDEF")
