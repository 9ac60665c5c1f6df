"""An order from the cart to the door, and every way in which it ends early."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import text

from app.identity.commands import erase_person
from app.kernel.problems import NotFound
from app.kernel.quantities import kg
from app.kernel.uow import unit_of_work
from app.web.problems import sentence
from marketplace.orders import commands, placing, queries
from marketplace.orders.rules import NoSuchStep, OrderState
from marketplace.stock.queries import StockView
from tests.scene import people
from tests.scene.farm import Books, Farm, a_farm
from tests.scene.shop import calls_back, counter, delivers, guest_orders, offered, order_again, packed_lot
from traceability.lots import commands as lots
from traceability.lots.rules import LotRecalled


@pytest.fixture
def farm(app: Flask) -> Farm:
    return a_farm()


def figures(view: StockView) -> tuple[int, int, int]:
    return view.available, view.held, view.sold


class TestPlacing:
    def test_goods_are_held_and_the_price_is_the_listings(self, farm: Farm) -> None:
        listing = offered(farm, packed_lot(farm), price_vnd=60_000)
        (order,) = guest_orders((listing, 3))
        assert order.total_vnd == 180_000
        assert figures(counter(listing)) == (7, 3, 0)

    def test_a_double_tap_orders_once(self, farm: Farm) -> None:
        listing, same = offered(farm, packed_lot(farm)), uuid4()
        first = guest_orders((listing, 3), client_id=same)
        again = guest_orders((listing, 3), client_id=same)
        assert [order.id for order in first] == [order.id for order in again]
        assert figures(counter(listing)) == (7, 3, 0)

    def test_two_sellers_get_an_order_each(self, farm: Farm) -> None:
        other = a_farm(name="Hộ bà Tư")
        mine, theirs = offered(farm, packed_lot(farm)), offered(other, packed_lot(other))
        orders = guest_orders((mine, 1), (theirs, 2))
        assert {order.seller_id for order in orders} == {
            farm.owner.organisation_id,
            other.owner.organisation_id,
        }
        assert len({order.checkout_id for order in orders}) == 1

    def test_the_last_crate_has_one_buyer_and_the_other_hears_why(self, farm: Farm) -> None:
        listing = offered(farm, packed_lot(farm), units=1)
        guest_orders((listing, 1))
        with (
            Books().unchanged("order", "order_line", "stock_reservation", "order_event"),
            pytest.raises(placing.SoldToSomebodyElse) as refused,
        ):
            guest_orders((listing, 1))
        assert refused.value.values["left"] == 0

    def test_of_two_things_either_both_are_ordered_or_none(self, farm: Farm) -> None:
        plenty = offered(farm, packed_lot(farm))
        scarce = offered(farm, packed_lot(farm), units=1)
        with Books().unchanged("order"), pytest.raises(placing.SoldToSomebodyElse):
            guest_orders((plenty, 1), (scarce, 2))
        assert figures(counter(plenty)) == (10, 0, 0)

    def test_goods_that_nobody_ever_sold_are_told_without_a_name(self, farm: Farm) -> None:
        listing = offered(farm, packed_lot(farm))
        with Books().unchanged("order"), pytest.raises(placing.NeverSold) as refused:
            guest_orders((listing, 1), (replace(listing, id=uuid4()), 1))
        assert sentence(refused.value).startswith("Một món trong giỏ")

    def test_a_lot_that_is_held_meanwhile_is_not_ordered(self, farm: Farm) -> None:
        lot = packed_lot(farm)
        listing = offered(farm, lot)
        with unit_of_work() as uow:
            lots.hold(uow, lot.id, reason="kiểm tra", actor=people.office(), now=farm.now)
        with pytest.raises(placing.NoLongerSold):
            guest_orders((listing, 1))

    def test_an_order_of_a_lot_that_is_called_back_is_not_packed(self, farm: Farm) -> None:
        lot = packed_lot(farm)
        (order,) = guest_orders((offered(farm, lot), 1))
        calls_back(lot.id)
        with unit_of_work() as uow, pytest.raises(LotRecalled):
            commands.pack_order(uow, order.id, actor=farm.owner, now=farm.now)

    def test_a_seller_without_an_account_takes_no_transfer(self, farm: Farm) -> None:
        listing = offered(farm, packed_lot(farm))
        with unit_of_work() as uow:
            uow.session.execute(text("UPDATE organisation SET bank_account = NULL"))
        with pytest.raises(placing.MethodNotOffered):
            guest_orders((listing, 1), method="vietqr")


class TestPaying:
    def test_goods_of_an_unpaid_transfer_come_back_once(self, farm: Farm) -> None:
        listing = offered(farm, packed_lot(farm))
        (order,) = guest_orders((listing, 3), method="vietqr")
        late = farm.now + timedelta(minutes=30)
        for _ in range(2):
            with unit_of_work() as uow:
                commands.expire_unpaid(uow, order.id, now=late)
        assert order_again(order).state is OrderState.EXPIRED
        assert figures(counter(listing)) == (10, 0, 0)

    def test_a_paid_order_does_not_lapse(self, farm: Farm) -> None:
        listing = offered(farm, packed_lot(farm))
        (order,) = guest_orders((listing, 3), method="vietqr")
        with unit_of_work() as uow:
            commands.confirm_receipt(uow, order.id, actor=farm.owner, now=farm.now)
        with unit_of_work() as uow:
            assert not commands.expire_unpaid(uow, order.id, now=farm.now + timedelta(days=2))
        assert order_again(order).state is OrderState.PAID

    def test_money_that_came_late_takes_the_goods_again(self, farm: Farm) -> None:
        listing = offered(farm, packed_lot(farm))
        (order,) = guest_orders((listing, 3), method="vietqr")
        with unit_of_work() as uow:
            commands.expire_unpaid(uow, order.id, now=farm.now + timedelta(hours=1))
            commands.confirm_receipt(uow, order.id, actor=farm.owner, now=farm.now + timedelta(hours=2))
        assert order_again(order).state is OrderState.PAID
        assert figures(counter(listing)) == (7, 3, 0)

    def test_money_that_came_a_day_late_moves_the_promised_day_by_one(self, farm: Farm) -> None:
        (order,) = guest_orders((offered(farm, packed_lot(farm)), 3), method="vietqr")
        with unit_of_work() as uow:
            commands.expire_unpaid(uow, order.id, now=farm.now + timedelta(hours=1))
            commands.confirm_receipt(uow, order.id, actor=farm.owner, now=farm.now + timedelta(days=1))
        assert order_again(order).arrives_on == order.arrives_on + timedelta(days=1)

    def test_money_that_came_after_the_goods_were_gone_waits_for_a_person(self, farm: Farm) -> None:
        listing = offered(farm, packed_lot(farm), units=3)
        (order,) = guest_orders((listing, 3), method="vietqr")
        with unit_of_work() as uow:
            commands.expire_unpaid(uow, order.id, now=farm.now + timedelta(hours=1))
        guest_orders((listing, 2))
        with unit_of_work() as uow:
            commands.confirm_receipt(uow, order.id, actor=farm.owner, now=farm.now + timedelta(hours=2))
        found = order_again(order)
        assert (found.state, found.review) == (OrderState.REFUND_DUE, commands.PAID_LATE)
        assert figures(counter(listing)) == (1, 2, 0)

    def test_the_farmer_sees_what_is_owed_and_what_came(self, farm: Farm) -> None:
        listing = offered(farm, packed_lot(farm))
        (paid,) = guest_orders((listing, 3), method="vietqr")
        guest_orders((listing, 2))
        with unit_of_work() as uow:
            commands.confirm_receipt(uow, paid.id, actor=farm.owner, now=farm.now)
            money = queries.money_of(uow, farm.owner.organisation_id)
        assert (money.due_vnd, money.received_vnd, money.back_vnd) == (120_000, 180_000, 0)


class TestSending:
    def test_packs_of_the_lot_leave_with_the_shipping_event(self, farm: Farm) -> None:
        listing = offered(farm, packed_lot(farm))
        (order,) = guest_orders((listing, 3))
        with unit_of_work() as uow:
            sent = commands.ship_order(uow, order.id, actor=farm.owner, now=farm.now)
        assert sent.state is OrderState.SHIPPED
        assert len(set(sent.lines[0].serials)) == 3
        assert figures(counter(listing)) == (7, 0, 3)

    def test_too_few_packed_units_are_refused_with_the_figures(self, farm: Farm) -> None:
        lot = packed_lot(farm, packs=2)
        listing = offered(farm, lot, units=10)
        (order,) = guest_orders((listing, 3))
        with pytest.raises(commands.TooFewPacked) as refused, unit_of_work() as uow:
            commands.ship_order(uow, order.id, actor=farm.owner, now=farm.now)
        assert (refused.value.values["there"], refused.value.values["needed"]) == (2, 3)
        assert order_again(order).state is OrderState.PLACED

    def test_packs_set_aside_are_not_there_for_the_next_order(self, farm: Farm) -> None:
        listing = offered(farm, packed_lot(farm, packs=4), units=10)
        (first,), (second,) = guest_orders((listing, 3)), guest_orders((listing, 3))
        with unit_of_work() as uow:
            commands.pack_order(uow, first.id, actor=farm.owner, now=farm.now)
        with pytest.raises(commands.TooFewPacked), unit_of_work() as uow:
            commands.pack_order(uow, second.id, actor=farm.owner, now=farm.now)

    def test_an_unpaid_transfer_is_not_sent(self, farm: Farm) -> None:
        (order,) = guest_orders((offered(farm, packed_lot(farm)), 1), method="vietqr")
        with pytest.raises(NoSuchStep), unit_of_work() as uow:
            commands.ship_order(uow, order.id, actor=farm.owner, now=farm.now)

    def test_another_seller_does_not_find_the_order(self, farm: Farm) -> None:
        (order,) = guest_orders((offered(farm, packed_lot(farm)), 1))
        with pytest.raises(NotFound), unit_of_work() as uow:
            commands.ship_order(uow, order.id, actor=a_farm(name="Hộ khác").owner, now=farm.now)

    def test_cash_is_received_with_the_delivery(self, farm: Farm) -> None:
        (order,) = guest_orders((offered(farm, packed_lot(farm)), 1))
        with unit_of_work() as uow:
            commands.ship_order(uow, order.id, actor=farm.owner, now=farm.now)
            commands.deliver_order(uow, order.id, actor=farm.owner, now=farm.now)
        assert order_again(order).paid_at == farm.now


class TestCancelling:
    def test_a_buyer_cancels_before_packing_and_twice_is_once(self, farm: Farm) -> None:
        listing = offered(farm, packed_lot(farm))
        (order,) = guest_orders((listing, 3))
        for _ in range(2):
            with unit_of_work() as uow:
                commands.cancel_by_buyer(uow, order.token, now=farm.now)
        assert figures(counter(listing)) == (10, 0, 0)

    def test_a_packed_order_is_not_cancelled(self, farm: Farm) -> None:
        (order,) = guest_orders((offered(farm, packed_lot(farm)), 3))
        with unit_of_work() as uow:
            commands.pack_order(uow, order.id, actor=farm.owner, now=farm.now)
        with pytest.raises(NoSuchStep), unit_of_work() as uow:
            commands.cancel_by_buyer(uow, order.token, now=farm.now)


def test_a_buyer_who_asks_to_be_forgotten_is(farm: Farm) -> None:
    (order,) = guest_orders((offered(farm, packed_lot(farm, weight_g=kg(30))), 3))
    buyer = people.farm_household("Người mua")
    with unit_of_work() as uow:
        uow.session.execute(
            text('UPDATE "order" SET buyer_phone = (SELECT phone FROM person WHERE id = :id)'),
            {"id": buyer.person_id.hex},
        )
    with unit_of_work() as uow:
        erase_person(uow, buyer.person_id, actor=None, now=farm.now)
    found = order_again(order)
    assert (found.buyer_name, found.buyer_phone, found.buyer_address) == (None, None, None)


def test_a_seller_who_asks_to_be_forgotten_sells_no_more_and_his_words_are_gone(farm: Farm) -> None:
    listing = offered(farm, packed_lot(farm))
    delivers(farm, fee_vnd=0)
    with unit_of_work() as uow:
        uow.session.execute(text("UPDATE listing SET note = 'Gọi chú Ba, 0912 345 678'"))
    with unit_of_work() as uow:
        erase_person(uow, farm.owner.person_id, actor=None, now=farm.now)
    with unit_of_work(read_only=True) as uow:
        left = uow.session.execute(text("SELECT state, note FROM listing")).one()
        assert uow.session.scalar(text("SELECT pickup_place FROM delivery_terms")) == ""
    assert tuple(left) == ("withdrawn", "")
    with pytest.raises(placing.NoLongerSold):
        guest_orders((listing, 1))
