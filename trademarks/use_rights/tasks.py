"""Work behind the desk: the certificate's PDF, and what the clock does to rights."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import current_app

from app.identity.queries import organisation, person_name
from app.kernel import clock, pdf, qr
from app.kernel.config import Config
from app.kernel.outbox import OutboxRow
from app.kernel.storage import Storage
from app.kernel.uow import UnitOfWork, unit_of_work
from app.registry.crops import crop_name
from app.registry.places import place_name
from ledger import printed
from trademarks.register.queries import record
from trademarks.use_rights import commands
from trademarks.use_rights.certificates import CertificateView, certificate
from trademarks.use_rights.signing import CertificateSignature, sign

TEMPLATE = "certificate.typ"


def make_certificate(row: OutboxRow) -> None:
    """Sign the facts, draw the PDF, keep it by its content address.

    Safe to repeat: the signature is the same each time, and the first PDF that is recorded stays.
    """
    config: Config = current_app.extensions["coi.config"]
    storage: Storage = current_app.extensions["coi.storage"]
    right_id = UUID(row.payload["right_id"])
    with unit_of_work(read_only=True) as uow:
        found = certificate(uow, right_id)
        if found.pdf_key is not None:
            return
        signed = sign(found.facts, config.data_dir)
        status_url = f"{config.site_url}/trademarks/rights/{found.certificate_no}"
        values = _values(uow, found, signed, status_url)
    made = pdf.render(TEMPLATE, values, files={"qr.svg": qr.svg(status_url, level="M").encode()})
    key = storage.put(made, "application/pdf")
    with unit_of_work() as uow:
        commands.record_certificate(
            uow, right_id, key_id=signed.key_id, signature=signed.signature, pdf_key=key
        )


def close_books() -> None:
    """Write down lapsed emergency suspensions and terms that are over."""
    with unit_of_work() as uow:
        commands.close_books(uow, clock.now())


def _values(
    uow: UnitOfWork, found: CertificateView, signed: CertificateSignature, status_url: str
) -> dict[str, Any]:
    holder = organisation(uow, found.organisation_id)
    known = record(uow, found.mark_id)
    regulation = next((r for r in known.regulations if r.id == found.regulation_id), None)
    place = ""
    if holder.commune_code and holder.commune_valid_from:
        place = place_name(uow, holder.commune_code, holder.commune_valid_from)
    return {
        "office": organisation(uow, found.office_id).name,
        "certificate_no": found.certificate_no,
        "mark": known.mark.name,
        "holder": holder.name,
        "holder_code": holder.public_code,
        "place": ", ".join(part for part in (holder.hamlet, place) if part),
        "goods": ", ".join(crop_name(crop) for crop in found.crops),
        "regulation": regulation.title if regulation else "",
        "labels": f"{found.labels:,}".replace(",", "."),
        "valid_from": _day(found.valid_from),
        "valid_to": _day(found.valid_to),
        "granted_by": person_name(uow, found.granted_by_id),
        "granted_on": _day(found.valid_from),
        "key_id": signed.key_id,
        "signature": signed.short,
        "status_url": status_url,
        "seal": printed.line(uow),
        "simulated": found.simulated,
    }


def _day(day: date) -> str:
    return day.strftime("%d/%m/%Y")
