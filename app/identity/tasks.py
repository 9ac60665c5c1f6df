"""Periodic work of the package, and what the outbox asks of it; every task may run twice."""

from flask import current_app

from app.identity import queries
from app.identity.login import forget_old
from app.kernel import clock
from app.kernel.outbox import OutboxRow
from app.kernel.storage import Storage
from app.kernel.uow import unit_of_work


def forget_old_logins() -> None:
    """Delete codes and sessions that ended long ago."""
    with unit_of_work() as uow:
        forget_old(uow, clock.now())


def forget_photo(row: OutboxRow) -> None:
    """Delete the file of a photo that no household shows any more.

    The address is made of the content: who sends the same picture again keeps it.
    """
    storage: Storage = current_app.extensions["coi.storage"]
    with unit_of_work(read_only=True) as uow:
        in_use = queries.photo_in_use(uow, row.payload["photo_key"])
    if not in_use:
        storage.delete(row.payload["photo_key"])
