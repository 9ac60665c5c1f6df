"""A cart with today's prices and what is left; prices are never taken from the browser."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select

from app.identity import queries as identity
from app.identity.queries import PublicName
from app.kernel.uow import UnitOfWork
from marketplace.cart.models import Cart, CartLine
from marketplace.delivery.queries import TermsView, terms_of
from marketplace.delivery.rules import Handover, Quote, agreement, quote
from marketplace.listings import queries as listings
from marketplace.listings.queries import ListingView


@dataclass(frozen=True)
class CartRow:
    """One line: a listing and how many units of it."""

    listing: ListingView
    units: int

    @property
    def total_vnd(self) -> int:
        """Đồng of the line at today's price."""
        return self.listing.price_vnd * self.units

    @property
    def too_many(self) -> bool:
        """Whether more is wanted than is left, or it no longer sells."""
        return not self.listing.sells or self.units > self.listing.available


@dataclass(frozen=True)
class CartPart:
    """The lines of one seller: they become one order."""

    seller_id: UUID
    seller: PublicName
    rows: Sequence[CartRow]
    terms: TermsView

    @property
    def goods_vnd(self) -> int:
        """Đồng of this seller's lines, without bringing them."""
        return sum(row.total_vnd for row in self.rows)


@dataclass(frozen=True)
class Way:
    """One way in which the whole cart changes hands, with what it costs and when, by seller."""

    handover: Handover
    quotes: Mapping[UUID, Quote]

    @property
    def total_vnd(self) -> int:
        """Đồng to pay for everything."""
        return sum(one.total_vnd for one in self.quotes.values())

    @property
    def agreement(self) -> str:
        """What the buyer agrees to by ordering."""
        return agreement(list(self.quotes.values()))


@dataclass(frozen=True)
class CartView:
    """A cart, by seller."""

    parts: Sequence[CartPart]

    @property
    def at_the_farm_only(self) -> Sequence[PublicName]:
        """Sellers who bring nothing: with one of them in the cart, everything is fetched."""
        return [part.seller for part in self.parts if not part.terms.delivers]

    def way(self, handover: Handover, at: datetime) -> Way:
        """What the cart costs in that way, ordered at a moment. Raises DoesNotDeliver."""
        return Way(
            handover, {part.seller_id: quote(part.terms, handover, part.goods_vnd, at) for part in self.parts}
        )

    def ways(self, at: datetime) -> list[Way]:
        """Every way that all of these sellers offer, delivery first."""
        offered = (Handover.PICKUP,) if self.at_the_farm_only else (Handover.DELIVERY, Handover.PICKUP)
        return [self.way(handover, at) for handover in offered]

    @property
    def can_order(self) -> bool:
        """Whether every line can be had as it stands."""
        return bool(self.parts) and not any(row.too_many for part in self.parts for row in part.rows)


def token_hash(token: str) -> bytes:
    """What the database keeps of a cart's token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def cart(uow: UnitOfWork, token: str | None, today: date) -> CartView:
    """The cart behind a cookie as it can be ordered that day, empty without one (4 statements)."""
    if not token:
        return CartView(())
    rows = uow.session.execute(
        select(CartLine.listing_id, CartLine.units)
        .join(Cart, Cart.id == CartLine.cart_id)
        .where(Cart.token_sha256 == token_hash(token))
    )
    wanted = {row.listing_id: row.units for row in rows}
    found = listings.listings(uow, wanted, today)
    by_seller: dict[UUID, list[CartRow]] = {}
    for view in sorted(found.values(), key=lambda view: (view.product, view.created_at)):
        by_seller.setdefault(view.organisation_id, []).append(CartRow(view, wanted[view.id]))
    names = identity.public_names(uow, by_seller)
    terms = terms_of(uow, by_seller)
    return CartView(
        [CartPart(seller, names[seller], rows, terms[seller]) for seller, rows in by_seller.items()]
    )


def cart_count(uow: UnitOfWork, token: str | None) -> int:
    """Units in a cart (1 statement)."""
    if not token:
        return 0
    asked = select(func.coalesce(func.sum(CartLine.units), 0)).join(Cart, Cart.id == CartLine.cart_id)
    return int(uow.session.scalar(asked.where(Cart.token_sha256 == token_hash(token))) or 0)
