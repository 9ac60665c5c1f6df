"""What may be offered, and how a listing stands: pure."""

from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from app.kernel.problems import Conflict, Invalid

LIGHTEST_G: Final = 100
HEAVIEST_G: Final = 50_000  # one person lifts it onto a scooter
CHEAPEST: Final = 1_000
DEAREST: Final = 100_000_000
MOST_UNITS: Final = 10_000


class ListingState(StrEnum):
    """How a listing stands for a buyer."""

    OPEN = "open"
    SOLD_OUT = "sold_out"
    WITHDRAWN = "withdrawn"
    STOPPED = "stopped"  # its lot is held, recalled or closed
    EXPIRED = "expired"  # past the last day on which its lot may be sold


class AbsurdUnits(Invalid):
    """Not a whole number of units that one lot has."""

    type, field = "absurd-units", "units"


class AbsurdPrice(Invalid):
    """A price that nobody asks for one unit."""

    type, field = "absurd-price", "price"


class AbsurdUnitWeight(Invalid):
    """A unit that is no retail pack or crate."""

    type, field = "absurd-unit-weight", "unit_weight"


class MoreThanTheLot(Conflict):
    """More is offered than is left of the lot after what is offered already."""

    type, field = "more-than-the-lot", "units"


class PastShelfLife(Conflict):
    """The lot is older than its product may be sold."""

    type = "past-shelf-life"


def sell_by(harvested_on: date, shelf_life_days: int | None) -> date | None:
    """The last day on which a lot may be sold, or None when the office set no limit.

    A house rule for the shop, in the sense of GS1's AI (16); whether goods may still be eaten is what
    AI (15) and (17) would say, and nobody has told us.
    """
    return None if shelf_life_days is None else harvested_on + timedelta(days=shelf_life_days)


def check_shelf_life(last_day: date | None, *, lot_no: str, today: date) -> None:
    """Raises PastShelfLife after the last day of sale."""
    if last_day is not None and today > last_day:
        raise PastShelfLife(lot_no=lot_no, last_day=last_day)


def check_offer(*, unit_weight_g: int, units: int, price_vnd: int, free_g: int) -> None:
    """Raises AbsurdUnitWeight, AbsurdUnits, AbsurdPrice, MoreThanTheLot (`free_g`: not yet offered)."""
    if not LIGHTEST_G <= unit_weight_g <= HEAVIEST_G:
        raise AbsurdUnitWeight(lightest_g=LIGHTEST_G, heaviest_kg=HEAVIEST_G // 1000)
    if not 1 <= units <= MOST_UNITS:
        raise AbsurdUnits(most=MOST_UNITS)
    if not CHEAPEST <= price_vnd <= DEAREST:
        raise AbsurdPrice(cheapest=CHEAPEST, dearest=DEAREST)
    if units * unit_weight_g > free_g:
        raise MoreThanTheLot(most=max(0, free_g) // unit_weight_g)


def standing(*, withdrawn: bool, lot_open: bool, past: bool, available: int) -> ListingState:
    """How the listing stands: withdrawn, stopped by its lot, past its last day, sold out, else open."""
    if withdrawn:
        return ListingState.WITHDRAWN
    if not lot_open:
        return ListingState.STOPPED
    if past:
        return ListingState.EXPIRED
    return ListingState.OPEN if available > 0 else ListingState.SOLD_OUT


def price_per_kg(price_vnd: int, unit_weight_g: int) -> int:
    """Đồng for a kilogram, rounded to the nearest đồng, halves up."""
    return (price_vnd * 1000 + unit_weight_g // 2) // unit_weight_g
