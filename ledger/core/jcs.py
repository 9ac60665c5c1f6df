"""Canonical JSON (RFC 8785): one spelling of a value, so that its hash means the value.

Objects are sorted by the UTF-16 units of their names, numbers written as ECMAScript does, strings escaped
as little as possible. JCS does not normalise text: `check_nfc` does that part, apart.
"""

import json
import math
import re
import unicodedata
from collections import Counter
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Final, NoReturn, TypeAlias

from ledger.core.errors import MalformedJSON

JSONValue: TypeAlias = "bool | int | float | str | list[JSONValue] | dict[str, JSONValue] | None"

LARGEST_INTEGER: Final = 2**53 - 1  # beyond it two integers share one IEEE double
DEEPEST: Final = 100  # arrays and objects inside each other; deeper input is an attack on the stack

_INTEGER_LITERAL: Final = re.compile(r"-?(0|[1-9][0-9]{0,15})")
_STRING_OR_BRACKET: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"|[][{}]', re.DOTALL)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_LONGEST_WHOLE: Final = 22  # a sign and 21 digits; larger doubles are written with an exponent


def canonicalize(value: JSONValue) -> bytes:
    """The canonical UTF-8 bytes of a value.

    Raises MalformedJSON for NaN, infinities, integers beyond 2^53-1, lone surrogates and values nested
    deeper than 100. Source: RFC 8785.
    """
    try:
        return _write(value, 0).encode("utf-8")
    except UnicodeEncodeError as exc:
        raise MalformedJSON("a lone surrogate is no text") from exc


def parse(data: bytes) -> JSONValue:
    """Read JSON strictly: UTF-8 without mark, no name twice, no NaN, no lone surrogate, no integer
    that a double would change.

    White space and the order of members are free: compare with `canonicalize` where they must not be.
    Raises MalformedJSON and nothing else.
    """
    try:
        text = data.decode("utf-8")
        _check_depth(text)
        value: JSONValue = json.loads(
            text, object_pairs_hook=_members, parse_constant=_constant, parse_int=_integer, parse_float=_float
        )
    except ValueError as exc:  # decoding and JSON errors are ValueErrors
        raise MalformedJSON(f"cut off, or not strict JSON: {exc}") from exc
    _check_text(value)
    return value


def parse_canonical(data: bytes) -> JSONValue:
    """Read bytes that must already be canonical; raises MalformedJSON when they are not."""
    value = parse(data)
    if canonicalize(value) != data:
        raise MalformedJSON(
            "not the canonical spelling (RFC 8785): it was formatted or saved anew since it was made"
        )
    return value


def check_nfc(value: JSONValue) -> None:
    """Raise MalformedJSON if a name or string is not in Unicode normal form C.

    `ộ` has two spellings that look alike on every screen and hash differently.
    """
    if isinstance(value, str):
        if not unicodedata.is_normalized("NFC", value):
            raise MalformedJSON("text is not in normal form C (NFC)")
    elif isinstance(value, list):
        for item in value:
            check_nfc(item)
    elif isinstance(value, dict):
        for name, member in value.items():
            check_nfc(name)
            check_nfc(member)


def number(value: float) -> str:
    """A double as ECMAScript's Number::toString writes it; raises MalformedJSON unless it is finite.

    Python's `repr` finds the same shortest digits; only the layout differs. Source: RFC 8785, 3.2.2.3.
    """
    if not math.isfinite(value):
        raise MalformedJSON("NaN and infinities are no JSON")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    shortest = Decimal(repr(abs(value))).normalize().as_tuple()
    digits = "".join(map(str, shortest.digits))
    point = len(digits) + int(shortest.exponent)  # where the decimal point stands, counted from the left
    if len(digits) <= point <= 21:
        return sign + digits.ljust(point, "0")
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{fraction}e{point - 1:+d}"


def _write(value: JSONValue, depth: int) -> str:
    if isinstance(value, (dict, list)) and depth >= DEEPEST:
        raise MalformedJSON(f"nested deeper than {DEEPEST}")
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{_string(name)}:{_write(value[name], depth + 1)}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_write(item, depth + 1) for item in value) + "]"
    return _write_scalar(value)


def _write_scalar(value: object) -> str:
    if isinstance(value, str):
        return _string(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number(value)
    if isinstance(value, int) and abs(value) <= LARGEST_INTEGER:
        return str(value)
    raise MalformedJSON(f"no canonical JSON for {type(value).__name__}, or an integer beyond 2^53-1")


def _string(text: str) -> str:
    return encode_basestring(text)  # escapes exactly what RFC 8785, 3.2.2.2 escapes


def _members(pairs: list[tuple[str, JSONValue]]) -> dict[str, JSONValue]:
    members = dict(pairs)
    if len(members) != len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise MalformedJSON(f"the name {twice!r} stands twice in one object")
    return members


def _constant(name: str) -> NoReturn:
    raise MalformedJSON(f"{name} is no JSON")


def _integer(literal: str) -> int | float:
    if _INTEGER_LITERAL.fullmatch(literal) and abs(int(literal)) <= LARGEST_INTEGER:
        return int(literal)
    # Beyond 2^53-1 only the digits that a double itself is written with: nothing is lost then.
    if len(literal) <= _LONGEST_WHOLE and number(float(literal)) == literal:
        return float(literal)
    raise MalformedJSON("an integer beyond 2^53-1 has no exact double")


def _float(literal: str) -> float:
    value = float(literal)
    if not math.isfinite(value):
        raise MalformedJSON("a number beyond the range of doubles")
    return value


def _check_depth(text: str) -> None:
    """Count brackets before the C reader sees them: it recurses, and dies where some library has raised
    Python's recursion limit.
    """
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        sign = match[0]
        depth += (sign in "[{") - (sign in "]}")
        if depth > DEEPEST:
            raise MalformedJSON(f"nested deeper than {DEEPEST}")


def _check_text(value: JSONValue) -> None:
    if isinstance(value, str):
        if _SURROGATE.search(value):
            raise MalformedJSON("a lone surrogate is no text")
    elif isinstance(value, list):
        for item in value:
            _check_text(item)
    elif isinstance(value, dict):
        for name, member in value.items():
            _check_text(name)
            _check_text(member)
