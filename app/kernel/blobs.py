"""Blobs that nobody may keep any longer.

A transaction that lets go of a file asks for its removal; the worker removes it after the commit, so that
a rolled back erasure has destroyed nothing.
"""

from datetime import datetime
from typing import Final

from app.kernel.db import new_id
from app.kernel.outbox import OutboxRow
from app.kernel.storage import Storage
from app.kernel.uow import UnitOfWork

FORGET_BLOB: Final = "blob.forget"


def forget_blob(uow: UnitOfWork, key: str, *, now: datetime) -> None:
    """Have a blob removed. The caller knows that nobody else refers to the same bytes."""
    uow.emit(FORGET_BLOB, key=f"{new_id()}", payload={"key": key}, now=now)


def remove_blob(storage: Storage, row: OutboxRow) -> None:
    """Remove it; safe to repeat: one that is gone already is no fault."""
    storage.delete(row.payload["key"])
