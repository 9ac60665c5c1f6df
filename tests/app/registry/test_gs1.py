"""GS1 keys: what is a number, and whose."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.registry import gs1

# Published examples of the GS1 General Specifications and of the GS1 check digit calculator.
EXAMPLES = ["6291041500213", "09506000134352", "09506000134376", "614141000036", "40170725"]

digits = st.text("0123456789", min_size=1, max_size=17)


class TestTheCheckDigit:
    @pytest.mark.parametrize("key", EXAMPLES)
    def test_of_published_numbers_is_right(self, key):
        assert gs1.has_right_check_digit(key)

    @given(digits)
    def test_computed_is_accepted_and_every_other_refused(self, body):
        right = gs1.check_digit(body)
        for last in "0123456789":
            assert gs1.has_right_check_digit(body + last) == (last == right)

    @given(st.text("0123456789", min_size=13, max_size=13), st.integers(0, 12), st.integers(1, 9))
    def test_catches_any_one_wrong_digit(self, body, at, shift):
        key = body + gs1.check_digit(body)
        wrong = key[:at] + str((int(key[at]) + shift) % 10) + key[at + 1 :]
        assert not gs1.has_right_check_digit(wrong)

    @pytest.mark.conformance
    def test_agrees_with_every_vector_of_the_corpus(self):
        if not (corpus := os.environ.get("CORPUS")):
            pytest.skip("skipped: no CORPUS")
        vectors = json.loads(Path(corpus, "digital-link", "check_digits.json").read_text("utf-8"))
        for vector in vectors:
            assert gs1.has_right_check_digit(vector["value"]) is vector["valid"], vector
            assert gs1.check_digit(vector["value"][:-1]) == vector["check_digit"], vector


class TestAGTIN:
    @pytest.mark.parametrize(
        ("typed", "gtin"),
        [
            ("40170725", "00000040170725"),
            ("614141000036", "00614141000036"),
            ("9506000134352", "09506000134352"),
            (" 950-6000 134352 ", "09506000134352"),
            ("09506000134376", "09506000134376"),
        ],
    )
    def test_of_any_length_becomes_fourteen_digits(self, typed, gtin):
        assert gs1.parse_gtin(typed) == gtin

    @pytest.mark.parametrize(
        "typed", ["", "123", "950600013435２", "95060001343521234", "95060001343O2", "٩٥٠٦٠٠٠١٣٤٣٥٢"]
    )
    def test_of_other_signs_or_length_is_refused(self, typed):
        with pytest.raises(gs1.NotAGTIN):
            gs1.parse_gtin(typed)

    def test_with_a_wrong_check_digit_is_told_the_fitting_one(self):
        with pytest.raises(gs1.WrongCheckDigit) as refusal:
            gs1.parse_gtin("9506000134353")
        assert refusal.value.values["fitting"] == "2"


class TestNumbersFromACompanyPrefix:
    def test_are_thirteen_digits_under_the_demonstration_prefix(self):
        gtin = gs1.gtin_from("95212345", 7)
        assert gtin[:13] == "0952123450007"
        assert gs1.parse_gtin(gtin) == gtin
        assert gs1.is_demonstration(gtin)

    @given(st.text("0123456789", min_size=4, max_size=11), st.integers(0, 10**8))
    def test_are_always_valid_and_never_the_same_for_two_items(self, prefix, reference):
        if reference >= gs1.item_references(prefix):
            with pytest.raises(gs1.NoNumberLeft):
                gs1.gtin_from(prefix, reference)
            return
        gtin = gs1.gtin_from(prefix, reference)
        assert gs1.parse_gtin(gtin) == gtin
        assert gtin[1 : 1 + len(prefix)] == prefix
        assert int(gtin[1 + len(prefix) : 13]) == reference

    @pytest.mark.parametrize("prefix", ["", "952", "952123451234", "9521２345"])
    def test_need_a_real_prefix(self, prefix):
        with pytest.raises(gs1.BadCompanyPrefix):
            gs1.gtin_from(prefix, 1)

    def test_a_place_has_its_number_too(self):
        gln = gs1.gln_from("95212345", 1)
        assert gs1.parse_gln(gln) == gln
        with pytest.raises(gs1.NotAGLN):
            gs1.parse_gln(gln[1:])


@pytest.mark.parametrize(
    ("gtin", "restricted"),
    [
        ("02012345678905", True),
        ("00212345678905", True),
        ("00412345678905", True),
        ("00000020123456", True),
        ("00000040170725", False),
        ("09506000134352", False),
        ("08931881408130", False),
        ("00614141000036", False),
    ],
)
def test_numbers_of_one_shop_only_are_known(gtin, restricted):
    assert gs1.is_restricted_circulation(gs1.GTIN14(gtin)) is restricted


class TestLotAndSerialNumbers:
    def test_take_each_of_the_82_signs(self):
        signs = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
        assert len(signs) == 82
        assert gs1.strange_signs(signs) == ""
        assert all(gs1.parse_lot_no("A" + sign) == "A" + sign for sign in signs)

    @pytest.mark.parametrize("typed", ["", "A" * 21, "LÔ1", "A B", "A#1", "１２", ".", "..", "A\n1"])
    def test_and_nothing_else(self, typed):
        with pytest.raises(gs1.NotALotNumber):
            gs1.parse_lot_no(typed)
        with pytest.raises(gs1.NotASerial):
            gs1.parse_serial(typed)

    def test_a_refusal_names_the_strange_signs(self):
        with pytest.raises(gs1.NotALotNumber) as refusal:
            gs1.parse_lot_no("LÔ 1Ô")
        assert refusal.value.values["strange"] == "Ô "
