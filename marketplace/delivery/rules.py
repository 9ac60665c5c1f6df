"""What reaching the buyer costs and when it happens: pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from app.kernel.calendar import local_day, local_time
from app.kernel.problems import Conflict, Invalid

DEAREST_FEE: Final = 2_000_000
LONGEST: Final = 14
"""Days; fresh produce that travels longer is another trade."""
LAST_ORDER: Final = time(15, 0)
"""An order at this hour or later counts as the next day's: nobody packs at night."""


class Handover(StrEnum):
    """How goods change hands."""

    DELIVERY = "delivery"
    PICKUP = "pickup"


class AbsurdFee(Invalid):
    """A fee for one order that nobody would pay."""

    type, field = "absurd-fee", "fee"


class NothingIsFree(Invalid):
    """Delivery free from an order of nothing: that is a fee of 0."""

    type, field = "nothing-is-free", "free_from"


class AbsurdDays(Invalid):
    """Not a whole number of days in which fresh goods arrive."""

    type, field = "absurd-days", "days"


class DoesNotDeliver(Conflict):
    """The seller hands over at the farm only."""

    type = "does-not-deliver"


@dataclass(frozen=True)
class Terms:
    """A seller's terms. `fee_vnd` of one order, None where he does not deliver.

    From goods of `free_from_vnd` on delivery costs nothing; `days` from the order to the buyer's hands.
    """

    fee_vnd: int | None
    free_from_vnd: int | None
    days: int

    @property
    def delivers(self) -> bool:
        """Whether goods are brought to the buyer at all."""
        return self.fee_vnd is not None


@dataclass(frozen=True)
class Quote:
    """What one seller's goods cost in the buyer's hands, and on which day they are there."""

    handover: Handover
    goods_vnd: int
    fee_vnd: int
    arrives_on: date

    @property
    def total_vnd(self) -> int:
        """Đồng to pay, everything included."""
        return self.goods_vnd + self.fee_vnd


def check_terms(terms: Terms) -> None:
    """Raises AbsurdFee, NothingIsFree, AbsurdDays."""
    if terms.fee_vnd is not None and not 0 <= terms.fee_vnd <= DEAREST_FEE:
        raise AbsurdFee(dearest=DEAREST_FEE)
    if terms.free_from_vnd is not None and terms.free_from_vnd < 1:
        raise NothingIsFree
    if not 0 <= terms.days <= LONGEST:
        raise AbsurdDays(longest=LONGEST)


def fee(terms: Terms, handover: Handover, goods_vnd: int) -> int:
    """Đồng of bringing one order; fetching it costs nothing. Raises DoesNotDeliver."""
    if handover is Handover.PICKUP:
        return 0
    if terms.fee_vnd is None:
        raise DoesNotDeliver
    free = terms.free_from_vnd is not None and goods_vnd >= terms.free_from_vnd
    return 0 if free else terms.fee_vnd


def arrives_on(placed_at: datetime, days: int) -> date:
    """The day at the plot on which goods ordered at a moment are there."""
    late = local_time(placed_at).time() >= LAST_ORDER
    return local_day(placed_at) + timedelta(days=days + late)


def quote(terms: Terms, handover: Handover, goods_vnd: int, at: datetime) -> Quote:
    """What goods cost and when they are there, ordered at a moment. Raises DoesNotDeliver."""
    return Quote(handover, goods_vnd, fee(terms, handover, goods_vnd), arrives_on(at, terms.days))


def agreement(quotes: list[Quote]) -> str:
    """Sum and last day of one checkout as a form carries them: what the buyer saw when he pressed."""
    return f"{sum(one.total_vnd for one in quotes)} {max(one.arrives_on for one in quotes)}"
