"""The shop front: what sells now, product by product and grower by grower, and what comes back when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import and_, or_, select

from app.identity import queries as identity
from app.identity.queries import PublicName
from app.kernel.problems import NotFound
from app.kernel.text import fold
from app.kernel.uow import UnitOfWork
from app.registry import queries as registry
from app.registry.models import AdminUnit, Plot
from app.registry.queries import TradeItemView
from marketplace.catalogue.rules import nearest
from marketplace.listings import queries as listings
from marketplace.listings.models import Listing
from marketplace.listings.queries import ListingView
from traceability.lots.crops import CROPS
from trademarks.use_rights.queries import RightView, right_covering

FEW = 3
"""Below so many hits a near name is suggested."""


@dataclass(frozen=True)
class ProductCard:
    """A product with what sells of it now; without listings it waits for its season."""

    item: TradeItemView
    listings: Sequence[ListingView]

    @property
    def cheapest_per_kg(self) -> int | None:
        """The lowest price of a kilogram, đồng."""
        return min((one.price_per_kg for one in self.listings), default=None)

    @property
    def left_g(self) -> int:
        """Grams that can still be ordered."""
        return sum(one.available * one.unit_weight_g for one in self.listings)

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


@dataclass(frozen=True)
class LotOffer:
    """One live listing of a product page. `right` covers today, else None and no mark is shown."""

    listing: ListingView
    grower: PublicName
    place: str
    right: RightView | None


@dataclass(frozen=True)
class Found:
    """What a search found; `near` are names to try when it found little."""

    words: str
    offers: Sequence[LotOffer]
    cards: Sequence[ProductCard]
    near: Sequence[str]


def _cards(items: Iterable[TradeItemView], live: Iterable[ListingView]) -> list[ProductCard]:
    by_slug: dict[str, list[ListingView]] = {}
    for one in live:
        by_slug.setdefault(one.slug, []).append(one)
    return [ProductCard(item, by_slug.get(item.slug, [])) for item in items]


def products(uow: UnitOfWork) -> list[ProductCard]:
    """Every product, those that sell now first (2 statements)."""
    cards = _cards(registry.trade_items(uow), listings.live(uow))
    return sorted(cards, key=lambda card: (not card.listings, card.item.name))


def product(uow: UnitOfWork, slug: str) -> ProductCard:
    """One product with its live listings. Raises NotFound."""
    item = next((item for item in registry.trade_items(uow) if item.slug == slug), None)
    if item is None:
        raise NotFound(product=slug)
    return ProductCard(item, listings.live_of_product(uow, slug))


def growers(uow: UnitOfWork, live: Sequence[ListingView], *, most: int = 6) -> list[GrowerCard]:
    """Who sells these listings, by public name or code (3 statements)."""
    names = identity.public_names(uow, {one.organisation_id for one in live})
    places = _places(uow, live)
    sells: dict[UUID, list[ListingView]] = {}
    for one in live:
        sells.setdefault(one.organisation_id, []).append(one)
    cards = [
        GrowerCard(seller, names[seller], places[theirs[0].plot_id], sorted({one.product for one in theirs}))
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


def search(uow: UnitOfWork, typed: str, today: date) -> Found:
    """Live listings and products whose words begin with every word typed, diacritics or not.

    Words are sought in the product's name, its place, and the grower's public name. When little is
    found, near names are suggested.
    """
    words = fold(typed)[:80].split()[:6]
    if not words:
        return Found("", (), products(uow), ())
    items = registry.trade_items(uow)
    sellers = _sellers(uow)
    conditions = [
        or_(
            Listing.search.like(f"% {_like(word)}%", escape="\\"),
            Listing.organisation_id.in_([s for s, name in sellers.items() if _begins(name, word)]),
        )
        for word in words
    ]
    live = listings.live(uow, *conditions, limit=24)
    waiting = [
        card
        for card in _cards(items, live)
        if not card.listings and all(_begins(f"{card.item.name} {card.item.name_en}", word) for word in words)
    ]
    found = offers(uow, live, today)
    there = (
        {o.listing.product for o in found} | {o.grower.shown for o in found} | {c.item.name for c in waiting}
    )
    names = {item.name for item in items} | set(sellers.values())
    exact = fold(typed) in {fold(name) for name in there}  # who found the very name needs no other
    near = nearest(typed, names - there) if len(live) + len(waiting) < FEW and not exact else []
    return Found(" ".join(words), found, waiting, near)


def _sellers(uow: UnitOfWork) -> dict[UUID, str]:
    """Public names of everybody who has an open listing."""
    ids = uow.session.scalars(select(Listing.organisation_id).where(Listing.state == "open").distinct())
    return {seller: name.shown for seller, name in identity.public_names(uow, ids.all()).items()}


def _begins(text: str, word: str) -> bool:
    return any(part.startswith(word) for part in [*fold(text).replace("-", " ").split(), *fold(text).split()])


def _like(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
