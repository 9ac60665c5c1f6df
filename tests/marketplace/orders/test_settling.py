"""A paid order that is not served: the goods are free again once, and the money's way back is told."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.kernel.problems import NotFound
from app.kernel.uow import unit_of_work
from marketplace.listings.queries import ListingView
from marketplace.orders import commands, queries, settling
from marketplace.orders.queries import OrderView
from marketplace.orders.rules import NoSuchStep, OrderState, Refusal
from tests.scene import people
from tests.scene.farm import Books, Farm, a_farm
from tests.scene.shop import counter, guest_orders, offered, order_again, packed_lot


@pytest.fixture
def farm(app: Flask) -> Farm:
    return a_farm()


@pytest.fixture
def listing(farm: Farm) -> ListingView:
    return offered(farm, packed_lot(farm))


def paid(farm: Farm, listing: ListingView) -> OrderView:
    (order,) = guest_orders((listing, 3), method="vietqr")
    with unit_of_work() as uow:
        return commands.confirm_receipt(uow, order.id, actor=farm.owner, now=farm.now)


def refused(farm: Farm, order: OrderView, why: Refusal = Refusal.SPOILT) -> OrderView:
    with unit_of_work() as uow:
        return settling.refuse(uow, order.id, why=why, actor=farm.owner, now=farm.now)


class TestTheSellerCannotServe:
    def test_a_paid_order_owes_its_money_and_gives_its_goods_back_once(
        self, farm: Farm, listing: ListingView
    ) -> None:
        order = paid(farm, listing)
        for _ in range(2):
            assert refused(farm, order).state is OrderState.REFUND_DUE
        assert (counter(listing).available, counter(listing).held) == (10, 0)
        with unit_of_work(read_only=True) as uow:
            money = queries.money_of(uow, farm.owner.organisation_id)
            last = queries.history(uow, order.id)[-1]
        assert (money.due_vnd, money.received_vnd, money.back_vnd) == (0, 0, 180_000)
        assert last.why is Refusal.SPOILT

    def test_an_unpaid_order_is_cancelled_and_owes_nothing(self, farm: Farm, listing: ListingView) -> None:
        (order,) = guest_orders((listing, 3))
        with unit_of_work() as uow:
            commands.pack_order(uow, order.id, actor=farm.owner, now=farm.now)
        assert refused(farm, order).state is OrderState.CANCELLED
        assert counter(listing).available == 10

    def test_what_left_and_never_arrived_stays_sold_and_the_money_goes_back(
        self, farm: Farm, listing: ListingView
    ) -> None:
        order = paid(farm, listing)
        with unit_of_work() as uow:
            commands.ship_order(uow, order.id, actor=farm.owner, now=farm.now)
        assert refused(farm, order, Refusal.UNREACHABLE).state is OrderState.REFUND_DUE
        assert (counter(listing).available, counter(listing).sold) == (7, 3)

    def test_paid_back_is_said_by_the_seller_and_once(self, farm: Farm, listing: ListingView) -> None:
        order = refused(farm, paid(farm, listing))
        for _ in range(2):
            with unit_of_work() as uow:
                settling.pay_back(uow, order.id, actor=farm.owner, now=farm.now)
        with unit_of_work(read_only=True) as uow:
            assert queries.money_of(uow, farm.owner.organisation_id).back_vnd == 0
            states = [one.state for one in queries.history(uow, order.id)]
        assert states.count(OrderState.REFUNDED) == 1

    def test_nothing_is_paid_back_that_is_not_due(self, farm: Farm, listing: ListingView) -> None:
        order = paid(farm, listing)
        with pytest.raises(NoSuchStep), unit_of_work() as uow:
            settling.pay_back(uow, order.id, actor=farm.owner, now=farm.now)

    def test_on_the_pages_a_reason_is_needed_and_the_buyer_reads_it(
        self, client: FlaskClient, farm: Farm, listing: ListingView
    ) -> None:
        order = paid(farm, listing)
        people.logs_in(client, farm.owner)
        assert "180.000" in client.get(f"/farm/orders/{order.id}/refuse").text
        with Books().unchanged("order_event"):
            assert client.post(f"/farm/orders/{order.id}/refuse").status_code == 422
        client.post(f"/farm/orders/{order.id}/refuse", data={"why": "spoilt"})
        told = client.get(f"/orders/{order.token}").text
        assert "phải trả lại bạn 180.000" in told
        assert "Hàng hỏng" in told
        assert "Gọi văn phòng" in told
        assert "Phải trả lại 180.000" in client.get("/farm/orders").text
        client.post(f"/farm/orders/{order.id}/refund")
        assert "đã ghi là trả lại bạn 180.000" in client.get(f"/orders/{order.token}").text


class TestTheBuyerAsksForHisMoney:
    def test_before_packing_he_asks_and_the_seller_answers(
        self, client: FlaskClient, farm: Farm, listing: ListingView
    ) -> None:
        order = paid(farm, listing)
        client.post(f"/orders/{order.token}/ask-to-cancel")
        assert "Bạn đã xin hủy" in client.get(f"/orders/{order.token}").text
        assert order_again(order).state is OrderState.PAID
        people.logs_in(client, farm.owner)
        assert "Người mua xin hủy" in client.get(f"/farm/orders/{order.id}").text
        ask = client.get(f"/farm/orders/{order.id}/refuse").text
        (chosen,) = re.findall(r"<input checked[^>]*>", ask)
        assert 'value="buyer_asked"' in chosen

    def test_after_packing_it_is_too_late(self, farm: Farm, listing: ListingView) -> None:
        order = paid(farm, listing)
        with unit_of_work() as uow:
            commands.pack_order(uow, order.id, actor=farm.owner, now=farm.now)
        with pytest.raises(NoSuchStep), unit_of_work() as uow:
            settling.ask_to_cancel(uow, order.token, now=farm.now)


class TestTheOffice:
    def test_looks_at_money_that_does_not_fit_and_lets_the_order_go_on(
        self, client: FlaskClient, farm: Farm, listing: ListingView
    ) -> None:
        (order,) = guest_orders((listing, 3), method="vietqr")
        with unit_of_work() as uow:
            commands.needs_review(uow, order.id, commands.WRONG_AMOUNT)
        people.logs_in(client, people.office())
        assert order.number in client.get("/office/").text
        assert "Tiền đủ" in client.get(f"/office/orders/{order.id}").text
        client.post(f"/office/orders/{order.id}/fits")
        found = order_again(order)
        assert (found.state, found.review) == (OrderState.PAID, None)
        assert order.number not in client.get("/office/").text

    def test_says_that_the_money_went_back_and_the_order_ends(self, farm: Farm, listing: ListingView) -> None:
        (order,) = guest_orders((listing, 3), method="vietqr")
        office = people.office()
        with unit_of_work() as uow:
            commands.needs_review(uow, order.id, commands.WRONG_AMOUNT)
            settling.money_returned(uow, order.id, actor=office, now=farm.now)
        assert order_again(order).state is OrderState.CANCELLED
        assert counter(listing).available == 10

    def test_hears_of_money_that_a_seller_keeps_for_three_days(
        self, farm: Farm, listing: ListingView
    ) -> None:
        order = refused(farm, paid(farm, listing))
        with unit_of_work(read_only=True) as uow:
            in_time = queries.in_trouble(uow, [people.THANH_AN], farm.now + timedelta(days=2))
            late = queries.in_trouble(uow, [people.THANH_AN], farm.now + timedelta(days=3))
            elsewhere = queries.in_trouble(uow, ["00001"], farm.now + timedelta(days=3))
        assert ([one.id for one in late], in_time, elsewhere) == ([order.id], [], [])

    def test_sees_no_order_that_needs_nobody(self, farm: Farm, listing: ListingView) -> None:
        order = paid(farm, listing)
        with pytest.raises(NotFound), unit_of_work(read_only=True) as uow:
            queries.order_in_trouble(uow, people.office(), order.id)

    def test_the_farmer_is_not_the_office(
        self, client: FlaskClient, farm: Farm, listing: ListingView
    ) -> None:
        order = refused(farm, paid(farm, listing))
        people.logs_in(client, farm.owner)
        assert client.get(f"/office/orders/{order.id}").status_code == 403


def test_the_sellers_orders_are_a_table_that_carries_no_formula(
    client: FlaskClient, farm: Farm, listing: ListingView
) -> None:
    order = paid(farm, listing)
    with unit_of_work() as uow:
        uow.session.execute(queries.Order.__table__.update().values(buyer_name="=1+1"))
    people.logs_in(client, farm.owner)
    table = client.get("/farm/orders.csv")
    assert table.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert order.number in table.text
    assert ",'=1+1," in table.text
    people.logs_in(client, a_farm(name="Hộ khác").owner)
    assert order.number not in client.get("/farm/orders.csv").text
