"""GS1 Digital Link URIs and the codes that people type: pure.

A label carries `{PUBLIC_URL}/01/{gtin}/10/{lot}/21/{serial}` as a QR code and the serial in
letters beneath it, so that a phone which cannot scan can still ask. Written links are canonical
(14-digit GTIN, key order 01, 22, 10, 21, upper-case escapes); `parse` accepts only what the
standard calls valid, `read` also what old labels and careless typing carry.

Source: GS1 Digital Link Standard, URI Syntax 1.6.0, sections 4 and 5. Only the key (01) is known
here; the other keys of the standard have no goods in this house.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, Protocol
from urllib.parse import quote, unquote

from app.kernel.problems import Invalid
from app.registry import gs1

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # 31 symbols, a prime; no 0 O 1 I L
CODE_LENGTH: Final = 10

_DIGITS = re.compile(r"[0-9]+")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PATH_ORDER: Final = ("22", "10", "21")
_DATE = r"[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])"

# Attributes that may stand in the query, as "AI pattern: value pattern".
# Source: GS1 General Specifications, section 3.2 (list of application identifiers).
_ATTRIBUTES: Final[Mapping[re.Pattern[str], re.Pattern[str]]] = MappingProxyType(
    {
        re.compile(ai): re.compile(value)
        for ai, value in {
            r"10|21|22": r"[!-?A-Z_a-z]{1,20}",  # of the path, stated as attributes
            r"1[1-356]|17": _DATE,  # production, due, packaging, best before, sell by, expiry
            r"20": r"[0-9]{2}",  # internal variant
            r"30|37": r"[0-9]{1,8}",  # counts
            r"31[0-6][0-5]|3[2-6][0-9][0-5]": r"[0-9]{6}",  # measures: 310n is net weight in kg
            r"39[02][0-9]": r"[0-9]{1,15}",  # amounts payable
            r"39[13][0-9]": r"[0-9]{4,18}",  # amounts payable with currency
            r"240|241|250|251": r"[!-?A-Z_a-z]{1,30}",
            r"422|424|426": r"[0-9]{3}",  # country of origin, processing, whole chain
            r"423|425": r"(?:[0-9]{3}){1,5}",
            r"7003": _DATE + r"(?:[01][0-9]|2[0-3])[0-5][0-9]",  # expiry date and time
            r"703[0-9]": r"[0-9]{3}[!-?A-Z_a-z]{1,27}",  # approval number of a processor
            r"9[0-9]": r"[!-?A-Z_a-z]{1,90}",  # agreed between partners, internal
        }.items()
    }
)


class NotADigitalLink(Invalid):
    """The address is not a Digital Link of a trade item; `reason` says what is wrong with it."""

    type, field = "not-a-digital-link", "link"

    def __init__(
        self,
        *,
        reason: Literal["form", "escape", "no-key", "unknown-key", "repeated-key", "order", "value"],
        at: str = "",
    ) -> None:
        super().__init__(reason=reason, at=at[:60])


@dataclass(frozen=True)
class DigitalLink:
    """One trade item, or a lot or a pack of it.

    `query` keeps in order what the address carried behind "?": attributes such as ("17", "261231")
    and foreign keys such as ("linkType", "all"). `padded` says that the GTIN was written short.
    """

    gtin: gs1.GTIN14
    lot: str | None = None
    serial: str | None = None
    variant: str | None = None
    query: tuple[tuple[str, str], ...] = ()
    padded: bool = False

    @property
    def path(self) -> str:
        """The canonical path: key, 22, 10, 21, with upper-case escapes."""
        values = (("01", self.gtin), ("22", self.variant), ("10", self.lot), ("21", self.serial))
        return "".join(f"/{key}/{quote(value, safe='')}" for key, value in values if value is not None)


def link(gtin: str, *, lot: str | None = None, serial: str | None = None) -> DigitalLink:
    """A link of our own. Raises NotAGTIN, WrongCheckDigit, NotALotNumber or NotASerial."""
    return DigitalLink(
        gs1.parse_gtin(gtin),
        lot=None if lot is None else gs1.parse_lot_no(lot),
        serial=None if serial is None else gs1.parse_serial(serial),
    )


def build(gtin: str, *, lot: str | None = None, serial: str | None = None) -> str:
    """The path that is printed: `/01/{gtin14}[/10/{lot}][/21/{serial}]`. Errors as `link`."""
    return link(gtin, lot=lot, serial=serial).path


def parse(target: str) -> DigitalLink:
    """A path with its query, still percent-escaped, by the letter of the standard.

    Raises NotADigitalLink, NotAGTIN (also for fewer than 14 digits), WrongCheckDigit,
    NotALotNumber, NotASerial.
    """
    found = _parse(target, stem=False)
    if found.padded:
        raise gs1.NotAGTIN(gtin=found.gtin.lstrip("0"))
    return found


def read(target: str) -> DigitalLink:
    """As `parse`, for a resolver: one trailing slash and a GTIN of 8, 12 or 13 digits are let pass."""
    path, mark, query = target.partition("?")
    return _parse(path.removesuffix("/") + mark + query, stem=False)


def parse_uri(uri: str) -> DigitalLink:
    """A whole http(s) URI of any domain, with or without a stem before the key; else as `parse`."""
    whole = re.fullmatch(r"(?:https?|HTTPS?)://([A-Za-z0-9.\-_~:\[\]%]+)(/[^#]*)(?:#.*)?", uri)
    if not whole or not re.fullmatch(r"(?:\[[0-9A-Fa-f:.]+\]|[^:\[\]%]+)(?::[0-9]{1,5})?", whole[1]):
        raise NotADigitalLink(reason="form", at=uri)
    found = _parse(whole[2], stem=True)
    if found.padded:
        raise gs1.NotAGTIN(gtin=found.gtin.lstrip("0"))
    return found


def _parse(target: str, *, stem: bool) -> DigitalLink:
    if not re.fullmatch(r"/[!-~]*", target) or "#" in target or len(target) > 2_000:
        raise NotADigitalLink(reason="form", at=target)
    path, _, query = target.partition("?")
    parts = path[1:].split("/")
    start = _start_of_key(parts) if stem else 0
    if parts[start : start + 1] != ["01"] or len(parts) - start < 2:
        raise NotADigitalLink(reason="no-key", at=path)
    if (len(parts) - start) % 2:
        raise NotADigitalLink(reason="form", at=path)
    written = _unescape(parts[start + 1])
    gtin = gs1.parse_gtin(_only_digits(written))
    qualifiers = _qualifiers(parts[start + 2 :])
    return DigitalLink(
        gtin,
        lot=_maybe(gs1.parse_lot_no, qualifiers.get("10")),
        serial=_maybe(gs1.parse_serial, qualifiers.get("21")),
        variant=_maybe(gs1.parse_serial, qualifiers.get("22")),
        query=tuple(_query(query, in_path={"01", *qualifiers})),
        padded=len(written) < len(gtin),
    )


def _start_of_key(parts: list[str]) -> int:
    """Where the key begins behind a stem: the first "01" that leaves whole pairs of key and value."""
    return next((i for i, part in enumerate(parts) if part == "01" and (len(parts) - i) % 2 == 0), 0)


def _only_digits(written: str) -> str:
    # parse_gtin forgives spaces and hyphens that a person types; an address has none.
    if not _DIGITS.fullmatch(written):
        raise gs1.NotAGTIN(gtin=written[:40])
    return written


def _qualifiers(parts: list[str]) -> dict[str, str]:
    """Qualifiers of the path, which stand in a fixed order and once each."""
    found: dict[str, str] = {}
    for key, escaped in zip(parts[::2], parts[1::2], strict=True):
        if key == "01" or key in found:
            raise NotADigitalLink(reason="repeated-key", at=key)
        if key not in _PATH_ORDER:
            raise NotADigitalLink(reason="unknown-key", at=key)
        if any(_PATH_ORDER.index(earlier) > _PATH_ORDER.index(key) for earlier in found):
            raise NotADigitalLink(reason="order", at=key)
        found[key] = _unescape(escaped)
    return found


def _query(query: str, *, in_path: set[str]) -> Iterable[tuple[str, str]]:
    seen = set(in_path)
    for pair in filter(None, re.split("[&;]", query)):
        escaped_key, equals, escaped = pair.partition("=")
        # Behind "?" a plus sign is a space, as browsers and the official engine have it.
        key, value = _unescape(escaped_key.replace("+", " ")), _unescape(escaped.replace("+", " "))
        if _DIGITS.fullmatch(key):
            if key in seen:
                raise NotADigitalLink(reason="repeated-key", at=key)
            seen.add(key)
            _check_attribute(key, value if equals else "")
        yield key, value


def _check_attribute(key: str, value: str) -> None:
    pattern = next((of_value for of_key, of_value in _ATTRIBUTES.items() if of_key.fullmatch(key)), None)
    if pattern is None:
        raise NotADigitalLink(reason="unknown-key", at=key)
    if not pattern.fullmatch(value) or "#" in value or "$" in value:
        raise NotADigitalLink(reason="value", at=key)


def _unescape(escaped: str) -> str:
    if _BAD_ESCAPE.search(escaped):
        raise NotADigitalLink(reason="escape", at=escaped)
    try:
        return unquote(escaped, encoding="utf-8", errors="strict")
    except UnicodeDecodeError as exc:
        raise NotADigitalLink(reason="escape", at=escaped) from exc


def _maybe(parse_value: Callable[[str], str], value: str | None) -> str | None:
    """The value as it stands: unlike a form, an address is not trimmed before it is checked."""
    if value is None:
        return None
    if parse_value(value) != value:
        raise NotADigitalLink(reason="value", at=value)
    return value


# --- typed codes ------------------------------------------------------------------------------


class NotACode(Invalid):
    """Not ten symbols of the alphabet; `look_alikes` names typed signs that no code contains."""

    type, field = "not-a-code", "code"

    def __init__(self, *, typed: str, reason: Literal["length", "symbol"], look_alikes: str = "") -> None:
        super().__init__(typed=typed[:40], reason=reason, look_alikes=look_alikes)


class WrongCheckSymbol(Invalid):
    """Ten symbols of the alphabet that were never printed: one is wrong, or two changed places."""

    type, field = "wrong-check-symbol", "code"


class RandomSource(Protocol):
    """What draws a number below `stop`: `secrets.SystemRandom()` at the edge, a seeded one in tests."""

    def randrange(self, stop: int, /) -> int:
        """A number from 0 to `stop` - 1, each as likely as the others."""
        ...


_LOOK_ALIKES: Final = "01ILO"
_LEFT_OUT = re.compile(r"[\s\-\u2010-\u2015\u2212._]+")
_FULL_WIDTH: Final = {0xFF01 + n: 0x21 + n for n in range(94)}


def check_symbol(body: str) -> str:
    """The last symbol of a code whose first nine are `body`.

    Position 1 weighs 10, position 9 weighs 2, the check symbol 1; the weighted sum is 0 mod 31.
    31 is prime and the weights differ, so any one wrong symbol and any swap of two change the sum.
    Raises ValueError for other than nine symbols of the alphabet.
    """
    if len(body) != CODE_LENGTH - 1:
        raise ValueError("a code has nine symbols before its check symbol")
    weighted = sum((CODE_LENGTH - n) * ALPHABET.index(symbol) for n, symbol in enumerate(body))
    return ALPHABET[-weighted % len(ALPHABET)]


def new_serial(random: RandomSource) -> str:
    """A fresh code: nine random symbols (about 44 bits) and the check symbol.

    Uniqueness is the database's; nothing about the goods can be read from it.
    """
    body = "".join(ALPHABET[random.randrange(len(ALPHABET))] for _ in range(CODE_LENGTH - 1))
    return body + check_symbol(body)


def normalise(typed: str) -> str:
    """The code that was meant: case, spaces, dashes and full-width forms do not matter.

    Raises NotACode or WrongCheckSymbol.
    """
    code = _LEFT_OUT.sub("", typed.translate(_FULL_WIDTH)).upper()
    if strange := [sign for sign in code if sign not in ALPHABET]:
        mistaken = "".join(dict.fromkeys(sign for sign in strange if sign in _LOOK_ALIKES))
        raise NotACode(typed=typed, reason="symbol", look_alikes=mistaken)
    if len(code) != CODE_LENGTH:
        raise NotACode(typed=typed, reason="length")
    if check_symbol(code[:-1]) != code[-1]:
        raise WrongCheckSymbol(code=code)
    return code


def grouped(code: str) -> str:
    """The code as it is printed: a gap after five symbols."""
    return f"{code[:5]} {code[5:]}"
