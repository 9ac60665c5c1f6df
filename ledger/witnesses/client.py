"""HTTP to witnesses and time stamp authorities: all at once, each within one deadline, whatever it does.

A redirect is an answer like any other and is never followed: addresses come from the configuration alone.
"""

import http.client
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import urlsplit

from ledger.core.witnessing import LARGEST_BODY

WITHIN_S: Final = 4.0  # from connecting to the last byte
_WAIT_S: Final = 3.0  # of one wait on the socket


@dataclass(frozen=True)
class Ask:
    """One request, to `url` as it stands."""

    url: str
    method: Literal["GET", "POST"]
    body: bytes | None = None
    media_type: str | None = None  # of the body


@dataclass(frozen=True)
class Answer:
    """What a server answered; at most 64 KiB of its body."""

    status: int
    body: bytes


@dataclass(frozen=True)
class NoAnswer:
    """Why there is none."""

    reason: str


def ask_all(asks: Sequence[Ask], *, within_s: float = WITHIN_S) -> list[Answer | NoAnswer]:
    """Ask all at once; every answer that is whole before the deadline, in the order of the requests."""
    exchanges = [_Exchange(ask) for ask in asks]
    timer = threading.Timer(within_s, _abandon, [exchanges])
    for each in exchanges:
        each.thread.start()
    timer.start()
    for each in exchanges:
        each.over.wait()
    timer.cancel()
    return [each.outcome for each in exchanges]


def _abandon(exchanges: Sequence["_Exchange"]) -> None:
    for each in exchanges:
        each.abandon()


@dataclass
class _Exchange:
    """One request in a thread of its own; looking up a name cannot be cut short, so it is left behind."""

    ask: Ask
    outcome: Answer | NoAnswer = field(default=NoAnswer("no whole answer in time"), init=False)
    over: threading.Event = field(default_factory=threading.Event, init=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.ask.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname or "", parts.port, timeout=_WAIT_S)
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self.thread = threading.Thread(target=self._run, daemon=True)

    def abandon(self) -> None:
        """Give up: whoever waits goes on, and the thread gets an error from its socket."""
        self.over.set()
        if (connected := self._connection.sock) is not None:
            try:
                connected.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it was closed just now

    def _run(self) -> None:
        try:
            told = {"Content-Type": self.ask.media_type} if self.ask.media_type else {}
            self._connection.request(self.ask.method, self._path, self.ask.body, told)
            answer = self._connection.getresponse()
            body = answer.read(LARGEST_BODY + 1)
            outcome: Answer | NoAnswer = Answer(answer.status, body[:LARGEST_BODY])
            if len(body) > LARGEST_BODY:
                outcome = NoAnswer(f"an answer of more than {LARGEST_BODY} bytes")
        except (OSError, http.client.HTTPException, ValueError) as fault:
            outcome = NoAnswer(f"{type(fault).__name__}: {fault}")
        finally:
            self._connection.close()
        if not self.over.is_set():
            self.outcome = outcome
            self.over.set()
