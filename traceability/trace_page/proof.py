"""The proof of a lot as a file."""

from uuid import UUID

from app.kernel.uow import UnitOfWork
from ledger import proving
from ledger.core.disclosures import Disclosure, Erased
from traceability.events import queries as events


def proof_bundle(uow: UnitOfWork, lot_id: UUID) -> bytes | None:
    """The proof of a lot as a file, or None before the first checkpoint covers any of its events."""
    sealed = events.sealed_events(uow, lot_id)
    parts = proving.bundle_parts(uow, [one.key for one in sealed])
    if parts is None or not parts.items:
        return None
    opened = {one.key: Erased() if one.salt is None else Disclosure(one.salt, one.body) for one in sealed}
    return parts.bundle(opened, about={"subject": f"urn:uuid:{lot_id}"}).to_bytes()
