"""The shop of the scene: a farm whose packed lot is on offer, and guests who buy."""

from datetime import datetime
from uuid import UUID, uuid4

from app.kernel.quantities import kg
from app.kernel.uow import unit_of_work
from marketplace.delivery.commands import set_terms
from marketplace.delivery.queries import terms_of
from marketplace.delivery.rules import Terms
from marketplace.listings.commands import Offer, offer
from marketplace.listings.queries import ListingView
from marketplace.orders import queries
from marketplace.orders.placing import Address, Checkout, place_orders
from marketplace.orders.queries import OrderView
from marketplace.orders.rules import Method
from marketplace.stock.queries import StockView, stock_of
from tests.scene import people
from tests.scene.farm import Farm
from traceability.lots.queries import LotView
from traceability.recall.commands import RecallLot, recall_lot
from traceability.recall.rules import RecallClass


def packed_lot(farm: Farm, packs: int = 10, *, unit_g: int = kg(1), weight_g: int = kg(120)) -> LotView:
    """A harvest of which some packs are labelled and packed."""
    lot = farm.harvests(weight_g)
    farm.prints(lot, packs, unit_g=unit_g)
    farm.packs(lot, packs, unit_g=unit_g)
    return farm.again(lot)


def offered(
    farm: Farm,
    lot: LotView,
    *,
    units: int = 10,
    price_vnd: int = 60_000,
    unit_g: int = kg(1),
    client_id: UUID | None = None,
) -> ListingView:
    """Units of a lot in the shop."""
    wanted = Offer(
        lot_id=lot.id, unit_weight_g=unit_g, price_vnd=price_vnd, units=units, client_id=client_id or uuid4()
    )
    with unit_of_work() as uow:
        if farm.owner.organisation_id not in terms_of(uow, [farm.owner.organisation_id]):
            set_terms(uow, Terms(0, None, 2), pickup_place="", actor=farm.owner, now=farm.now)
        return offer(uow, wanted, actor=farm.owner, now=farm.now)


def delivers(farm: Farm, *, fee_vnd: int | None, free_from_vnd: int | None = None, days: int = 2) -> None:
    """The farm's terms of delivery from now on."""
    with unit_of_work() as uow:
        terms = Terms(fee_vnd, free_from_vnd, days)
        set_terms(uow, terms, pickup_place="Sân phơi đầu ấp", actor=farm.owner, now=farm.now)


def guest_orders(
    *lines: tuple[ListingView, int],
    method: str = "cod",
    client_id: UUID | None = None,
    now: datetime = people.NOW,
    fetched: bool = False,
) -> list[OrderView]:
    """A guest in Thanh An orders; with `fetched` he comes to the farm."""
    wanted = Checkout(
        lines=[(listing.id, units) for listing, units in lines],
        name="Lê Thị Mua",
        phone="+84912345678",
        to=None if fetched else Address("12 Đường số 3", people.THANH_AN, people.SINCE),
        method=Method(method),
        client_id=client_id or uuid4(),
    )
    with unit_of_work() as uow:
        return place_orders(uow, wanted, now=now)


def calls_back(lot_id: UUID, reason: str = "dư lượng vượt ngưỡng") -> None:
    """The office calls a lot back for safety."""
    order = RecallLot(lot_id=lot_id, recall_class=RecallClass.SAFETY, reason=reason, document_no="12/QĐ")
    with unit_of_work() as uow:
        recall_lot(uow, order, actor=people.office(), now=people.NOW)


def counter(listing: ListingView) -> StockView:
    """The counter of a listing as it is now."""
    with unit_of_work(read_only=True) as uow:
        return stock_of(uow, [listing.id])[listing.id]


def order_again(order: OrderView) -> OrderView:
    """The order as it is now."""
    with unit_of_work(read_only=True) as uow:
        return queries.order(uow, order.id)
