"""When scans of one serial look like scans of several labels: pure.

A label is on one pack; a family, a stall and a kitchen scan it a few times. Many networks in one
day mean that many phones in many places see "the same" pack. The limits are ours (house rule), set
low enough to warn early and said on the page as a possibility, never as a verdict.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

NETWORKS_A_DAY: Final = 6
SCANS_A_DAY: Final = 40


@dataclass(frozen=True)
class DayOfScans:
    """Scans of one serial on one day, and from how many networks."""

    scans: int
    networks: int


@dataclass(frozen=True)
class Suspicion:
    """Why a serial may have been copied, with the figures of the day that says so."""

    reason: Literal["many-places", "many-scans"]
    scans: int
    networks: int


def suspicion(days: Mapping[date, DayOfScans]) -> Suspicion | None:
    """The first suspicion that the days give, earliest day first, or None."""
    for _, seen in sorted(days.items()):
        if seen.networks >= NETWORKS_A_DAY:
            return Suspicion("many-places", seen.scans, seen.networks)
        if seen.scans >= SCANS_A_DAY:
            return Suspicion("many-scans", seen.scans, seen.networks)
    return None
