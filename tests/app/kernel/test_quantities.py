"""Weights and money as people type them."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.quantities import (
    AbsurdAmount,
    AbsurdWeight,
    NotAnAmount,
    NotAWeight,
    in_kg,
    kg,
    parse_dong,
    parse_weight,
    split_evenly,
    split_in_proportion,
)


class TestAWeightIsReadAsTheFarmerMeansIt:
    @pytest.mark.parametrize(
        ("typed", "grams"),
        [
            ("120", 120_000),
            ("120,5", 120_500),
            ("120.5", 120_500),
            ("1.200", 1_200_000),
            ("1.200,5", 1_200_500),
            ("1 200", 1_200_000),
            ("1\u00a0200 kg", 1_200_000),
            (" 120 kg", 120_000),
            ("120kg", 120_000),
            ("120 KG", 120_000),
            ("0.500", 500),
            ("0,005", 5),
            ("1,200", 1_200),
            ("500 g", 500),
            ("1,2 tấn", 1_200_000),
            ("3 tạ", 300_000),
            ("2 yến", 20_000),
            ("12 ký", 12_000),
            ("１２０", 120_000),
            ("１２０，５ kg", 120_500),
        ],
    )
    def test_to_the_gram(self, typed, grams):
        assert parse_weight(typed) == grams

    @pytest.mark.parametrize(
        "typed",
        [
            "", "kg", "abc", "-5", "+5", "1.2.3", "1,2,3", "1.200.5", "12²", "١٢٠", "1e3", "NaN", "12 bao",
            "0,0005", "1..2", "120 kg kg", "9" * 60,
        ],
    )  # fmt: skip
    def test_or_refused_by_name(self, typed):
        with pytest.raises(NotAWeight):
            parse_weight(typed)

    @pytest.mark.parametrize("typed", ["0", "0,0 kg", "100001", "12.000.000", "101 tấn"])
    def test_and_what_nobody_weighs_is_absurd(self, typed):
        with pytest.raises(AbsurdWeight):
            parse_weight(typed)

    @given(st.text(max_size=30))
    def test_any_text_gives_grams_or_one_of_two_named_errors(self, typed):
        with suppress(NotAWeight, AbsurdWeight):
            assert 0 < parse_weight(typed) <= 100_000_000

    @given(st.integers(1, 100_000_000))
    def test_what_is_written_with_comma_and_dots_is_read_back(self, grams):
        written = f"{Decimal(grams) / 1000:,.3f}".replace(",", " ").replace(".", ",").replace(" ", ".")
        assert parse_weight(written) == grams


class TestMoney:
    @pytest.mark.parametrize(
        ("typed", "dong"),
        [
            ("25000", 25_000),
            ("25.000", 25_000),
            ("25,000", 25_000),
            ("25.000 ₫", 25_000),
            ("1.234.567đ", 1_234_567),
            ("25k", 25_000),
            ("25 ngàn", 25_000),
            ("1,2 triệu", 1_200_000),
            ("1.5tr", 1_500_000),
            ("0", 0),
        ],
    )
    def test_is_read_as_prices_are_written(self, typed, dong):
        assert parse_dong(typed) == dong

    @pytest.mark.parametrize("typed", ["", "25,5", "25.5", "-1", "1,23456 ngàn", "25 usd"])
    def test_or_refused(self, typed):
        with pytest.raises(NotAnAmount):
            parse_dong(typed)

    def test_a_slipped_zero_is_noticed(self):
        with pytest.raises(AbsurdAmount):
            parse_dong("200.000.000.000")


class TestDividing:
    @given(st.integers(0, 10**12), st.integers(1, 500))
    def test_evenly_makes_and_loses_nothing(self, total, n):
        parts = split_evenly(total, n)
        assert (sum(parts), len(parts)) == (total, n)
        assert max(parts) - min(parts) <= 1

    @given(st.integers(0, 10**12), st.lists(st.integers(0, 10**6), min_size=1, max_size=30).filter(any))
    def test_in_proportion_makes_and_loses_nothing(self, total, weights):
        parts = split_in_proportion(total, weights)
        assert sum(parts) == total
        assert all(
            abs(p * sum(weights) - total * w) < sum(weights) for p, w in zip(parts, weights, strict=True)
        )

    @pytest.mark.parametrize(("total", "n"), [(5, 0), (-1, 3)])
    def test_into_nothing_is_refused(self, total, n):
        with pytest.raises(ValueError, match="cannot split"):
            split_evenly(total, n)

    def test_kilograms_are_exact(self):
        assert in_kg(kg(120) + 5) == Decimal("120.005")
