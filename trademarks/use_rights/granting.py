"""Turning a granted application into a right, its quota and its certificate's facts."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update

from app.cases.queries import CaseView
from app.identity import queries as people
from app.identity.access import Actor
from app.kernel.calendar import local_day
from app.kernel.db import new_id
from app.kernel.problems import Conflict
from app.kernel.uow import UnitOfWork
from app.registry.queries import plots_of
from ledger.core.jcs import canonicalize
from trademarks.register.queries import MarkView, RegulationView, mark, regulation_on
from trademarks.use_rights import rules
from trademarks.use_rights.changes import write
from trademarks.use_rights.models import CertificateCounter, LabelQuota, UseRight
from trademarks.use_rights.rules import Act, RightState

MAKE_CERTIFICATE = "certificate.pdf"


class NoRegulation(Conflict):
    """The mark has no regulation on use in force: nothing says who may use it, and for how long."""

    type = "no-use-regulation"


def facts_of_application(
    uow: UnitOfWork,
    wanted: MarkView,
    crops: Sequence[str],
    labels: int,
    regulation: RegulationView,
    *,
    organisation_id: UUID,
    on: date,
) -> dict[str, Any]:
    """What the officer compares: the request beside the applicant's plots and cooperative, as filed."""
    cooperative = people.cooperative_of(uow, organisation_id, on)
    return {
        "mark_name": wanted.name,
        "area": wanted.area,
        "crops": list(crops),
        "labels": labels,
        "regulation": regulation.title,
        "right_months": regulation.right_months,
        "simulated_regulation": regulation.simulated,
        "cooperative": cooperative.name if cooperative else None,
        "plots": [
            {
                "name": plot.name,
                "commune": plot.commune_name,
                "area_m2": plot.area_m2,
                "in_area": not wanted.area_codes or plot.commune_code in wanted.area_codes,
                "confirmed": plot.confirmed_at is not None,
            }
            for plot in plots_of(uow, organisation_id)
            if plot.crop in crops
        ],
    }


def regulation_for(uow: UnitOfWork, mark_id: UUID, on: date) -> RegulationView:
    """The regulation on use in force on a day. Raises NoRegulation."""
    found = regulation_on(uow, mark_id, on)
    if found is None:
        raise NoRegulation(mark_id=mark_id)
    return found


def grant(uow: UnitOfWork, case: CaseView, *, actor: Actor, now: datetime) -> None:
    """Make the right that a decided case asked for, from today, with its quota. Raises NoRegulation."""
    mark_id, labels = UUID(case.subject), int(case.facts["labels"])
    regulation = regulation_for(uow, mark_id, local_day(now))
    begins = local_day(now)
    row = UseRight(
        id=new_id(),
        certificate_no=_next_certificate_no(uow, begins.year),
        mark_id=mark_id,
        regulation_id=regulation.id,
        organisation_id=case.organisation_id,
        office_id=case.office_id,
        case_id=case.id,
        crops=list(case.facts["crops"]),
        valid_from=begins,
        valid_to=rules.valid_to(begins, regulation.right_months),
        state=RightState.ACTIVE,
        state_since=now,
        granted_at=now,
        granted_by_id=actor.person_id,
        simulated=case.simulated or regulation.simulated,
    )
    row.facts = _facts_of_certificate(uow, row, labels)
    uow.add(row)  # first: the quota and the history refer to it
    uow.add(LabelQuota(right_id=row.id, granted=labels, drawn=0))
    write(uow, row, Act.GRANTED, actor=actor, now=now, labels=labels)
    uow.emit(MAKE_CERTIFICATE, key=row.certificate_no, payload={"right_id": str(row.id)}, now=now)


def _facts_of_certificate(uow: UnitOfWork, row: UseRight, labels: int) -> str:
    """What the certificate's signature covers: identifiers and codes, no name of a person."""
    return canonicalize(
        {
            "format": "coi/use-certificate/1",
            "certificate_no": row.certificate_no,
            "mark": mark(uow, row.mark_id).key,
            "holder": people.organisation(uow, row.organisation_id).public_code,
            "office": people.organisation(uow, row.office_id).public_code,
            "crops": sorted(row.crops),
            "labels": labels,
            "valid_from": row.valid_from.isoformat(),
            "valid_to": row.valid_to.isoformat(),
            "simulated": row.simulated,
        }
    ).decode()


def _next_certificate_no(uow: UnitOfWork, year: int) -> str:
    uow.insert_if_new(CertificateCounter, year=year, last=0)
    number = uow.session.scalar(
        update(CertificateCounter)
        .where(CertificateCounter.year == year)
        .values(last=CertificateCounter.last + 1)
        .returning(CertificateCounter.last)
        .execution_options(synchronize_session=False)
    )
    return rules.certificate_no(year, number or 0)
