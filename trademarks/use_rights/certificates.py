"""Certificates: what is printed, signed and shown under a number."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from app.identity.access import Actor
from app.kernel.uow import UnitOfWork
from trademarks.use_rights.models import UseRight, UseRightChange
from trademarks.use_rights.queries import NoSuchRight
from trademarks.use_rights.rules import Act


@dataclass(frozen=True)
class CertificateView:
    """What is printed and signed; `signature` and `pdf_key` are None until the worker has made them."""

    right_id: UUID
    certificate_no: str
    facts: str
    key_id: str | None
    signature: str | None
    pdf_key: str | None
    granted_at: datetime
    granted_by_id: UUID
    office_id: UUID
    organisation_id: UUID
    mark_id: UUID
    regulation_id: UUID | None
    labels: int
    crops: tuple[str, ...]
    valid_from: date
    valid_to: date
    simulated: bool


def right_id_by_certificate(uow: UnitOfWork, certificate_no: str) -> UUID:
    """The right behind a printed certificate number. Raises NoSuchRight."""
    found = uow.session.scalar(select(UseRight.id).where(UseRight.certificate_no == certificate_no.upper()))
    if found is None:
        raise NoSuchRight(certificate_no=certificate_no)
    return found


def certificate(uow: UnitOfWork, right_id: UUID) -> CertificateView:
    """The certificate of a right, for its worker and its public page. Raises NoSuchRight."""
    row = uow.session.get(UseRight, right_id)
    if row is None:
        raise NoSuchRight(right_id=right_id)
    labels = uow.session.scalar(
        select(UseRightChange.labels).where(
            UseRightChange.right_id == right_id, UseRightChange.act == Act.GRANTED
        )
    )
    return CertificateView(
        right_id=row.id,
        certificate_no=row.certificate_no,
        facts=row.facts,
        key_id=row.key_id,
        signature=row.signature,
        pdf_key=row.pdf_key,
        granted_at=row.granted_at,
        granted_by_id=row.granted_by_id,
        office_id=row.office_id,
        organisation_id=row.organisation_id,
        mark_id=row.mark_id,
        regulation_id=row.regulation_id,
        labels=labels or 0,
        crops=tuple(row.crops),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        simulated=row.simulated,
    )


def own_certificate(uow: UnitOfWork, actor: Actor, right_id: UUID) -> CertificateView:
    """The certificate of a right of the actor's own organisation. Raises NoSuchRight."""
    found = certificate(uow, right_id)
    if found.organisation_id != actor.organisation_id:
        raise NoSuchRight(right_id=right_id)
    return found
