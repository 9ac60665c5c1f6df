"""Rules of lots: what is doubtful and held, what is impossible and refused, who may go on.

Reality is recorded: a harvest inside a pre-harvest interval, or more than its plot can bear, makes
a lot that is *held*. Refused is only what cannot be: a harvest tomorrow, more out than in.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from http import HTTPStatus
from types import MappingProxyType
from typing import ClassVar, Final
from uuid import UUID

from app.kernel.problems import Conflict, Forbidden, Invalid
from app.kernel.quantities import Grams, check_weight
from traceability.lots.crops import Crop

SHORTEST_REASON: Final = 5  # characters: "ok" and "." are no reasons


class HoldKind(StrEnum):
    """Why a lot is held; the key of its sentence in the catalogue."""

    EARLY_HARVEST = "early-harvest"  # inside a pre-harvest interval
    OVER_CAPACITY = "over-capacity"  # more than the plot can bear
    BALANCE = "balance"  # grams are missing or too many
    OFFICE = "office"  # an officer's command, for the reason that he wrote


@dataclass(frozen=True)
class Spray:
    """One application of a plant protection product to the plot."""

    product: str
    on: date
    phi_days: int

    @property
    def allows_picking_from(self) -> date:
        """First day on which this product allows a harvest."""
        return self.on + timedelta(days=self.phi_days)


@dataclass(frozen=True)
class EarlyHarvest:
    """Picked before the pre-harvest interval of `product` had passed."""

    kind: ClassVar[HoldKind] = HoldKind.EARLY_HARVEST
    product: str
    allowed_from: date

    def told(self) -> dict[str, str | int]:
        """Values for the sentence, as they are stored with the hold."""
        return {"product": self.product, "allowed_from": self.allowed_from.isoformat()}


@dataclass(frozen=True)
class OverCapacity:
    """The season's harvests of the plot weigh more than its area can bear."""

    kind: ClassVar[HoldKind] = HoldKind.OVER_CAPACITY
    crop: str
    season_g: int
    capacity_g: int

    def told(self) -> dict[str, str | int]:
        """Values for the sentence, as they are stored with the hold."""
        return {"crop": self.crop, "season_g": self.season_g, "capacity_g": self.capacity_g}


Hold = EarlyHarvest | OverCapacity


def early_harvest(sprays: Iterable[Spray], *, picked_on: date) -> EarlyHarvest | None:
    """The hold for a harvest before every pre-harvest interval (PHI) has passed, or None.

    The day of spraying is day 0; PHI 7 allows picking from day 7. Sprays after the harvest do not
    count. The hold names the product that sets the day and the first allowed day.
    Source: the product's registered label; glossary `phi_days`.
    """
    before = (spray for spray in sprays if spray.on <= picked_on)
    latest = max(before, key=lambda spray: spray.allows_picking_from, default=None)
    if latest is None or picked_on >= latest.allows_picking_from:
        return None
    return EarlyHarvest(product=latest.product, allowed_from=latest.allows_picking_from)


def over_capacity(crop: Crop | None, *, area_m2: int | None, season_g: int) -> OverCapacity | None:
    """The hold for a season that weighs more than the plot can bear, or None.

    `season_g` is everything picked from the plot this season, the new harvest included. A plot that
    is only a point has no area, and a crop without a yield no limit: nothing is doubted then.
    """
    if crop is None or area_m2 is None or season_g <= (capacity_g := crop.capacity_g(area_m2)):
        return None
    return OverCapacity(crop=crop.key, season_g=season_g, capacity_g=capacity_g)


def holds(
    *,
    sprays: Iterable[Spray],
    picked_on: date,
    crop: Crop | None,
    area_m2: int | None,
    season_g: int,
    adding_g: int,
) -> tuple[Hold, ...]:
    """Every reason to hold a new harvest; `season_g` is what the plot gave before it."""
    found = (
        early_harvest(sprays, picked_on=picked_on),
        over_capacity(crop, area_m2=area_m2, season_g=season_g + adding_g),
    )
    return tuple(hold for hold in found if hold is not None)


class HarvestInTheFuture(Invalid):
    """Nobody has picked tomorrow's fruit."""

    type, field = "harvest-in-the-future", "picked_on"


class HarvestLongPast(Invalid):
    """More than a year ago: most often a slipped year."""

    type, field = "harvest-long-past", "picked_on"


def check_harvest(*, picked_on: date, weight_g: int, today: date) -> Grams:
    """The weight, when such a harvest can have been.

    Raises HarvestInTheFuture, HarvestLongPast, AbsurdWeight.
    """
    check_not_in_the_future(picked_on, today=today)
    if picked_on < today - timedelta(days=366):
        raise HarvestLongPast(picked_on=picked_on, today=today)
    return check_weight(weight_g)


def check_not_in_the_future(day: date, *, today: date) -> None:
    """Raises HarvestInTheFuture for a day after `today` (both local)."""
    if day > today:
        raise HarvestInTheFuture(picked_on=day, today=today)


# --- mass balance -----------------------------------------------------------------------------


class MoreThanTheLotHolds(Conflict):
    """The output weighs more than what is left of the lot."""

    type, status, field = "more-than-the-lot-holds", HTTPStatus.CONFLICT, "weight"

    def __init__(self, *, asked_g: int, remaining_g: int) -> None:
        super().__init__(asked_g=asked_g, remaining_g=remaining_g, over_g=asked_g - remaining_g)


@dataclass(frozen=True)
class Balance:
    """Grams of one lot: what came in and where it went."""

    in_g: int
    packed_g: int = 0
    shipped_g: int = 0
    lost_g: int = 0

    @property
    def remaining_g(self) -> int:
        """What must still lie there; negative when more went out than came in."""
        return self.in_g - self.packed_g - self.shipped_g - self.lost_g


def take(balance: Balance, output_g: int) -> Grams:
    """What remains after taking `output_g` out. Raises MoreThanTheLotHolds or AbsurdWeight."""
    check_weight(output_g)
    if output_g > balance.remaining_g:
        raise MoreThanTheLotHolds(asked_g=output_g, remaining_g=balance.remaining_g)
    return Grams(balance.remaining_g - output_g)


def pack_weight(*, units: int, unit_g: int, remaining_g: int) -> Grams:
    """Grams that `units` packs of `unit_g` take from a lot.

    Raises AbsurdWeight (no pack, or a pack of nothing) or MoreThanTheLotHolds.
    """
    check_weight(unit_g)
    taken = check_weight(units * unit_g)
    take(Balance(in_g=remaining_g), taken)
    return taken


def most_units(remaining_g: int, unit_g: int) -> int:
    """How many whole packs are still in the lot."""
    return max(0, remaining_g // check_weight(unit_g))


def split_weights(total_g: int, parts_g: Sequence[int]) -> list[Grams]:
    """Parts of a split, the rest of the lot last when there is one.

    Neither makes nor loses a gram. Raises MoreThanTheLotHolds or AbsurdWeight.
    """
    parts = [check_weight(part) for part in parts_g]
    rest = total_g - sum(parts)
    if rest < 0:
        raise MoreThanTheLotHolds(asked_g=sum(parts), remaining_g=total_g)
    return [*parts, Grams(rest)] if rest else parts


# --- states -----------------------------------------------------------------------------------


class LotState(StrEnum):
    """Where a lot stands."""

    OPEN = "open"  # may be labelled, packed, sold
    HELD = "held"  # nothing moves until someone entitled releases it
    RECALLED = "recalled"  # called back from everybody
    CLOSED = "closed"  # nothing is left, or the recall is over


class LotStep(StrEnum):
    """What can happen to a lot's state."""

    HOLD = "hold"
    RELEASE = "release"  # of the last hold
    RECALL = "recall"
    END_RECALL = "end-recall"
    CLOSE = "close"
    REOPEN = "reopen"  # a correction gave grams back


TRANSITIONS: Final[Mapping[tuple[LotState, LotStep], LotState]] = MappingProxyType(
    {
        (LotState.OPEN, LotStep.HOLD): LotState.HELD,
        (LotState.OPEN, LotStep.RECALL): LotState.RECALLED,
        (LotState.OPEN, LotStep.CLOSE): LotState.CLOSED,
        (LotState.HELD, LotStep.HOLD): LotState.HELD,  # a second reason
        (LotState.HELD, LotStep.RELEASE): LotState.OPEN,
        (LotState.HELD, LotStep.RECALL): LotState.RECALLED,
        (LotState.RECALLED, LotStep.END_RECALL): LotState.CLOSED,
        (LotState.CLOSED, LotStep.HOLD): LotState.HELD,  # its packs lie at a stall
        (LotState.CLOSED, LotStep.RECALL): LotState.RECALLED,
        (LotState.CLOSED, LotStep.REOPEN): LotState.OPEN,
    }
)


class NoSuchStep(Conflict):
    """The lot's state does not allow this step."""

    type, status, field = "no-such-step", HTTPStatus.CONFLICT, "lot"


class LotOnHold(Conflict):
    """The lot is held: neither labelled nor packed nor sold until someone entitled releases it."""

    type, status, field = "lot-on-hold", HTTPStatus.CONFLICT, "lot"


class LotRecalled(Conflict):
    """The lot is called back."""

    type, status, field = "lot-recalled", HTTPStatus.CONFLICT, "lot"


class LotClosed(Conflict):
    """Nothing is left of the lot."""

    type, status, field = "lot-closed", HTTPStatus.CONFLICT, "lot"


def after(state: LotState, step: LotStep) -> LotState:
    """The state after a step. Raises NoSuchStep."""
    try:
        return TRANSITIONS[state, step]
    except KeyError as exc:
        raise NoSuchStep(state=state.value, step=step.value) from exc


def check_open(state: LotState, *, lot_no: str) -> None:
    """Raises LotOnHold, LotRecalled or LotClosed unless goods of the lot may move."""
    refusals = {LotState.HELD: LotOnHold, LotState.RECALLED: LotRecalled, LotState.CLOSED: LotClosed}
    if state in refusals:
        raise refusals[state](lot_no=lot_no)


# --- release of a hold ------------------------------------------------------------------------


class OwnHold(Forbidden):
    """A hold is not released by the organisation that harvested the lot."""

    type, status, field = "own-hold", HTTPStatus.FORBIDDEN, "lot"


class NotEntitledToRelease(Forbidden):
    """Neither an officer nor a packer."""

    type, status, field = "not-entitled-to-release", HTTPStatus.FORBIDDEN, "lot"


class ReasonMissing(Invalid):
    """A decision about somebody's goods needs its reason in words."""

    type, field = "lot-reason-missing", "reason"


OFFICERS: Final = frozenset({"officer", "approving_officer"})


def check_may_release(
    kind: HoldKind,
    *,
    roles: Collection[str],
    organisation_id: UUID | None,
    harvested_by: UUID | None,
    reason: str,
) -> str:
    """The reason, tidied, when this actor may release the hold.

    An officer may release any hold; a packer of another organisation than the one that harvested
    may release every hold but the office's own. Raises OwnHold, NotEntitledToRelease, ReasonMissing.
    """
    if not OFFICERS.intersection(roles):
        if "packer" not in roles or organisation_id is None or kind is HoldKind.OFFICE:
            raise NotEntitledToRelease(kind=kind.value)
        if organisation_id == harvested_by:
            raise OwnHold(kind=kind.value)
    return check_reason(reason)


def check_reason(reason: str) -> str:
    """The reason without needless spaces. Raises ReasonMissing below five characters."""
    words = " ".join(reason.split())
    if len(words) < SHORTEST_REASON:
        raise ReasonMissing(shortest=SHORTEST_REASON)
    return words
