"""Orders by their secret link and by their seller, and what is owed and paid."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from app.identity.access import Actor
from app.identity.models import Organisation
from app.kernel.paging import Page, Paged, part
from app.kernel.problems import NotFound
from app.kernel.uow import UnitOfWork
from app.registry.models import TradeItem
from marketplace.delivery.rules import Handover
from marketplace.listings.models import Listing
from marketplace.orders.models import Order, OrderEvent, OrderLine
from marketplace.orders.rules import (
    GOING_BACK,
    OWING,
    REFUND_WITHIN,
    WAITING,
    Method,
    OrderState,
    Refusal,
)
from traceability.lots.models import Lot


@dataclass(frozen=True)
class LineView:
    """Units of one lot in an order; `serials` are there once it was sent."""

    id: UUID
    order_id: UUID
    listing_id: UUID
    lot_id: UUID
    lot_no: str
    gtin: str
    product: str
    product_en: str
    image: str
    harvested_on: date
    units: int
    unit_weight_g: int
    unit_price_vnd: int
    serials: Sequence[str]

    @property
    def total_vnd(self) -> int:
        """Đồng of the line."""
        return self.units * self.unit_price_vnd


@dataclass(frozen=True)
class OrderView:
    """An order; the buyer's fields are None once he asked us to forget them."""

    id: UUID
    number: str
    token: str
    checkout_id: UUID
    seller_id: UUID
    method: Method
    state: OrderState
    review: str | None
    total_vnd: int
    fee_vnd: int
    handover: Handover
    arrives_on: date
    buyer_name: str | None
    buyer_phone: str | None
    buyer_address: str | None
    commune_code: str
    commune_valid_from: date
    placed_at: datetime
    pay_before: datetime | None
    paid_at: datetime | None
    cancel_asked_at: datetime | None
    refund_due_at: datetime | None
    simulated: bool
    lines: tuple[LineView, ...]

    @property
    def goods_vnd(self) -> int:
        """Đồng of the goods alone."""
        return self.total_vnd - self.fee_vnd


@dataclass(frozen=True)
class Happened:
    """A state that was reached."""

    state: OrderState
    at: datetime
    why: Refusal | None


@dataclass(frozen=True)
class Money:
    """Đồng still to come, đồng received to keep, and đồng to give back, of one seller's orders."""

    due_vnd: int
    received_vnd: int
    back_vnd: int


@dataclass(frozen=True)
class Trouble:
    """An order whose money a person of the office has to look at."""

    id: UUID
    number: str
    seller: str
    method: Method
    state: OrderState
    review: str | None
    placed_at: datetime
    refund_due_at: datetime | None


_ORDER = (
    Order.id, Order.number, Order.token, Order.checkout_id, Order.seller_id, Order.method, Order.state,
    Order.review, Order.total_vnd, Order.fee_vnd, Order.handover, Order.arrives_on, Order.buyer_name,
    Order.buyer_phone, Order.buyer_address, Order.commune_code, Order.commune_valid_from, Order.placed_at,
    Order.pay_before, Order.paid_at, Order.cancel_asked_at, Order.refund_due_at, Order.simulated,
)  # fmt: skip
_LINE = (
    OrderLine.id, OrderLine.order_id, OrderLine.listing_id, OrderLine.lot_id, Lot.lot_no, Lot.gtin,
    TradeItem.name, TradeItem.name_en, TradeItem.image, Lot.harvested_on, OrderLine.units,
    OrderLine.unit_weight_g, OrderLine.unit_price_vnd, OrderLine.serials,
)  # fmt: skip


_IN_TROUBLE = or_(Order.review.is_not(None), Order.state == "refund_due")


def _views(uow: UnitOfWork, rows: Iterable[Any]) -> list[OrderView]:
    """Rows of `_ORDER` with their lines (1 more statement)."""
    found = list(rows)
    lines: dict[UUID, list[LineView]] = {row[0]: [] for row in found}
    asked = (
        select(*_LINE)
        .join(Listing, Listing.id == OrderLine.listing_id)
        .join(Lot, Lot.id == OrderLine.lot_id)
        .join(TradeItem, TradeItem.id == Listing.trade_item_id)
        .where(OrderLine.order_id.in_(list(lines)))
        .order_by(OrderLine.id)
    )
    for line in uow.session.execute(asked):
        lines[line.order_id].append(LineView(*line))
    return [
        OrderView(
            *[*row[:5], Method(row[5]), OrderState(row[6]), *row[7:10], Handover(row[10]), *row[11:],
              tuple(lines[row[0]])]
        )
        for row in found
    ]  # fmt: skip


def _one(uow: UnitOfWork, **by: object) -> OrderView:
    row = uow.session.execute(select(*_ORDER).filter_by(**by)).one_or_none()
    if row is None:
        raise NotFound
    return _views(uow, [row])[0]


def order(uow: UnitOfWork, order_id: UUID) -> OrderView:
    """One order, for the house itself. Raises NotFound."""
    return _one(uow, id=order_id)


def order_by_token(uow: UnitOfWork, token: str) -> OrderView:
    """The order behind a secret link. Raises NotFound."""
    return _one(uow, token=token)


def get_order(uow: UnitOfWork, actor: Actor, order_id: UUID) -> OrderView:
    """An order that the actor's organisation sells. Raises NotFound."""
    return _one(uow, id=order_id, seller_id=actor.organisation_id)


def orders_of_checkout(uow: UnitOfWork, checkout_id: UUID) -> list[OrderView]:
    """The orders that one checkout made, one a seller."""
    rows = uow.session.execute(select(*_ORDER).where(Order.checkout_id == checkout_id).order_by(Order.id))
    return _views(uow, rows)


def orders_of(
    uow: UnitOfWork, organisation_id: UUID, page: Page, *, open_only: bool = False
) -> Paged[OrderView]:
    """A seller's orders, the newest first (3 statements)."""
    mine = select(*_ORDER).where(Order.seller_id == organisation_id)
    if open_only:
        mine = mine.where(Order.state.in_([state.value for state in WAITING]))
    mine, page, total = part(uow, mine.order_by(Order.placed_at.desc(), Order.id), page)
    return Paged(_views(uow, uow.session.execute(mine)), page, total)


def history(uow: UnitOfWork, order_id: UUID) -> list[Happened]:
    """The states that an order reached, oldest first."""
    rows = uow.session.execute(
        select(OrderEvent.state, OrderEvent.at, OrderEvent.note).where(OrderEvent.order_id == order_id)
        .order_by(OrderEvent.at, OrderEvent.id)
    )  # fmt: skip
    return [Happened(OrderState(state), at, Refusal(note) if note else None) for state, at, note in rows]


def order_in_trouble(uow: UnitOfWork, actor: Actor, order_id: UUID) -> OrderView:
    """An order of the officer's communes whose money needs a person. Raises NotFound for any other."""
    there = select(Order.id).join(Organisation, Organisation.id == Order.seller_id)
    where = (_IN_TROUBLE, Organisation.commune_code.in_(actor.commune_codes), Order.id == order_id)
    if uow.session.scalar(there.where(*where)) is None:
        raise NotFound(order=order_id)
    return order(uow, order_id)


def in_trouble(uow: UnitOfWork, commune_codes: Iterable[str], now: datetime) -> list[Trouble]:
    """Orders of these communes' sellers that wait for the office, the oldest first, at most 200.

    Money that does not fit its order; cards to be paid back, which the seller cannot do; transfers
    that a seller has not paid back in time.
    """
    late = and_(Order.state == "refund_due", Order.refund_due_at <= now - REFUND_WITHIN)
    by_card = and_(Order.state == "refund_due", Order.method == "card")
    rows = uow.session.execute(
        select(Order.id, Order.number, Organisation.name, Order.method, Order.state, Order.review,
               Order.placed_at, Order.refund_due_at)
        .join(Organisation, Organisation.id == Order.seller_id)
        .where(or_(Order.review.is_not(None), by_card, late),
               Organisation.commune_code.in_(set(commune_codes)))
        .order_by(Order.placed_at, Order.id).limit(200)
    )  # fmt: skip
    return [Trouble(*row[:3], Method(row[3]), OrderState(row[4]), *row[5:]) for row in rows]


def unpaid_since(uow: UnitOfWork, now: datetime) -> list[UUID]:
    """Orders whose time to pay is over, at most 500."""
    return list(
        uow.session.scalars(
            select(Order.id).where(Order.state == "placed", Order.pay_before <= now)
            .order_by(Order.pay_before, Order.id).limit(500)
        )
    )  # fmt: skip


def set_aside(uow: UnitOfWork, lot_id: UUID, unit_weight_g: int) -> int:
    """Units of a lot that are packed for orders and have not left."""
    return int(
        uow.session.scalar(
            select(func.coalesce(func.sum(OrderLine.units), 0))
            .join(Order, Order.id == OrderLine.order_id)
            .where(
                Order.state == "packed", OrderLine.lot_id == lot_id, OrderLine.unit_weight_g == unit_weight_g
            )
        )
        or 0
    )


def money_of(uow: UnitOfWork, organisation_id: UUID) -> Money:
    """What a seller still gets, has got and has to give back (1 statement)."""
    total, gone = func.sum(Order.total_vnd), [state.value for state in GOING_BACK]
    due = total.filter(Order.paid_at.is_(None), Order.state.in_([state.value for state in OWING]))
    got = total.filter(Order.paid_at.is_not(None), Order.state.not_in(gone))
    # A card's money never was with the seller.
    back = total.filter(Order.state == "refund_due", Order.method == "vietqr")
    sums = [func.coalesce(one, 0) for one in (due, got, back)]
    row = uow.session.execute(select(*sums).where(Order.seller_id == organisation_id)).one()
    return Money(*(int(vnd) for vnd in row))
