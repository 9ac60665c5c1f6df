"""The named points at which a process of the ledger kills itself, reached from outside of its code.

A point is an SQL statement that is about to run, a file that is about to change, or bytes that are about to
leave for the node: SQLAlchemy's events and Python's audit hook see all three, and the code stays as it is.
Numbers are those of the failure list that `docs/ledger-faults.md` goes through.
"""

import os
import re
import signal
import sys
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import Engine, event


@dataclass(frozen=True)
class Point:
    """Where a process of `role` dies: before the `count`-th statement, file or message that matches."""

    name: str
    role: str
    kind: Literal["sql", "file", "http"]
    pattern: str
    count: int = 1


POINTS: Final = (
    Point("submit: before the entry is committed", "submitter", "sql", r"INSERT INTO outbox"),
    Point("1: entries written, before their tiles", "sequencer", "sql", r"(INSERT INTO|UPDATE) log_tile"),
    Point("2: sequenced, before signing", "sequencer", "file", r"open .*/\.last_checkpoint\."),
    Point("3: signed, before the row commits", "sequencer", "sql", r"(INSERT INTO|UPDATE) signed_head"),
    Point("4: committed, before the first file", "publisher", "file", r"rename .*/files/ledger/tile/"),
    Point("5: half of the tile set is put", "publisher", "file", r"rename .*/files/ledger/tile/", count=3),
    Point(
        "5: all tiles put, before the checkpoint", "publisher", "file", r"rename .*/files/ledger/checkpoint$"
    ),
    Point("6: checkpoint put, before the row says so", "publisher", "sql", r"UPDATE published_head SET size"),
    Point("16: cosigned, before the line is stored", "outside", "sql", r"INSERT INTO cosignature"),
    Point("17: anchor stored, before it is sent", "outside", "http", r".*eth_sendRawTransaction"),
    Point("17: anchor sent, before the row says so", "outside", "sql", r"UPDATE anchor SET state=.*sent_at"),
)
POINTS_OF: Final = {
    role: [point for point in POINTS if point.role == role] for role in {p.role for p in POINTS}
}
_BY_NAME: Final = {point.name: point for point in POINTS}
_WRITES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def arm(name: str, engine: Engine) -> None:
    """From now on this process dies at the point of this name."""
    point = _BY_NAME[name]
    strike = _Strike(point)
    if point.kind == "sql":
        event.listen(engine, "before_cursor_execute", lambda _c, _cursor, said, *_: strike.met(said))
    else:
        sys.addaudithook(strike.audited)


class _Strike:
    def __init__(self, point: Point) -> None:
        self._kind, self._left = point.kind, point.count
        self._pattern = re.compile(point.pattern, re.DOTALL)

    def met(self, what: str) -> None:
        """Count what is about to happen, and die when it is the one."""
        if self._pattern.match(what):
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def audited(self, what: str, args: tuple[Any, ...]) -> None:
        """Hear of one call of the interpreter."""
        if self._kind == "http" and what == "http.client.send":
            self.met(bytes(args[1]).decode("latin-1"))
        elif self._kind == "file" and what == "os.rename":
            self.met(f"rename {args[1]}")
        elif self._kind == "file" and what == "open" and args[2] & _WRITES:
            self.met(f"open {args[0]}")
