"""GS1 keys: check digits, GTIN and GLN, the characters of lot and serial numbers. Pure.

Source: GS1 General Specifications, sections 3 (application identifiers), 7.9 (check digits),
7.11 (character set 82) and 1.4.2 (prefixes). Digits are `[0-9]`: `str.isdigit()` would let
full-width and Arabic digits into a key.
"""

import re
from typing import Final, NewType

from app.kernel.problems import Invalid

GTIN14 = NewType("GTIN14", str)
GLN = NewType("GLN", str)

GTIN_LENGTHS: Final = (8, 12, 13, 14)
# GS1 gives this prefix for demonstrations and examples; a real shop never meets it.
DEMONSTRATION_PREFIX: Final = "952"
DEMONSTRATION_OWNER: Final = "GS1"

_DIGITS = re.compile(r"[0-9]+")
_CHARSET_82 = re.compile(r"""[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}""")


class NotAGTIN(Invalid):
    """Not 8, 12, 13 or 14 digits."""

    type, field = "not-a-gtin", "gtin"


class NotAGLN(Invalid):
    """Not 13 digits."""

    type, field = "not-a-gln", "gln"


class WrongCheckDigit(Invalid):
    """The last digit does not fit the others: one digit is wrong, or two changed places."""

    type, field = "wrong-check-digit", "gtin"


class BadCompanyPrefix(Invalid):
    """Not a company prefix of 4 to 11 digits, or one too long for the number wanted."""

    type, field = "bad-company-prefix", "company_prefix"


class NoNumberLeft(Invalid):
    """The item reference does not fit behind this company prefix."""

    type, field = "no-number-left", "item_reference"


class NotALotNumber(Invalid):
    """Not 1 to 20 signs that GS1 allows in a lot number (no space, no Vietnamese letter)."""

    type, field = "not-a-lot-number", "lot_no"


class NotASerial(Invalid):
    """Not 1 to 20 signs that GS1 allows in a serial number."""

    type, field = "not-a-serial", "serial"


def check_digit(digits: str) -> str:
    """The mod-10 digit that follows `digits` (any GS1 key: GTIN, GLN, SSCC).

    Weights 3, 1, 3 … from the right. Raises ValueError for anything but ASCII digits.
    """
    if not _DIGITS.fullmatch(digits):
        raise ValueError("a check digit is computed over digits")
    total = sum(int(digit) * (3, 1)[n % 2] for n, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def has_right_check_digit(key: str) -> bool:
    """Whether the last digit of a key fits the others; False for what is not two digits or more."""
    return len(key) > 1 and _DIGITS.fullmatch(key) is not None and check_digit(key[:-1]) == key[-1]


def parse_gtin(typed: str) -> GTIN14:
    """GTIN-8, -12, -13 or -14 as 14 digits; spaces and hyphens between digits are ignored.

    Raises NotAGTIN or WrongCheckDigit (tells the digit that would fit).
    """
    digits = re.sub(r"[ \-]", "", typed.strip())
    if len(digits) not in GTIN_LENGTHS or not _DIGITS.fullmatch(digits):
        raise NotAGTIN(gtin=typed[:40])
    _refuse_wrong_check_digit(digits)
    return GTIN14(digits.zfill(14))


def parse_gln(typed: str) -> GLN:
    """A GLN of 13 digits; spaces and hyphens are ignored. Raises NotAGLN or WrongCheckDigit."""
    digits = re.sub(r"[ \-]", "", typed.strip())
    if len(digits) != 13 or not _DIGITS.fullmatch(digits):
        raise NotAGLN(gln=typed[:40])
    _refuse_wrong_check_digit(digits)
    return GLN(digits)


def _refuse_wrong_check_digit(digits: str) -> None:
    fitting = check_digit(digits[:-1])
    if digits[-1] != fitting:
        raise WrongCheckDigit(number=digits, given=digits[-1], fitting=fitting)


def gtin_from(company_prefix: str, item_reference: int) -> GTIN14:
    """The GTIN-13 of one trade item, as 14 digits: company prefix, item reference, check digit.

    Raises BadCompanyPrefix, or NoNumberLeft when the reference needs more digits than are left.
    """
    return GTIN14(_thirteen(company_prefix, item_reference).zfill(14))


def gln_from(company_prefix: str, location_reference: int) -> GLN:
    """The GLN of one place. Errors as `gtin_from`."""
    return GLN(_thirteen(company_prefix, location_reference))


def item_references(company_prefix: str) -> int:
    """How many trade items a company prefix can number (10 to the power of the free digits)."""
    return int(10 ** (12 - len(_checked_prefix(company_prefix))))


def _thirteen(company_prefix: str, reference: int) -> str:
    capacity = item_references(company_prefix)
    if not 0 <= reference < capacity:
        raise NoNumberLeft(company_prefix=company_prefix, reference=reference, capacity=capacity)
    body = company_prefix + str(reference).zfill(12 - len(company_prefix))
    return body + check_digit(body)


def _checked_prefix(company_prefix: str) -> str:
    if not 4 <= len(company_prefix) <= 11 or not _DIGITS.fullmatch(company_prefix):
        raise BadCompanyPrefix(company_prefix=company_prefix[:40])
    return company_prefix


def is_demonstration(gtin: GTIN14) -> bool:
    """Whether the number stands under GS1's prefix for demonstrations (952)."""
    return gtin[1:].startswith(DEMONSTRATION_PREFIX)


def is_restricted_circulation(gtin: GTIN14) -> bool:
    """Whether the number is valid within one company or region only: never on a label for all.

    GTIN-13 with GS1 prefix 020-029, 040-049 or 200-299, GTIN-8 beginning with 0 or 2.
    Source: GS1 General Specifications, section 1.4.2 and 2.1.11.
    """
    if gtin.startswith("000000"):
        return gtin[6] in "02"
    prefix = gtin[1:4]
    return prefix[0] == "2" or prefix[:2] in {"02", "04"}


def parse_lot_no(typed: str) -> str:
    """A lot number for AI (10), as typed without outer spaces. Raises NotALotNumber."""
    if not _is_charset_82(lot_no := typed.strip()):
        raise NotALotNumber(lot_no=typed[:40], strange=strange_signs(lot_no))
    return lot_no


def parse_serial(typed: str) -> str:
    """A serial number for AI (21), as typed without outer spaces. Raises NotASerial."""
    if not _is_charset_82(serial := typed.strip()):
        raise NotASerial(serial=typed[:40], strange=strange_signs(serial))
    return serial


def _is_charset_82(text: str) -> bool:
    # "." and ".." would be eaten as dot segments by every browser that opens the Digital Link.
    return _CHARSET_82.fullmatch(text) is not None and text not in {".", ".."}


def strange_signs(text: str) -> str:
    """The signs of a text that GS1's character set 82 lacks, each once, in order."""
    return "".join(dict.fromkeys(sign for sign in text[:40] if not _CHARSET_82.fullmatch(sign)))
