"""A case as its officers and its applicant see it, the inbox, the timeline.

An officer sees the cases of his office and nobody else's; an applicant those of his organisation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import aliased

from app.cases.models import CaseDocument, CaseFile, CaseNote, CaseStep
from app.cases.rules import State
from app.identity.access import Actor
from app.identity.models import Organisation, Person
from app.kernel.paging import Page, Paged, paged
from app.kernel.problems import NotFound
from app.kernel.uow import UnitOfWork

Rows = Select[*tuple[Any, ...]]
"""A statement whose columns a dataclass of this module takes in order."""

OFFICERS = ("officer", "approving_officer", "auditor")


@dataclass(frozen=True)
class CaseView:
    """One case file. `decision` is the proposed one while `state` is `proposed`."""

    id: UUID
    number: str
    kind: str
    state: str
    office_id: UUID
    subject: str
    title: str
    facts: dict[str, Any]
    organisation_id: UUID | None
    organisation_name: str | None
    filed_by_id: UUID | None
    filed_by_name: str | None
    for_whom_id: UUID | None
    for_whom_name: str | None
    contact_phone: str | None
    opened_at: datetime
    due_on: date | None
    first_officer_id: UUID | None
    first_officer_name: str | None
    second_officer_id: UUID | None
    second_officer_name: str | None
    decided_at: datetime | None
    decision: str | None
    reason: str | None
    revision: int
    simulated: bool
    erased_at: datetime | None


@dataclass(frozen=True)
class CaseRow:
    """A case as a line of a list."""

    id: UUID
    number: str
    kind: str
    state: str
    title: str
    who: str | None
    opened_at: datetime
    due_on: date | None
    decision: str | None


@dataclass(frozen=True)
class StepView:
    """A line of the timeline: what, when, by whom, for whom."""

    at: datetime
    kind: str
    person_name: str | None
    acting_for_name: str | None
    note: str


@dataclass(frozen=True)
class DocumentView:
    """A file of the case; the bytes are behind `storage_key`."""

    id: UUID
    case_id: UUID
    name: str
    content_type: str
    size_bytes: int
    sha256: str
    storage_key: str
    received_at: datetime
    source: str


def _cases() -> Rows:
    filed, whom = aliased(Person), aliased(Person)
    first, second = aliased(Person), aliased(Person)
    return (
        select(CaseFile.id, CaseFile.number, CaseFile.kind, CaseFile.state, CaseFile.office_id,
               CaseFile.subject, CaseFile.title, CaseFile.facts, CaseFile.organisation_id, Organisation.name,
               CaseFile.filed_by_id, filed.full_name, CaseFile.for_whom_id, whom.full_name,
               CaseFile.contact_phone, CaseFile.opened_at, CaseFile.due_on, CaseFile.first_officer_id,
               first.full_name, CaseFile.second_officer_id, second.full_name, CaseFile.decided_at,
               CaseFile.decision, CaseFile.reason, CaseFile.revision, CaseFile.simulated,
               CaseFile.erased_at)
        .outerjoin(Organisation, Organisation.id == CaseFile.organisation_id)
        .outerjoin(filed, filed.id == CaseFile.filed_by_id)
        .outerjoin(whom, whom.id == CaseFile.for_whom_id)
        .outerjoin(first, first.id == CaseFile.first_officer_id)
        .outerjoin(second, second.id == CaseFile.second_officer_id)
    )  # fmt: skip


def case_by_id(uow: UnitOfWork, case_id: UUID) -> CaseView:
    """One case for whoever asks: for commands and other rooms, not for a page. Raises NotFound."""
    row = uow.session.execute(_cases().where(CaseFile.id == case_id)).one_or_none()
    if row is None:
        raise NotFound(case=case_id)
    return CaseView(*row)


def case_by_client_id(uow: UnitOfWork, client_id: UUID) -> CaseView | None:
    """The case that this client id opened, or None."""
    row = uow.session.execute(_cases().where(CaseFile.client_id == client_id)).one_or_none()
    return None if row is None else CaseView(*row)


def case(uow: UnitOfWork, actor: Actor, case_id: UUID) -> CaseView:
    """A case that this actor may see. Raises NotFound."""
    found = case_by_id(uow, case_id)
    if not may_see(actor, found):
        raise NotFound(case=case_id)
    return found


def may_see(actor: Actor, found: CaseView) -> bool:
    """Officers see their office's cases, applicants those of their organisation."""
    if found.office_id == actor.organisation_id and actor.has(*OFFICERS):
        return True
    return found.organisation_id is not None and found.organisation_id == actor.organisation_id


_ROW: tuple[Any, ...] = (
    CaseFile.id, CaseFile.number, CaseFile.kind, CaseFile.state, CaseFile.title, Organisation.name,
    CaseFile.opened_at, CaseFile.due_on, CaseFile.decision,
)  # fmt: skip


def _list(office_id: UUID) -> Rows:
    return (
        select(*_ROW)
        .outerjoin(Organisation, Organisation.id == CaseFile.organisation_id)
        .where(CaseFile.office_id == office_id)
    )


def open_cases(uow: UnitOfWork, actor: Actor, page: Page, kind: str | None = None) -> Paged[CaseRow]:
    """Undecided cases of the actor's office, the one that is due first on top (2 statements)."""
    found = _list(actor.organisation_id).where(CaseFile.state != State.DECIDED)
    if kind:
        found = found.where(CaseFile.kind == kind)
    return paged(
        uow, found.order_by(CaseFile.due_on.is_(None), CaseFile.due_on, CaseFile.id), page, row=CaseRow
    )


def cases_of_office(
    uow: UnitOfWork, actor: Actor, page: Page, *, kind: str = "", state: str = "", text: str = ""
) -> Paged[CaseRow]:
    """The office's list with its filters, newest first; `state` empty means undecided, `all` means all."""
    found = _list(actor.organisation_id)
    if state != "all":
        found = found.where(CaseFile.state == state if state else CaseFile.state != State.DECIDED)
    if kind:
        found = found.where(CaseFile.kind == kind)
    if text:
        like = f"%{text.replace('%', '').replace('_', '')}%"
        found = found.where(
            or_(CaseFile.number.ilike(like), CaseFile.title.ilike(like), Organisation.name.ilike(like))
        )
    return paged(
        uow, found.order_by(CaseFile.due_on.is_(None), CaseFile.due_on, CaseFile.id), page, row=CaseRow
    )


def neighbours(uow: UnitOfWork, actor: Actor, case_id: UUID) -> tuple[UUID | None, UUID | None]:
    """The undecided cases before and after this one in the inbox's order."""
    ids = list(
        uow.session.scalars(
            select(CaseFile.id)
            .where(
                CaseFile.office_id == actor.organisation_id,
                or_(CaseFile.state != State.DECIDED, CaseFile.id == case_id),
            )
            .order_by(CaseFile.due_on.is_(None), CaseFile.due_on, CaseFile.id)
        )
    )
    if case_id not in ids:
        return None, None
    at = ids.index(case_id)
    return (ids[at - 1] if at else None), (ids[at + 1] if at + 1 < len(ids) else None)


def cases_of_organisation(uow: UnitOfWork, organisation_id: UUID) -> list[CaseRow]:
    """What an organisation asked of the office, newest first."""
    rows = uow.session.execute(
        select(*_ROW)
        .outerjoin(Organisation, Organisation.id == CaseFile.organisation_id)
        .where(CaseFile.organisation_id == organisation_id)
        .order_by(CaseFile.opened_at.desc(), CaseFile.id.desc())
        .limit(100)
    )
    return [CaseRow(*row) for row in rows]


def timeline(uow: UnitOfWork, case_id: UUID) -> Sequence[StepView]:
    """The steps of a case, newest first."""
    whom = aliased(Person)
    rows = uow.session.execute(
        select(CaseStep.at, CaseStep.kind, Person.full_name, whom.full_name,
               func.coalesce(CaseNote.text, ""))
        .outerjoin(Person, Person.id == CaseStep.person_id)
        .outerjoin(whom, whom.id == CaseStep.acting_for_id)
        .outerjoin(CaseNote, CaseNote.step_id == CaseStep.id)
        .where(CaseStep.case_id == case_id)
        .order_by(CaseStep.at.desc(), CaseStep.id.desc())
    )  # fmt: skip
    return [StepView(*row) for row in rows]


def told(uow: UnitOfWork, step_id: UUID) -> tuple[UUID, str, str]:
    """The case of a step, the step's kind, and what was said with it. Raises NotFound."""
    row = uow.session.execute(
        select(CaseStep.case_id, CaseStep.kind, func.coalesce(CaseNote.text, ""))
        .outerjoin(CaseNote, CaseNote.step_id == CaseStep.id)
        .where(CaseStep.id == step_id)
    ).one_or_none()
    if row is None:
        raise NotFound(step=step_id)
    case_id, kind, text = row
    return case_id, kind, text


_DOCUMENT: tuple[Any, ...] = (
    CaseDocument.id, CaseDocument.case_id, CaseDocument.name, CaseDocument.content_type,
    CaseDocument.size_bytes, CaseDocument.sha256, CaseDocument.storage_key, CaseDocument.received_at,
    CaseDocument.source,
)  # fmt: skip


def documents(uow: UnitOfWork, case_id: UUID) -> Sequence[DocumentView]:
    """The files of a case, in the order of their coming."""
    rows = uow.session.execute(
        select(*_DOCUMENT).where(CaseDocument.case_id == case_id).order_by(CaseDocument.id)
    )
    return [DocumentView(*row) for row in rows]


def document(uow: UnitOfWork, actor: Actor, document_id: UUID) -> DocumentView:
    """One file of a case that the actor may see. Raises NotFound."""
    row = uow.session.execute(select(*_DOCUMENT).where(CaseDocument.id == document_id)).one_or_none()
    if row is None:
        raise NotFound(document=document_id)
    found = DocumentView(*row)
    case(uow, actor, found.case_id)
    return found
