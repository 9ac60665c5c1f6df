"""What changes the log from outside: handing in an entry. Indices and signatures are the sequencer's."""

from datetime import datetime
from http import HTTPStatus

from sqlalchemy import delete, select

from app.kernel.db import new_id
from app.kernel.problems import Conflict, Invalid
from app.kernel.uow import UnitOfWork
from ledger.core.entry import parse_entry
from ledger.core.errors import MalformedEntry
from ledger.core.tree import leaf_hash
from ledger.models import LogEntry, Submission

SEQUENCE = "ledger.sequence"  # the outbox kind that wakes the sequencer
LONGEST_KEY = 200
_ASKED = "ledger.sequence.asked"


class EntryRefused(Invalid):
    """The bytes are no log entry: too long, or not the one spelling of the six members."""

    type, status = "ledger-entry-refused", HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, *, reason: str) -> None:
        super().__init__(reason=reason)


class KeyReused(Conflict):
    """This key was handed in before with other bytes; the log keeps the first."""

    type, status = "ledger-key-reused", HTTPStatus.CONFLICT

    def __init__(self, *, key: str) -> None:
        super().__init__(key=key)


def submit(uow: UnitOfWork, entry: bytes, *, key: str, now: datetime) -> None:
    """Queue an entry for the log, in the caller's transaction; a repeat with the same key is nothing.

    `key` has 1 to 200 characters and names the entry to the caller (`event:<id>`). The index follows when
    the sequencer takes it; no index is lost when the caller's transaction is rolled back.
    Raises EntryRefused (not an entry of version 1, or above 65 535 bytes), KeyReused.
    """
    if not 0 < len(key) <= LONGEST_KEY:
        raise EntryRefused(reason=f"a key has 1 to {LONGEST_KEY} characters")
    try:
        parse_entry(entry)
    except MalformedEntry as fault:
        raise EntryRefused(reason=str(fault)) from fault
    leaf = leaf_hash(entry)
    if not _is_new(uow, entry, leaf, key=key, now=now):
        return
    if not uow.session.info.get(_ASKED):  # one wake-up a transaction, however many entries it hands in
        uow.session.info[_ASKED] = True
        uow.emit(SEQUENCE, key=key, payload={}, now=now)


def _is_new(uow: UnitOfWork, entry: bytes, leaf: bytes, *, key: str, now: datetime) -> bool:
    """Queue the entry unless it waits or stands already. Raises KeyReused.

    The sequencer may be moving the first one from the queue into the log at this moment. PostgreSQL then
    lets our INSERT wait for it, so the log is asked after the queue, never before: whoever is no longer in
    the queue is in the log by now.
    """
    row = {"id": new_id(), "key": key, "leaf_hash": leaf, "entry": entry, "submitted_at": now}
    queued = uow.insert_if_new(Submission, **row)
    kept = None if queued else uow.session.scalar(select(Submission.leaf_hash).where(Submission.key == key))
    if kept is None:
        kept = uow.session.scalar(select(LogEntry.leaf_hash).where(LogEntry.key == key))
    if kept is None:
        return True
    if queued:  # taken back before anything is raised: a caller may catch it and commit
        uow.session.execute(delete(Submission).where(Submission.id == row["id"]))
    if kept != leaf:
        raise KeyReused(key=key)
    return False
