"""Text for storing, searching and sorting."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.kernel.text import fold, nfc, slug, tidy, vietnamese_sort_key


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Măng cụt", "mang cut"), ("Sầu riêng  ĐẶC sản", "sau rieng dac san"), ("Hoà", "hoa"), ("hòa", "hoa")],
)
def test_search_needs_no_diacritics(text, folded):
    assert fold(text) == folded
    assert fold(unicodedata.normalize("NFD", text)) == folded


@given(st.text())
@example("𝐀")
@example("ᾼ")
@example("㎒ ﬆ Đ")
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=120))
def test_a_slug_is_ascii_words_of_bounded_length(text):
    made = slug(text, longest=30)
    assert len(made) <= 30
    assert all(c in "abcdefghijklmnopqrstuvwxyz0123456789-" for c in made)
    assert not made.startswith("-")
    assert not made.endswith("-")


def test_a_slug_is_cut_between_words():
    assert slug("Bưởi da xanh Bạch Đằng", longest=14) == "buoi-da-xanh"


def test_tidy_composes_and_drops_controls():
    assert tidy(" a\u0302\x00 b\n c ") == "â b c"


def test_the_alphabet_decides_before_the_tone():
    words = ["đu đủ", "dưa", "ổi", "ớt", "ăn", "bưởi", "âm", "an", "ạc", "na", "nho"]
    assert sorted(words, key=vietnamese_sort_key) == [
        "ạc", "an", "ăn", "âm", "bưởi", "dưa", "đu đủ", "na", "nho", "ổi", "ớt",
    ]  # fmt: skip


def test_tones_decide_between_equal_letters():
    assert sorted(["mạ", "má", "mã", "mả", "mà", "ma"], key=vietnamese_sort_key) == [
        "ma", "mà", "mả", "mã", "má", "mạ",
    ]  # fmt: skip


@given(st.text())
def test_composed_and_decomposed_text_sort_alike(text):
    assert vietnamese_sort_key(nfc(text)) == vietnamese_sort_key(unicodedata.normalize("NFD", nfc(text)))
