"""Listings as sellers see them and as the shop offers them: columns, in a fixed number of statements."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from app.kernel.problems import NotFound
from app.kernel.uow import UnitOfWork
from app.registry.models import TradeItem
from marketplace.listings.models import Listing
from marketplace.listings.rules import ListingState, price_per_kg, standing
from marketplace.stock.models import Stock
from traceability.lots.models import Lot
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

    @property
    def price_per_kg(self) -> int:
        """Đồng for a kilogram."""
        return price_per_kg(self.price_vnd, self.unit_weight_g)

    @property
    def sells(self) -> bool:
        """Whether it can be put into a cart now."""
        return self.state is ListingState.OPEN


_COLUMNS = (
    Listing.id, Listing.lot_id, Lot.lot_no, Lot.gtin, Lot.crop, TradeItem.slug, TradeItem.name,
    TradeItem.name_en, TradeItem.image, Lot.plot_id, Listing.organisation_id, Lot.harvested_on,
    Listing.unit_weight_g, Listing.price_vnd, Listing.units, Stock.available, Stock.held, Stock.sold,
    Listing.note, Listing.state, Listing.created_at, Listing.simulated, Lot.state,
)  # fmt: skip


def _select() -> Select[*tuple[Any, ...]]:
    return (
        select(*_COLUMNS)
        .join(Lot, Lot.id == Listing.lot_id)
        .join(TradeItem, TradeItem.id == Listing.trade_item_id)
        .join(Stock, Stock.listing_id == Listing.id)
    )


def _view(row: Any) -> ListingView:
    *values, lot_state = row
    values[19] = standing(
        withdrawn=values[19] == "withdrawn", lot_open=lot_state == "open", available=values[15]
    )
    return ListingView(*values)


def listings(uow: UnitOfWork, ids: Iterable[UUID]) -> dict[UUID, ListingView]:
    """Several listings by id, in whatever state (1 statement)."""
    rows = uow.session.execute(_select().where(Listing.id.in_(set(ids))))
    return {view.id: view for view in map(_view, rows)}


def listing(uow: UnitOfWork, listing_id: UUID) -> ListingView:
    """One listing for whoever asks. Raises NotFound."""
    if found := listings(uow, [listing_id]).get(listing_id):
        return found
    raise NotFound(listing=listing_id)


def own_listing(uow: UnitOfWork, organisation_id: UUID, listing_id: UUID) -> ListingView:
    """A listing of this organisation. Raises NotFound."""
    found = listing(uow, listing_id)
    if found.organisation_id != organisation_id:
        raise NotFound(listing=listing_id)
    return found


def listing_by_client_id(uow: UnitOfWork, organisation_id: UUID, client_id: UUID) -> ListingView | None:
    """The listing that this phone already made, or None."""
    found = uow.session.execute(
        _select().where(Listing.organisation_id == organisation_id, Listing.client_id == client_id)
    ).one_or_none()
    return None if found is None else _view(found)


def listings_of(uow: UnitOfWork, organisation_id: UUID) -> list[ListingView]:
    """Listings of a seller, the newest first, at most 200."""
    rows = uow.session.execute(
        _select().where(Listing.organisation_id == organisation_id)
        .order_by(Listing.created_at.desc(), Listing.id).limit(200)
    )  # fmt: skip
    return [_view(row) for row in rows]


def live(uow: UnitOfWork, *where: ColumnElement[bool], limit: int = 200) -> list[ListingView]:
    """Listings that sell now, the freshest harvest first."""
    rows = uow.session.execute(
        _select().where(Listing.state == "open", Lot.state == "open", Stock.available > 0,
                        Stock.closed.is_(False), *where)
        .order_by(Lot.harvested_on.desc(), Listing.id).limit(limit)
    )  # fmt: skip
    return [_view(row) for row in rows]


def live_of_product(uow: UnitOfWork, slug: str) -> list[ListingView]:
    """Live listings of one product."""
    return live(uow, TradeItem.slug == slug)


def live_of_lot(uow: UnitOfWork, lot_id: UUID) -> list[ListingView]:
    """Live listings of one lot."""
    return live(uow, Listing.lot_id == lot_id)


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
