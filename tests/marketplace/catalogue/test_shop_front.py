"""The shop front finds, promotes what is in season, and says when the rest comes back."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from app.identity.queries import public_names
from app.identity.words import spoken
from app.kernel.uow import unit_of_work
from marketplace.catalogue.rules import nearest, next_month, season_runs
from tests.scene.farm import Farm, a_farm, trade_item
from tests.scene.shop import offered, packed_lot


@pytest.fixture
def farm(app: Flask) -> Farm:
    return a_farm()


class TestSearch:
    @pytest.mark.parametrize("typed", ["mang cut", "măng cụt", "MANG", "cu mang", "thanh an", "dau tieng"])
    def test_finds_with_and_without_diacritics(self, client: FlaskClient, farm: Farm, typed: str) -> None:
        listing = offered(farm, packed_lot(farm))
        assert listing.lot_no in client.get("/search", query_string={"q": typed}).text

    @pytest.mark.parametrize("typed", ["mng cut", "mang cjt", "mangcut"])
    def test_a_slip_gets_a_suggestion(self, client: FlaskClient, farm: Farm, typed: str) -> None:
        page = client.get("/search", query_string={"q": typed}).text
        assert "Có phải bạn tìm" in page
        assert "Măng cụt Dầu Tiếng" in page

    def test_the_very_code_of_a_household_needs_no_other_suggestion(
        self, client: FlaskClient, farm: Farm
    ) -> None:
        listing = offered(farm, packed_lot(farm))
        with unit_of_work(read_only=True) as uow:
            name = public_names(uow, [listing.organisation_id])[listing.organisation_id]
        page = client.get("/search", query_string={"q": name.shown}).text
        assert listing.lot_no in page
        assert spoken(name) in page
        assert "Có phải bạn tìm" not in page

    def test_a_fruit_out_of_season_is_found_and_no_other_fruit_of_the_region_is_suggested(
        self, client: FlaskClient, farm: Farm
    ) -> None:
        trade_item("durian", "Sầu riêng Dầu Tiếng")
        page = client.get("/search", query_string={"q": "sau rieng"}).text
        assert "Sầu riêng Dầu Tiếng" in page
        assert "Có phải bạn tìm" not in page

    def test_nothing_found_says_what_to_do(self, client: FlaskClient, farm: Farm) -> None:
        assert "Không tìm thấy" in client.get("/search?q=xyzzy").text

    def test_signs_of_the_database_mean_nothing(self, client: FlaskClient, farm: Farm) -> None:
        listing = offered(farm, packed_lot(farm))
        for typed in ("%", "_", "\\", "'"):
            assert listing.lot_no not in client.get("/search", query_string={"q": typed}).text


class TestFront:
    def test_an_unchanged_page_is_not_sent_twice(self, client: FlaskClient, farm: Farm) -> None:
        offered(farm, packed_lot(farm))
        for path in ("/", "/products/mangosteen", "/products"):
            tag = client.get(path).headers["ETag"]
            assert client.get(path, headers={"If-None-Match": tag}).status_code == 304

    def test_out_of_season_says_when_it_comes_back(self, client: FlaskClient, farm: Farm) -> None:
        trade_item("durian", "Sầu riêng")
        page = client.get("/products/durian").text
        assert "tháng 5" in page

    def test_a_mark_is_not_named_without_a_right(self, client: FlaskClient, farm: Farm) -> None:
        offered(farm, packed_lot(farm))
        assert "nhãn hiệu “" not in client.get("/products/mangosteen").text

    def test_an_unknown_product_is_404(self, client: FlaskClient, farm: Farm) -> None:
        assert client.get("/products/vang-thoi").status_code == 404

    def test_a_lot_on_sale_says_so_on_its_trace_page(self, client: FlaskClient, farm: Farm) -> None:
        listing = offered(farm, packed_lot(farm))
        page = client.get(f"/01/{listing.gtin}/10/{listing.lot_no}").text
        assert 'href="/products/mangosteen"' in page


class TestSeasons:
    def test_a_season_runs_over_the_new_year(self) -> None:
        assert season_runs((1, 2, 8, 9, 10, 11, 12)) == [(8, 2)]
        assert season_runs((5, 6, 7, 8, 11, 12)) == [(5, 8), (11, 12)]
        assert season_runs(tuple(range(1, 13))) == [(1, 12)]

    @given(months=st.sets(st.integers(1, 12), min_size=1), now=st.integers(1, 12))
    def test_the_next_month_is_one_of_the_season(self, months: set[int], now: int) -> None:
        assert next_month(tuple(months), this_month=now) in months

    @given(months=st.sets(st.integers(1, 12), min_size=1, max_size=11))
    def test_runs_hold_exactly_the_season(self, months: set[int]) -> None:
        held = set()
        for first, last in season_runs(tuple(months)):
            month = first
            held.add(month)
            while month != last:
                month = month % 12 + 1
                held.add(month)
        assert held == months

    def test_short_words_suggest_nothing(self) -> None:
        assert nearest("ab", ["Măng cụt"]) == []
