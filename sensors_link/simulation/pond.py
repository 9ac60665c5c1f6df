"""A fish pond: water follows the air slowly, algae breathe out by day and everything breathes by night.

Pure. Oxygen is lowest at dawn and an aerator starts before the fish suffer; pH rises and falls with
the carbon dioxide that the same algae take and give. Rates are assumed for a green, stocked pond.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Final

from sensors_link.simulation.weather import Air

AERATOR_BELOW: Final = 3.5  # mg/L
_HOURS_A_STEP: Final = 1 / 6
_MADE: Final = 1.3  # mg/L an hour at full light
_BREATHED: Final = 0.33  # mg/L an hour
_EXCHANGED: Final = (0.06, 0.5)  # share of the deficit an hour, still and with the aerator


@dataclass(frozen=True)
class Pond:
    """The pond's water after one step."""

    time: datetime
    temperature: float  # °C
    oxygen: float  # mg/L
    ph: float
    aerated: bool


def oxygen_saturation(celsius: float) -> float:
    """Oxygen in fresh water at equilibrium with air at sea level, mg/L; within 0.15 from 0 to 30 °C.

    Source: polynomial fit of Elmore and Hayes (1960).
    """
    return 14.652 - 0.41022 * celsius + 0.007991 * celsius**2 - 0.000077774 * celsius**3


def pond(rng: Random, air: Sequence[Air]) -> list[Pond]:
    """The pond under this weather, a step for a step."""
    temperature, oxygen = air[0].temperature, 6.0
    found = []
    for step in air:
        # About a day to follow the air; the sun warms the water above it.
        temperature += (step.temperature + 1.2 + 4.0 * step.light - temperature) / 90
        aerated = oxygen < AERATOR_BELOW
        deficit = oxygen_saturation(temperature) - oxygen
        change = _MADE * step.light - _BREATHED + _EXCHANGED[aerated] * deficit
        oxygen = max(0.3, oxygen + change * _HOURS_A_STEP)
        ph = 7.5 + 0.14 * (oxygen - 6.0)
        found.append(
            Pond(
                step.time,
                temperature + rng.gauss(0.0, 0.03),
                max(0.0, oxygen + rng.gauss(0.0, 0.06)),
                ph + rng.gauss(0.0, 0.015),
                aerated,
            )
        )
    return found
