"""Listings as sellers see them and as the shop offers them: columns, in a fixed number of statements."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from app.identity.access import Actor
from app.kernel.db import DaysAfter
from app.kernel.paging import Page, Paged, cut, paged
from app.kernel.problems import NotFound
from app.kernel.uow import UnitOfWork
from app.registry import queries as registry
from app.registry.models import TradeItem
from marketplace.listings import rules
from marketplace.listings.models import Listing
from marketplace.listings.rules import ListingState, price_per_kg, standing
from marketplace.stock.models import Stock
from traceability.lots import queries as lots
from traceability.lots.models import Lot
from traceability.lots.queries import LotView
from traceability.packing import queries as packing


@dataclass(frozen=True)
class ListingView:
    """One listing with its lot, product and counter. Money is đồng of one unit, weight is grams."""

    id: UUID
    lot_id: UUID
    lot_no: str
    gtin: str
    crop: str
    slug: str
    product: str
    product_en: str
    image: str
    plot_id: UUID
    organisation_id: UUID
    harvested_on: date
    unit_weight_g: int
    price_vnd: int
    units: int
    available: int
    held: int
    sold: int
    note: str
    state: ListingState
    created_at: datetime
    simulated: bool
    sell_by: date | None

    @property
    def price_per_kg(self) -> int:
        """Đồng for a kilogram."""
        return price_per_kg(self.price_vnd, self.unit_weight_g)

    @property
    def sells(self) -> bool:
        """Whether it can be put into a cart now."""
        return self.state is ListingState.OPEN


SELL_BY = DaysAfter(Lot.harvested_on, TradeItem.shelf_life_days)
"""`rules.sell_by` where the database compares."""

_COLUMNS = (
    Listing.id, Listing.lot_id, Lot.lot_no, Lot.gtin, Lot.crop, TradeItem.slug, TradeItem.name,
    TradeItem.name_en, TradeItem.image, Lot.plot_id, Listing.organisation_id, Lot.harvested_on,
    Listing.unit_weight_g, Listing.price_vnd, Listing.units, Stock.available, Stock.held, Stock.sold,
    Listing.note, Listing.state, Listing.created_at, Listing.simulated, SELL_BY, Lot.state,
)  # fmt: skip


def _select() -> Select[*tuple[Any, ...]]:
    return (
        select(*_COLUMNS)
        .join(Lot, Lot.id == Listing.lot_id)
        .join(TradeItem, TradeItem.id == Listing.trade_item_id)
        .join(Stock, Stock.listing_id == Listing.id)
    )


def _view(today: date, *row: Any) -> ListingView:
    *values, lot_state = row
    last_day = values[-1]
    values[19] = standing(
        withdrawn=values[19] == "withdrawn",
        lot_open=lot_state == "open",
        past=last_day is not None and today > last_day,
        available=values[15],
    )
    return ListingView(*values)


def listings(uow: UnitOfWork, ids: Iterable[UUID], today: date) -> dict[UUID, ListingView]:
    """Several listings by id, in whatever state they are that day (1 statement)."""
    rows = uow.session.execute(_select().where(Listing.id.in_(set(ids))))
    return {view.id: view for view in (_view(today, *row) for row in rows)}


def listing(uow: UnitOfWork, listing_id: UUID, today: date) -> ListingView:
    """One listing for whoever asks. Raises NotFound."""
    if found := listings(uow, [listing_id], today).get(listing_id):
        return found
    raise NotFound(listing=listing_id)


def own_listing(uow: UnitOfWork, organisation_id: UUID, listing_id: UUID, today: date) -> ListingView:
    """A listing of this organisation. Raises NotFound."""
    found = listing(uow, listing_id, today)
    if found.organisation_id != organisation_id:
        raise NotFound(listing=listing_id)
    return found


def listing_by_client_id(
    uow: UnitOfWork, organisation_id: UUID, client_id: UUID, today: date
) -> ListingView | None:
    """The listing that this phone already made, or None."""
    found = uow.session.execute(
        _select().where(Listing.organisation_id == organisation_id, Listing.client_id == client_id)
    ).one_or_none()
    return None if found is None else _view(today, *found)


def listings_of(uow: UnitOfWork, organisation_id: UUID, page: Page, today: date) -> Paged[ListingView]:
    """Listings of a seller: those not withdrawn first, then the newest (2 statements)."""
    mine = _select().where(Listing.organisation_id == organisation_id)
    ordered = mine.order_by(Listing.state == "withdrawn", Listing.created_at.desc(), Listing.id)
    return paged(uow, ordered, page, row=partial(_view, today))


def live(uow: UnitOfWork, page: Page, today: date, *where: ColumnElement[bool]) -> Paged[ListingView]:
    """Listings that sell now, the freshest harvest first (2 statements)."""
    fresh = _select().where(sells(today), *where).order_by(Lot.harvested_on.desc(), Listing.id)
    return paged(uow, fresh, page, row=partial(_view, today))


def sells(today: date) -> ColumnElement[bool]:
    """What must hold of a listing, its lot, its product and its counter for it to sell that day."""
    fresh = or_(TradeItem.shelf_life_days.is_(None), today <= SELL_BY)
    on_offer = and_(Listing.state == "open", Stock.available > 0, Stock.closed.is_(False))
    return and_(on_offer, Lot.state == "open", fresh)


@dataclass(frozen=True)
class ToOffer:
    """A page of lots with the grams that can be offered, and how many others have grams but are too old."""

    lots: Paged[tuple[LotView, int]]
    too_old: int


def lots_to_offer(uow: UnitOfWork, actor: Actor, page: Page, today: date) -> ToOffer:
    """Open lots of a seller with grams that are neither sold nor promised nor on offer, newest first."""
    free = {
        lot_id: left_g
        for lot_id, left_g in free_g(uow, lots.open_lots(uow, actor.organisation_id)).items()
        if left_g > 0
    }
    past = _past(uow, free, today)
    shown = cut([lot_id for lot_id in free if lot_id not in past], page)
    there = lots.lots(uow, shown.rows)
    rows = [(there[lot_id], free[lot_id]) for lot_id in shown.rows]
    return ToOffer(Paged(rows, shown.page, shown.total), len(past))


def sell_by(uow: UnitOfWork, lot: LotView) -> date | None:
    """The last day on which a lot may be sold, or None."""
    return rules.sell_by(lot.harvested_on, registry.trade_item(uow, lot.trade_item_id).shelf_life_days)


def _past(uow: UnitOfWork, lot_ids: Iterable[UUID], today: date) -> set[UUID]:
    old = (
        select(Lot.id)
        .join(TradeItem, TradeItem.id == Lot.trade_item_id)
        .where(Lot.id.in_(list(lot_ids)), today > SELL_BY)
    )
    return set(uow.session.scalars(old))


def free_g(uow: UnitOfWork, remaining_g: Mapping[UUID, int]) -> dict[UUID, int]:
    """Grams of lots that are neither shipped nor promised nor on offer (2 statements).

    `remaining_g`: by lot, the grams that are not packed.
    """
    packed_g = packing.unsold_g(uow, remaining_g)
    rows = uow.session.execute(
        select(Listing.lot_id,
               func.coalesce(func.sum(Listing.unit_weight_g * Stock.held), 0)
               + func.coalesce(func.sum(Listing.unit_weight_g * Stock.available)
                               .filter(Listing.state == "open"), 0))
        .join(Stock, Stock.listing_id == Listing.id).where(Listing.lot_id.in_(list(remaining_g)))
        .group_by(Listing.lot_id)
    )  # fmt: skip
    bound = {row[0]: int(row[1]) for row in rows}
    return {lot: left + packed_g.get(lot, 0) - bound.get(lot, 0) for lot, left in remaining_g.items()}
