"""Grams and đồng: read as people type them, kept as integers, divided without loss.

Vietnamese writing: a comma is the decimal sign and a dot groups thousands ("1.200,5" is one
thousand two hundred and a half). Phones put a dot on their number pad, so a dot that cannot be a
grouping ("120.5", "0.500") is read as a decimal sign. Pages read the amount back in words before
anything is sent, which is what catches a reading that the writer did not mean.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Final, NewType

from app.kernel.problems import Invalid

Grams = NewType("Grams", int)
Dong = NewType("Dong", int)

# A lorry with trailer carries about 30 t; nobody picks more than this in one entry.
HEAVIEST: Final = Grams(100_000_000)
# 100 billion đồng: no order of a farm market comes near, and a slipped zero does.
DEAREST: Final = Dong(100_000_000_000)

# Grams in one unit. Tạ and yến are the old market units, still said at every orchard gate.
WEIGHT_UNITS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "g": 1, "gr": 1, "gam": 1,
        "kg": 1_000, "kí": 1_000, "ký": 1_000, "ki": 1_000, "ky": 1_000, "ki lô": 1_000, "kilo": 1_000,
        "yến": 10_000, "yen": 10_000,
        "tạ": 100_000, "ta": 100_000,
        "tấn": 1_000_000, "tan": 1_000_000, "t": 1_000_000,
    }
)  # fmt: skip

# Đồng in one unit, as prices are said and typed.
MONEY_UNITS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "đ": 1, "₫": 1, "vnd": 1, "vnđ": 1, "đồng": 1, "dong": 1, "d": 1,
        "k": 1_000, "ngàn": 1_000, "ngan": 1_000, "nghìn": 1_000, "nghin": 1_000,
        "tr": 1_000_000, "triệu": 1_000_000, "trieu": 1_000_000,
    }
)  # fmt: skip

_TYPED = re.compile(r"([0-9][0-9., ]*)([^0-9.,]*)")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:[. ][0-9]{3})+(?:,[0-9]+)?")
_PLAIN = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
_COMMA_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+")
# Only these become ASCII. NFKC as a whole would also turn a superscript or a circled digit into a
# figure, and "12²" must not become 122.
_FULL_WIDTH = {0xFF10 + n: ord("0") + n for n in range(10)} | {0xFF0C: ",", 0xFF0E: ".", 0x3000: " "}
_SPACES = {0x00A0: " ", 0x202F: " ", 0x2009: " "}


class NotAWeight(Invalid):
    """What was typed cannot be read as a weight to the gram."""

    type, field = "not-a-weight", "weight"


class AbsurdWeight(Invalid):
    """A weight of nothing, or more than a lorry carries."""

    type, field = "absurd-weight", "weight"


class NotAnAmount(Invalid):
    """What was typed cannot be read as a whole amount of đồng."""

    type, field = "not-an-amount", "amount"


class AbsurdAmount(Invalid):
    """More money than any order of this market."""

    type, field = "absurd-amount", "amount"


def parse_weight(typed: str, *, unit: str = "kg", heaviest: int = HEAVIEST) -> Grams:
    """Grams of a typed weight such as "120", "120,5", "1.200 kg" or "1,2 tấn".

    `unit` is meant when none is typed. Raises NotAWeight, or AbsurdWeight (0, or above `heaviest`).
    """
    read = _read(typed, unit=unit, units=WEIGHT_UNITS)
    if read is None:
        raise NotAWeight(typed=typed[:40])
    number, factor = read
    grams = number * factor
    if grams != grams.to_integral_value():
        raise NotAWeight(typed=typed[:40])
    return check_weight(int(grams), heaviest=heaviest)


def check_weight(weight_g: int, *, heaviest: int = HEAVIEST) -> Grams:
    """The weight itself, when a person could have weighed it; else AbsurdWeight."""
    if not 0 < weight_g <= heaviest:
        raise AbsurdWeight(weight_g=weight_g, heaviest_g=heaviest)
    return Grams(weight_g)


def parse_dong(typed: str, *, dearest: int = DEAREST) -> Dong:
    """Đồng of a typed amount such as "25000", "25.000 ₫", "25,000", "25k" or "1,2 triệu".

    Đồng has no decimals, so a bare comma before three digits groups thousands too.
    Raises NotAnAmount or AbsurdAmount (above `dearest`); zero is an amount.
    """
    read = _read(typed, unit="đ", units=MONEY_UNITS, comma_groups=True)
    if read is None:
        raise NotAnAmount(typed=typed[:40])
    number, factor = read
    amount = number * factor
    if amount != amount.to_integral_value():
        raise NotAnAmount(typed=typed[:40])
    if amount > dearest:
        raise AbsurdAmount(amount_vnd=int(amount), dearest_vnd=dearest)
    return Dong(int(amount))


def _read(
    typed: str, *, unit: str, units: Mapping[str, int], comma_groups: bool = False
) -> tuple[Decimal, int] | None:
    """The number and its unit's factor, or None when the text is not of that form."""
    text = typed.translate(_FULL_WIDTH).translate(_SPACES).strip().casefold()
    if len(text) > 40 or not (parts := _TYPED.fullmatch(text)):
        return None
    figures, named = parts[1].strip(), " ".join(parts[2].split())
    factor = units.get(named or unit)
    if factor is None:
        return None
    if comma_groups and factor == 1 and _COMMA_GROUPED.fullmatch(figures):
        return Decimal(figures.replace(",", "")), factor
    if _GROUPED.fullmatch(figures):
        return Decimal(figures.replace(".", "").replace(" ", "").replace(",", ".")), factor
    if _PLAIN.fullmatch(figures):
        return Decimal(figures.replace(",", ".")), factor
    return None


def kg(kilograms: int) -> Grams:
    """Whole kilograms as grams."""
    return Grams(kilograms * 1_000)


def in_kg(weight_g: int) -> Decimal:
    """Kilograms, exact to the gram."""
    return Decimal(weight_g).scaleb(-3)


def split_evenly(total: int, n: int) -> list[int]:
    """`n` parts that differ by at most 1 and sum to `total`; the larger ones come first.

    Raises ValueError when `n` is below 1 or `total` is negative.
    """
    if n < 1 or total < 0:
        raise ValueError(f"cannot split {total} into {n} parts")
    each, left = divmod(total, n)
    return [each + 1] * left + [each] * (n - left)


def split_in_proportion(total: int, weights: Sequence[int]) -> list[int]:
    """`total` shared by `weights` (≥ 0, not all 0), summing to `total`.

    Each part is within 1 of its exact share; what rounding leaves goes to the largest remainders,
    the earlier part first among equals. Raises ValueError for weights that share nothing.
    """
    whole = sum(weights)
    if total < 0 or whole <= 0 or min(weights) < 0:
        raise ValueError("shares need a total of at least 0 and weights with a positive sum")
    shares = [divmod(total * weight, whole) for weight in weights]
    parts = [quotient for quotient, _ in shares]
    by_remainder = sorted(range(len(shares)), key=lambda i: (-shares[i][1], i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts
