"""How many labels a lot may still get: pure."""

from http import HTTPStatus
from typing import Final

from app.kernel.problems import Conflict, Invalid
from app.kernel.quantities import check_weight

MOST_ON_A_SHEET: Final = 1_000


class AbsurdCount(Invalid):
    """No label, or more than one sheet order has."""

    type, field = "absurd-count", "count"


class LabelsExceedLot(Conflict):
    """The labels would stand for more goods than the lot has left."""

    type, status, field = "labels-exceed-lot", HTTPStatus.CONFLICT, "count"


def check_labels(*, count: int, unit_g: int, remaining_g: int, labelled_g: int) -> None:
    """Refuse labels for goods that are not there.

    `remaining_g` lies in the lot unpacked, `labelled_g` is what labels already printed and not yet stuck
    on stand for. Raises AbsurdCount, AbsurdWeight, LabelsExceedLot (with the most that still go).
    """
    if not 1 <= count <= MOST_ON_A_SHEET:
        raise AbsurdCount(most=MOST_ON_A_SHEET)
    check_weight(unit_g)
    if count * unit_g > remaining_g - labelled_g:
        raise LabelsExceedLot(
            asked_g=count * unit_g,
            remaining_g=remaining_g,
            labelled_g=labelled_g,
            most=most_labels(unit_g=unit_g, remaining_g=remaining_g, labelled_g=labelled_g),
        )


def most_labels(*, unit_g: int, remaining_g: int, labelled_g: int) -> int:
    """How many more labels of this weight the lot may get."""
    return min(MOST_ON_A_SHEET, max(0, remaining_g - labelled_g) // check_weight(unit_g))
