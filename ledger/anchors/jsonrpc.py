"""JSON-RPC 2.0 to a node of a chain, and the two spellings in which it answers. Standard library only.

The auditor's verifier (`receipt`) and the log's own anchors (`evm`) ask through it; each says in its own
words what a failure means. Source: Ethereum's execution API, "Hex value encoding".
"""

import http.client
import json
import re
import ssl
import urllib.request
from base64 import b64encode
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit

from ledger.core import jcs
from ledger.core.errors import Malformed
from ledger.core.jcs import JSONValue

_QUANTITY: Final = re.compile("0x[0-9a-fA-F]{1,64}")
_DATA: Final = re.compile("0x(?:[0-9a-fA-F]{2})*")
_TIMEOUT: Final = 10.0  # seconds without a byte
_LARGEST_ANSWER: Final = 4 * 1024 * 1024  # bytes
_LONGEST_WORDS: Final = 200  # characters of a node's own words; they go to pages, tables and terminals
_AGENT: Final = "coi-ledger/1"  # some providers turn the library's own name away


class NodeAway(Exception):
    """No answer, or none that is JSON-RPC; the message says why and never holds the address."""


class NodeRefuses(Exception):
    """The node answered with an error; the message is the node's own, in printable characters."""

    def __init__(self, words: str, code: int | None = None) -> None:
        super().__init__(words)
        self.code = code  # as JSON-RPC and EIP-1474 number them


class _Unmoved(urllib.request.HTTPRedirectHandler):
    """Follows nobody: a redirect would carry the password to another host, and believe what that one says."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER: Final = urllib.request.build_opener(_Unmoved)


def call(url: str, method: str, *params: JSONValue) -> JSONValue:
    """The result of one call; None is an answer too ("there is none"). Raises NodeAway, NodeRefuses.

    A user and password in the address are sent as HTTP Basic, as providers of nodes hand them out.
    """
    question = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}).encode()
    try:
        with _OPENER.open(_request(url, question), timeout=_TIMEOUT) as response:
            answer = jcs.parse(response.read(_LARGEST_ANSWER))
    except OSError as fault:
        raise NodeAway(_why(fault)) from fault
    except (http.client.HTTPException, ValueError, Malformed) as fault:  # their words may hold the address
        raise NodeAway(type(fault).__name__) from fault
    error = answer.get("error") if isinstance(answer, dict) else None
    if isinstance(error, dict):
        raise _refusal(error)
    if not isinstance(answer, dict) or "result" not in answer:
        raise NodeAway("the answer is no JSON-RPC")
    return answer["result"]


def read_quantity(value: JSONValue) -> int:
    """A number as nodes write it: `0x` and hexadecimal digits. Raises Malformed."""
    if not isinstance(value, str) or not _QUANTITY.fullmatch(value):
        raise Malformed("the chain's answer is no number")
    return int(value, 16)


def read_data(value: JSONValue) -> bytes:
    """Bytes as nodes write them: `0x` and two digits each, addresses in mixed case too. Raises Malformed."""
    if not isinstance(value, str) or not _DATA.fullmatch(value):
        raise Malformed("the chain's answer is no hexadecimal value")
    return bytes.fromhex(value[2:])


def as_data(raw: bytes) -> str:
    """What `read_data` reads."""
    return f"0x{raw.hex()}"


def _request(url: str, question: bytes) -> urllib.request.Request:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise NodeAway("a node's address begins with http:// or https://")
    headers = {"Content-Type": "application/json", "User-Agent": _AGENT}
    told, at, host = parts.netloc.rpartition("@")
    if at:
        user, _, password = told.partition(":")
        pair = f"{unquote(user)}:{unquote(password)}".encode()
        headers["Authorization"] = f"Basic {b64encode(pair).decode()}"
    # S310: the scheme was checked above, and the operator or the verifier himself named the address.
    return urllib.request.Request(parts._replace(netloc=host).geturl(), question, headers)  # noqa: S310


def _why(fault: OSError) -> str:
    """What went wrong, without the host's name, which some errors repeat."""
    if isinstance(fault, HTTPError):
        return f"HTTP {fault.code}"
    reason = fault.reason if isinstance(fault, URLError) else fault
    if isinstance(reason, ssl.SSLError):
        return reason.reason or type(reason).__name__
    return (isinstance(reason, OSError) and reason.strerror) or type(reason).__name__


def _refusal(error: dict[str, JSONValue]) -> NodeRefuses:
    code, more = error.get("code"), error.get("data")
    words = str(error.get("message") or "it does not say why")
    if isinstance(more, str) and not more.startswith("0x"):
        words = f"{words}: {more}"
    shown = "".join(each if each.isprintable() else " " for each in words[:_LONGEST_WORDS])
    return NodeRefuses(shown, code if isinstance(code, int) else None)
