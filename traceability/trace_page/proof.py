"""The proof of a lot as a file."""

from dataclasses import replace
from uuid import UUID

from app.kernel.uow import UnitOfWork
from ledger import queries as ledger
from ledger.core import proofs
from ledger.core.disclosures import Disclosure, Erased
from traceability.events import queries as events


def proof_bundle(uow: UnitOfWork, lot_id: UUID) -> bytes | None:
    """The proof of a lot as a file, or None before the first checkpoint covers any of its events."""
    sealed = events.sealed_events(uow, lot_id)
    parts = ledger.bundle_parts(uow, [one.key for one in sealed])
    if parts is None or not parts.items:
        return None
    items = []
    for one in sealed:
        if (item := parts.items.get(one.key)) is None:
            continue
        opened = Erased() if one.salt is None else Disclosure(one.salt, one.body)
        items.append(replace(item, disclosure=opened))
    bundle = proofs.Bundle(
        origin=parts.origin,
        vkey=parts.vkey,
        size=parts.size,
        checkpoint=parts.checkpoint,
        items=tuple(items),
        anchors=parts.anchors,
        pending=len(parts.pending),
        about={"subject": f"urn:uuid:{lot_id}", "witnesses": parts.witnessed},
    )
    return bundle.to_bytes()
