"""Apply for, grant, suspend, ratify, reinstate, revoke, extend. Drawing from the quota is `quota`.

An officer acts on rights of the communes that his office answers for; others are not found. Nobody
acts on a right of his own household. Every act settles first what the clock has done.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update

from app.cases.commands import open_case
from app.cases.queries import CaseView
from app.cases.rules import Decision
from app.identity import queries as people
from app.identity.access import Actor
from app.kernel.blobs import forget_blob
from app.kernel.calendar import local_day
from app.kernel.problems import Conflict, Forbidden
from app.kernel.uow import UnitOfWork
from trademarks.register.queries import mark
from trademarks.use_rights import granting, rules, sealing
from trademarks.use_rights.changes import RIGHT_CHANGED as RIGHT_CHANGED  # the front door's register
from trademarks.use_rights.changes import Because as Because
from trademarks.use_rights.changes import locked, preview, settle, write
from trademarks.use_rights.models import LabelQuota, UseRight, UseRightChange, UseRightWords
from trademarks.use_rights.queries import (
    NoSuchRight,
    RightView,
    belongs_to,
    lapsed,
    right,
    run_out,
)
from trademarks.use_rights.rules import Act, RightState

CASE = "use_right"


class NoOfficeAnswers(Conflict):
    """No office answers for the commune of the applicant, so nobody could decide."""

    type = "no-office-answers"


@dataclass(frozen=True, kw_only=True)
class ApplyForRight:
    """What a household or cooperative asks for. `labels` is how many it expects to print."""

    mark_id: UUID
    crops: tuple[str, ...]
    labels: int
    client_id: UUID | None = None
    simulated: bool = False


def apply_for_right(uow: UnitOfWork, wanted: ApplyForRight, *, actor: Actor, now: datetime) -> CaseView:
    """Open the case for a right of the actor's organisation (a helper acts for the household he helps).

    A repeat with the same `client_id` returns the first case.
    Raises NoSuchMark, NotCovered, BadLabelCount, NoRegulation, NoOfficeAnswers.
    """
    view = mark(uow, wanted.mark_id)
    crops = rules.check_crops(wanted.crops, view.crops)
    labels = rules.check_labels(wanted.labels)
    regulation = granting.regulation_for(uow, wanted.mark_id, local_day(now))
    applicant = people.organisation(uow, actor.organisation_id)
    office = people.office_for(uow, applicant.commune_code or "", local_day(now))
    if office is None:
        raise NoOfficeAnswers(commune_code=applicant.commune_code)
    return open_case(
        uow,
        kind=CASE,
        office_id=office,
        subject=str(view.id),
        title=f"Xin quyền dùng nhãn hiệu {view.name}",
        facts=granting.facts_of_application(
            uow, view, crops, labels, regulation, organisation_id=actor.organisation_id, on=local_day(now)
        ),
        organisation_id=actor.organisation_id,
        contact_phone=applicant.phone,
        actor=actor,
        client_id=wanted.client_id,
        simulated=wanted.simulated,
        now=now,
    )


def decide_application(
    uow: UnitOfWork, case: CaseView, decision: Decision, actor: Actor, now: datetime
) -> None:
    """What the decision of a `use_right` case does here: a grant makes the right. Raises OwnRight."""
    if case.organisation_id is None:
        raise Conflict(case=case.id)
    _refuse_own(uow, actor, case.organisation_id, now)
    if decision == Decision.GRANTED:
        granting.grant(uow, case, actor=actor, now=now)


def suspend(
    uow: UnitOfWork,
    right_id: UUID,
    because: Because,
    *,
    scope: Sequence[str] = (),
    actor: Actor,
    now: datetime,
) -> RightView:
    """Suspend a right for some of its crops, or all: for good by an approving officer, else for 24 hours.

    Raises NoSuchRight, OwnRight, ReasonMissing, NotCovered, ActNotPossible.
    """
    row = _at_desk(uow, right_id, actor, now)
    because = _reason(Act.SUSPENDED, because)
    touched = rules.check_crops(scope or row.crops, row.crops)
    act = rules.suspension_act(approving=actor.has("approving_officer"))
    lapses_at = now + rules.EMERGENCY_LASTS if act is Act.SUSPENDED_FOR_A_DAY else None
    write(uow, row, act, actor=actor, now=now, because=because, scope=touched, lapses_at=lapses_at)
    row.suspended_by_id = actor.person_id
    return _done(uow, row, now)


def ratify(uow: UnitOfWork, right_id: UUID, *, actor: Actor, now: datetime) -> RightView:
    """Let another officer's emergency suspension stand until somebody reinstates the right.

    Raises NoSuchRight, OwnRight, ActNotPossible, SecondPersonNeeded, Forbidden.
    """
    row = _at_desk(uow, right_id, actor, now)
    _approving(actor)
    if row.lapses_at is None:
        raise rules.ActNotPossible(state=row.state, act=Act.RATIFIED)
    if row.suspended_by_id == actor.person_id:
        raise rules.SecondPersonNeeded
    write(uow, row, Act.RATIFIED, actor=actor, now=now)
    return _done(uow, row, now)


def reinstate(uow: UnitOfWork, right_id: UUID, because: Because, *, actor: Actor, now: datetime) -> RightView:
    """Give a suspended right back. What an approving officer has suspended or ratified, only one gives back.

    Raises NoSuchRight, OwnRight, ReasonMissing, ActNotPossible, Forbidden.
    """
    row = _at_desk(uow, right_id, actor, now)
    because = _reason(Act.REINSTATED, because)
    if row.state == RightState.SUSPENDED and row.lapses_at is None:
        _approving(actor)
    write(uow, row, Act.REINSTATED, actor=actor, now=now, because=because)
    row.suspended_by_id = None
    return _done(uow, row, now)


def propose_revocation(
    uow: UnitOfWork, right_id: UUID, because: Because, *, actor: Actor, now: datetime
) -> RightView:
    """The first of two persons who revoke a right.

    Raises NoSuchRight, OwnRight, ReasonMissing, ActNotPossible.
    """
    row = _at_desk(uow, right_id, actor, now)
    because = _reason(Act.REVOCATION_PROPOSED, because)
    write(uow, row, Act.REVOCATION_PROPOSED, actor=actor, now=now, because=because, lapses_at=row.lapses_at)
    row.revocation_by_id, row.revocation_at = actor.person_id, now
    row.revocation_code, row.revocation_text = because.code, because.text
    return _done(uow, row, now)


def revoke(uow: UnitOfWork, right_id: UUID, *, actor: Actor, now: datetime) -> RightView:
    """The second of two persons: the right ends for good, for the reason that the first one gave.

    Raises NoSuchRight, OwnRight, ActNotPossible, SecondPersonNeeded, Forbidden.
    """
    row = _at_desk(uow, right_id, actor, now)
    rules.after(RightState(row.state), Act.REVOKED)
    _approving(actor)
    if row.revocation_by_id is None or row.revocation_by_id == actor.person_id:
        raise rules.SecondPersonNeeded
    because = Because(rules.Reason(row.revocation_code or rules.Reason.OTHER), row.revocation_text or "")
    write(uow, row, Act.REVOKED, actor=actor, now=now, because=because)
    return _done(uow, row, now)


def extend_quota(
    uow: UnitOfWork, right_id: UUID, labels: int, because: Because, *, actor: Actor, now: datetime
) -> RightView:
    """Let the holder print more labels.

    Raises NoSuchRight, OwnRight, BadLabelCount, ReasonMissing, ActNotPossible.
    """
    row = _at_desk(uow, right_id, actor, now)
    because = _reason(Act.QUOTA_EXTENDED, because)
    rules.check_labels(labels)
    write(uow, row, Act.QUOTA_EXTENDED, actor=actor, now=now, because=because, labels=labels)
    uow.session.execute(
        update(LabelQuota)
        .where(LabelQuota.right_id == right_id)
        .values(granted=LabelQuota.granted + labels)
        .execution_options(synchronize_session=False)
    )
    return _done(uow, row, now)


def letter_for(
    uow: UnitOfWork,
    right_id: UUID,
    act: Act,
    because: Because | None,
    *,
    labels: int = 0,
    actor: Actor,
    now: datetime,
) -> str:
    """The letter that the holder would get now, for the officer to read first. Changes nothing."""
    row = uow.session.get(UseRight, right_id)
    if row is None or people.organisation(uow, row.organisation_id).commune_code not in actor.commune_codes:
        raise NoSuchRight(right_id=right_id)
    return preview(uow, row, act, at=now, because=because, labels=labels)


def close_books(uow: UnitOfWork, now: datetime) -> int:
    """Write down every lapse and every end of a term that the clock has brought; returns how many."""
    due = {*lapsed(uow, now), *run_out(uow, local_day(now))}
    for right_id in sorted(due):
        settle(uow, locked(uow, right_id), now)
    uow.session.flush()
    return len(due)


def record_certificate(uow: UnitOfWork, right_id: UUID, *, key_id: str, signature: str, pdf_key: str) -> None:
    """Keep what the worker made. The first one stays: a certificate is not printed twice differently."""
    row = locked(uow, right_id)
    if row.pdf_key is None:
        row.key_id, row.signature, row.pdf_key = key_id, signature, pdf_key
        uow.session.flush()


def forget_person(uow: UnitOfWork, person_id: UUID, now: datetime) -> None:
    """Erasure: the certificates of a household of one, which bear its name, what was written to it, and
    the salts that tie its acts to the log.

    The right, its acts with their reasons from the list, and its signed facts stay: they carry codes, no
    name. A household with other members keeps its certificates.
    """
    household_id = people.household_of_one(uow, person_id, local_day(now))
    if household_id is None:
        return
    rights = list(uow.session.scalars(select(UseRight).where(UseRight.organisation_id == household_id)))
    for row in rights:
        if row.pdf_key is not None:
            forget_blob(uow, row.pdf_key, now=now)
        row.pdf_key = row.revocation_text = None
    uow.session.flush()
    sealing.erase(uow, [row.id for row in rights], now=now)
    acts = select(UseRightChange.id).where(UseRightChange.right_id.in_([row.id for row in rights]))
    uow.session.execute(delete(UseRightWords).where(UseRightWords.change_id.in_(acts)))


def _at_desk(uow: UnitOfWork, right_id: UUID, actor: Actor, now: datetime) -> UseRight:
    """A right that this officer may act on, with the clock's doings written down."""
    if not actor.has("officer", "approving_officer"):
        raise Forbidden(action="right.change")
    row = locked(uow, right_id)
    if people.organisation(uow, row.organisation_id).commune_code not in actor.commune_codes:
        raise NoSuchRight(right_id=right_id)
    _refuse_own(uow, actor, row.organisation_id, now)
    settle(uow, row, now)
    return row


def _refuse_own(uow: UnitOfWork, actor: Actor, organisation_id: UUID, now: datetime) -> None:
    if belongs_to(uow, actor.person_id, organisation_id, local_day(now)):
        raise rules.OwnRight(organisation_id=organisation_id)


def _approving(actor: Actor) -> None:
    if not actor.has("approving_officer"):
        raise Forbidden(action="right.approve")


def _reason(act: Act, because: Because) -> Because:
    return Because(rules.check_reason(act, because.code, because.text), because.text.strip())


def _done(uow: UnitOfWork, row: UseRight, now: datetime) -> RightView:
    uow.session.flush()
    return right(uow, row.id, now=now)
