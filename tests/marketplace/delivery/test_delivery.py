"""Before paying, a buyer knows what it costs in his hands and on which day it is there."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.calendar import local_day
from app.kernel.quantities import kg
from app.kernel.uow import unit_of_work
from marketplace.delivery.queries import terms_of
from marketplace.delivery.rules import (
    AbsurdDays,
    AbsurdFee,
    DoesNotDeliver,
    Handover,
    NothingIsFree,
    Terms,
    arrives_on,
    check_terms,
    fee,
    quote,
)
from marketplace.listings.commands import NoDeliveryTerms, Offer, offer
from marketplace.orders import placing
from tests.scene import people
from tests.scene.farm import Farm, a_farm
from tests.scene.shop import delivers, guest_orders, offered, order_again, packed_lot

MONEY = st.integers(0, 10**9)


@pytest.fixture
def farm(app: Flask) -> Farm:
    return a_farm()


def test_a_fee_that_who_delivers_has_to_name_is_not_called_optional(farm: Farm, client: FlaskClient) -> None:
    people.logs_in(client, farm.owner)
    shown = client.get("/farm/delivery").text
    assert "không bắt buộc" not in shown.split('for="fee"')[1].split("</label>")[0]
    assert "không bắt buộc" in shown.split('for="free_from"')[1].split("</label>")[0]


class TestTheFee:
    @given(goods=MONEY, price=st.integers(0, 2_000_000), free_from=st.none() | st.integers(1, 10**9))
    def test_the_sum_is_goods_and_fee_and_free_from_a_sum_is_free(
        self, goods: int, price: int, free_from: int | None
    ) -> None:
        made = quote(Terms(price, free_from, 1), Handover.DELIVERY, goods, people.NOW)
        free = free_from is not None and goods >= free_from
        assert made.total_vnd == goods + (0 if free else price)

    @given(goods=MONEY, price=st.none() | st.integers(0, 2_000_000))
    def test_fetching_it_costs_nothing(self, goods: int, price: int | None) -> None:
        assert fee(Terms(price, None, 1), Handover.PICKUP, goods) == 0

    def test_who_brings_nothing_has_no_fee_for_bringing(self) -> None:
        with pytest.raises(DoesNotDeliver):
            fee(Terms(None, None, 1), Handover.DELIVERY, 60_000)

    @pytest.mark.parametrize(
        ("terms", "refusal"),
        [
            (Terms(-1, None, 1), AbsurdFee),
            (Terms(2_000_001, None, 1), AbsurdFee),
            (Terms(30_000, 0, 1), NothingIsFree),
            (Terms(30_000, None, 15), AbsurdDays),
            (Terms(30_000, None, -1), AbsurdDays),
        ],
    )
    def test_absurd_terms_are_refused(self, terms: Terms, refusal: type[Exception]) -> None:
        with pytest.raises(refusal):
            check_terms(terms)


class TestTheDay:
    @pytest.mark.parametrize(
        ("placed", "days", "there"),
        [
            (datetime(2026, 11, 20, 3, 0, tzinfo=UTC), 0, date(2026, 11, 20)),
            (datetime(2026, 11, 20, 7, 59, tzinfo=UTC), 2, date(2026, 11, 22)),  # 14:59 at the farm
            (datetime(2026, 11, 20, 8, 0, tzinfo=UTC), 2, date(2026, 11, 23)),  # 15:00
            (datetime(2026, 11, 20, 17, 30, tzinfo=UTC), 0, date(2026, 11, 21)),  # 00:30 of the 21st
            (datetime(2026, 12, 31, 16, 0, tzinfo=UTC), 1, date(2027, 1, 2)),
        ],
    )
    def test_is_counted_at_the_farm_and_after_15_h_from_the_next_day(
        self, placed: datetime, days: int, there: date
    ) -> None:
        assert arrives_on(placed, days) == there

    @given(
        placed=st.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC)),
        days=st.integers(0, 14),
    )
    def test_never_lies_before_the_promise_nor_more_than_a_day_after(
        self, placed: datetime, days: int
    ) -> None:
        waited = arrives_on(placed, days) - local_day(placed)
        assert timedelta(days) <= waited <= timedelta(days + 1)


class TestAnOrder:
    def test_keeps_the_fee_and_the_day_it_was_placed_under(self, farm: Farm) -> None:
        delivers(farm, fee_vnd=25_000, days=3)
        (order,) = guest_orders((offered(farm, packed_lot(farm)), 2))
        delivers(farm, fee_vnd=90_000, days=9)
        found = order_again(order)
        assert (found.goods_vnd, found.fee_vnd, found.total_vnd) == (120_000, 25_000, 145_000)
        assert found.arrives_on == date(2026, 11, 23)

    def test_that_is_fetched_costs_no_fee_and_keeps_no_address(self, farm: Farm) -> None:
        delivers(farm, fee_vnd=25_000)
        (order,) = guest_orders((offered(farm, packed_lot(farm)), 2), fetched=True)
        assert (order.total_vnd, order.fee_vnd, order.buyer_address) == (120_000, 0, None)
        assert order.commune_code == people.THANH_AN

    def test_to_a_seller_who_brings_nothing_is_fetched_or_not_placed(self, farm: Farm) -> None:
        listing = offered(farm, packed_lot(farm))
        delivers(farm, fee_vnd=None)
        with pytest.raises(DoesNotDeliver):
            guest_orders((listing, 1))
        assert guest_orders((listing, 1), fetched=True)

    def test_of_two_sellers_has_a_fee_each(self, farm: Farm) -> None:
        other = a_farm(name="Hộ bà Tư")
        delivers(farm, fee_vnd=25_000)
        delivers(other, fee_vnd=40_000, free_from_vnd=60_000)
        orders = guest_orders((offered(farm, packed_lot(farm)), 1), (offered(other, packed_lot(other)), 1))
        assert {order.seller_id: order.fee_vnd for order in orders} == {
            farm.owner.organisation_id: 25_000,
            other.owner.organisation_id: 0,
        }

    def test_is_not_placed_for_another_sum_than_the_buyer_saw(self, farm: Farm) -> None:
        listing = offered(farm, packed_lot(farm))
        with pytest.raises(placing.TermsChanged), unit_of_work() as uow:
            placing.place_orders(
                uow,
                placing.Checkout(
                    lines=[(listing.id, 1)],
                    name="Lê Thị Mua",
                    phone="+84912345678",
                    to=None,
                    method=placing.Method.COD,
                    client_id=listing.id,
                    agreed="59000 2026-11-22",
                ),
                now=people.NOW,
            )


class TestTheSellersPage:
    def test_a_first_seller_says_how_he_delivers_before_he_offers(
        self, client: FlaskClient, farm: Farm
    ) -> None:
        lot = packed_lot(farm)
        people.logs_in(client, farm.owner)
        asked = client.get(f"/farm/sell/{lot.id}")
        assert asked.status_code == 303
        form = {
            "delivers": "yes", "fee": "30k", "free_from": "500.000", "days": "2",
            "pickup_place": "Sân phơi", "lot": str(lot.id),
        }  # fmt: skip
        assert f'value="{lot.id}"' in client.get(asked.location).text
        saved = client.post("/farm/delivery", data=form)
        assert saved.location == f"/farm/sell/{lot.id}"
        assert client.get(saved.location).status_code == 200
        with unit_of_work(read_only=True) as uow:
            terms = terms_of(uow, [farm.owner.organisation_id])[farm.owner.organisation_id]
        assert (terms.fee_vnd, terms.free_from_vnd, terms.days) == (30_000, 500_000, 2)
        assert 'value="30000"' in client.get("/farm/delivery").text

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"fee": ""}, "không lấy phí thì điền 0"),
            ({"fee": "rẻ"}, 'id="fee-error"'),
            ({"fee": "3 triệu"}, "từ 0 đến 2.000.000"),
            ({"free_from": "0"}, "bỏ trống mục này"),
            ({"days": "hai"}, "từ 0 đến 14"),
            ({"days": "15"}, "từ 0 đến 14"),
            ({"delivers": ""}, "Xin chọn một"),
        ],
    )
    def test_a_wrong_figure_is_told_at_its_field(
        self, client: FlaskClient, farm: Farm, changes: dict[str, str], told: str
    ) -> None:
        people.logs_in(client, farm.owner)
        form = {"delivers": "yes", "fee": "30k", "free_from": "", "days": "2", "pickup_place": ""} | changes
        answer = client.post("/farm/delivery", data=form)
        assert answer.status_code == 422
        assert told in answer.text

    def test_nothing_is_offered_without_terms(self, farm: Farm) -> None:
        lot = packed_lot(farm)
        wanted = Offer(lot_id=lot.id, unit_weight_g=kg(1), price_vnd=60_000, units=1, client_id=lot.id)
        with pytest.raises(NoDeliveryTerms), unit_of_work() as uow:
            offer(uow, wanted, actor=farm.owner, now=farm.now)
