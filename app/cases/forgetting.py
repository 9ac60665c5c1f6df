"""Erasure: what a person asked of the office, in whatever words and papers.

Number, kind, dates and outcome of each case stay, as the office's own record of what it did; a case that
nobody has decided is closed, for there is nobody left to answer.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, or_, select

from app.cases.models import CaseDocument, CaseFile, CaseNote, CaseStep
from app.cases.rules import Decision, State, Step
from app.identity import queries as people
from app.kernel.blobs import forget_blob
from app.kernel.calendar import local_day
from app.kernel.db import new_id
from app.kernel.uow import UnitOfWork

ERASED_TITLE: Final = "(đã xóa theo yêu cầu)"


def forget_person(uow: UnitOfWork, person_id: UUID, now: datetime) -> None:
    """Bound to the erasure register: cases that he filed, that were filed for him, that give his number."""
    cases = list(uow.session.scalars(select(CaseFile).where(_of_person(uow, person_id, now))))
    ids = [case.id for case in cases]
    for case in cases:
        _close(uow, case, now)
        case.title, case.facts, case.contact_phone, case.reason = ERASED_TITLE, {}, None, None
        case.subject = case.subject if _is_uuid(case.subject) else ""  # a public report names what was typed
        case.erased_at = now
        case.revision += 1
    uow.session.flush()
    steps = select(CaseStep.id).where(CaseStep.case_id.in_(ids))
    uow.session.execute(delete(CaseNote).where(CaseNote.step_id.in_(steps)))
    _forget_documents(uow, ids, now)


def _of_person(uow: UnitOfWork, person_id: UUID, now: datetime) -> ColumnElement[bool]:
    own = and_(CaseFile.filed_by_id == person_id, CaseFile.for_whom_id.is_(None))
    asked = [own, CaseFile.for_whom_id == person_id]
    if (household_id := people.household_of_one(uow, person_id, local_day(now))) is not None:
        asked.append(CaseFile.organisation_id == household_id)
    if (phone := people.phone_of(uow, person_id)) is not None:
        asked.append(CaseFile.contact_phone == phone)
    return or_(*asked)


def _close(uow: UnitOfWork, case: CaseFile, now: datetime) -> None:
    if case.state == State.DECIDED:
        return
    case.state, case.decision, case.decided_at = State.DECIDED, Decision.CLOSED, now
    uow.add(CaseStep(id=new_id(), case_id=case.id, at=now, kind=Step.ERASED))


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _forget_documents(uow: UnitOfWork, case_ids: Collection[UUID], now: datetime) -> None:
    """The papers and their files, unless the same bytes came with somebody else's case too."""
    files = (CaseDocument.storage_key, CaseDocument.original_key)
    theirs = uow.session.execute(select(*files).where(CaseDocument.case_id.in_(case_ids))).all()
    uow.session.execute(delete(CaseDocument).where(CaseDocument.case_id.in_(case_ids)))
    for key in sorted({key for row in theirs for key in row}):
        elsewhere = select(CaseDocument.id).where(or_(*(column == key for column in files))).limit(1)
        if uow.session.scalar(elsewhere) is None:
            forget_blob(uow, key, now=now)
