"""An order as its buyer sees it, who holds the link, and as the seller who serves it."""

import re
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.kernel.quantities import kg
from marketplace.listings.queries import ListingView
from tests.scene import people
from tests.scene.buyer import address, checks_out, put, seen
from tests.scene.farm import Farm, a_farm, rows
from tests.scene.shop import calls_back, delivers, guest_orders, offered, packed_lot


@pytest.fixture
def farm(app: Flask) -> Farm:
    return a_farm()


@pytest.fixture
def listing(farm: Farm) -> ListingView:
    return offered(farm, packed_lot(farm), price_vnd=60_000)


class TestTheOrdersPage:
    def test_calls_the_seller_with_one_tap(self, client: FlaskClient, listing: ListingView) -> None:
        (order,) = guest_orders((listing, 1))
        assert re.search(r'href="tel:\+84\d+"[^§]*?Gọi người bán', client.get(f"/orders/{order.token}").text)

    def test_lets_the_seller_call_the_buyer_with_one_tap(
        self, client: FlaskClient, farm: Farm, listing: ListingView
    ) -> None:
        (order,) = guest_orders((listing, 1))
        people.logs_in(client, farm.owner)
        assert 'href="tel:+84912345678"' in client.get(f"/farm/orders/{order.id}").text

    def test_names_the_words_of_a_transfer_as_english_banks_do(
        self, client: FlaskClient, listing: ListingView
    ) -> None:
        (order,) = guest_orders((listing, 1), method="vietqr")
        assert "<dt>Reference</dt>" in client.get(f"/orders/{order.token}?lang=en").text

    def test_says_that_a_lot_is_called_back_and_why(self, client: FlaskClient, listing: ListingView) -> None:
        (order,) = guest_orders((listing, 1))
        address_of_order = f"/orders/{order.token}"
        assert "thu hồi" not in client.get(address_of_order).text
        calls_back(listing.lot_id, "dư lượng vượt ngưỡng")
        page = client.get(address_of_order).text
        assert f"Lô {listing.lot_no} đang bị thu hồi" in page
        assert "dư lượng vượt ngưỡng." in page

    @pytest.mark.parametrize("method", ["cod", "vietqr"])
    def test_asks_no_money_and_promises_no_day_for_a_lot_that_is_called_back(
        self, client: FlaskClient, listing: ListingView, method: str
    ) -> None:
        put(client, listing, 1)
        form = address(client_id=str(uuid4()), method=method) | seen(client)
        order = client.post("/checkout", data=form).headers["Location"]
        assert "Dự kiến tới tay" in client.get(order).text
        calls_back(listing.lot_id, "dư lượng vượt ngưỡng")
        page = client.get(order).text
        assert "Đừng trả tiền cho đơn này" in page
        assert "Hủy đơn này" in page
        for promise in ("Dự kiến tới tay", "data-vietqr", "xin trả đúng", "đang soạn hàng"):
            assert promise not in page

    def test_is_for_whoever_has_the_link_and_for_no_search_engine(
        self, client: FlaskClient, listing: ListingView
    ) -> None:
        (order,) = guest_orders((listing, 1))
        page = client.get(f"/orders/{order.token}")
        assert page.headers["Referrer-Policy"] == "same-origin"
        assert "noindex" in page.headers["X-Robots-Tag"]
        assert client.get(f"/orders/{order.number}").status_code == 404

    def test_two_sellers_are_two_orders_and_both_pages_say_so(
        self, client: FlaskClient, farm: Farm, listing: ListingView
    ) -> None:
        other = a_farm(name="Hộ bà Tư")
        put(client, listing)
        put(client, offered(other, packed_lot(other)))
        assert "2 đơn" in client.get("/cart").text
        placed = checks_out(client)
        assert "Đơn khác trong cùng lần đặt" in client.get(placed.location).text

    def test_a_buyer_cancels(self, client: FlaskClient, listing: ListingView) -> None:
        (order,) = guest_orders((listing, 1))
        client.post(f"/orders/{order.token}/cancel")
        assert "Đơn đã hủy" in client.get(f"/orders/{order.token}").text


class TestTheSellersPages:
    def test_offer_read_back_and_sell(self, client: FlaskClient, farm: Farm) -> None:
        delivers(farm, fee_vnd=0)
        lot = packed_lot(farm)
        people.logs_in(client, farm.owner)
        assert lot.lot_no in client.get("/farm/sell").text
        form = {"unit_weight": "1 kg", "units": "5", "price": "60k", "note": "", "client_id": str(uuid4())}
        assert 'value="10"' in client.get(f"/farm/sell/{lot.id}").text
        check = client.post(f"/farm/sell/{lot.id}", data=form)
        assert "60.000" in check.text
        assert rows("listing") == 0
        for _ in range(2):
            assert client.post(f"/farm/sell/{lot.id}", data=form | {"confirmed": "yes"}).status_code == 303
        assert rows("listing") == 1

    def test_absurd_figures_are_told_at_their_fields(self, client: FlaskClient, farm: Farm) -> None:
        delivers(farm, fee_vnd=0)
        lot = packed_lot(farm, weight_g=kg(12))
        people.logs_in(client, farm.owner)
        form = {"unit_weight": "1 kg", "units": "500", "price": "60k", "confirmed": "yes"}
        answer = client.post(f"/farm/sell/{lot.id}", data=form)
        assert answer.status_code == 409
        assert "chỉ còn đủ cho 12 phần" in answer.text
        answer = client.post(f"/farm/sell/{lot.id}", data=form | {"units": "-3", "price": "rẻ"})
        assert answer.status_code == 422

    def test_money_is_confirmed_and_goods_leave(
        self, client: FlaskClient, farm: Farm, listing: ListingView
    ) -> None:
        (order,) = guest_orders((listing, 2), method="vietqr")
        people.logs_in(client, farm.owner)
        assert order.number in client.get("/farm/orders").text
        client.post(f"/farm/orders/{order.id}/paid")
        sent = client.post(f"/farm/orders/{order.id}/send", follow_redirects=True)
        assert "đang giao" in sent.text
        assert "Mã trên tem" in client.get(f"/orders/{order.token}").text
        assert "đã nhận" in client.get("/farm/").text

    def test_another_seller_gets_404(self, client: FlaskClient, listing: ListingView) -> None:
        (order,) = guest_orders((listing, 2))
        people.logs_in(client, a_farm(name="Hộ khác").owner)
        assert client.get(f"/farm/orders/{order.id}").status_code == 404
        assert client.post(f"/farm/orders/{order.id}/send").status_code == 404
