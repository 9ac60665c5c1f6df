"""What a witness remembers, in one folder: its key, the logs that it follows, and each one's last head.

A witness is worth its memory: it must never cosign two histories of one log. Checking a request against
the last head and storing the new one are one SQLite transaction, on disk before the cosignature leaves.
"""

import logging
import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ledger.core.checkpoint import Checkpoint, parse_checkpoint
from ledger.core.encoding import decode_decimal, encode_base64
from ledger.core.errors import Malformed, MalformedKey, NotTheEmptyRoot, Refused
from ledger.core.note import ED25519, VerifierKey, WitnessKey, note_text, open_note, parse_vkey
from ledger.core.witnessing import AddCheckpoint, log_id
from ledger.witness import rules
from ledger.witness.rules import (
    NOTHING_KNOWN,
    BadRequest,
    Known,
    NotTheLogs,
    NotTheSameLog,
    UnknownLog,
)

log = logging.getLogger(__name__)

KEY_FILE: Final = "witness.key"  # in the folder

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS log (vkey TEXT PRIMARY KEY, origin TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS head (
  log_id TEXT PRIMARY KEY, size TEXT NOT NULL, root BLOB NOT NULL, note BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS clock (one INTEGER PRIMARY KEY CHECK (one = 1), seconds INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS fork_evidence (
  log_id TEXT NOT NULL, size TEXT NOT NULL, root BLOB NOT NULL, note BLOB NOT NULL,
  cosigned_note BLOB NOT NULL, seen_at INTEGER NOT NULL, PRIMARY KEY (log_id, size, root)
);
"""  # sizes are TEXT: a u64 does not fit into SQLite's INTEGER


class Unsuitable(Exception):
    """A key or a name that cannot be used, in a sentence for the operator."""


@dataclass(frozen=True)
class Fork:
    """Evidence that a log signed two roots for one size: the note cosigned here, and the one shown later."""

    cosigned: bytes
    shown: bytes
    seen_at: datetime

    @property
    def heads(self) -> tuple[Checkpoint, Checkpoint]:
        """What the two notes say; their signatures were checked when they came."""
        was, shown = (parse_checkpoint(note_text(note)) for note in (self.cosigned, self.shown))
        return was, shown

    def __str__(self) -> str:
        was, shown = self.heads
        return (
            f"FORK {shown.origin}: two histories of {shown.size} entries, both signed with its key: "
            f"root {encode_base64(was.root)} cosigned here, root {encode_base64(shown.root)} shown later"
        )


@dataclass(frozen=True)
class Cosigned:
    """The answer to a good request."""

    line: str
    at: datetime


class Witness:
    """The witness that lives in a folder. Threads may share it: each call opens its own connection."""

    def __init__(self, folder: Path, name: str | None = None) -> None:
        """Open the folder; the key is made when there is none. Raises Unsuitable."""
        folder.mkdir(parents=True, exist_ok=True)
        self._database = folder / "witness.sqlite3"
        self.key = _opened_key(folder / KEY_FILE, name)
        with self._writing() as db:
            db.executescript(_SCHEMA)
            logs = [parse_vkey(vkey) for (vkey,) in db.execute("SELECT vkey FROM log")]
        if any(key.public == self.key.verifier.public for key in logs):
            raise Unsuitable("witness.key is the key of a log that it follows: nobody is his own witness")

    def add_log(self, vkey: str) -> VerifierKey:
        """Follow a log from now on; once more is nothing. A second key of an origin is its rotation.

        Raises Unsuitable (not a log's key, or the key of this witness).
        """
        key = log_key(vkey)
        if key.public == self.key.verifier.public:
            raise Unsuitable("this is the witness's own key: a log must never have it")
        with self._writing() as db:
            db.execute("INSERT OR IGNORE INTO log VALUES (?, ?)", (str(key), key.name))
        return key

    def follows(self) -> list[str]:
        """The origins of the logs that it cosigns."""
        with self._writing() as db:
            return [origin for (origin,) in db.execute("SELECT DISTINCT origin FROM log ORDER BY origin")]

    def drop_log_key(self, vkey: str) -> str:
        """Trust a key of a log no more (it was revoked or retired); what was cosigned stays. Its name.

        Raises Unsuitable when it is not followed.
        """
        with self._writing() as db:
            row = db.execute("DELETE FROM log WHERE vkey = ? RETURNING origin", (vkey,)).fetchone()
        if row is None:
            raise Unsuitable("this witness follows no log with this key")
        return str(row[0])

    def last_note(self, of_log: str) -> bytes | None:
        """The newest cosigned checkpoint of a log (by hexadecimal `log_id`), with a line of this witness."""
        with self._writing() as db:
            row = db.execute("SELECT note FROM head WHERE log_id = ?", (of_log,)).fetchone()
        return None if row is None else bytes(row[0])

    def cosign(self, request: AddCheckpoint, now: datetime) -> Cosigned:
        """Check a request, store its head, cosign it; stored when this returns.

        The time is never before that of the last cosignature, whatever the clock says. Raises
        RefusedToCosign; then nothing but evidence of a fork was stored.
        """
        text, empty_root_differs = _checkpoint_text(request.note)
        origin = text.split("\n", 1)[0]
        opened = self._opened(origin, request.note)
        if empty_root_differs:
            raise NotTheSameLog("a log of no entries has another root")
        head = parse_checkpoint(opened)
        with self._writing() as db:
            db.execute("BEGIN IMMEDIATE")
            known = self._known(db, head)
            fork = Fork(known.note, request.note, now) if rules.is_second_root(head, known) else None
            is_news = fork is not None and self._keep(db, fork)
            refused = rules.refusal(request, head, known)
            if refused is None:
                cosigned = self._store(db, request.note, head, text, now)
            db.execute("COMMIT")
        if is_news:  # once a root, or whoever repeats it would fill the disk
            log.critical("%s; tell the public: python -m ledger witness forks --data DIR", fork)
        if refused is not None:
            raise refused
        return cosigned

    def _opened(self, origin: str, note: bytes) -> str:
        with self._writing() as db:
            rows = db.execute("SELECT vkey FROM log WHERE origin = ?", (origin,)).fetchall()
        if not rows:
            raise UnknownLog(f"this witness does not follow {origin}")
        try:
            return open_note(note, [parse_vkey(vkey) for (vkey,) in rows]).text
        except Refused as fault:
            raise NotTheLogs(str(fault)) from fault

    def forks(self) -> list[Fork]:
        """The evidence of forks that was seen, oldest first."""
        with self._writing() as db:
            rows = db.execute("SELECT cosigned_note, note, seen_at FROM fork_evidence ORDER BY seen_at, root")
            return [
                Fork(bytes(was), bytes(shown), datetime.fromtimestamp(at, UTC)) for was, shown, at in rows
            ]

    @staticmethod
    def _known(db: sqlite3.Connection, head: Checkpoint) -> Known:
        row = db.execute(
            "SELECT size, root, note FROM head WHERE log_id = ?", (log_id(head.origin),)
        ).fetchone()
        return Known(decode_decimal(row[0]), bytes(row[1]), bytes(row[2])) if row else NOTHING_KNOWN

    @staticmethod
    def _keep(db: sqlite3.Connection, fork: Fork) -> bool:
        """Whether this root was not yet known."""
        _, shown = fork.heads
        kept = db.execute(
            "INSERT OR IGNORE INTO fork_evidence VALUES (?, ?, ?, ?, ?, ?)",
            (
                log_id(shown.origin),
                str(shown.size),
                shown.root,
                fork.shown,
                fork.cosigned,
                int(fork.seen_at.timestamp()),
            ),
        )
        return kept.rowcount == 1

    def _store(
        self, db: sqlite3.Connection, note: bytes, head: Checkpoint, text: str, now: datetime
    ) -> Cosigned:
        row = db.execute("SELECT seconds FROM clock").fetchone()
        seconds = rules.cosigned_second(int(now.timestamp()), row[0] if row else None)
        at = datetime.fromtimestamp(seconds, UTC)
        line = self.key.cosign(text, at)
        db.execute("INSERT OR REPLACE INTO clock VALUES (1, ?)", (seconds,))
        db.execute(
            "INSERT OR REPLACE INTO head VALUES (?, ?, ?, ?)",
            (log_id(head.origin), str(head.size), head.root, _with_line(note, line)),
        )
        return Cosigned(line, at)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self._database, timeout=10, isolation_level=None)
        try:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")  # a commit is on disk when it returns
            yield db
        finally:
            db.close()  # rolls back what was not committed


def _checkpoint_text(note: bytes) -> tuple[str, bool]:
    """The text of a request's note, and whether it is a log of no entries with another root.

    That one is well formed to the protocol, and refused like a wrong proof. Raises BadRequest.
    """
    try:
        text = note_text(note)
        parse_checkpoint(text)
    except NotTheEmptyRoot:
        return text, True
    except Malformed as fault:
        raise BadRequest(str(fault)) from fault
    return text, False


def _with_line(note: bytes, line: str) -> bytes:
    """The log's text and signatures with our line behind them, in place of an older one of ours."""
    text, _, block = note.decode().rpartition("\n\n")
    start = line[: line.index(" ", len("— ")) + 1 + 5]  # name and the first digits of the key id
    kept = [old for old in block.splitlines(keepends=True) if not old.startswith(start)]
    return f"{text}\n\n{''.join(kept)}{line}".encode()


def log_key(vkey: str) -> VerifierKey:
    """The key of a log as it was typed in; raises Unsuitable."""
    try:
        key = parse_vkey(vkey)
    except MalformedKey as fault:
        raise Unsuitable(f"not a key: {fault}") from fault
    if key.algorithm != ED25519:
        raise Unsuitable("this is no log's key (type 0x01)")
    return key


def _opened_key(path: Path, name: str | None) -> WitnessKey:
    if not path.exists():
        try:
            key = WitnessKey.generate(name or f"{socket.gethostname()}/witness")
        except MalformedKey as fault:
            raise Unsuitable(f"--name: {fault}") from fault
        _write_secret(path, key.to_text() + "\n")
    try:
        kept = WitnessKey.from_text(path.read_text("utf-8").strip())
    except (OSError, UnicodeDecodeError, MalformedKey) as fault:
        raise Unsuitable(f"{path}: {fault}") from fault
    if name is not None and kept.name != name:
        raise Unsuitable(f"the key in {path} is named {kept.name}; a witness never changes its name")
    return kept


def _write_secret(path: Path, text: str) -> None:
    """Write a file whole and for its owner alone; of two processes at once the first one's stays."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(part, path)  # fails when the name is taken, which a rename would not
    except FileExistsError:
        return
    finally:
        part.unlink()
