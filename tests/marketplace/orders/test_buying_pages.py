"""A guest buys without JavaScript and without an account, in five screens."""

import re
from html import unescape
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.identity import throttle
from app.kernel import clock
from app.kernel.config import Config
from app.kernel.uow import unit_of_work
from app.web.i18n import show_date
from ledger import sequencer
from marketplace.delivery.rules import arrives_on
from marketplace.listings.queries import ListingView
from marketplace.orders.views import CHECKOUTS_PER_ADDRESS
from marketplace.payments.vietqr import decode
from tests.scene import people
from tests.scene.buyer import address, checks_out, put, seen
from tests.scene.farm import Books, Farm, a_farm, rows
from tests.scene.ledger import printed_checkpoint
from tests.scene.shop import counter, delivers, guest_orders, offered, packed_lot
from traceability.lots import commands as lots


@pytest.fixture
def farm(app: Flask) -> Farm:
    return a_farm()


@pytest.fixture
def listing(farm: Farm) -> ListingView:
    return offered(farm, packed_lot(farm), price_vnd=60_000)


class TestFiveScreens:
    def test_the_orders_page_carries_the_logs_checkpoint_which_can_be_typed_in(
        self, client: FlaskClient, config: Config, listing: ListingView
    ) -> None:
        sequencer.run(config, clock.now())
        put(client, listing)
        size, root = printed_checkpoint(unescape(client.get(checks_out(client).location).text))
        assert "Khớp" in client.get("/ledger/checkpoints", query_string={"size": size, "root": root}).text

    def test_a_reader_of_english_reads_one_name_of_the_product_on_each(
        self, client: FlaskClient, listing: ListingView
    ) -> None:
        put(client, listing)
        home, cart = (client.get(path, query_string={"lang": "en"}).text for path in ("/", "/cart"))
        order = client.get(checks_out(client).location).text
        for screen in (home, cart, order):
            assert listing.product_en in screen
            assert listing.product not in screen

    def test_home_product_cart_checkout_order(self, client: FlaskClient, listing: ListingView) -> None:
        assert "/products/mangosteen" in client.get("/").text
        product = client.get("/products/mangosteen").text
        assert "60.000" in product
        assert f"/10/{listing.lot_no}" in product
        assert put(client, listing).status_code == 303
        assert "120.000" in client.get("/cart").text
        assert "Lê Thị Mua" not in client.get("/checkout").text
        placed = checks_out(client)
        assert placed.status_code == 303
        order = client.get(placed.location).text
        payload = re.search(r'data-vietqr="([^"]+)"', order)
        assert payload is not None
        transfer = decode(payload[1])
        assert (transfer.bin, transfer.account, transfer.amount) == ("970416", "257678859", 120_000)
        assert "<dt>Ngân hàng</dt><dd>ACB</dd>" in order
        assert transfer.purpose is not None
        assert re.fullmatch(r"DH [0-9]{6} [2-9A-Z]{4}", transfer.purpose)
        assert "Giỏ hàng đang trống" in client.get("/cart").text

    def test_a_double_tap_and_the_back_button_order_once(
        self, client: FlaskClient, listing: ListingView
    ) -> None:
        put(client, listing)
        same = str(uuid4())
        first, second = (checks_out(client, client_id=same) for _ in range(2))
        assert first.location == second.location
        assert rows("order") == 1
        assert counter(listing).held == 2


class TestWhoSells:
    @pytest.mark.parametrize(("language", "called"), [("vi", "Hộ"), ("en", "Household")])
    def test_a_households_code_is_told_to_be_one_wherever_the_buyer_reads_it(
        self, client: FlaskClient, farm: Farm, listing: ListingView, language: str, called: str
    ) -> None:
        delivers(farm, fee_vnd=None)
        put(client, listing)
        for path in ("/products/mangosteen", "/cart", "/checkout"):
            page = client.get(path, query_string={"lang": language}).text
            codes = re.findall(r"(\S+) H-[0-9]{4}", re.sub(r"<[^>]+>", " ", page))
            assert set(codes) == {called}, path


class TestWhatItCosts:
    def test_is_the_same_on_every_page_and_in_the_transfer(
        self, client: FlaskClient, farm: Farm, listing: ListingView
    ) -> None:
        delivers(farm, fee_vnd=25_000, days=3)
        put(client, listing)
        there = show_date(arrives_on(clock.now(), 3))
        for path in ("/cart", "/checkout"):
            page = client.get(path).text
            assert "25.000" in page
            assert "145.000" in page
            assert there in page
        order = client.get(checks_out(client).location).text
        assert there in order
        payload = re.search(r'data-vietqr="([^"]+)"', order)
        assert payload is not None
        assert decode(payload[1]).amount == 145_000

    def test_cash_at_the_door_is_the_whole_sum(self, client: FlaskClient, farm: Farm, listing) -> None:
        delivers(farm, fee_vnd=25_000)
        put(client, listing)
        page = client.get(checks_out(client, method="cod").location).text
        assert "145.000" in page
        assert "không trả thêm phí nào nữa" in page

    def test_who_comes_to_the_farm_is_asked_no_address_and_pays_no_fee(
        self, client: FlaskClient, farm: Farm, listing: ListingView
    ) -> None:
        delivers(farm, fee_vnd=25_000)
        put(client, listing)
        page = client.get("/checkout?handover=pickup").text
        assert 'name="address"' not in page
        assert "145.000" not in page
        form = {"name": "Lê Thị Mua", "phone": "0912 345 678", "method": "cod", "client_id": str(uuid4())}
        placed = client.post("/checkout", data=form | seen(client, "pickup"))
        order = client.get(placed.location).text
        assert "120.000" in order
        assert "Sân phơi đầu ấp" in order

    def test_where_a_seller_brings_nothing_only_fetching_is_offered(
        self, client: FlaskClient, farm: Farm, listing: ListingView
    ) -> None:
        delivers(farm, fee_vnd=None)
        put(client, listing)
        cart = client.get("/cart").text
        assert "không giao tận nơi" in cart
        assert "Đặt, giao tận nơi" not in cart
        assert 'name="address"' not in client.get("/checkout?handover=delivery").text

    def test_a_fee_that_changed_meanwhile_is_shown_before_anything_is_placed(
        self, client: FlaskClient, farm: Farm, listing: ListingView
    ) -> None:
        delivers(farm, fee_vnd=25_000)
        put(client, listing)
        shown = seen(client)
        delivers(farm, fee_vnd=45_000)
        with Books().unchanged("order"):
            answer = client.post("/checkout", data=address(**shown))
        assert answer.status_code == 409
        assert "vừa đổi" in answer.text
        assert "165.000" in answer.text


class TestWhatTheBrowserSays:
    @pytest.mark.parametrize("units", ["-1", "0", "1.5", "abc", "9999999", "１", ""])
    def test_a_quantity_that_is_none_gets_a_sentence(
        self, client: FlaskClient, listing: ListingView, units: str
    ) -> None:
        answer = put(client, listing, units)
        assert answer.status_code == 422
        assert "Số lượng là số nguyên từ 1" in answer.text

    def test_a_price_from_the_browser_is_ignored(self, client: FlaskClient, listing: ListingView) -> None:
        put(client, listing, 1, price_vnd="1", price="1")
        assert "60.000" in client.get("/cart").text

    def test_more_than_is_left_is_said_with_the_number(
        self, client: FlaskClient, listing: ListingView
    ) -> None:
        answer = put(client, listing, 11)
        assert answer.status_code == 409
        assert "chỉ còn 10 phần" in answer.text

    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "https://elsewhere.test"},
            {"Origin": "null"},
        ],
    )
    def test_a_form_from_another_site_is_refused(
        self, client: FlaskClient, listing: ListingView, headers: dict[str, str]
    ) -> None:
        answer = client.post("/cart/add", data={"listing": str(listing.id), "units": "1"}, headers=headers)
        assert answer.status_code == 403

    def test_a_form_of_our_own_from_an_old_browser_is_taken(
        self, client: FlaskClient, listing: ListingView
    ) -> None:
        answer = client.post(
            "/cart/add",
            data={"listing": str(listing.id), "units": "1"},
            headers={"Origin": "http://localhost"},
        )
        assert answer.status_code == 303

    @pytest.mark.parametrize(
        ("field", "typed", "told"),
        [
            ("phone", "12", "Số điện thoại này chưa đúng"),
            ("commune_text", "không có xã này", "Không tìm thấy xã"),
            ("name", "", "Xin điền mục này"),
            ("method", "card", "Not a valid choice"),
        ],
    )
    def test_a_wrong_field_is_told_and_what_was_typed_is_kept(
        self, client: FlaskClient, listing: ListingView, field: str, typed: str, told: str
    ) -> None:
        put(client, listing)
        with Books().unchanged("order"):
            answer = checks_out(client, **{field: typed})
        assert answer.status_code == 422
        assert field == "method" or told in answer.text
        assert "12 Đường số 3" in answer.text

    def test_everything_that_is_wrong_is_told_at_once(
        self, client: FlaskClient, listing: ListingView
    ) -> None:
        put(client, listing)
        answer = checks_out(client, name="", phone="12", commune_text="không có xã này")
        assert answer.status_code == 422
        for told in ("Xin điền mục này", "Số điện thoại này chưa đúng", "Không tìm thấy xã"):
            assert told in answer.text

    def test_an_empty_number_is_told_once(self, client: FlaskClient, listing: ListingView) -> None:
        put(client, listing)
        answer = checks_out(client, phone="", commune_text="")
        assert answer.status_code == 422
        assert answer.text.count("Xin điền mục này") == 4  # in the summary and at each of two fields
        assert "Số điện thoại này chưa đúng" not in answer.text
        assert "Không tìm thấy xã" not in answer.text

    def test_several_communes_are_offered_to_choose_from(
        self, client: FlaskClient, listing: ListingView
    ) -> None:
        people.commune("25811", "Xã Thanh An Đông")
        people.commune("25812", "Xã Thanh An Tây")
        put(client, listing)
        answer = checks_out(client, commune_text="an thanh")
        assert answer.status_code == 422
        assert "Xã Thanh An Tây" in answer.text
        assert checks_out(client, commune_text="an thanh", commune_code="25812").status_code == 303


class TestTheLastCrate:
    def test_the_second_buyer_keeps_his_address_and_hears_why(self, client: FlaskClient, farm: Farm) -> None:
        listing = offered(farm, packed_lot(farm), units=1)
        put(client, listing, 1)
        shown = seen(client)
        guest_orders((listing, 1))
        answer = client.post("/checkout", data=address(**shown))
        assert answer.status_code == 409
        assert "người khác vừa đặt trước" in answer.text
        assert "12 Đường số 3" in answer.text

    def test_a_lot_held_meanwhile_is_shown_in_the_cart(
        self, client: FlaskClient, farm: Farm, listing: ListingView
    ) -> None:
        put(client, listing)
        with unit_of_work() as uow:
            lots.hold(uow, listing.lot_id, reason="kiểm tra", actor=people.office(), now=farm.now)
        assert "vừa ngừng bán" in client.get("/cart").text
        assert client.get("/checkout").status_code == 303
        assert "chưa có lô nào rao bán" in client.get("/products/mangosteen").text.lower()


class TestSomebodyOrdersAllDay:
    """An order takes goods off the shelf before anybody paid: one address may not empty the shop."""

    def test_is_asked_to_wait_and_loses_nothing(self, client: FlaskClient, farm: Farm) -> None:
        listing = offered(farm, packed_lot(farm, 40), units=40)
        for _ in range(CHECKOUTS_PER_ADDRESS):
            put(client, listing, 1)
            assert checks_out(client).status_code == 303
        put(client, listing, 2)
        with Books().unchanged("order", "cart_line"):
            refused = checks_out(client, address="Nhà số 99")
        assert refused.status_code == 429
        assert 0 < int(refused.headers["Retry-After"]) <= throttle.WINDOW.total_seconds()
        assert "Giỏ hàng và những gì đã điền vẫn còn; xin đợi 15 phút" in refused.text
        assert "Nhà số 99" in refused.text
        assert "120.000" in client.get("/cart").text

    def test_the_same_form_again_and_a_form_with_a_fault_are_no_orders(
        self, client: FlaskClient, listing: ListingView
    ) -> None:
        put(client, listing, 1)
        form = address(client_id=str(uuid4())) | seen(client)
        with Books().unchanged("throttle"):
            assert client.post("/checkout", data=form | {"phone": "12"}).status_code == 422
        for _ in range(CHECKOUTS_PER_ADDRESS + 2):
            assert client.post("/checkout", data=form).status_code == 303
