"""What the outbox asks of this package; every task may run twice."""

from uuid import UUID

from flask import current_app

from app.kernel import clock
from app.kernel.config import Config
from app.kernel.outbox import OutboxRow
from app.kernel.storage import Storage, StorageFull, StorageUnavailable
from app.kernel.uow import unit_of_work
from traceability.labels import commands, queries, sheet


def make_sheet(row: OutboxRow) -> None:
    """Make and store the PDF of a label sheet. Safe to repeat: a sheet that is ready stays as it is.

    When the store is full or away, the sheet says so and the row is tried again; its serials and the
    quota that it drew are kept, so that a later success prints the same labels.
    """
    config: Config = current_app.extensions["coi.config"]
    storage: Storage = current_app.extensions["coi.storage"]
    sheet_id = UUID(row.payload["sheet_id"])
    with unit_of_work(read_only=True) as uow:
        ordered = queries.sheet(uow, sheet_id)
        if ordered.ready:
            return
        facts = sheet.facts(uow, ordered, site_url=config.site_url)
    made = sheet.render(facts)
    try:
        key = storage.put(made, "application/pdf")
    except (StorageFull, StorageUnavailable):
        with unit_of_work() as uow:
            commands.sheet_not_stored(uow, sheet_id, now=clock.now())
        raise
    with unit_of_work() as uow:
        commands.sheet_stored(
            uow, sheet_id, pdf_key=key, checkpoint_size=facts.checkpoint_size, now=clock.now()
        )


def follow_right(row: OutboxRow) -> None:
    """A right of use changed: the pages of its lots are made anew. A repeat makes them once more."""
    with unit_of_work() as uow:
        commands.touch_lots_under(uow, UUID(row.payload["right_id"]))
