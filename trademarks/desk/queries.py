"""Rights as an officer sees them: those of the communes that his office answers for, others are 404."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select

from app.identity.access import Actor
from app.identity.models import Organisation
from app.kernel.calendar import local_day
from app.kernel.paging import Page, Paged, cut
from app.kernel.text import fold
from app.kernel.uow import UnitOfWork
from trademarks.register.queries import MarkView
from trademarks.register.queries import mark as mark_view
from trademarks.use_rights.models import QuotaDraw, UseRight, UseRightChange, UseRightWords
from trademarks.use_rights.queries import NoSuchRight, RightView, histories, right_rows, right_views
from trademarks.use_rights.rules import Act, RightState, Standing, standing_on


@dataclass(frozen=True)
class ChangeView:
    """One line of the history for the desk; `person_id` None: the clock."""

    act: Act
    at: datetime
    recorded_at: datetime
    state: RightState
    scope: tuple[str, ...]
    person_id: UUID | None
    reason_code: str | None
    reason_text: str
    letter: str
    labels: int
    lapses_at: datetime | None


@dataclass(frozen=True)
class DrawView:
    """Labels drawn for one sheet."""

    count: int
    at: datetime


@dataclass(frozen=True)
class RightFile:
    """One right with all that the desk shows of it. `proposed_by_id`: first of two persons to revoke."""

    view: RightView
    standing: Standing | None
    mark: MarkView
    case_id: UUID
    facts: str
    key_id: str | None
    signature: str | None
    pdf_key: str | None
    granted_at: datetime
    granted_by_id: UUID
    suspended_by_id: UUID | None
    proposed_by_id: UUID | None
    proposed_at: datetime | None
    proposed_code: str | None
    proposed_text: str | None
    history: tuple[ChangeView, ...]
    draws: tuple[DrawView, ...]


@dataclass(frozen=True)
class RightFilter:
    """What an officer looks for; empty fields do not filter."""

    state: str = ""
    mark_id: UUID | None = None
    words: str = ""


def right_at_desk(uow: UnitOfWork, actor: Actor, right_id: UUID, *, now: datetime) -> RightFile:
    """A right whose holder lies in a commune that the officer's office answers for. Raises NoSuchRight."""
    return _file(uow, _of_communes(actor), right_id, now)


def rights_at_desk(
    uow: UnitOfWork, actor: Actor, wanted: RightFilter, page: Page, *, now: datetime
) -> Paged[RightView]:
    """Rights that the officer's office answers for, newest first (3 statements).

    The state is computed for `now`, so filtering by it happens after reading the office's rights.
    """
    asked = _of_communes(actor)
    if wanted.mark_id is not None:
        asked = asked.where(UseRight.mark_id == wanted.mark_id)
    names = _holder_names(uow, actor) if wanted.words else {}
    views = [
        view
        for view in right_views(uow, right_rows(uow, asked), on=local_day(now), now=now)
        if (not wanted.state or view.state == wanted.state)
        and _has_words(wanted.words, view, names.get(view.organisation_id, ""))
    ]
    return cut(views, page)


def _of_communes(actor: Actor) -> Select[UseRight]:
    return (
        select(UseRight)
        .join(Organisation, Organisation.id == UseRight.organisation_id)
        .where(Organisation.commune_code.in_(sorted(actor.commune_codes)))
    )


def _file(uow: UnitOfWork, scope: Select[UseRight], right_id: UUID, now: datetime) -> RightFile:
    rows = right_rows(uow, scope.where(UseRight.id == right_id))
    if not rows:
        raise NoSuchRight(right_id=right_id)
    row = rows[0][0]
    history = histories(uow, [right_id])[right_id]
    changes = uow.session.execute(
        select(UseRightChange, UseRightWords)
        .outerjoin(UseRightWords, UseRightWords.change_id == UseRightChange.id)
        .where(UseRightChange.right_id == right_id)
        .order_by(UseRightChange.at, UseRightChange.id)
    )
    draws = uow.session.scalars(
        select(QuotaDraw).where(QuotaDraw.right_id == right_id).order_by(QuotaDraw.at.desc(), QuotaDraw.id)
    )
    return RightFile(
        view=right_views(uow, rows, on=local_day(now), now=now)[0],
        standing=standing_on(
            history, valid_from=row.valid_from, valid_to=row.valid_to, on=local_day(now), now=now
        ),
        mark=mark_view(uow, row.mark_id),
        case_id=row.case_id,
        facts=row.facts,
        key_id=row.key_id,
        signature=row.signature,
        pdf_key=row.pdf_key,
        granted_at=row.granted_at,
        granted_by_id=row.granted_by_id,
        suspended_by_id=row.suspended_by_id,
        proposed_by_id=row.revocation_by_id,
        proposed_at=row.revocation_at,
        proposed_code=row.revocation_code,
        proposed_text=row.revocation_text,
        history=tuple(_change(change, words) for change, words in changes),
        draws=tuple(DrawView(draw.count, draw.at) for draw in draws),
    )


def _change(row: UseRightChange, words: UseRightWords | None) -> ChangeView:
    return ChangeView(
        Act(row.act),
        row.at,
        row.recorded_at,
        RightState(row.state),
        tuple(row.scope),
        row.person_id,
        row.reason_code,
        words.reason_text if words else "",
        words.letter if words else "",
        row.labels,
        row.lapses_at,
    )


def _holder_names(uow: UnitOfWork, actor: Actor) -> dict[UUID, str]:
    asked = select(Organisation.id, Organisation.name).where(
        Organisation.commune_code.in_(sorted(actor.commune_codes))
    )
    return {row.id: row.name for row in uow.session.execute(asked)}


def _has_words(words: str, view: RightView, holder: str) -> bool:
    text = fold(f"{view.certificate_no} {view.mark_name} {holder}")
    return all(word in text for word in fold(words).split())


@dataclass(frozen=True)
class Waiting:
    """A right on which a second person has to speak; `until` is when the emergency lapses, if it does."""

    right_id: UUID
    certificate_no: str
    holder: str
    act: Act
    since: datetime
    until: datetime | None


def waiting_for_second(uow: UnitOfWork, actor: Actor, now: datetime) -> list[Waiting]:
    """Emergency suspensions and proposed revocations that another officer began (1 statement)."""
    rows = uow.session.execute(
        select(UseRight, Organisation.name)
        .join(Organisation, Organisation.id == UseRight.organisation_id)
        .where(
            Organisation.commune_code.in_(sorted(actor.commune_codes)),
            UseRight.state.in_([RightState.ACTIVE, RightState.SUSPENDED]),
        )
    )
    found: list[Waiting] = []
    for row, holder in rows:
        if row.lapses_at is not None and row.lapses_at > now and row.suspended_by_id != actor.person_id:
            since = row.state_since
            found.append(Waiting(row.id, row.certificate_no, holder, Act.RATIFIED, since, row.lapses_at))
        if row.revocation_by_id is not None and row.revocation_by_id != actor.person_id:
            since = row.revocation_at or row.state_since
            found.append(Waiting(row.id, row.certificate_no, holder, Act.REVOKED, since, None))
    return found
