"""Units valid on a day, plots as their people and officers see them, trade items.

An administrative unit is (code, valid_from): 1 811 codes came to mean another commune on 2025-07-01.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import aliased

from app.identity.access import Actor
from app.identity.models import Organisation, Person
from app.identity.queries import in_force, organisation, served_communes
from app.kernel.paging import Page, Paged, paged
from app.kernel.problems import NotFound
from app.kernel.text import fold
from app.kernel.uow import UnitOfWork
from app.registry.models import AdminUnit, Plot, TradeItem, UnitSuccession

Rows = Select[*tuple[Any, ...]]
"""A statement whose columns a dataclass of this module takes in order."""

END_OF_TIME = date(9999, 12, 31)


@dataclass(frozen=True)
class UnitView:
    """A province or commune as it is, or was, called."""

    code: str
    valid_from: date
    valid_to: date | None
    level: str
    name: str
    province_code: str
    province_name: str
    district_name: str | None

    @property
    def full_name(self) -> str:
        """`Xã Thanh An, TP. Hồ Chí Minh`; before July 2025 with the district between."""
        parts = [self.name, self.district_name or "", "" if self.level == "province" else self.province_name]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True)
class Near:
    """Where somebody lives, to put the likeliest of namesakes first; `served` are codes of communes."""

    commune_code: str
    province_code: str
    served: frozenset[str]

    def distance(self, unit: UnitView) -> tuple[bool, bool, bool]:
        """A sort key: own commune, own province, a commune of an office here, the rest."""
        return (unit.code != self.commune_code, unit.province_code != self.province_code,
                unit.code not in self.served)  # fmt: skip


@dataclass(frozen=True)
class Successor:
    """A unit that took over an older one: the whole of it, or a part."""

    unit: UnitView
    extent: Literal["full", "partial"]


@dataclass(frozen=True)
class PlotView:
    """A plot; `geometry` is a GeoJSON Point or Polygon, WGS84, lon then lat."""

    id: UUID
    organisation_id: UUID
    name: str
    crop: str
    commune_code: str
    commune_valid_from: date
    commune_name: str
    province_name: str
    hamlet: str | None
    geometry: dict[str, Any]
    area_m2: int
    area_from: str
    confirmed_at: datetime | None
    confirmed_by_name: str | None
    confirmed_office_name: str | None
    simulated: bool
    organisation_name: str


@dataclass(frozen=True)
class TradeItemView:
    """A product as it is labelled; `gtin` has 14 digits."""

    id: UUID
    gtin: str
    gtin_owner: str
    gtin_kind: str
    crop: str
    slug: str
    name: str
    name_en: str
    description: str
    description_en: str
    net_weight_g: int | None
    image: str
    shelf_life_days: int | None


_Province = aliased(AdminUnit, name="province")


def _short(province: str | None) -> str:
    return (province or "").replace("Thành phố ", "TP. ", 1)


def _province_of(unit: Any) -> Any:
    """The newest name that the unit's province had during the unit's validity."""
    inner = aliased(AdminUnit)
    return (
        select(func.max(inner.valid_from))
        .where(inner.code == unit.province_code, inner.level == "province",
               inner.valid_from <= func.coalesce(unit.valid_to, END_OF_TIME))
        .correlate(unit).scalar_subquery()
    )  # fmt: skip


def _units() -> Rows:
    return (
        select(AdminUnit.code, AdminUnit.valid_from, AdminUnit.valid_to, AdminUnit.level, AdminUnit.name,
               AdminUnit.province_code, _Province.name, AdminUnit.district_name)
        .select_from(AdminUnit)
        .outerjoin(_Province, and_(_Province.code == AdminUnit.province_code, _Province.level == "province",
                                   _Province.valid_from == _province_of(AdminUnit)))
    )  # fmt: skip


def _unit(*row: Any) -> UnitView:
    code, valid_from, valid_to, level, name, province_code, province, district = row
    return UnitView(code, valid_from, valid_to, level, name, province_code, _short(province), district)


def unit_on(uow: UnitOfWork, code: str, on: date) -> UnitView | None:
    """The unit that had this code that day, or None."""
    row = uow.session.execute(
        _units().where(AdminUnit.code == code, in_force(AdminUnit, on)).order_by(AdminUnit.level).limit(1)
    ).one_or_none()
    return None if row is None else _unit(*row)


def any_unit(uow: UnitOfWork) -> bool:
    """Whether the table of units is loaded at all."""
    return uow.session.scalar(select(AdminUnit.code).limit(1)) is not None


def place_name(uow: UnitOfWork, code: str, valid_from: date) -> str:
    """`Xã Thanh An, TP. Hồ Chí Minh`; the code itself when the register does not have the unit."""
    row = uow.session.execute(
        _units().where(AdminUnit.code == code, AdminUnit.valid_from == valid_from)
    ).one_or_none()
    return code if row is None else _unit(*row).full_name


def successors(uow: UnitOfWork, code: str, valid_from: date) -> list[Successor]:
    """What became of a unit: one successor, or several with a part each; none while it stands."""
    rows = uow.session.execute(
        _units()
        .join(UnitSuccession, and_(UnitSuccession.new_code == AdminUnit.code,
                                   UnitSuccession.new_valid_from == AdminUnit.valid_from))
        .add_columns(UnitSuccession.extent)
        .where(UnitSuccession.old_code == code, UnitSuccession.old_valid_from == valid_from)
        .order_by(AdminUnit.code)
    )  # fmt: skip
    return [Successor(_unit(*row[:-1]), row[-1]) for row in rows]


def provinces(uow: UnitOfWork, on: date) -> list[UnitView]:
    """The provinces and cities that day, by code."""
    found = _units().where(AdminUnit.level == "province", in_force(AdminUnit, on)).order_by(AdminUnit.code)
    return [_unit(*row) for row in uow.session.execute(found)]


def communes(uow: UnitOfWork, province_code: str, on: date) -> list[UnitView]:
    """The communes of a province that day, by code."""
    found = (
        _units()
        .where(
            AdminUnit.level == "commune", AdminUnit.province_code == province_code, in_force(AdminUnit, on)
        )
        .order_by(AdminUnit.code)
    )
    return [_unit(*row) for row in uow.session.execute(found)]


def search_communes(
    uow: UnitOfWork, text: str, on: date, *, near: Near | None = None, limit: int = 12
) -> list[UnitView]:
    """Communes in force whose name has every word of the text; diacritics do not matter.

    An old name finds its successors too, since people go on saying it. Half the country has a namesake:
    with `near` the own commune comes first, then of those called so the own province's, then what an office
    here answers for.
    """
    words = fold(text).replace(",", " ").split()[:8]
    if not words:
        return []
    has_words = and_(*(AdminUnit.search.like(f"%{_like(word)}%", escape="\\") for word in words))
    today = _units().where(AdminUnit.level == "commune", in_force(AdminUnit, on), has_words)
    # A name in one piece stands before its words apart.
    closest: list[ColumnElement[bool]] = [AdminUnit.search.like(f"%{_like(' '.join(words))}%", escape="\\")]
    if near:
        closest.insert(0, AdminUnit.code == near.commune_code)
        closest += [AdminUnit.province_code == near.province_code, AdminUnit.code.in_(near.served)]
    ranked = today.order_by(
        *(one.desc() for one in closest), func.length(AdminUnit.search), AdminUnit.code
    ).limit(limit)
    found = [_unit(*row) for row in uow.session.execute(ranked)]
    return found or _by_old_name(uow, has_words, on, near)[:limit]


def _by_old_name(uow: UnitOfWork, has_words: Any, on: date, near: Near | None) -> list[UnitView]:
    old = aliased(AdminUnit, select(AdminUnit).where(AdminUnit.level == "commune", has_words).subquery())
    rows = uow.session.execute(
        _units().distinct()
        .join(UnitSuccession, and_(UnitSuccession.new_code == AdminUnit.code,
                                   UnitSuccession.new_valid_from == AdminUnit.valid_from))
        .join(old, and_(old.code == UnitSuccession.old_code, old.valid_from == UnitSuccession.old_valid_from))
        .where(in_force(AdminUnit, on)).order_by(AdminUnit.code)
    )  # fmt: skip
    found = [_unit(*row) for row in rows]
    return sorted(found, key=near.distance) if near else found


def near_of(uow: UnitOfWork, organisation_id: UUID, on: date) -> Near:
    """What is near for an organisation: its commune, its province, and what the offices here answer for."""
    own = organisation(uow, organisation_id).commune_code or ""
    unit = unit_on(uow, own, on)
    return Near(own, unit.province_code if unit else "", frozenset(served_communes(uow, on)))


def _like(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _plots() -> Rows:
    office = aliased(Organisation, name="office")
    owner = aliased(Organisation, name="owner")
    return (
        select(Plot.id, Plot.organisation_id, Plot.name, Plot.crop, Plot.commune_code,
               Plot.commune_valid_from, AdminUnit.name, _Province.name, Plot.hamlet, Plot.geometry,
               Plot.area_m2, Plot.area_from, Plot.confirmed_at, Person.full_name, office.name,
               Plot.simulated, owner.name)
        .join(AdminUnit, and_(AdminUnit.code == Plot.commune_code,
                              AdminUnit.valid_from == Plot.commune_valid_from))
        .join(owner, owner.id == Plot.organisation_id)
        .outerjoin(_Province, and_(_Province.code == AdminUnit.province_code, _Province.level == "province",
                                   _Province.valid_from == _province_of(AdminUnit)))
        .outerjoin(Person, Person.id == Plot.confirmed_by_id)
        .outerjoin(office, office.id == Plot.confirmed_office_id)
    )  # fmt: skip


def _plot(*row: Any) -> PlotView:
    values = list(row)
    values[7] = _short(values[7])
    return PlotView(*values)


def plot(uow: UnitOfWork, plot_id: UUID) -> PlotView:
    """One plot, for whoever asks. Raises NotFound."""
    row = uow.session.execute(_plots().where(Plot.id == plot_id)).one_or_none()
    if row is None:
        raise NotFound(plot=plot_id)
    return _plot(*row)


def get_plot(uow: UnitOfWork, actor: Actor, plot_id: UUID) -> PlotView:
    """A plot of the actor's organisation, or of a commune that his office answers for. Raises NotFound."""
    found = plot(uow, plot_id)
    if found.organisation_id != actor.organisation_id and found.commune_code not in actor.commune_codes:
        raise NotFound(plot=plot_id)
    return found


def plots_of(uow: UnitOfWork, organisation_id: UUID) -> list[PlotView]:
    """The plots of one organisation, by name: what a form lets its people choose from."""
    return [_plot(*row) for row in uow.session.execute(_of(organisation_id))]


def plot_pages(uow: UnitOfWork, organisation_id: UUID, page: Page) -> Paged[PlotView]:
    """The plots of one organisation, by name (2 statements)."""
    return paged(uow, _of(organisation_id), page, row=_plot)


def _of(organisation_id: UUID) -> Rows:
    mine = _plots().where(Plot.organisation_id == organisation_id, Plot.valid_to.is_(None))
    return mine.order_by(Plot.name, Plot.id)


def plots_in(uow: UnitOfWork, commune_codes: Iterable[str]) -> list[PlotView]:
    """The plots of these communes, as neighbours on a map."""
    return [_plot(*row) for row in uow.session.execute(_in(commune_codes))]


def plots_at_desk(
    uow: UnitOfWork, commune_codes: Iterable[str], page: Page, *, waiting: bool = False
) -> Paged[PlotView]:
    """The plots of these communes, those that wait for a confirmation first or alone (2 statements)."""
    asked = _in(commune_codes)
    return paged(uow, asked.where(Plot.confirmed_at.is_(None)) if waiting else asked, page, row=_plot)


def _in(commune_codes: Iterable[str]) -> Rows:
    here = _plots().where(Plot.commune_code.in_(sorted(commune_codes)), Plot.valid_to.is_(None))
    return here.order_by(Plot.confirmed_at.is_not(None), Plot.name, Plot.id)


@dataclass(frozen=True)
class WaitingPlot:
    """A plot that no officer has confirmed yet."""

    id: UUID
    name: str
    organisation_name: str
    created_at: datetime


def plots_waiting(uow: UnitOfWork, commune_codes: Iterable[str]) -> list[WaitingPlot]:
    """Unconfirmed plots of these communes, the oldest first; at most 200."""
    rows = uow.session.execute(
        select(Plot.id, Plot.name, Organisation.name.label("organisation_name"), Plot.created_at)
        .join(Organisation, Organisation.id == Plot.organisation_id)
        .where(Plot.commune_code.in_(sorted(commune_codes)), Plot.valid_to.is_(None),
               Plot.confirmed_at.is_(None))
        .order_by(Plot.created_at, Plot.id).limit(200)
    )  # fmt: skip
    return [WaitingPlot(*row) for row in rows]


def count_waiting(uow: UnitOfWork, commune_codes: Iterable[str]) -> int:
    """How many plots of these communes nobody has confirmed yet (1 statement)."""
    waiting = select(func.count()).where(
        Plot.commune_code.in_(sorted(commune_codes)), Plot.valid_to.is_(None), Plot.confirmed_at.is_(None)
    )
    return uow.session.scalar(waiting) or 0


ITEM: tuple[Any, ...] = (
    TradeItem.id, TradeItem.gtin, TradeItem.gtin_owner, TradeItem.gtin_kind, TradeItem.crop, TradeItem.slug,
    TradeItem.name, TradeItem.name_en, TradeItem.description, TradeItem.description_en,
    TradeItem.net_weight_g, TradeItem.image, TradeItem.shelf_life_days,
)  # fmt: skip
"""The columns of a TradeItemView, for queries that join their own."""


def trade_item(uow: UnitOfWork, item_id: UUID) -> TradeItemView:
    """One trade item. Raises NotFound."""
    row = uow.session.execute(select(*ITEM).where(TradeItem.id == item_id)).one_or_none()
    if row is None:
        raise NotFound(trade_item=item_id)
    return TradeItemView(*row)


def trade_item_of_crop(uow: UnitOfWork, crop: str) -> TradeItemView | None:
    """The trade item under which a crop is labelled, the lowest GTIN first; None when there is none."""
    row = uow.session.execute(
        select(*ITEM).where(TradeItem.crop == crop).order_by(TradeItem.gtin).limit(1)
    ).one_or_none()
    return None if row is None else TradeItemView(*row)


def gtins_under(uow: UnitOfWork, company_prefix: str) -> set[str]:
    """The GTINs (14 digits) that were given out under a company prefix of at most 12 digits."""
    return set(uow.session.scalars(select(TradeItem.gtin).where(TradeItem.gtin.like(f"0{company_prefix}%"))))


def item_pages(uow: UnitOfWork, page: Page) -> Paged[TradeItemView]:
    """Trade items by GTIN (2 statements)."""
    return paged(uow, select(*ITEM).order_by(TradeItem.gtin), page, row=TradeItemView)
