"""Place the orders of one checkout. Doubled requests get the first answer; the last crate has one buyer."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID, uuid5

from sqlalchemy import select

from app.kernel.calendar import local_day
from app.kernel.db import new_id
from app.kernel.problems import Conflict, Invalid
from app.kernel.text import tidy
from app.kernel.uow import UnitOfWork
from app.registry import queries as registry
from marketplace.cart.commands import MOST_UNITS, NotAQuantity
from marketplace.delivery.queries import terms_of
from marketplace.delivery.rules import Handover, Quote, agreement, quote
from marketplace.listings import queries as listings
from marketplace.listings.queries import ListingView
from marketplace.listings.words import name_when_read
from marketplace.orders import methods, queries
from marketplace.orders.models import Order, OrderEvent, OrderLine
from marketplace.orders.queries import OrderView
from marketplace.orders.rules import UNPAID_FOR, Method, OrderState
from marketplace.stock import commands as stock
from marketplace.stock import queries as counters

_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class EmptyCart(Invalid):
    """There is nothing to order."""

    type = "empty-cart"


class NoLongerSold(Conflict):
    """The goods were withdrawn, their lot is held or called back, or past the last day of its sale."""

    type = "no-longer-sold"


class NeverSold(NoLongerSold):
    """The address of no goods; an old cart can hold one, and there is no name to call them by."""

    type = "never-sold"


class SoldToSomebodyElse(Conflict):
    """Fewer units are left than wanted: another buyer was faster."""

    type = "sold-to-somebody-else"


class MethodNotOffered(Invalid):
    """A seller of this cart does not take this way of paying."""

    type, field = "method-not-offered", "method"


class TermsChanged(Conflict):
    """Sum or day are no longer what the buyer was shown."""

    type = "terms-changed"


@dataclass(frozen=True)
class Address:
    """Where goods are brought: a commune of today, and the words below it."""

    text: str
    commune_code: str
    commune_valid_from: date


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """What a guest wants, and where it goes. `lines`: listing and units; prices come from the listings.

    `to` is None when the goods are fetched at the farm. `agreed` is `delivery.rules.agreement` of what
    the buyer was shown; None where nobody was shown a page.
    """

    lines: Sequence[tuple[UUID, int]]
    name: str
    phone: str  # E.164
    to: Address | None
    method: Method
    client_id: UUID
    agreed: str | None = None
    simulated: bool = False

    @property
    def handover(self) -> Handover:
        """How the goods change hands."""
        return Handover.DELIVERY if self.to else Handover.PICKUP


def place_orders(uow: UnitOfWork, wanted: Checkout, *, now: datetime) -> list[OrderView]:
    """One order a seller; a repeat with the same `client_id` returns the first ones.

    Everything is placed, or nothing. Raises EmptyCart, NotAQuantity, NoLongerSold, MethodNotOffered,
    DoesNotDeliver, TermsChanged, SoldToSomebodyElse.
    """
    if done := queries.orders_of_checkout(uow, wanted.client_id):
        return done
    goods = _goods(uow, wanted, local_day(now))
    by_seller: dict[UUID, list[tuple[ListingView, int]]] = {}
    for listing, units in goods:
        by_seller.setdefault(listing.organisation_id, []).append((listing, units))
    if wanted.method.value not in methods.offered(uow, list(by_seller)):
        raise MethodNotOffered(method=wanted.method.value)
    quotes = _quotes(uow, wanted, by_seller, now)
    for seller_id, lines in by_seller.items():
        if not _write(uow, wanted, seller_id, lines, quotes[seller_id], now):
            return queries.orders_of_checkout(uow, wanted.client_id)
    # The counters come last and in one order: they are what everybody waits for.
    for listing, units in sorted(goods, key=lambda pair: pair[0].id):
        _take(uow, listing, units)
    return queries.orders_of_checkout(uow, wanted.client_id)


def _quotes(
    uow: UnitOfWork, wanted: Checkout, by_seller: Mapping[UUID, list[tuple[ListingView, int]]], now: datetime
) -> dict[UUID, Quote]:
    terms = terms_of(uow, by_seller)
    made = {
        seller_id: quote(
            terms[seller_id], wanted.handover, sum(one.price_vnd * units for one, units in lines), now
        )
        for seller_id, lines in by_seller.items()
    }
    if wanted.agreed not in {None, agreement(list(made.values()))}:
        raise TermsChanged
    return made


def _goods(uow: UnitOfWork, wanted: Checkout, today: date) -> list[tuple[ListingView, int]]:
    if not wanted.lines:
        raise EmptyCart
    found = listings.listings(uow, [listing_id for listing_id, _ in wanted.lines], today)
    goods = []
    for listing_id, units in wanted.lines:
        if not 1 <= units <= MOST_UNITS:
            raise NotAQuantity(typed=str(units), most=MOST_UNITS)
        listing = found.get(listing_id)
        if listing is None:
            raise NeverSold
        if listing.state in {"withdrawn", "stopped", "expired"}:
            raise NoLongerSold(product=name_when_read(listing))
        goods.append((listing, units))
    return goods


def _take(uow: UnitOfWork, listing: ListingView, units: int) -> None:
    try:
        stock.reserve(uow, listing.id, units)
    except stock.NotEnoughLeft as refused:
        counter = counters.stock_of(uow, [listing.id])[listing.id]
        if counter.closed:
            raise NoLongerSold(product=name_when_read(listing)) from refused
        raise SoldToSomebodyElse(product=name_when_read(listing), left=counter.available) from refused


def _write(
    uow: UnitOfWork,
    wanted: Checkout,
    seller_id: UUID,
    lines: list[tuple[ListingView, int]],
    quoted: Quote,
    now: datetime,
) -> bool:
    """The rows of one order; False when the same form was already taken by another request."""
    order_id = new_id()
    until = None if wanted.method is Method.COD else now + UNPAID_FOR
    # What is fetched changes hands where it grew.
    place = wanted.to or registry.plot(uow, lines[0][0].plot_id)
    new = uow.insert_if_new(
        Order,
        id=order_id,
        number=_free_number(uow, now),
        token=secrets.token_urlsafe(24),
        checkout_id=wanted.client_id,
        client_id=uuid5(wanted.client_id, str(seller_id)),
        seller_id=seller_id,
        method=wanted.method.value,
        state=OrderState.PLACED.value,
        total_vnd=quoted.total_vnd,
        fee_vnd=quoted.fee_vnd,
        handover=quoted.handover.value,
        arrives_on=quoted.arrives_on,
        buyer_name=tidy(wanted.name)[:120],
        buyer_phone=wanted.phone,
        buyer_address=tidy(wanted.to.text)[:200] if wanted.to else None,
        commune_code=place.commune_code,
        commune_valid_from=place.commune_valid_from,
        placed_at=now,
        pay_before=until,
        simulated=wanted.simulated,
    )
    if not new:
        return False
    uow.add(OrderEvent(order_id=order_id, state=OrderState.PLACED.value, at=now, note=""))
    for listing, units in lines:
        line = OrderLine(
            id=new_id(),
            order_id=order_id,
            listing_id=listing.id,
            lot_id=listing.lot_id,
            units=units,
            unit_weight_g=listing.unit_weight_g,
            unit_price_vnd=listing.price_vnd,
            serials=[],
        )
        uow.add(line)
        stock.note_reservation(
            uow, order_line_id=line.id, listing_id=listing.id, units=units, expires_at=until, now=now
        )
    return True


def _free_number(uow: UnitOfWork, now: datetime) -> str:
    """`DH-261123-7K2F`: the day, and four random signs, so that it tells nobody how much is sold."""
    while True:
        tail = "".join(secrets.choice(_LETTERS) for _ in range(4))
        number = f"DH-{local_day(now):%y%m%d}-{tail}"
        if uow.session.scalar(select(Order.id).where(Order.number == number)) is None:
            return number
