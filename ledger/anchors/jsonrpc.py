"""JSON-RPC 2.0 to a node of a chain, and the two spellings in which it answers. Standard library only.

The auditor's verifier (`receipt`) and the log's own anchors (`evm`) ask through it; each says in its own
words what a failure means. Source: Ethereum's execution API, "Hex value encoding".
"""

import http.client
import json
import re
import urllib.request
from base64 import b64encode
from typing import Final
from urllib.parse import unquote, urlsplit

from ledger.core import jcs
from ledger.core.errors import Malformed
from ledger.core.jcs import JSONValue

_QUANTITY: Final = re.compile("0x[0-9a-fA-F]{1,64}")
_DATA: Final = re.compile("0x(?:[0-9a-fA-F]{2})*")
_TIMEOUT: Final = 10.0  # seconds without a byte
_LARGEST_ANSWER: Final = 4 * 1024 * 1024  # bytes


class NodeAway(Exception):
    """No answer, or none that is JSON-RPC; the message says why and never holds the address."""


class NodeRefuses(Exception):
    """The node answered with an error; the message is the node's own."""


def call(url: str, method: str, *params: JSONValue) -> JSONValue:
    """The result of one call; None is an answer too ("there is none"). Raises NodeAway, NodeRefuses.

    A user and password in the address are sent as HTTP Basic, as providers of nodes hand them out.
    """
    question = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}).encode()
    request = _request(url, question)
    try:
        # S310: `_request` lets only http and https through, and the operator or verifier named the address.
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:  # noqa: S310
            answer = jcs.parse(response.read(_LARGEST_ANSWER))
    except OSError as fault:
        raise NodeAway(str(fault)) from fault
    except (http.client.HTTPException, ValueError, Malformed) as fault:  # their words may hold the address
        raise NodeAway(type(fault).__name__) from fault
    error = answer.get("error") if isinstance(answer, dict) else None
    if isinstance(error, dict):
        raise NodeRefuses(str(error.get("message") or "it does not say why"))
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
    try:
        parts = urlsplit(url)
    except ValueError as fault:
        raise NodeAway("the address is no URL") from fault
    if parts.scheme not in ("http", "https"):
        raise NodeAway("a node's address begins with http:// or https://")
    headers = {"Content-Type": "application/json"}
    user, at, host = parts.netloc.rpartition("@")
    if at:
        headers["Authorization"] = f"Basic {b64encode(unquote(user).encode()).decode()}"
    address = parts._replace(netloc=host).geturl()
    return urllib.request.Request(address, question, headers)  # noqa: S310 (as above)
