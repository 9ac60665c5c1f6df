"""RFC 8785 against the published Python implementation, and what a strict reader refuses."""

import json
import struct
from contextlib import suppress

import pytest
import rfc8785
from hypothesis import given
from hypothesis.strategies import (
    binary,
    booleans,
    characters,
    dictionaries,
    floats,
    integers,
    lists,
    none,
    recursive,
    text,
)

from ledger.core import jcs
from ledger.core.errors import MalformedJSON

TEXT = text(characters(exclude_categories=["Cs"]))
VALUES = recursive(
    none()
    | booleans()
    | integers(-(2**53) + 1, 2**53 - 1)
    | floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: lists(inner, max_size=5) | dictionaries(TEXT, inner, max_size=5),
    max_leaves=20,
)


@given(VALUES)
def test_bytes_are_those_of_the_oracle(value):
    assert jcs.canonicalize(value) == rfc8785.dumps(value)


@given(VALUES)
def test_canonical_bytes_are_read_as_canonical(value):
    data = jcs.canonicalize(value)
    assert jcs.canonicalize(jcs.parse_canonical(data)) == data


@given(binary(min_size=8, max_size=8))
def test_every_double_has_the_oracles_digits(bits):
    (value,) = struct.unpack(">d", bits)
    if value == value and abs(value) != float("inf"):
        assert jcs.number(value).encode() == rfc8785.dumps(value)


@given(binary(max_size=60))
def test_any_bytes_are_json_or_one_named_error(data):
    with suppress(MalformedJSON):
        jcs.parse(data)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":2}',
        b'{"a":1,"\\u0061":2}',
        b"NaN",
        b"-Infinity",
        b"1e400",
        b"9007199254740993",
        b"1" * 5000,
        b'"\\ud800"',
        b'["\\udc00\\ud800"]',
        b"\xef\xbb\xbf1",
        b"\xff",
        b"01",
        b"'a'",
        b'"\x01"',
        b"[" * 200 + b"]" * 200,
        b"[" * 100_000,
        b"",
    ],
    ids=lambda data: repr(data[:20]),
)
def test_what_two_readers_could_read_in_two_ways_is_refused(data):
    with pytest.raises(MalformedJSON):
        jcs.parse(data)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, -(2**53), "\ud800", {"\udfff": 1}])
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(MalformedJSON):
        jcs.canonicalize(value)


@pytest.mark.parametrize("data", [b'{"b":1,"a":2}', b"[1, 2]", b"1.0", b'"\\u0041"', b"[1]\n"])
def test_another_spelling_is_valid_and_not_canonical(data):
    jcs.parse(data)
    with pytest.raises(MalformedJSON):
        jcs.parse_canonical(data)


@pytest.mark.parametrize("value", ["lô\u0323c", {"lô\u0323c": 1}, [{"a": ["lô\u0323c"]}]])
def test_text_outside_normal_form_c_is_found_anywhere(value):
    with pytest.raises(MalformedJSON):
        jcs.check_nfc(value)
    jcs.check_nfc(json.loads('"l\u1ed9c"'))


@pytest.mark.parametrize(("open_", "close"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_a_hundred_levels_are_read_and_no_more(open_, close):
    jcs.parse(open_ * 99 + b'["]}[{"]' + close * 99)
    with pytest.raises(MalformedJSON):
        jcs.parse(open_ * 100 + b"[]" + close * 100)
