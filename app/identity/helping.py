"""The farmers for whom a helper may file today."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.identity.models import Consent, Person
from app.identity.queries import ASSISTED_FILING
from app.kernel.uow import UnitOfWork


@dataclass(frozen=True)
class FarmerRow:
    """A farmer who consented: name and until when, nothing else."""

    person_id: UUID
    name: str
    until: datetime | None


def farmers_of_helper(uow: UnitOfWork, helper_id: UUID, now: datetime) -> list[FarmerRow]:
    """Farmers whose newest word on this helper is a consent that still runs, by name (1 statement)."""
    rows = uow.session.execute(
        select(Consent.person_id, Person.full_name, Consent.granted, Consent.until)
        .join(Person, Person.id == Consent.person_id)
        .where(
            Consent.given_to_id == helper_id, Consent.purpose == ASSISTED_FILING, Person.erased_at.is_(None)
        )
        .order_by(Consent.given_at, Consent.id)
    )
    newest = {person_id: (name or "", granted, until) for person_id, name, granted, until in rows}
    running = [
        FarmerRow(person_id, name, until)
        for person_id, (name, granted, until) in newest.items()
        if granted and (until is None or until > now)
    ]
    return sorted(running, key=lambda row: row.name)
