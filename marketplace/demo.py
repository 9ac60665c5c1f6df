"""The market of the demonstration: lots on offer and orders in every state, all invented and marked so.

Played by the same commands as on the pages, on whatever open lots the earlier parts packed; a lot that
is missing, held or recalled is left out.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from app.identity.access import Actor
from app.identity.queries import organisation, person_name
from app.kernel.calendar import local_day
from app.kernel.demo_stage import Stage
from app.registry import queries as registry
from marketplace.delivery.commands import set_terms
from marketplace.delivery.queries import terms_of
from marketplace.delivery.rules import Terms
from marketplace.listings import queries as listings
from marketplace.listings.commands import Offer, offer
from marketplace.listings.queries import ListingView
from marketplace.orders import commands
from marketplace.orders.placing import Address, Checkout, place_orders
from marketplace.orders.rules import UNPAID_FOR, Method, OrderState
from traceability.lots.queries import LotView, lots
from traceability.lots.rules import LotState
from traceability.packing.queries import units_by_weight

NAMES: Final = UUID("5b0d0f8e-6a53-4d0e-9d0e-0d9f3c1f7a11")
MOST_LISTINGS: Final = 8
SELLER: Final = frozenset({"farmer", "packer", "seller"})

DONG_PER_KG: Final = {
    "mangosteen": 60_000,
    "pomelo": 35_000,
    "durian": 95_000,
    "banana": 18_000,
    "cantaloupe": 45_000,
    "fish_pond": 70_000,
}
"""Invented prices of the demonstration."""

BUYERS: Final = (
    ("Nguyễn Thị Mẫu", "+84900000101", "12 Đường số 1"),
    ("Trần Văn Ví Dụ", "+84900000102", "Ấp 3, gần chợ"),
    ("Lê Thị Thử", "+84900000103", "45 Đường số 7"),
)

TERMS: Final = (Terms(30_000, 500_000, 2), Terms(25_000, None, 1), Terms(40_000, 1_000_000, 3))
"""Invented terms of delivery, one after the other over the sellers."""

SCRIPT: Final = (
    (Method.COD, OrderState.DELIVERED),
    (Method.VIETQR, OrderState.DELIVERED),
    (Method.VIETQR, OrderState.SHIPPED),
    (Method.VIETQR, OrderState.PAID),
    (Method.COD, OrderState.PLACED),
    (Method.COD, OrderState.CANCELLED),
    (Method.VIETQR, OrderState.EXPIRED),
    (Method.COD, OrderState.PACKED),
)
"""How each past order is paid, and where it stands; one after the other over the listings."""


def offers(stage: Stage) -> None:
    """About eight packed lots in the shop."""
    made: list[str] = []
    for name, lot in _fresh_lots(stage):
        seller = _owner(stage, lot)
        packed = units_by_weight(stage.uow, lot.id)
        if seller is None or not packed or lot.crop not in DONG_PER_KG:
            continue
        unit_g, there = max(packed.items(), key=lambda pair: pair[1])
        free = listings.free_g(stage.uow, {lot.id: lot.remaining_g})[lot.id] // unit_g
        wanted = Offer(
            lot_id=lot.id,
            unit_weight_g=unit_g,
            price_vnd=max(1_000, DONG_PER_KG[lot.crop] * unit_g // 1000 // 500 * 500),
            units=min(there, free),
            client_id=uuid5(NAMES, name),
        )
        _delivery(stage, seller, len(made))
        listing = offer(stage.uow, wanted, actor=seller, now=_offered_at(stage, lot), simulated=True)
        made.append(str(listing.id))
        if len(made) == MOST_LISTINGS:
            break
    stage.hand_on("listings", made)


def _delivery(stage: Stage, seller: Actor, n: int) -> None:
    """How a seller's goods reach the buyer, invented; said once."""
    if seller.organisation_id not in terms_of(stage.uow, [seller.organisation_id]):
        place = "Sân phơi đầu ấp (địa chỉ ví dụ)"
        set_terms(stage.uow, TERMS[n % len(TERMS)], pickup_place=place, actor=seller, now=stage.now)


def _fresh_lots(stage: Stage) -> list[tuple[str, LotView]]:
    """Open lots that may still be sold, by the names under which earlier parts handed them on."""
    names = {UUID(str(value)): key for key, value in stage.known.items() if key.startswith("lot:")}
    today = local_day(stage.now)
    found = [
        lot
        for lot in lots(stage.uow, names).values()
        if lot.state is LotState.OPEN and today <= (listings.sell_by(stage.uow, lot) or today)
    ]
    return [(names[lot.id], lot) for lot in sorted(found, key=lambda lot: (lot.harvested_on, lot.lot_no))]


def _owner(stage: Stage, lot: LotView) -> Actor | None:
    """The person who sells for the lot's owner; None when the demonstration names nobody."""
    for key, value in stage.known.items():
        person = f"person:{key.removeprefix('org:')}"
        if key.startswith("org:") and value == str(lot.owner_id) and person in stage.known:
            own, person_id = organisation(stage.uow, lot.owner_id), stage.uuid(person)
            return Actor(
                person_id=person_id,
                display_name=person_name(stage.uow, person_id),
                organisation_id=own.id,
                organisation_name=own.name,
                organisation_kind=own.kind,
                roles=SELLER,
            )
    return None


def _offered_at(stage: Stage, lot: LotView) -> datetime:
    return min(max(stage.now - timedelta(days=3), lot.created_at + timedelta(days=1)), stage.now)


def sales(stage: Stage) -> None:
    """An order in each state, by invented buyers in communes of the district's province."""
    ids = [UUID(one) for one in stage.value("listings")]
    offered = listings.listings(stage.uow, ids, local_day(stage.now))
    lot_views = lots(stage.uow, {one.lot_id for one in offered.values()})
    for n, listing_id in enumerate(ids):
        listing = offered[listing_id]
        seller = _owner(stage, lot_views[listing.lot_id])
        if seller is None or listing.available < 2:
            continue
        method, until = SCRIPT[n % len(SCRIPT)]
        _sale(stage, n, listing, seller, method, until)


def _sale(
    stage: Stage, n: int, listing: ListingView, seller: Actor, method: Method, until: OrderState
) -> None:
    """One order, played as far as `until`."""
    uow, placed_at = stage.uow, min(listing.created_at + timedelta(hours=2 + n), stage.now)
    if until is OrderState.PLACED:
        placed_at = stage.now
    plot = registry.plot(uow, listing.plot_id)
    name, phone, address = BUYERS[n % len(BUYERS)]
    wanted = Checkout(
        lines=[(listing.id, 2)],
        name=name,
        phone=phone,
        to=Address(address, plot.commune_code, plot.commune_valid_from),
        method=method,
        client_id=uuid5(NAMES, f"order:{listing.id}"),
        simulated=True,
    )
    (order,) = place_orders(uow, wanted, now=placed_at)
    stage.hand_on(f"order:{until.value}:{method.value}", order.token)
    at = min(placed_at + timedelta(minutes=20), stage.now)
    if until is OrderState.EXPIRED:
        commands.expire_unpaid(uow, order.id, now=placed_at + UNPAID_FOR)
        return
    if until is OrderState.CANCELLED:
        commands.cancel_by_buyer(uow, order.token, now=at)
        return
    steps: tuple[tuple[OrderState, Callable[..., object]], ...] = (
        (OrderState.PAID, commands.confirm_receipt),
        (OrderState.PACKED, commands.pack_order),
        (OrderState.SHIPPED, commands.ship_order),
        (OrderState.DELIVERED, commands.deliver_order),
    )
    for reached, step in steps if until is not OrderState.PLACED else ():
        if reached is not OrderState.PAID or method is Method.VIETQR:
            step(uow, order.id, actor=seller, now=at)
        if reached is until:
            return
        at = min(at + timedelta(hours=3), stage.now)


PARTS = (("offers", offers), ("sales", sales))
