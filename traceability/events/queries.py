"""Events as they were sealed, and what a lot's record is made of.

A lot's record is read from the stream alone: its own events and those of its ancestors, and of each
plot that a lot was harvested on the works of its season and what an office confirmed there.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, or_, select
from sqlalchemy.orm import aliased

from app.identity.models import Organisation
from app.kernel.calendar import day_bounds, local_day
from app.kernel.uow import UnitOfWork
from ledger.core import jcs
from ledger.core.entry import EVENT_CONTEXT, Entry, body_commit
from ledger.core.errors import MalformedJSON
from traceability.events import bodies
from traceability.events.columns import Columns, columns_of
from traceability.events.models import Disclosure, EpcisEvent, EpcisEventLot

ENTRY_TYPE: Final = "epcis.event"
KEY_PREFIX: Final = "event:"
SEASON: Final = timedelta(days=270)
"""How long before a harvest a work on its plot still belongs to it: flowering and fruit of one season."""
_OF_THE_PLACE = (bodies.PLOT_REGISTERED, bodies.PLOT_CONFIRMED)
_PAGE: Final = 500
_RANK = {"subject": 0, "output": 1, "input": 2}


@dataclass(frozen=True)
class EventView:
    """One event of the stream; `body` is its parsed content with the words in it, as far as not `erased`.

    `lots` maps a lot's id to its role.
    """

    id: UUID
    event_id: str
    type: str
    action: str | None
    biz_step: str | None
    event_time: datetime
    record_time: datetime
    body: dict[str, Any]
    corrects_id: UUID | None
    recorded_by: UUID | None
    organisation_id: UUID | None
    plot_id: UUID | None
    simulated: bool
    lots: Mapping[UUID, str]
    erased: bool

    @property
    def key(self) -> str:
        """Key of its ledger entry."""
        return key_of(self.id)

    @property
    def is_error_declaration(self) -> bool:
        """Whether it only says that an earlier event was wrong."""
        return "errorDeclaration" in self.body

    @property
    def is_correction(self) -> bool:
        """Whether it says rightly what an earlier event said wrongly."""
        return self.corrects_id is not None and not self.is_error_declaration


@dataclass(frozen=True)
class SealedEvent:
    """The bytes behind one leaf. `salt` and `entry` are None once words and salt were erased.

    `columns` are what the row says beside the bytes.
    """

    key: str
    id: UUID
    body: bytes
    salt: bytes | None
    entry: bytes | None
    columns: Columns


def key_of(event_row_id: UUID) -> str:
    """Key under which an event is handed in to the ledger."""
    return f"{KEY_PREFIX}{event_row_id}"


def whole(body: bytes, words: bytes | None) -> bytes:
    """The bytes that are sealed: the event as stored, with the members that a person typed.

    Bytes that are no JSON object any more are handed back as they are: they fit no seal, and that shows.
    """
    if words is None:
        return body
    try:
        stored, spoken = jcs.parse(body), jcs.parse(words)
    except MalformedJSON:
        return body
    if not isinstance(stored, dict) or not isinstance(spoken, dict):
        return body
    return jcs.canonicalize(stored | spoken)


def subject_of(lots: Iterable[tuple[UUID, str]], plot_id: UUID | None, event_row_id: UUID) -> str:
    """What a ledger entry is about: the first lot by role and id, else the plot, else the event itself."""
    first = min(lots, key=lambda link: (_RANK[link[1]], link[0]), default=None)
    return str(first[0] if first else plot_id or event_row_id)


def entry_of(event_row_id: UUID, *, record_time: datetime, subject: str, salt: bytes, body: bytes) -> bytes:
    """The ledger entry of an event, byte for byte."""
    commit = body_commit(EVENT_CONTEXT, salt, body)
    return Entry(
        kind=ENTRY_TYPE, id=event_row_id, at=record_time, subject=subject, body_commit=commit
    ).to_bytes()


def take_turn(uow: UnitOfWork, organisation_id: UUID) -> None:
    """Wait until no other write of this organisation is under way, so that a retry sees the first answer.

    SQLite has one writer anyway; PostgreSQL locks the organisation's row, without hindering readers.
    """
    uow.session.execute(
        select(Organisation.id).where(Organisation.id == organisation_id).with_for_update(key_share=True)
    )


def events_of_lot(uow: UnitOfWork, lot_id: UUID) -> list[EventView]:
    """Everything that the stream tells of a lot, by the time it happened (4 statements, 1 a generation)."""
    rows = uow.session.execute(
        _events().where(_of_lot(uow, lot_id)).order_by(EpcisEvent.event_time, EpcisEvent.id)
    ).all()
    return _views(uow, rows)


def own_events(uow: UnitOfWork, lot_ids: Sequence[UUID]) -> list[EventView]:
    """Events that name one of these lots, in the order of record (2 statements)."""
    named = select(EpcisEventLot.event_id).where(EpcisEventLot.lot_id.in_(lot_ids))
    rows = uow.session.execute(
        _events().where(EpcisEvent.id.in_(named)).order_by(EpcisEvent.record_time, EpcisEvent.id)
    ).all()
    return _views(uow, rows)


def event(uow: UnitOfWork, event_row_id: UUID) -> EventView | None:
    """One event by its row, or None."""
    row = uow.session.execute(_events().where(EpcisEvent.id == event_row_id)).one_or_none()
    return None if row is None else _views(uow, [row])[0]


def sealed_events(uow: UnitOfWork, lot_id: UUID) -> list[SealedEvent]:
    """Bodies, salts and recomputed ledger entries behind a lot's record."""
    return _sealed(uow, _bodies().where(_of_lot(uow, lot_id)))


def kept_bodies(uow: UnitOfWork) -> Iterator[list[tuple[str, bytes | None]]]:
    """Key and recomputed ledger entry of every event there is, a page at a time: for `flask ledger fsck`."""
    after = UUID(int=0)
    while page := _sealed(uow, _bodies().where(EpcisEvent.id > after).limit(_PAGE)):
        yield [(one.key, one.entry) for one in page]
        after = page[-1].id


def _bodies() -> Select[EpcisEvent, bytes | None, bytes | None]:
    return (
        select(EpcisEvent, Disclosure.salt, Disclosure.words)
        .outerjoin(Disclosure, Disclosure.event_id == EpcisEvent.id)
        .order_by(EpcisEvent.id)
    )


def _sealed(uow: UnitOfWork, wanted: Select[EpcisEvent, bytes | None, bytes | None]) -> list[SealedEvent]:
    rows = uow.session.execute(wanted).all()
    links = _links(uow, [row.id for row, *_ in rows])
    found = []
    for row, salt, words in rows:
        entry, body = None, whole(row.body, words)
        if salt is not None:
            subject = subject_of(links.get(row.id, {}).items(), row.plot_id, row.id)
            entry = entry_of(row.id, record_time=row.record_time, subject=subject, salt=salt, body=body)
        found.append(SealedEvent(key_of(row.id), row.id, body, salt, entry, columns_of(row)))
    return found


def sealed_entries(uow: UnitOfWork, lot_id: UUID) -> dict[str, bytes]:
    """Ledger key → entry bytes, recomputed from what is stored now: a changed byte changes its entry."""
    return {one.key: one.entry for one in sealed_events(uow, lot_id) if one.entry is not None}


def _of_lot(uow: UnitOfWork, lot_id: UUID) -> ColumnElement[bool]:
    """The condition that an event belongs to the record of the lot."""
    lots = _with_ancestors(uow, lot_id)
    named = select(EpcisEventLot.event_id).where(EpcisEventLot.lot_id.in_(lots))
    return or_(EpcisEvent.id.in_(named), _at_the_plots(uow, lots))


def _with_ancestors(uow: UnitOfWork, lot_id: UUID) -> set[UUID]:
    """The lot and every lot that went into it; a set, so that a circle ends."""
    into, out = aliased(EpcisEventLot), aliased(EpcisEventLot)
    known, fresh = {lot_id}, {lot_id}
    while fresh:
        sources = uow.session.scalars(
            select(into.lot_id)
            .join(out, out.event_id == into.event_id)
            .where(out.lot_id.in_(fresh), out.role == "output", into.role == "input")
            .distinct()
        )
        fresh = set(sources) - known
        known |= fresh
    return known


def _at_the_plots(uow: UnitOfWork, lots: Iterable[UUID]) -> ColumnElement[bool]:
    """Works of the season on the plots where these lots were harvested, and what is known of the plots."""
    harvests = uow.session.execute(
        select(EpcisEvent.plot_id, EpcisEvent.event_time)
        .join(EpcisEventLot, EpcisEventLot.event_id == EpcisEvent.id)
        .where(
            EpcisEventLot.lot_id.in_(set(lots)),
            EpcisEvent.biz_step == bodies.HARVEST,
            EpcisEvent.plot_id.is_not(None),
        )
        .distinct()
    ).all()
    about_goods = select(EpcisEventLot.event_id).where(EpcisEventLot.event_id == EpcisEvent.id).exists()
    nearby = [
        and_(
            EpcisEvent.plot_id == plot_id,
            or_(
                EpcisEvent.biz_step.in_(_OF_THE_PLACE),
                EpcisEvent.event_time.between(picked_at - SEASON, _end_of_day(picked_at)),
            ),
            ~about_goods,
        )
        for plot_id, picked_at in harvests
    ]
    return or_(*nearby) if nearby else false()


def _end_of_day(moment: datetime) -> datetime:
    """A work of the same day counts, whichever was entered first."""
    return day_bounds(local_day(moment))[1]


def _links(uow: UnitOfWork, event_ids: Sequence[UUID]) -> dict[UUID, dict[UUID, str]]:
    found: dict[UUID, dict[UUID, str]] = {}
    rows = uow.session.execute(
        select(EpcisEventLot.event_id, EpcisEventLot.lot_id, EpcisEventLot.role).where(
            EpcisEventLot.event_id.in_(event_ids)
        )
    )
    for event_id, lot_id, role in rows:
        found.setdefault(event_id, {})[lot_id] = role
    return found


def _events() -> Select[EpcisEvent, bytes | None, datetime | None]:
    return select(EpcisEvent, Disclosure.words, Disclosure.erased_at).outerjoin(
        Disclosure, Disclosure.event_id == EpcisEvent.id
    )


Row = tuple[EpcisEvent, bytes | None, datetime | None]
"""An event, the words in it, and when they were erased."""


def _views(uow: UnitOfWork, rows: Sequence[Row]) -> list[EventView]:
    links = _links(uow, [row.id for row, *_ in rows])
    return [_view(row, words, erased, links.get(row.id, {})) for row, words, erased in rows]


def _view(
    row: EpcisEvent, words: bytes | None, erased_at: datetime | None, lots: Mapping[UUID, str]
) -> EventView:
    body = jcs.parse(whole(row.body, words))
    if not isinstance(body, dict):
        raise TypeError("an event is a JSON object")
    return EventView(
        id=row.id,
        event_id=row.event_id,
        type=row.type,
        action=row.action,
        biz_step=row.biz_step,
        event_time=row.event_time,
        record_time=row.record_time,
        body=body,
        corrects_id=row.corrects_id,
        recorded_by=row.recorded_by,
        organisation_id=row.organisation_id,
        plot_id=row.plot_id,
        simulated=row.simulated,
        lots=lots,
        erased=erased_at is not None,
    )
