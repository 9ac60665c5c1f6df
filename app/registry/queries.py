"""Plots as their people and officers see them, and trade items. Communes and provinces are `places`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import aliased

from app.identity.access import Actor
from app.identity.models import Organisation, Person
from app.kernel.paging import Page, Paged, paged
from app.kernel.problems import NotFound
from app.kernel.uow import UnitOfWork
from app.registry.models import AdminUnit, Plot, TradeItem
from app.registry.places import Province, province_of, short_name

Rows = Select[*tuple[Any, ...]]
"""A statement whose columns a dataclass of this module takes in order."""


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


def _plots() -> Rows:
    office = aliased(Organisation, name="office")
    owner = aliased(Organisation, name="owner")
    return (
        select(Plot.id, Plot.organisation_id, Plot.name, Plot.crop, Plot.commune_code,
               Plot.commune_valid_from, AdminUnit.name, Province.name, Plot.hamlet, Plot.geometry,
               Plot.area_m2, Plot.area_from, Plot.confirmed_at, Person.full_name, office.name,
               Plot.simulated, owner.name)
        .join(AdminUnit, and_(AdminUnit.code == Plot.commune_code,
                              AdminUnit.valid_from == Plot.commune_valid_from))
        .join(owner, owner.id == Plot.organisation_id)
        .outerjoin(Province, and_(Province.code == AdminUnit.province_code, Province.level == "province",
                                   Province.valid_from == province_of(AdminUnit)))
        .outerjoin(Person, Person.id == Plot.confirmed_by_id)
        .outerjoin(office, office.id == Plot.confirmed_office_id)
    )  # fmt: skip


def _plot(*row: Any) -> PlotView:
    values = list(row)
    values[7] = short_name(values[7])
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
