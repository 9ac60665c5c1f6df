"""Units are neither made nor lost, whatever happens in whatever order; the last crate has one buyer."""

import contextlib
import threading
from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from app.kernel.problems import Conflict
from app.kernel.quantities import kg
from app.kernel.uow import unit_of_work
from marketplace.listings.queries import ListingView
from marketplace.orders import commands, settling
from marketplace.orders.queries import OrderView
from marketplace.orders.rules import Method, Refusal
from marketplace.stock.commands import NotEnoughLeft, reserve
from marketplace.stock.models import Stock, StockReservation
from tests.scene.farm import Farm, a_farm
from tests.scene.shop import counter, guest_orders, offered, packed_lot

OFFERED = 6
LATER = timedelta(hours=1)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["cod", "vietqr", "expire", "pay", "cancel", "ship", "refuse"]),
        st.integers(0, 5),
        st.integers(1, 4),
    ),
    max_size=14,
)


@pytest.fixture
def farm(app: Flask) -> Farm:
    return a_farm()


def _do(farm: Farm, listing: ListingView, orders: list[OrderView], step: str, which: int, units: int) -> None:
    if step in {"cod", "vietqr"}:
        orders += guest_orders((listing, units), method=step)
        return
    if not orders:
        return
    order = orders[which % len(orders)]
    with unit_of_work() as uow:
        if step == "expire":
            commands.expire_unpaid(uow, order.id, now=farm.now + LATER)
        elif step == "pay" and order.method is Method.VIETQR:
            commands.confirm_receipt(uow, order.id, actor=farm.owner, now=farm.now)
        elif step == "cancel":
            commands.cancel_by_buyer(uow, order.token, now=farm.now)
        elif step == "refuse":
            settling.refuse(uow, order.id, why=Refusal.GONE, actor=farm.owner, now=farm.now)
        elif step == "ship":
            commands.ship_order(uow, order.id, actor=farm.owner, now=farm.now)


@given(steps=STEPS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_units_are_neither_made_nor_lost(farm: Farm, steps: list[tuple[str, int, int]]) -> None:
    listing = offered(farm, packed_lot(farm, packs=OFFERED, weight_g=kg(10)), units=OFFERED)
    orders: list[OrderView] = []
    for step, which, units in steps:
        with contextlib.suppress(Conflict):
            _do(farm, listing, orders, step, which, units)
        now = counter(listing)
        assert now.available + now.held + now.sold == OFFERED
        assert min(now.available, now.held, now.sold) >= 0
    with unit_of_work(read_only=True) as uow:
        promised = uow.session.execute(
            select(StockReservation.state, StockReservation.units).where(
                StockReservation.listing_id == listing.id
            )
        ).all()
    left = counter(listing)
    assert sum(units for state, units in promised if state == "held") == left.held
    assert sum(units for state, units in promised if state == "committed") == left.sold


def _at_once(app: Flask, buyers: int, buy) -> list[bool]:
    """Run `buy` in as many threads as there are buyers; who got something."""
    start, got = threading.Barrier(buyers), []

    def one() -> None:
        with app.app_context():
            start.wait()
            got.append(buy())

    threads = [threading.Thread(target=one) for _ in range(buyers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


class TestEightBuyersAtOnce:
    def test_three_units_have_three_buyers(self, app: Flask, farm: Farm) -> None:
        listing = offered(farm, packed_lot(farm), units=3)

        def buy() -> bool:
            try:
                return bool(guest_orders((listing, 1)))
            except Conflict:
                return False

        assert sorted(_at_once(app, 8, buy)) == [False] * 5 + [True] * 3
        assert counter(listing).available == 0

    def test_the_naive_way_promises_more_than_there_is(self, app: Flask, farm: Farm) -> None:
        # The control: reading first and writing afterwards, each in its own transaction, as a shop
        # without the conditional update would. It shows that the test above can fail.
        listing = offered(farm, packed_lot(farm), units=3)
        all_have_read = threading.Barrier(8)

        def buy() -> bool:
            seen = counter(listing).available
            all_have_read.wait()
            if seen < 1:
                return False
            with unit_of_work() as uow:
                uow.session.execute(
                    update(Stock)
                    .where(Stock.listing_id == listing.id)
                    .values(available=seen - 1, held=3 - (seen - 1))
                )
            return True

        assert sum(_at_once(app, 8, buy)) == 8


def test_the_database_itself_refuses_negative_stock(farm: Farm) -> None:
    listing = offered(farm, packed_lot(farm), units=2)
    with pytest.raises(NotEnoughLeft), unit_of_work() as uow:
        reserve(uow, listing.id, 3)
    assert counter(listing).available == 2
