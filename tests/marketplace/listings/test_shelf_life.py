"""Past the days that the office gave a product, a lot is not offered and its listing ends by itself."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.kernel import clock
from app.kernel.calendar import local_day
from app.kernel.paging import Page
from app.kernel.uow import unit_of_work
from app.registry.items import set_shelf_life
from app.registry.models import TradeItem
from app.web.i18n import show_date
from marketplace.listings import queries, rules
from marketplace.listings.queries import ListingView
from marketplace.listings.rules import ListingState, PastShelfLife
from marketplace.orders.placing import NoLongerSold
from tests.scene import people
from tests.scene.farm import TODAY, Farm, a_farm
from tests.scene.shop import delivers, guest_orders, offered, packed_lot
from traceability.lots.queries import LotView


@pytest.fixture
def farm(app: Flask) -> Farm:
    return a_farm()


def item_id() -> UUID:
    with unit_of_work(read_only=True) as uow:
        return uow.session.scalars(select(TradeItem.id)).one()


def office_says(days: int | None) -> None:
    """The office sets for how many days mangosteen is sold."""
    with unit_of_work() as uow:
        set_shelf_life(uow, item_id(), days, actor=people.office(), now=people.NOW)


def as_of(listing: ListingView, today: date) -> ListingState:
    with unit_of_work(read_only=True) as uow:
        return queries.listing(uow, listing.id, today).state


def live_on(today: date) -> list[UUID]:
    with unit_of_work(read_only=True) as uow:
        return [one.id for one in queries.live(uow, Page(), today).rows]


class TestTheRule:
    def test_day_0_is_the_harvest_and_the_last_day_counts(self) -> None:
        last_day = rules.sell_by(date(2026, 2, 20), 14)
        assert last_day == date(2026, 3, 6)
        rules.check_shelf_life(last_day, lot_no="L", today=date(2026, 3, 6))
        with pytest.raises(PastShelfLife):
            rules.check_shelf_life(last_day, lot_no="L", today=date(2026, 3, 7))

    def test_without_a_word_of_the_office_there_is_no_last_day(self) -> None:
        assert rules.sell_by(date(2025, 2, 20), None) is None


class TestALotPastItsDays:
    def test_is_not_offered(self, farm: Farm) -> None:
        office_says(14)
        old, fresh = (farm.harvests(on=TODAY - timedelta(days=n)) for n in (15, 14))
        with pytest.raises(PastShelfLife) as refused:
            offered(farm, old)
        assert refused.value.values["last_day"] == TODAY - timedelta(days=1)
        assert offered(farm, fresh).sell_by == TODAY

    def test_its_listing_ends_after_the_last_day(self, farm: Farm) -> None:
        office_says(14)
        listing = offered(farm, packed_lot(farm))
        last_day = TODAY + timedelta(days=14)
        assert (as_of(listing, last_day), live_on(last_day)) == (ListingState.OPEN, [listing.id])
        after = last_day + timedelta(days=1)
        assert (as_of(listing, after), live_on(after)) == (ListingState.EXPIRED, [])

    def test_is_not_sold_out_of_a_cart_that_waited(self, farm: Farm) -> None:
        office_says(14)
        listing = offered(farm, packed_lot(farm))
        with pytest.raises(NoLongerSold):
            guest_orders((listing, 1), now=people.NOW + timedelta(days=15))

    def test_the_office_decides_for_lots_on_offer_too(self, farm: Farm) -> None:
        listing = offered(farm, packed_lot(farm))
        year = TODAY + timedelta(days=365)
        assert as_of(listing, year) is ListingState.OPEN
        office_says(21)
        assert as_of(listing, year) is ListingState.EXPIRED
        office_says(None)
        assert as_of(listing, year) is ListingState.OPEN


class TestPages:
    """They read the real clock, so the scene's clock is set to it: a lot was picked ten days ago."""

    @pytest.fixture(autouse=True)
    def today(self, farm: Farm) -> date:
        farm.now = clock.now()
        return local_day(farm.now)

    def picked(self, farm: Farm, today: date) -> LotView:
        return farm.harvests(on=today - timedelta(days=10))

    def test_buyers_read_the_last_day(self, client: FlaskClient, farm: Farm, today: date) -> None:
        office_says(60)
        offered(farm, self.picked(farm, today))
        page = client.get("/products/mangosteen").text
        assert "Bán đến hết ngày" in page
        assert show_date(today + timedelta(days=50)) in page

    def test_a_cart_says_why_the_thing_went(self, client: FlaskClient, farm: Farm, today: date) -> None:
        listing = offered(farm, self.picked(farm, today))
        client.post("/cart/add", data={"listing": str(listing.id), "units": "1"})
        office_says(9)
        assert "đã quá thời hạn bán" in client.get("/cart").text
        assert client.get("/checkout").status_code == 303
        assert "chưa có lô nào rao bán" in client.get("/products/mangosteen").text.lower()

    def test_the_seller_reads_how_long_and_what_ended(
        self, client: FlaskClient, farm: Farm, today: date
    ) -> None:
        delivers(farm, fee_vnd=0)
        office_says(60)
        offered(farm, self.picked(farm, today))
        waits = self.picked(farm, today)
        people.logs_in(client, farm.owner)
        last_day = show_date(today + timedelta(days=50))
        assert f"Rao bán được đến hết ngày {last_day}" in client.get(f"/farm/sell/{waits.id}").text
        office_says(9)
        page = client.get("/farm/sell").text
        assert "ngừng vì quá thời hạn bán" in page
        assert "đã quá thời hạn bán của văn phòng" in page
        assert f"/farm/sell/{waits.id}" not in page
        refused = client.get(f"/farm/sell/{waits.id}")
        assert refused.status_code == 409
        assert f"Lô {waits.lot_no} chỉ rao bán được đến hết ngày" in refused.text


class TestTheOffice:
    def test_sets_it_for_a_product_that_is_there(self, client: FlaskClient, farm: Farm) -> None:
        people.logs_in(client, people.office())
        assert "không giới hạn" in client.get("/office/items").text
        page = f"/office/items/{item_id()}"
        assert client.post(page, data={"shelf_life_days": "14"}).status_code == 303
        assert "14 ngày" in client.get("/office/items").text
        assert 'value="14"' in client.get(page).text
        assert client.post(page, data={"shelf_life_days": ""}).status_code == 303
        assert "không giới hạn" in client.get("/office/items").text

    @pytest.mark.parametrize("typed", ["0", "-3", "99999", "mười"])
    def test_a_number_that_is_none_is_told_at_the_field(
        self, client: FlaskClient, farm: Farm, typed: str
    ) -> None:
        people.logs_in(client, people.office())
        answer = client.post(f"/office/items/{item_id()}", data={"shelf_life_days": typed})
        assert answer.status_code == 422
        assert "từ 1 đến 1.100 ngày" in answer.text or "Xin ghi một số nguyên" in answer.text

    def test_says_it_with_a_new_product(self, client: FlaskClient, app: Flask) -> None:
        people.logs_in(client, people.office())
        sent = {"name": "Chuối già", "name_en": "Banana", "crop": "banana", "gtin": "9520001000997",
                "gtin_owner": "GS1", "shelf_life_days": "21"}  # fmt: skip
        answer = client.post("/office/items/new", data=sent)
        assert answer.status_code == 303, answer.text
        assert "21 ngày" in client.get("/office/items").text
