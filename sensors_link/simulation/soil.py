"""Water in the root zone as a bucket: rain and irrigation fill it, the crop and drainage empty it. Pure.

The bucket and its stress coefficient follow FAO Irrigation and Drainage Paper 56, chapter 8, with a
crop coefficient and soil of a loam that were assumed. The probe answers late and a little noisily.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import cos, pi
from random import Random
from typing import Final

from app.kernel.calendar import local_time
from sensors_link.simulation.weather import Air

WILTING_POINT: Final = 0.16  # m³ water per m³ soil
FIELD_CAPACITY: Final = 0.32
SATURATION: Final = 0.45
ROOT_ZONE_MM: Final = 600.0
DEPLETION_SHARE: Final = 0.45  # of the available water, before the crop suffers (FAO-56 p)
CROP_COEFFICIENT: Final = 0.9

_AVAILABLE_MM: Final = (FIELD_CAPACITY - WILTING_POINT) * ROOT_ZONE_MM
_READY_MM: Final = DEPLETION_SHARE * _AVAILABLE_MM
_MOST_HELD_MM: Final = (SATURATION - WILTING_POINT) * ROOT_ZONE_MM
_DRAINS: Final = 0.02  # share of what is above field capacity, per step: most of it within a day
_WATERING_FROM, _WATERING_STEPS = 6, 12  # from six in the morning, for two hours
_PROBE_STEPS: Final = 8.0  # time constant of the probe


@dataclass(frozen=True)
class Soil:
    """The root zone after one step: the truth, what a probe says of it, and what came in."""

    time: datetime
    moisture: float  # m³ per m³, between wilting point and saturation
    probe: float  # the same as the probe sees it, m³ per m³
    rain_mm: float
    irrigation_mm: float


def root_zone(rng: Random, air: Sequence[Air], *, irrigated: bool = True) -> list[Soil]:
    """The soil under this weather, a step for a step; watered at dawn when it has got too dry."""
    held = _AVAILABLE_MM * rng.uniform(0.7, 0.95)  # above the wilting point
    seen = WILTING_POINT + held / ROOT_ZONE_MM
    watering: list[float] = []
    found = []
    for step in air:
        local = local_time(step.time)
        missing = _AVAILABLE_MM - held
        if irrigated and not watering and local.hour == _WATERING_FROM and missing > _READY_MM:
            watering = [missing / _WATERING_STEPS] * _WATERING_STEPS
        water = watering.pop() if watering else 0.0
        held = _next(held, taken_mm=_uptake(held, step), added_mm=step.rain_mm + water)
        moisture = WILTING_POINT + held / ROOT_ZONE_MM
        seen += (moisture - seen) / _PROBE_STEPS
        warmth = 0.004 * cos(2 * pi * (local.hour + local.minute / 60 - 15) / 24)
        probe = min(SATURATION, max(WILTING_POINT, seen + warmth + rng.gauss(0.0, 0.0012)))
        found.append(Soil(step.time, moisture, probe, step.rain_mm, water))
    return found


def _uptake(held: float, step: Air) -> float:
    """What the crop draws in this step; less and less below the readily available water (FAO-56 eq. 84)."""
    unstressed = _AVAILABLE_MM - _READY_MM
    stress = min(1.0, held / unstressed)
    return step.evaporation_mm * CROP_COEFFICIENT * stress


def _next(held: float, *, taken_mm: float, added_mm: float) -> float:
    filled = min(_MOST_HELD_MM, held - taken_mm + added_mm)  # what is above saturation runs off
    return max(0.0, filled - max(0.0, filled - _AVAILABLE_MM) * _DRAINS)
