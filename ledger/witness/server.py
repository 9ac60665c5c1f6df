"""The witness over HTTP: POST /add-checkpoint, and GET /<hex SHA-256 of origin>/checkpoint to watch it.

Source: https://c2sp.org/tlog-witness
"""

import contextlib
import io
import logging
import re
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from ledger.core.errors import MalformedRequest
from ledger.core.witnessing import LARGEST_BODY, SIZE_TYPE, parse_add_checkpoint, size_body
from ledger.witness.rules import (
    BadRequest,
    NotTheLogs,
    NotTheSameLog,
    OtherSize,
    RefusedToCosign,
    UnknownLog,
)
from ledger.witness.store import Unsuitable, Witness

log = logging.getLogger(__name__)

READ_WITHIN_S: Final = 10.0  # for one request, headers and body; and for writing the answer
_LINGER_S: Final = 1.0  # for a client that was refused while it was still sending

_TEXT: Final = "text/plain; charset=utf-8"
_WATCH: Final = re.compile(r"/([0-9a-f]{64})/checkpoint")
_STATUS: Final[dict[type[RefusedToCosign], HTTPStatus]] = {
    BadRequest: HTTPStatus.BAD_REQUEST,
    UnknownLog: HTTPStatus.NOT_FOUND,
    NotTheLogs: HTTPStatus.FORBIDDEN,
    OtherSize: HTTPStatus.CONFLICT,
    NotTheSameLog: HTTPStatus.UNPROCESSABLE_ENTITY,
}


class _Unread(Exception):
    """A body that is too long, of unknown length, or does not come: the connection is closed."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class WitnessServer(ThreadingHTTPServer):
    """Serves one witness; port 0 takes a free one."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self,
        address: tuple[str, int],
        witness: Witness,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        read_within_s: float = READ_WITHIN_S,
    ) -> None:
        self.witness = witness
        self.clock = clock
        self.read_within_s = read_within_s
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, _Handler)

    @property
    def url(self) -> str:
        """Submission and monitoring prefix, without a trailing slash."""
        host = f"[{self.server_name}]" if ":" in self.server_name else self.server_name
        return f"http://{host}:{self.server_port}"

    def server_bind(self) -> None:
        """Bind without asking the name service who we are, which may take seconds."""
        # A witness that was killed comes back at once, though its old connections are not forgotten yet.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])


def refuse_unless_free(address: tuple[str, int]) -> None:
    """Raise Unsuitable when nothing can listen at this address, in a sentence that names it."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(address)
        except OSError as fault:
            raise Unsuitable(f"--listen {address[0]}:{address[1]}: {fault.strerror}") from fault


class _InTime(io.RawIOBase):
    """What comes over a connection, until the time for one request is over: then TimeoutError.

    A limit for each wait alone would let a client who sends a byte now and then keep a thread for ever.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.deadline = 0.0  # of the monotonic clock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the request did not come whole and in time")
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)


class _Handler(BaseHTTPRequestHandler):
    server: WitnessServer
    protocol_version = "HTTP/1.1"
    error_message_format = "%(message)s\n"
    error_content_type = _TEXT

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self._in_time = _InTime(self.connection)
        self.rfile = io.BufferedReader(self._in_time)

    def handle_one_request(self) -> None:
        """One request; the base class closes the connection when it does not come in time."""
        self._in_time.deadline = time.monotonic() + self.server.read_within_s
        super().handle_one_request()

    def version_string(self) -> str:
        """Without the version of Python, which is nobody's business."""
        return "coi-witness"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """One line a request, without the address of whoever asked."""
        log.info(format, *args)

    def do_POST(self) -> None:
        try:
            body = self._body()
        except _Unread as fault:
            self.close_connection = True
            with contextlib.suppress(OSError):  # whoever was refused may be gone
                self._answer(fault.status, f"{fault}\n".encode())
                self._let_go()
            return
        if self.path != "/add-checkpoint":
            self._answer(HTTPStatus.NOT_FOUND, b"not found\n")
            return
        try:
            cosigned = self.server.witness.cosign(parse_add_checkpoint(body), self.server.clock())
        except MalformedRequest as fault:
            self._answer(HTTPStatus.BAD_REQUEST, f"{fault}\n".encode())
        except RefusedToCosign as refused:
            self._refuse(refused)
        else:
            self._answer(HTTPStatus.OK, cosigned.line.encode())

    def do_GET(self) -> None:
        watched = _WATCH.fullmatch(self.path)
        note = self.server.witness.last_note(watched[1]) if watched else None
        if note is None:
            self._answer(HTTPStatus.NOT_FOUND, b"not found\n")
        else:
            self._answer(HTTPStatus.OK, note)

    def do_HEAD(self) -> None:
        self.do_GET()

    def _refuse(self, refused: RefusedToCosign) -> None:
        if isinstance(refused, OtherSize):
            self._answer(_STATUS[OtherSize], size_body(refused.size), kind=SIZE_TYPE)
        elif isinstance(refused, NotTheSameLog) and refused.known:
            self._answer(_STATUS[NotTheSameLog], refused.known)  # what was cosigned before: the evidence
        else:
            self._answer(_STATUS[type(refused)], f"{refused}\n".encode())

    def _body(self) -> bytes:
        """The body as its length says. Raises _Unread."""
        lengths = self.headers.get_all("Content-Length", [])
        length = lengths[0] if len(lengths) == 1 else ""
        if "Transfer-Encoding" in self.headers or not re.fullmatch(r"[0-9]{1,9}", length):
            raise _Unread(HTTPStatus.LENGTH_REQUIRED, "a request says its length, once")
        size = int(length)
        if size > LARGEST_BODY:
            raise _Unread(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a request has at most {LARGEST_BODY} bytes")
        try:
            body = self.rfile.read(size)
        except TimeoutError as exc:
            raise _Unread(HTTPStatus.REQUEST_TIMEOUT, str(exc)) from exc
        if len(body) < size:
            raise _Unread(HTTPStatus.BAD_REQUEST, "the request ends before its length")
        return body

    def _let_go(self) -> None:
        """Say that nothing more comes, and wait a moment for the client to close.

        Closing on bytes that nobody read resets the connection, often before the answer was seen.
        """
        deadline = time.monotonic() + _LINGER_S
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(_LINGER_S)
        while self.connection.recv(LARGEST_BODY) and time.monotonic() < deadline:
            pass

    def _answer(self, status: HTTPStatus, body: bytes, *, kind: str = _TEXT) -> None:
        self.connection.settimeout(self.server.read_within_s)  # reading may have left next to nothing
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-cache")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
