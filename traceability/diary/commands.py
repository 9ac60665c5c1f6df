"""Write down a work on a plot; a correction is a new entry that points at the one it corrects."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, and_, or_, select, update

from app.identity.access import Actor
from app.identity.queries import household_of_one
from app.kernel.calendar import local_day
from app.kernel.db import new_id
from app.kernel.problems import Conflict
from app.kernel.register import Register
from app.kernel.uow import UnitOfWork
from app.registry.queries import PlotView
from traceability.diary import queries, rules
from traceability.diary.models import DiaryEntry, DiaryWords
from traceability.diary.queries import EntryView
from traceability.diary.rules import Details, WorkKind
from traceability.events import bodies
from traceability.events import commands as events
from traceability.events import queries as stream

LONGEST = {"product": 80, "active_ingredient": 80, "dose": 80, "note": 500}

RECORDED: Register[Callable[[UnitOfWork, EntryView, Actor, datetime], None]] = Register("diary-recorded")
"""Called in the transaction that wrote an entry: a late spray must reach lots that are picked already."""


class AlreadyCorrected(Conflict):
    """The entry has a correction; correct that one."""

    type = "already-corrected"


@dataclass(frozen=True, kw_only=True)
class RecordWork:
    """A work on one plot, as the farmer says it. `client_id` is made on the phone."""

    plot_id: UUID
    kind: WorkKind
    done_on: date  # day at the plot
    client_id: UUID
    product: str | None = None
    active_ingredient: str | None = None
    dose: str | None = None
    phi_days: int | None = None
    note: str | None = None
    corrects_id: UUID | None = None


def record_work(uow: UnitOfWork, work: RecordWork, *, actor: Actor, now: datetime) -> EntryView:
    """Write an entry and its event; a repeat with the same `client_id` returns the first entry.

    Raises NotFound (no such plot of this actor, or no such entry to correct), AlreadyCorrected,
    WorkInTheFuture, WorkLongPast, ProductMissing, IntervalMissing.
    """
    stream.take_turn(uow, actor.organisation_id)
    if done := queries.entry_by_client_id(uow, actor.organisation_id, work.client_id):
        return done
    plot = queries.own_plot(uow, actor, work.plot_id)
    rules.check_day(work.done_on, today=local_day(now))
    details = rules.check_details(work.kind, _details(work))
    before = _corrected(uow, work, actor)
    row = _row(work, details, plot, actor, now)
    body = bodies.worked(
        work.kind,
        plot_id=plot.id,
        entry_id=row.id,
        by=actor.organisation_id,
        done_on=work.done_on,
        phi_days=details.phi_days,
        now=now,
    )
    row.event_id = events.record(
        uow,
        body,
        words=bodies.work_words(
            product=details.product, active_ingredient=details.active_ingredient, dose=details.dose
        ),
        lot_ids=(),
        actor=actor,
        at=now,
        simulated=plot.simulated,
        corrects=before.event_id if before else None,
        plot_id=plot.id,
    )
    uow.add(row)
    uow.add(_words(row.id, work, details))
    written = queries.entry(uow, actor, row.id)
    for follow in RECORDED.all().values():
        follow(uow, written, actor, now)
    return written


def _details(work: RecordWork) -> Details:
    return Details(
        product=_short(work.product, LONGEST["product"]),
        active_ingredient=_short(work.active_ingredient, LONGEST["active_ingredient"]),
        dose=_short(work.dose, LONGEST["dose"]),
        phi_days=work.phi_days,
    )


def _short(text: str | None, longest: int) -> str | None:
    return (text or "").strip()[:longest] or None


def _corrected(uow: UnitOfWork, work: RecordWork, actor: Actor) -> EntryView | None:
    if work.corrects_id is None:
        return None
    before = queries.entry(uow, actor, work.corrects_id)
    if before.corrected:
        raise AlreadyCorrected(entry=before.id)
    return before


def _row(work: RecordWork, details: Details, plot: PlotView, actor: Actor, now: datetime) -> DiaryEntry:
    return DiaryEntry(
        id=new_id(),
        plot_id=plot.id,
        organisation_id=actor.organisation_id,
        kind=work.kind,
        done_on=work.done_on,
        phi_days=details.phi_days,
        client_id=work.client_id,
        corrects_id=work.corrects_id,
        entered_by=actor.person_id,
        acting_for=actor.acting_for_id,
        entered_at=now,
        simulated=plot.simulated,
    )


def _words(entry_id: UUID, work: RecordWork, details: Details) -> DiaryWords:
    return DiaryWords(
        entry_id=entry_id,
        product=details.product,
        active_ingredient=details.active_ingredient,
        dose=details.dose,
        note=_short(work.note, LONGEST["note"]),
    )


def forget_person(uow: UnitOfWork, person_id: UUID, now: datetime) -> None:
    """Erasure: the notes that this person typed, and every word of a household that is his alone.

    What was used stays where others of the household answer for the same record.
    """
    spoken_by = or_(
        and_(DiaryEntry.entered_by == person_id, DiaryEntry.acting_for.is_(None)),
        DiaryEntry.acting_for == person_id,
    )
    _blank(uow, select(DiaryEntry.id).where(spoken_by), note=None)
    household_id = household_of_one(uow, person_id, local_day(now))
    if household_id is None:
        return
    his = select(DiaryEntry.id).where(DiaryEntry.organisation_id == household_id)
    _blank(uow, his, product=None, active_ingredient=None, dose=None, note=None, erased_at=now)
    told = select(DiaryEntry.event_id).where(DiaryEntry.organisation_id == household_id)
    events.forget_words(uow, told, now=now)


def _blank(uow: UnitOfWork, entries: Select[UUID], **values: object) -> None:
    uow.session.execute(
        update(DiaryWords)
        .where(DiaryWords.entry_id.in_(entries))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
