"""The shop front: what sells now, product by product and grower by grower, and what comes back when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select

from app.identity import queries as identity
from app.identity.queries import PublicName
from app.kernel.paging import Page, Paged, paged
from app.kernel.problems import NotFound
from app.kernel.text import fold
from app.kernel.uow import UnitOfWork
from app.registry import queries as registry
from app.registry.models import AdminUnit, Plot, TradeItem
from app.registry.queries import TradeItemView
from marketplace.catalogue.rules import nearest
from marketplace.listings import queries as listings
from marketplace.listings.models import Listing
from marketplace.listings.queries import ListingView
from marketplace.stock.models import Stock
from traceability.lots.crops import CROPS
from traceability.lots.models import Lot
from trademarks.use_rights.queries import RightView, right_covering

FEW = 3
"""Below so many hits a near name is suggested."""
PRICE_PER_KG = (Listing.price_vnd * 1000 + Listing.unit_weight_g // 2) // Listing.unit_weight_g
"""`listings.rules.price_per_kg` where the database compares."""


@dataclass(frozen=True)
class ProductCard:
    """A product with what sells of it now: đồng of the cheapest kilogram, grams that can be ordered, sellers.

    Without sellers it waits for its season, and has no price.
    """

    item: TradeItemView
    cheapest_per_kg: int | None
    left_g: int
    sellers: int

    @property
    def season(self) -> tuple[int, ...]:
        """Months in which the crop is picked here; none for a crop that the house does not know."""
        crop = CROPS.get(self.item.crop)
        return crop.season_months if crop else ()


@dataclass(frozen=True)
class GrowerCard:
    """A seller as the public may see him, where he is, and what he sells now."""

    id: UUID
    name: PublicName
    place: str
    products: Sequence[str]
    products_en: Sequence[str]


@dataclass(frozen=True)
class LotOffer:
    """One live listing of a product page. `right` covers today, else None and no mark is shown."""

    listing: ListingView
    grower: PublicName
    place: str
    right: RightView | None


@dataclass(frozen=True)
class Found:
    """What a search found: live lots, products that wait; `near` are names to try when it found little."""

    lots: Paged[ListingView]
    waiting: Sequence[ProductCard]
    near: Sequence[str]


def _cards(today: date) -> Select[*tuple[Any, ...]]:
    """Every product beside what sells of it now, those that sell first, by name."""
    sold = (
        select(
            Listing.trade_item_id,
            func.min(PRICE_PER_KG).label("cheapest"),
            func.sum(Stock.available * Listing.unit_weight_g).label("left_g"),
            func.count(Listing.organisation_id.distinct()).label("sellers"),
        )
        .join(Lot, Lot.id == Listing.lot_id)
        .join(Stock, Stock.listing_id == Listing.id)
        .join(TradeItem, TradeItem.id == Listing.trade_item_id)
        .where(listings.sells(today))
        .group_by(Listing.trade_item_id)
        .subquery()
    )
    return (
        select(*registry.ITEM, sold.c.cheapest, sold.c.left_g, sold.c.sellers)
        .outerjoin(sold, sold.c.trade_item_id == TradeItem.id)
        .order_by(sold.c.sellers.is_(None), TradeItem.name, TradeItem.id)
    )


def _card(*row: Any) -> ProductCard:
    *item, cheapest, left_g, sellers = row
    return ProductCard(TradeItemView(*item), cheapest, int(left_g or 0), sellers or 0)


def products(uow: UnitOfWork, page: Page, today: date) -> Paged[ProductCard]:
    """Products, those that sell now first (2 statements)."""
    return paged(uow, _cards(today), page, row=_card)


def waiting(uow: UnitOfWork, today: date) -> list[ProductCard]:
    """Every product of which nothing sells now (1 statement)."""
    cards = (_card(*row) for row in uow.session.execute(_cards(today)))
    return [card for card in cards if not card.sellers]


def product(uow: UnitOfWork, slug: str, today: date) -> ProductCard:
    """One product with what sells of it. Raises NotFound."""
    row = uow.session.execute(_cards(today).where(TradeItem.slug == slug)).one_or_none()
    if row is None:
        raise NotFound(product=slug)
    return _card(*row)


def lots_of_product(uow: UnitOfWork, slug: str, page: Page, today: date) -> Paged[ListingView]:
    """What sells of one product, the freshest harvest first (2 statements)."""
    return listings.live(uow, page, today, TradeItem.slug == slug)


def growers(uow: UnitOfWork, live: Sequence[ListingView], *, most: int = 6) -> list[GrowerCard]:
    """Who sells these listings, by public name or code (3 statements)."""
    names = identity.public_names(uow, {one.organisation_id for one in live})
    places = _places(uow, live)
    sells: dict[UUID, list[ListingView]] = {}
    for one in live:
        sells.setdefault(one.organisation_id, []).append(one)
    cards = [
        GrowerCard(
            seller,
            names[seller],
            places[theirs[0].plot_id],
            sorted({one.product for one in theirs}),
            sorted({one.product_en for one in theirs}),
        )
        for seller, theirs in sells.items()
    ]
    return cards[:most]


def _places(uow: UnitOfWork, live: Iterable[ListingView]) -> dict[UUID, str]:
    rows = uow.session.execute(
        select(Plot.id, AdminUnit.name)
        .join(AdminUnit, and_(AdminUnit.code == Plot.commune_code,
                              AdminUnit.valid_from == Plot.commune_valid_from))
        .where(Plot.id.in_({one.plot_id for one in live}))
    )  # fmt: skip
    return {row.id: row.name for row in rows}


def offers(uow: UnitOfWork, live: Sequence[ListingView], today: date) -> list[LotOffer]:
    """Listings with grower, place and right of use (2 statements, and 2 a grower and crop)."""
    names = identity.public_names(uow, {one.organisation_id for one in live})
    places = _places(uow, live)
    pairs = {(one.organisation_id, one.crop) for one in live}
    rights = {pair: right_covering(uow, *pair, today) for pair in pairs}
    return [
        LotOffer(
            one,
            names[one.organisation_id],
            places[one.plot_id],
            rights[one.organisation_id, one.crop],
        )
        for one in live
    ]


def search(uow: UnitOfWork, typed: str, page: Page, today: date) -> Found:
    """Live listings and waiting products whose words begin with every word typed, diacritics or not.

    Words are sought in the product's name, its place, and the grower's public name. When little is
    found, near names are suggested.
    """
    words = fold(typed)[:80].split()[:6]
    sellers = _sellers(uow)
    conditions = [
        or_(
            Listing.search.like(f"% {_like(word)}%", escape="\\"),
            Listing.organisation_id.in_([s for s, name in sellers.items() if _begins(name, word)]),
        )
        for word in words
    ]
    live = listings.live(uow, page, today, *conditions)
    cards = [_card(*row) for row in uow.session.execute(_cards(today))]
    waiting = [
        card
        for card in cards
        if not card.sellers and all(_begins(f"{card.item.name} {card.item.name_en}", word) for word in words)
    ]
    there = {one.product for one in live.rows} | {sellers[one.organisation_id] for one in live.rows}
    there |= {card.item.name for card in waiting}
    names = {card.item.name for card in cards} | set(sellers.values())
    meant = any(fold(name).startswith(fold(typed)) for name in there)  # who found it needs no other
    near = nearest(typed, names - there) if live.total + len(waiting) < FEW and not meant else []
    return Found(live, waiting, near)


def _sellers(uow: UnitOfWork) -> dict[UUID, str]:
    """Public names of everybody who has an open listing."""
    ids = uow.session.scalars(select(Listing.organisation_id).where(Listing.state == "open").distinct())
    return {seller: name.shown for seller, name in identity.public_names(uow, ids.all()).items()}


def _begins(text: str, word: str) -> bool:
    return any(part.startswith(word) for part in [*fold(text).replace("-", " ").split(), *fold(text).split()])


def _like(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
