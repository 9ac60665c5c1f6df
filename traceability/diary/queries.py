"""The diary as the farmer reads it, and the sprays that a harvest asks for."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from app.identity.access import Actor
from app.kernel.paging import Page, Paged, paged
from app.kernel.problems import NotFound
from app.kernel.uow import UnitOfWork
from app.registry.queries import PlotView, get_plot
from traceability.diary.models import DiaryEntry, DiaryWords
from traceability.diary.rules import WorkKind


@dataclass(frozen=True)
class EntryView:
    """One entry; `corrected` says that a later entry replaces it, `erased` that its words are destroyed."""

    id: UUID
    plot_id: UUID
    kind: WorkKind
    done_on: date
    product: str | None
    active_ingredient: str | None
    dose: str | None
    phi_days: int | None
    note: str | None
    corrects_id: UUID | None
    event_id: UUID
    entered_by: UUID
    acting_for: UUID | None
    entered_at: datetime
    simulated: bool
    corrected: bool
    erased: bool


_Later = aliased(DiaryEntry, name="later")


def _entries() -> Select[DiaryEntry, DiaryWords, UUID | None]:
    return (
        select(DiaryEntry, DiaryWords, _Later.id)
        .join(DiaryWords, DiaryWords.entry_id == DiaryEntry.id)
        .outerjoin(_Later, _Later.corrects_id == DiaryEntry.id)
    )


def _view(row: DiaryEntry, words: DiaryWords, later: UUID | None) -> EntryView:
    return EntryView(
        id=row.id,
        plot_id=row.plot_id,
        kind=WorkKind(row.kind),
        done_on=row.done_on,
        product=words.product,
        active_ingredient=words.active_ingredient,
        dose=words.dose,
        phi_days=row.phi_days,
        note=words.note,
        corrects_id=row.corrects_id,
        event_id=row.event_id,
        entered_by=row.entered_by,
        acting_for=row.acting_for,
        entered_at=row.entered_at,
        simulated=row.simulated,
        corrected=later is not None,
        erased=words.erased_at is not None,
    )


def own_plot(uow: UnitOfWork, actor: Actor, plot_id: UUID) -> PlotView:
    """A plot of the actor's own organisation: an office sees others', and works on none. Raises NotFound."""
    plot = get_plot(uow, actor, plot_id)
    if plot.organisation_id != actor.organisation_id:
        raise NotFound(plot=plot_id)
    return plot


def entry_by_client_id(uow: UnitOfWork, organisation_id: UUID, client_id: UUID) -> EntryView | None:
    """The entry that this phone already handed in, or None."""
    row = uow.session.execute(
        _entries().where(DiaryEntry.organisation_id == organisation_id, DiaryEntry.client_id == client_id)
    ).one_or_none()
    return None if row is None else _view(*row)


def entry(uow: UnitOfWork, actor: Actor, entry_id: UUID) -> EntryView:
    """An entry of the actor's organisation. Raises NotFound."""
    row = uow.session.execute(
        _entries().where(DiaryEntry.id == entry_id, DiaryEntry.organisation_id == actor.organisation_id)
    ).one_or_none()
    if row is None:
        raise NotFound(entry=entry_id)
    return _view(*row)


def diary_of(uow: UnitOfWork, actor: Actor, page: Page) -> Paged[EntryView]:
    """The diary of the actor's organisation, the newest work first (2 statements)."""
    mine = _entries().where(DiaryEntry.organisation_id == actor.organisation_id)
    newest_first = mine.order_by(DiaryEntry.done_on.desc(), DiaryEntry.id.desc())
    return paged(uow, newest_first, page, row=_view)


def sprays(uow: UnitOfWork, plot_id: UUID) -> list[EntryView]:
    """The sprays of a plot that still count, oldest first: a correction replaces what it corrects."""
    rows = uow.session.execute(
        _entries()
        .where(DiaryEntry.plot_id == plot_id, DiaryEntry.kind == WorkKind.SPRAY, _Later.id.is_(None))
        .order_by(DiaryEntry.done_on, DiaryEntry.id)
    )
    return [_view(*row) for row in rows]


def last_offered(uow: UnitOfWork, organisation_id: UUID, kind: WorkKind) -> EntryView | None:
    """The last entry of a kind, whose values the form offers again; None when there is none."""
    row = uow.session.execute(
        _entries()
        .where(DiaryEntry.organisation_id == organisation_id, DiaryEntry.kind == kind, _Later.id.is_(None))
        .order_by(DiaryEntry.done_on.desc(), DiaryEntry.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else _view(*row)
