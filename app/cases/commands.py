"""Open a case, add to it, return it once, propose and decide. Kinds of cases register here.

Each command moves `revision` on, so that the second of two officers in one record is told.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, update

from app.cases import rules
from app.cases.documents import Checked
from app.cases.models import CaseCounter, CaseDocument, CaseFile, CaseNote, CaseStep
from app.cases.queries import OFFICERS, CaseView, case_by_client_id, case_by_id
from app.cases.rules import Decision, State, Step
from app.identity import commands as identity
from app.identity import queries as people
from app.identity.access import Actor
from app.kernel.calendar import due_on, local_day
from app.kernel.db import new_id
from app.kernel.problems import Conflict, Forbidden, NotFound
from app.kernel.register import Register
from app.kernel.text import tidy
from app.kernel.uow import UnitOfWork

Decide = Callable[[UnitOfWork, CaseView, Decision, Actor, datetime], None]


@dataclass(frozen=True)
class CaseKind:
    """A sort of case: its lazily translated name, its term, and what a decision does in its room.

    `decide` runs in the transaction of the decision; `panel_template` shows the room's own facts.
    """

    label: Any
    working_days: int | None
    four_eyes: bool
    decide: Decide
    panel_template: str | None = None


TELL: Final = "case.tell"

KINDS: Register[CaseKind] = Register("case_kinds")


def nothing_further(
    _uow: UnitOfWork, _case: CaseView, _decision: Decision, _actor: Actor, _now: datetime
) -> None:
    """The `decide` of a kind whose decision changes nothing but the case."""


def open_case(
    uow: UnitOfWork,
    *,
    kind: str,
    office_id: UUID,
    subject: str,
    title: str,
    facts: dict[str, Any],
    organisation_id: UUID | None = None,
    contact_phone: str | None = None,
    actor: Actor | None,
    client_id: UUID | None = None,
    simulated: bool = False,
    now: datetime,
) -> CaseView:
    """Open a case with its number and due date; a repeat with the same `client_id` returns the first.

    `actor` None is a report by the public. A farmer for whom a helper files is told by message.
    Raises NotFound (no such kind or office), Conflict (the client id belongs to another's case).
    """
    filed_by = actor.person_id if actor else None
    if client_id is not None and (before := case_by_client_id(uow, client_id)) is not None:
        if before.filed_by_id != filed_by:
            raise Conflict
        return before
    row = CaseFile(
        id=new_id(),
        number=_next_number(uow, office_id, local_day(now).year),
        kind=kind,
        state=State.OPEN,
        office_id=office_id,
        subject=subject,
        title=tidy(title)[:200],
        facts=facts,
        filed_by_id=filed_by,
        for_whom_id=actor.acting_for_id if actor else None,
        organisation_id=organisation_id,
        contact_phone=contact_phone,
        opened_at=now,
        due_on=_due(kind, now),
        client_id=client_id,
        simulated=simulated,
    )
    uow.add(row)
    opened = _step(uow, row.id, Step.OPENED, actor, now)
    identity.audit(uow, actor, "case.opened", row.id, now, kind=kind)
    if actor is not None and actor.acting_for_id is not None:
        _tell(uow, opened, now)
    return case_by_id(uow, row.id)


def add_document(
    uow: UnitOfWork, case_id: UUID, file: Checked, *, source: str, actor: Actor | None, now: datetime
) -> bool:
    """Join a file to a case (online, desk or paper scan); False when the case has it already.

    The bytes were checked and stored by `documents.receive`. Raises NotFound, CaseIsDecided.
    """
    found = case_by_id(uow, case_id)
    rules.check_undecided(found.state)
    new = uow.insert_if_new(
        CaseDocument, id=new_id(), case_id=case_id, name=file.name, content_type=file.content_type,
        size_bytes=file.size_bytes, sha256=file.sha256, storage_key=file.storage_key,
        original_key=file.original_key, received_at=now, source=source,
    )  # fmt: skip
    if new:
        _step(uow, case_id, Step.DOCUMENT, actor, now, note=file.name)
        _move(uow, found)
    return new


def return_once(
    uow: UnitOfWork, case_id: UUID, faults: str, *, actor: Actor, now: datetime, revision: int | None = None
) -> CaseView:
    """Give the case back to the applicant with every fault at once; possible one time.

    Raises NotFound, CaseIsDecided, ReasonMissing, AlreadyReturned, Changed.
    """
    found = _for_officer(uow, case_id, actor, revision)
    rules.check_reason(State.RETURNED, faults)
    if found.state == State.PROPOSED or _was_returned(uow, case_id):
        raise rules.AlreadyReturned
    _move(uow, found, state=State.RETURNED, reason=faults.strip())
    _tell(uow, _step(uow, case_id, Step.RETURNED, actor, now, note=faults.strip()), now)
    return case_by_id(uow, case_id)


def answer(uow: UnitOfWork, case_id: UUID, note: str, *, actor: Actor, now: datetime) -> CaseView:
    """The applicant has mended what was returned; the term begins anew. Raises NotFound, Conflict."""
    found = case_by_id(uow, case_id)
    if found.organisation_id != actor.organisation_id:
        raise NotFound(case=case_id)
    if found.state != State.RETURNED:
        raise Conflict
    _move(uow, found, state=State.OPEN, reason=None, due_on=_due(found.kind, now))
    _step(uow, case_id, Step.ANSWERED, actor, now, note=note.strip())
    return case_by_id(uow, case_id)


def propose(
    uow: UnitOfWork,
    case_id: UUID,
    decision: str,
    reason: str,
    *,
    actor: Actor,
    now: datetime,
    revision: int | None = None,
) -> CaseView:
    """The first officer's decision, which a second one has to share.

    Raises NotFound, CaseIsDecided, OwnCase, ReasonMissing, Changed.
    """
    found = _for_officer(uow, case_id, actor, revision)
    outcome = Decision(decision)
    rules.check_reason(outcome, reason)
    _move(uow, found, state=State.PROPOSED, decision=outcome, reason=reason.strip() or None,
          first_officer_id=actor.person_id)  # fmt: skip
    _step(uow, case_id, Step.PROPOSED, actor, now, note=reason.strip())
    identity.audit(uow, actor, "case.proposed", case_id, now, decision=outcome)
    return case_by_id(uow, case_id)


def send_back(
    uow: UnitOfWork, case_id: UUID, reason: str, *, actor: Actor, now: datetime, revision: int | None = None
) -> CaseView:
    """The second officer does not share the proposal: the case is open again.

    Raises NotFound, SecondOfficerNeeded, ReasonMissing, Changed.
    """
    found = _for_officer(uow, case_id, actor, revision)
    if found.state != State.PROPOSED:
        raise rules.SecondOfficerNeeded
    rules.check_reason(Decision.REFUSED, reason)
    _move(uow, found, state=State.OPEN, decision=None, reason=None, first_officer_id=None)
    _step(uow, case_id, Step.SENT_BACK, actor, now, note=reason.strip())
    return case_by_id(uow, case_id)


def decide(
    uow: UnitOfWork,
    case_id: UUID,
    decision: str,
    reason: str,
    *,
    actor: Actor,
    now: datetime,
    revision: int | None = None,
) -> CaseView:
    """End a case, and do in its room what the decision says, in the same transaction.

    With four eyes the actor is an approving officer other than the one who proposed the same.
    Raises NotFound, CaseIsDecided, OwnCase, ReasonMissing, SecondOfficerNeeded, SameOfficer,
    ProposalDiffers, Forbidden, Changed, and what the kind's own `decide` raises.
    """
    found = _for_officer(uow, case_id, actor, revision)
    kind = _kind(found.kind)
    outcome = Decision(decision)
    if kind.four_eyes:
        rules.check_second(found.state, outcome, proposed=found.decision, first_id=found.first_officer_id,
                           officer_id=actor.person_id)  # fmt: skip
        if not actor.has("approving_officer"):
            raise Forbidden(action="case.approve")
    told = reason.strip() or (found.reason or "" if kind.four_eyes else "")
    rules.check_reason(outcome, told)
    who = {"second_officer_id" if kind.four_eyes else "first_officer_id": actor.person_id}
    _move(uow, found, state=State.DECIDED, decision=outcome, reason=told or None, decided_at=now, **who)
    step_id = _step(uow, case_id, Step(outcome), actor, now, note=told)
    identity.audit(uow, actor, "case.decided", case_id, now, decision=outcome)
    decided = case_by_id(uow, case_id)
    kind.decide(uow, decided, outcome, actor, now)
    _tell(uow, step_id, now)
    return decided


def _for_officer(uow: UnitOfWork, case_id: UUID, actor: Actor, revision: int | None) -> CaseView:
    """The case of the officer's own office, undecided and not his own, as he last saw it."""
    found = case_by_id(uow, case_id)
    if found.office_id != actor.organisation_id or not actor.has(*OFFICERS):
        raise NotFound(case=case_id)
    if not actor.has("officer", "approving_officer"):
        raise Forbidden(action="case.decide")
    if revision is not None and revision != found.revision:
        raise rules.Changed(number=found.number)
    rules.check_undecided(found.state)
    rules.check_not_own(actor.person_id, filed_by_id=found.filed_by_id, for_whom_id=found.for_whom_id)
    return found


def _kind(name: str) -> CaseKind:
    kind = KINDS.get(name)
    if kind is None:
        raise NotFound(kind=name)
    return kind


def _due(kind: str, now: datetime) -> Any:
    days = _kind(kind).working_days
    return None if days is None else due_on(local_day(now), days)


def _next_number(uow: UnitOfWork, office_id: UUID, year: int) -> str:
    """The next number of the office's year: the counter's row lock lets two openings wait for each other."""
    prefix = people.organisation(uow, office_id).public_code
    uow.insert_if_new(CaseCounter, office_id=office_id, year=year, last=0)
    taken = uow.session.scalar(
        update(CaseCounter)
        .where(CaseCounter.office_id == office_id, CaseCounter.year == year)
        .values(last=CaseCounter.last + 1)
        .returning(CaseCounter.last)
        .execution_options(synchronize_session=False)
    )
    return rules.case_number(prefix, year, taken or 0)


def _move(uow: UnitOfWork, found: CaseView, **values: Any) -> None:
    """Change the row, if nobody changed it since it was read. Raises Changed."""
    moved = uow.session.execute(
        update(CaseFile)
        .where(CaseFile.id == found.id, CaseFile.revision == found.revision)
        .values(revision=found.revision + 1, **values)
        .returning(CaseFile.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if moved is None:
        raise rules.Changed(number=found.number)


def _step(
    uow: UnitOfWork, case_id: UUID, kind: Step, actor: Actor | None, now: datetime, *, note: str = ""
) -> UUID:
    step = CaseStep(
        id=new_id(),
        case_id=case_id,
        at=now,
        kind=kind,
        person_id=actor.person_id if actor else None,
        acting_for_id=actor.acting_for_id if actor else None,
    )
    uow.add(step)
    if note:
        uow.add(CaseNote(step_id=step.id, text=note))
    return step.id


def _was_returned(uow: UnitOfWork, case_id: UUID) -> bool:
    found = select(CaseStep.id).where(CaseStep.case_id == case_id, CaseStep.kind == Step.RETURNED).limit(1)
    return uow.session.scalar(found) is not None


def _tell(uow: UnitOfWork, step_id: UUID, now: datetime) -> None:
    """Have the applicant told of a step; `tasks.tell_applicant` finds the words and the number."""
    uow.emit(TELL, key=str(step_id), payload={"step_id": str(step_id)}, now=now)
