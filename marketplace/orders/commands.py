"""What becomes of an order: one command an arrow of `rules.STEPS`.

Placing is `orders.placing`; refusing, and money that goes back, is `orders.settling`.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update

from app.identity import queries as identity
from app.identity.access import Actor
from app.identity.commands import audit
from app.kernel.calendar import local_day
from app.kernel.problems import Conflict
from app.kernel.uow import UnitOfWork
from app.registry import places
from marketplace.listings.words import name_when_read
from marketplace.orders import queries, rules
from marketplace.orders.models import Order, OrderEvent, OrderLine
from marketplace.orders.queries import LineView, OrderView
from marketplace.orders.rules import Method, NoSuchStep, OrderState, Refusal, Step
from marketplace.stock import commands as stock
from traceability.lots import queries as lots
from traceability.lots.rules import check_open
from traceability.packing import commands as packing
from traceability.packing import queries as packs

PAID_LATE, WRONG_AMOUNT = "paid-late", "wrong-amount"


class TooFewPacked(Conflict):
    """Fewer labelled packs of the lot are there than the order needs."""

    type, field = "too-few-packed", "order"


def move(
    uow: UnitOfWork,
    order: OrderView,
    step: Step,
    now: datetime,
    person_id: UUID | None = None,
    why: Refusal | None = None,
    **values: object,
) -> None:
    """Move an order along one arrow; whoever came second gets NoSuchStep, as on the slow path."""
    reached = rules.after(order.state, step, order.method)
    moved = uow.session.scalar(
        update(Order)
        .where(Order.id == order.id, Order.state == order.state.value)
        .values(state=reached.value, **values)
        .returning(Order.id)
        .execution_options(synchronize_session=False)
    )
    if moved is None:
        raise NoSuchStep(state=order.state.value, step=step.value)
    uow.add(OrderEvent(order_id=order.id, state=reached.value, at=now, person_id=person_id, note=why or ""))


def mark_paid(uow: UnitOfWork, order_id: UUID, *, now: datetime, person_id: UUID | None = None) -> OrderView:
    """The money is there: goods stay promised. A repeat changes nothing.

    Money for an order that lapsed takes the goods again if they are there, and the promised day moves
    by as many days. If they are not, or if the order was cancelled, the money has to go back, and a
    person looks that it does. Raises NoSuchStep.
    """
    order = queries.order(uow, order_id)
    if order.paid_at is not None:
        return order
    lapsed = order.state is OrderState.EXPIRED
    if order.state is OrderState.CANCELLED or (lapsed and not _take_again(uow, order, now)):
        move(uow, order, Step.PAY_LATE, now, person_id, paid_at=now, refund_due_at=now, review=PAID_LATE)
        return queries.order(uow, order_id)
    waited = (local_day(now) - local_day(order.placed_at)).days if lapsed else 0
    there = order.arrives_on + timedelta(days=waited)
    move(uow, order, Step.PAY, now, person_id, paid_at=now, pay_before=None, arrives_on=there)
    for line in order.lines:
        stock.keep(uow, line.id)
    return queries.order(uow, order_id)


def _take_again(uow: UnitOfWork, order: OrderView, now: datetime) -> bool:
    try:
        with uow.session.begin_nested():
            for line in sorted(order.lines, key=lambda line: line.listing_id):
                stock.reserve_again(uow, line.id, now=now)
    except stock.NotEnoughLeft:
        return False
    return True


def needs_review(uow: UnitOfWork, order_id: UUID, why: str) -> OrderView:
    """Mark an order whose money does not fit it; nothing else changes."""
    uow.session.execute(
        update(Order)
        .where(Order.id == order_id)
        .values(review=why)
        .execution_options(synchronize_session=False)
    )
    return queries.order(uow, order_id)


def confirm_receipt(uow: UnitOfWork, order_id: UUID, *, actor: Actor, now: datetime) -> OrderView:
    """The seller says that the transfer is on his account. A repeat changes nothing.

    Raises NotFound, NoSuchStep (an order that is not paid by transfer).
    """
    order = queries.get_order(uow, actor, order_id)
    if order.method is not Method.VIETQR:
        raise NoSuchStep(state=order.state.value, step=Step.PAY.value)
    if order.paid_at is None:
        audit(uow, actor, "order.receipt_confirmed", order_id, now, total_vnd=order.total_vnd)
    return mark_paid(uow, order_id, now=now, person_id=actor.person_id)


def pack_order(uow: UnitOfWork, order_id: UUID, *, actor: Actor, now: datetime) -> OrderView:
    """Set labelled packs aside for an order; from here on the buyer cannot cancel.

    Raises NotFound, NoSuchStep, LotOnHold, LotRecalled, TooFewPacked (with the figures).
    """
    order = queries.get_order(uow, actor, order_id)
    rules.after(order.state, Step.PACK, order.method)
    needed: dict[tuple[UUID, int], int] = {}
    for line in order.lines:
        key = (line.lot_id, line.unit_weight_g)
        needed[key] = needed.get(key, 0) + line.units
    for line in order.lines:
        _check_packed(uow, line, needed[line.lot_id, line.unit_weight_g])
    move(uow, order, Step.PACK, now, actor.person_id)
    return queries.order(uow, order_id)


def _check_packed(uow: UnitOfWork, line: LineView, needed: int) -> None:
    check_open(lots.lot(uow, line.lot_id).state, lot_no=line.lot_no)
    there = packs.units_available(uow, line.lot_id, line.unit_weight_g)
    there -= queries.set_aside(uow, line.lot_id, line.unit_weight_g)
    if there < needed:
        raise TooFewPacked(
            product=name_when_read(line), lot_no=line.lot_no, needed=needed, there=max(0, there)
        )


def ship_order(uow: UnitOfWork, order_id: UUID, *, actor: Actor, now: datetime) -> OrderView:
    """Let the packs leave: each line gets its serials, and the shipping event is written with them.

    An order that is not packed yet is packed first. Raises NotFound, NoSuchStep, TooFewPacked,
    LotOnHold, LotRecalled.
    """
    order = queries.get_order(uow, actor, order_id)
    if rules.can(order.state, Step.PACK, order.method):
        order = pack_order(uow, order_id, actor=actor, now=now)
    move(uow, order, Step.SHIP, now, actor.person_id)
    place = places.unit_on(uow, order.commune_code, local_day(order.placed_at))
    for line in order.lines:
        try:
            serials = packing.ship_units(
                uow,
                line.lot_id,
                line.units,
                order_ref=order.number,
                destination=place.province_name
                if place
                else "–",  # sealed for ever: never a person's address
                actor=actor,
                now=now,
                unit_weight_g=line.unit_weight_g,
            )
        except packing.NotEnoughPacks as refused:
            raise TooFewPacked(
                product=name_when_read(line),
                lot_no=line.lot_no,
                needed=line.units,
                there=refused.values["there"],
            ) from refused
        uow.session.execute(
            update(OrderLine).where(OrderLine.id == line.id).values(serials=serials)
            .execution_options(synchronize_session=False)
        )  # fmt: skip
        stock.hand_over(uow, line.id, now=now)
    return queries.order(uow, order_id)


def deliver_order(uow: UnitOfWork, order_id: UUID, *, actor: Actor, now: datetime) -> OrderView:
    """The goods are with the buyer; cash on delivery counts as received. Raises NotFound, NoSuchStep."""
    order = queries.get_order(uow, actor, order_id)
    move(uow, order, Step.DELIVER, now, actor.person_id, paid_at=order.paid_at or now)
    return queries.order(uow, order_id)


def cancel_by_buyer(uow: UnitOfWork, token: str, *, now: datetime) -> OrderView:
    """The buyer changes his mind before he paid; a repeat changes nothing. Raises NotFound, NoSuchStep."""
    order = queries.order_by_token(uow, token)
    if order.state is OrderState.CANCELLED:
        return order
    move(uow, order, Step.CANCEL, now, pay_before=None)
    give_back(uow, order, now)
    return queries.order(uow, order.id)


def expire_unpaid(uow: UnitOfWork, order_id: UUID, *, now: datetime) -> bool:
    """End one order whose time to pay is over and give its goods back; a repeat changes nothing."""
    order = queries.order(uow, order_id)
    if order.state is not OrderState.PLACED or order.pay_before is None or order.pay_before > now:
        return False
    move(uow, order, Step.EXPIRE, now)
    give_back(uow, order, now)
    return True


def give_back(uow: UnitOfWork, order: OrderView, now: datetime) -> None:
    """Release what is still promised to an order; what was released or has left stays as it is."""
    for line in sorted(order.lines, key=lambda line: line.listing_id):
        stock.release(uow, line.id, now=now)


def forget_buyer(uow: UnitOfWork, person_id: UUID, now: datetime) -> None:
    """Erasure: name, number and address of every order under the person's number are blanked."""
    phone = identity.phone_of(uow, person_id)
    if phone is None:
        return
    uow.session.execute(
        update(Order)
        .where(Order.buyer_phone == phone)
        .values(buyer_name=None, buyer_phone=None, buyer_address=None, erased_at=now)
        .execution_options(synchronize_session=False)
    )
