"""Codes that people type: every single slip is noticed."""

import random
from contextlib import suppress
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traceability.labels.digital_link import (
    ALPHABET,
    CODE_LENGTH,
    NotACode,
    WrongCheckSymbol,
    check_symbol,
    grouped,
    new_serial,
    normalise,
)

codes = st.text(ALPHABET, min_size=9, max_size=9).map(lambda body: body + check_symbol(body))


def is_valid(code):
    return check_symbol(code[:-1]) == code[-1]


def test_the_alphabet_is_31_symbols_without_look_alikes():
    assert len(ALPHABET) == len(set(ALPHABET)) == 31
    assert not set(ALPHABET) & set("01ILO")


class TestTheCheckSymbolCatches:
    def test_every_wrong_symbol_at_every_position(self):
        code = new_serial(random.Random(1))
        for at in range(CODE_LENGTH):
            wrong = [code[:at] + symbol + code[at + 1 :] for symbol in ALPHABET if symbol != code[at]]
            assert len(wrong) == 30
            assert not any(map(is_valid, wrong))

    def test_every_swap_of_every_two_symbols_at_every_two_positions(self):
        for i, j in combinations(range(CODE_LENGTH), 2):
            # The check is linear, so one filling of the other places stands for all of them.
            free = next(k for k in range(CODE_LENGTH) if k not in (i, j))
            for a, b in combinations(ALPHABET, 2):
                code = _solved({i: a, j: b}, free=free)
                swapped = list(code)
                swapped[i], swapped[j] = swapped[j], swapped[i]
                assert is_valid(code)
                assert not is_valid("".join(swapped))

    @given(codes, st.integers(0, 9), st.sampled_from(ALPHABET))
    def test_one_wrong_symbol_in_any_code(self, code, at, symbol):
        typed = code[:at] + symbol + code[at + 1 :]
        if typed == code:
            assert normalise(typed) == code
        else:
            with pytest.raises(WrongCheckSymbol):
                normalise(typed)

    @given(codes, st.integers(0, 9), st.integers(0, 9))
    def test_any_swap_in_any_code(self, code, i, j):
        typed = list(code)
        typed[i], typed[j] = typed[j], typed[i]
        assert is_valid("".join(typed)) == (code[i] == code[j])


def _solved(fixed, *, free):
    for symbol in ALPHABET:
        places = {**dict.fromkeys(range(CODE_LENGTH), "7"), **fixed, free: symbol}
        code = "".join(places.values())
        if is_valid(code):
            return code
    raise AssertionError("31 is prime: one symbol always fits")


class TestTyping:
    @given(codes)
    def test_case_spaces_dashes_and_full_width_forms_do_not_matter(self, code):
        wide = "".join(chr(ord(symbol) + 0xFEE0) for symbol in code)
        for typed in (
            code,
            code.lower(),
            grouped(code),
            f" {code[:5]}–{code[5:]}\u00a0",
            wide,
            "-".join(code),
        ):
            assert normalise(typed) == code

    def test_look_alikes_are_named(self):
        with pytest.raises(NotACode) as refusal:
            normalise("O2345 I789o")
        assert refusal.value.values == {"typed": "O2345 I789o", "reason": "symbol", "look_alikes": "OI"}

    @pytest.mark.parametrize("typed", ["", "23456", "23456789ABC", "   "])
    def test_too_few_or_too_many_symbols_are_no_code(self, typed):
        with pytest.raises(NotACode) as refusal:
            normalise(typed)
        assert refusal.value.values["reason"] == "length"

    @pytest.mark.parametrize("typed", ["Â345678923", "٣345678923", "23456/89AB"])
    def test_foreign_signs_are_no_code(self, typed):
        with pytest.raises(NotACode):
            normalise(typed)

    @given(st.text(max_size=30))
    def test_any_text_is_a_code_or_refused_by_name(self, typed):
        with suppress(NotACode, WrongCheckSymbol):
            assert is_valid(normalise(typed))


def test_new_serials_are_valid_and_differ():
    source = random.Random(7)
    drawn = [new_serial(source) for _ in range(2_000)]
    assert len(set(drawn)) == 2_000
    assert all(normalise(code) == code for code in drawn)
