"""Put things into a cart, change how many, empty it."""

import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select

from app.kernel.calendar import local_day
from app.kernel.problems import Conflict, Invalid
from app.kernel.uow import UnitOfWork
from marketplace.cart.models import Cart, CartLine
from marketplace.cart.queries import token_hash
from marketplace.listings import queries as listings
from marketplace.listings.words import name_when_read

MOST_LINES: Final = 30
MOST_UNITS: Final = 1_000
KEPT_FOR: Final = timedelta(days=30)


class NotAQuantity(Invalid):
    """A whole number of units from 1."""

    type, field = "not-a-quantity", "units"


class CartFull(Invalid):
    """More different things than one order holds."""

    type, field = "cart-full", "units"


class OnlyLeft(Conflict):
    """Fewer units are left than are wanted; the cart keeps what it had."""

    type, field = "only-left", "units"


class NotForSale(Conflict):
    """The listing does not sell any more."""

    type, field = "not-for-sale", "units"


def parse_units(typed: str, *, least: int = 1) -> int:
    """A typed quantity; Raises NotAQuantity for signs, fractions, letters and absurd numbers."""
    text = typed.strip()
    if not text.isascii() or not text.isdecimal() or len(text) > 6 or not least <= int(text) <= MOST_UNITS:
        raise NotAQuantity(typed=text[:20], most=MOST_UNITS)
    return int(text)


def put(
    uow: UnitOfWork, token: str | None, listing_id: UUID, units: int, *, now: datetime, add: bool = False
) -> str:
    """Set (or `add` to) the units of a listing in a cart; 0 takes it out. The cart's token, perhaps new.

    Raises NotFound, NotAQuantity, OnlyLeft, NotForSale, CartFull.
    """
    if not 0 <= units <= MOST_UNITS:
        raise NotAQuantity(typed=str(units), most=MOST_UNITS)
    cart_id, token = _cart(uow, token, now)
    line = uow.session.get(CartLine, (cart_id, listing_id))
    wanted = units + (line.units if line and add else 0)
    if wanted == 0:
        if line:
            uow.session.delete(line)
            uow.session.flush()
        return token
    listing = listings.listing(uow, listing_id, local_day(now))
    if not listing.sells:
        raise NotForSale(product=name_when_read(listing))
    if wanted > listing.available:
        raise OnlyLeft(left=listing.available, product=name_when_read(listing))
    if line:
        line.units = wanted
        uow.session.flush()
        return token
    held = uow.session.scalars(select(CartLine.listing_id).where(CartLine.cart_id == cart_id)).all()
    if len(held) >= MOST_LINES:
        raise CartFull(most=MOST_LINES)
    uow.add(CartLine(cart_id=cart_id, listing_id=listing_id, units=wanted))
    return token


def empty(uow: UnitOfWork, token: str) -> None:
    """Take everything out of a cart."""
    cart = select(Cart.id).where(Cart.token_sha256 == token_hash(token)).scalar_subquery()
    uow.session.execute(delete(CartLine).where(CartLine.cart_id == cart))


def forget_old(uow: UnitOfWork, *, now: datetime) -> None:
    """Delete carts that nobody touched for 30 days."""
    old = select(Cart.id).where(Cart.touched_at < now - KEPT_FOR)
    uow.session.execute(delete(CartLine).where(CartLine.cart_id.in_(old)))
    uow.session.execute(delete(Cart).where(Cart.touched_at < now - KEPT_FOR))


def _cart(uow: UnitOfWork, token: str | None, now: datetime) -> tuple[UUID, str]:
    row = None
    if token:
        row = uow.session.scalar(select(Cart).where(Cart.token_sha256 == token_hash(token)))
    if row is None:
        token = secrets.token_urlsafe(32)
        row = Cart(token_sha256=token_hash(token), touched_at=now)
        uow.add(row)
    row.touched_at = now
    assert token is not None  # noqa: S101 - a found row came from a token, a new one has its own
    return row.id, token
