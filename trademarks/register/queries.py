"""Marks as pages and other packages read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select

from app.kernel.problems import NotFound
from app.kernel.text import vietnamese_sort_key
from app.kernel.uow import UnitOfWork
from trademarks.register.models import Mark, MarkParty, PartyRole, UseRegulation


class NoSuchMark(NotFound):
    """The register has no such mark."""

    type = "no-such-mark"


@dataclass(frozen=True)
class PartyView:
    """A party to a mark for a time; `valid_from` None: not found, `valid_to` None: until now."""

    role: str
    name: str
    organisation_id: UUID | None
    valid_from: date | None
    valid_to: date | None
    successor: str | None
    note: str
    simulated: bool


@dataclass(frozen=True)
class RegulationView:
    """One version of a regulation on use."""

    id: UUID
    version: int
    title: str
    document_no: str | None
    in_force_from: date
    in_force_to: date | None
    right_months: int
    text_ref: str | None
    summary: str
    simulated: bool


@dataclass(frozen=True)
class MarkView:
    """A mark as its source tells it; None is "not found", never "none"."""

    id: UUID
    key: str
    name: str
    kind: str
    application_no: str | None
    filed_on: date | None
    registration_no: str | None
    registered_on: date | None
    decision_no: str | None
    decided_on: date | None
    announced: str | None
    goods: str | None
    crops: tuple[str, ...]
    area: str | None
    area_codes: tuple[str, ...]
    status: str
    status_note: str
    source_url: str
    source_read_on: date
    confidence: str

    @property
    def announced_text(self) -> str | None:
        """`06/2019` or `19/06/2014`: as exact as the source was."""
        return None if self.announced is None else "/".join(reversed(self.announced.split("-")))


@dataclass(frozen=True)
class MarkRecord:
    """A mark with its parties, oldest first within a role, and its regulations, newest first."""

    mark: MarkView
    parties: tuple[PartyView, ...]
    regulations: tuple[RegulationView, ...]

    def held_by(self, role: str, on: date) -> PartyView | None:
        """Who has this role on a day, if anybody does."""
        held = (p for p in self.parties if p.role == role)
        return next((p for p in held if p.valid_to is None or p.valid_to >= on), None)


def marks(uow: UnitOfWork) -> list[MarkView]:
    """Every mark, by the Vietnamese alphabet (1 statement)."""
    found = [_mark(row) for row in uow.session.scalars(select(Mark))]
    return sorted(found, key=lambda mark: vietnamese_sort_key(mark.name))


def mark(uow: UnitOfWork, mark_id: UUID) -> MarkView:
    """One mark. Raises NoSuchMark."""
    row = uow.session.get(Mark, mark_id)
    if row is None:
        raise NoSuchMark(mark_id=mark_id)
    return _mark(row)


def mark_by_key(uow: UnitOfWork, key: str) -> MarkView:
    """One mark by the slug of its name (`mang-cut-huyen-dau-tieng`). Raises NoSuchMark."""
    row = uow.session.scalar(select(Mark).where(Mark.key == key))
    if row is None:
        raise NoSuchMark(key=key)
    return _mark(row)


def search_texts(uow: UnitOfWork) -> dict[UUID, str]:
    """The folded words of every mark, for the search box (1 statement)."""
    return {row.id: row.search for row in uow.session.execute(select(Mark.id, Mark.search))}


def record(uow: UnitOfWork, mark_id: UUID) -> MarkRecord:
    """A mark with its parties over time and its regulations (3 statements). Raises NoSuchMark."""
    view = mark(uow, mark_id)
    order = {role: n for n, role in enumerate(PartyRole)}
    parties = [
        _party(row) for row in uow.session.scalars(select(MarkParty).where(MarkParty.mark_id == mark_id))
    ]
    parties.sort(key=lambda p: (order[PartyRole(p.role)], p.valid_from or date.min, p.name))
    regulations = uow.session.scalars(
        select(UseRegulation).where(UseRegulation.mark_id == mark_id).order_by(UseRegulation.version.desc())
    )
    return MarkRecord(view, tuple(parties), tuple(_regulation(row) for row in regulations))


def regulation_on(uow: UnitOfWork, mark_id: UUID, on: date) -> RegulationView | None:
    """The regulation on use in force on a day."""
    row = uow.session.scalar(
        select(UseRegulation)
        .where(
            UseRegulation.mark_id == mark_id,
            UseRegulation.in_force_from <= on,
            or_(UseRegulation.in_force_to.is_(None), UseRegulation.in_force_to >= on),
        )
        .order_by(UseRegulation.version.desc())
        .limit(1)
    )
    return None if row is None else _regulation(row)


def marks_open_for_rights(uow: UnitOfWork, on: date) -> list[MarkView]:
    """Marks that name crops and have a regulation in force: those that can be applied for."""
    regulated: Sequence[UUID] = uow.session.scalars(
        select(UseRegulation.mark_id).where(
            UseRegulation.in_force_from <= on,
            or_(UseRegulation.in_force_to.is_(None), UseRegulation.in_force_to >= on),
        )
    ).all()
    return [view for view in marks(uow) if view.crops and view.id in set(regulated)]


def _mark(row: Mark) -> MarkView:
    return MarkView(
        id=row.id,
        key=row.key,
        name=row.name,
        kind=row.kind,
        application_no=row.application_no,
        filed_on=row.filed_on,
        registration_no=row.registration_no,
        registered_on=row.registered_on,
        decision_no=row.decision_no,
        decided_on=row.decided_on,
        announced=row.announced,
        goods=row.goods,
        crops=tuple(row.crops),
        area=row.area,
        area_codes=tuple(row.area_codes),
        status=row.status,
        status_note=row.status_note,
        source_url=row.source_url,
        source_read_on=row.source_read_on,
        confidence=row.confidence,
    )


def _party(row: MarkParty) -> PartyView:
    return PartyView(
        row.role,
        row.name,
        row.organisation_id,
        row.valid_from,
        row.valid_to,
        row.successor,
        row.note,
        row.simulated,
    )


def _regulation(row: UseRegulation) -> RegulationView:
    return RegulationView(
        row.id,
        row.version,
        row.title,
        row.document_no,
        row.in_force_from,
        row.in_force_to,
        row.right_months,
        row.text_ref,
        row.summary,
        row.simulated,
    )
