"""What a diary entry must say: pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from app.kernel.problems import Invalid

LONGEST_PHI: Final = 365  # days; the longest intervals on labels are a few months


class WorkKind(StrEnum):
    """Kinds of work, as the farmer's buttons name them."""

    SPRAY = "spray"
    FERTILISE = "fertilise"
    WATER = "water"
    PRUNE = "prune"
    TAP = "tap"
    FEED = "feed"
    OTHER = "other"


class WorkInTheFuture(Invalid):
    """What is planned is not yet done."""

    type, field = "work-in-the-future", "done_on"


class WorkLongPast(Invalid):
    """More than a year ago: most often a slipped year."""

    type, field = "work-long-past", "done_on"


class ProductMissing(Invalid):
    """A spray without the name of what was sprayed."""

    type, field = "product-missing", "product"


class IntervalMissing(Invalid):
    """A spray without its pre-harvest interval, or with an absurd one."""

    type, field = "interval-missing", "phi_days"


@dataclass(frozen=True)
class Details:
    """What was used; each text is None where nothing was said."""

    product: str | None = None
    active_ingredient: str | None = None
    dose: str | None = None
    phi_days: int | None = None


def check_day(done_on: date, *, today: date) -> None:
    """Raises WorkInTheFuture or WorkLongPast."""
    if done_on > today:
        raise WorkInTheFuture(done_on=done_on, today=today)
    if done_on < today - timedelta(days=366):
        raise WorkLongPast(done_on=done_on, today=today)


def check_details(kind: WorkKind, details: Details) -> Details:
    """The details that this kind of work keeps.

    A spray needs its product and the interval on its label (0 to 365 days); other works have no interval.
    Raises ProductMissing or IntervalMissing.
    """
    if kind is not WorkKind.SPRAY:
        return Details(details.product, details.active_ingredient, details.dose)
    if not details.product:
        raise ProductMissing
    if details.phi_days is None or not 0 <= details.phi_days <= LONGEST_PHI:
        raise IntervalMissing(longest=LONGEST_PHI)
    return details
