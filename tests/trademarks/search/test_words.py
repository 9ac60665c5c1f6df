"""The search box: folded, forgiving, and never finding what does not fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.uow import unit_of_work
from trademarks.register.commands import load_marks
from trademarks.search.queries import marks_by_words
from trademarks.search.words import edits, score

NAME = "Măng cụt huyện Dầu Tiếng"


@pytest.mark.parametrize(
    "asked", ["Măng cụt", "mang cut", "MANG CUT", "mangcut", "dau tieng", "tieng mang", "man"]
)
def test_finds_with_and_without_diacritics_spaces_and_order(asked: str) -> None:
    assert score(asked, NAME) > 0


@pytest.mark.parametrize("asked", ["huyen dau tiegn", "huyne", "tienk"])
def test_forgives_one_wrong_or_swapped_letter_in_a_longer_word(asked: str) -> None:
    assert 0 < score(asked, NAME) < 1


@pytest.mark.parametrize("asked", ["sau rieng", "", "  ", "!!", "cot", "mang xyz"])
def test_finds_nothing_where_a_word_does_not_fit(asked: str) -> None:
    assert score(asked, NAME) == 0


def test_an_exact_word_comes_before_a_beginning_and_that_before_a_misspelling() -> None:
    assert score("tieng", NAME) > score("tien", NAME) > score("tienk", NAME) > 0


@given(one=st.text("abc", max_size=8), other=st.text("abc", max_size=8))
def test_the_distance_is_symmetric_and_zero_only_for_equals(one: str, other: str) -> None:
    assert edits(one, other, most=8) == edits(other, one, most=8)
    assert (edits(one, other, most=8) == 0) == (one == other)


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_score_lies_between_0_and_1_for_any_text(asked: str, text: str) -> None:
    assert 0 <= score(asked, text) <= 1


def test_both_mangosteens_are_found_best_first(app: object) -> None:
    with unit_of_work() as uow:
        load_marks(uow)
        assert [mark.name for mark in marks_by_words(uow, "mang cut dau tieng")] == [NAME]
        assert {mark.name for mark in marks_by_words(uow, "mang cut")} == {NAME, "Măng cụt Lái Thiêu"}
