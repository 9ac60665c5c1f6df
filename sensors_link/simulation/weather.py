"""Weather of a lowland site at 11° north: rain, air temperature, humidity, reference evaporation. Pure.

Rain days are a Markov chain whose chance follows the monsoon; showers come in the afternoon; a shower
cools the air; humidity falls as the air warms above the night's lowest. One step is ten minutes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Final

from app.kernel.calendar import local_time

STEP: Final = timedelta(minutes=10)
STEPS_A_DAY: Final = 144
TIP_MM: Final = 0.2  # one tip of the gauge's bucket
MOST_MM: Final = 20.0  # in one step; a cloudburst of more is not known here

# Chance that a day after a dry one is wet, January to December: rains from May to mid-November.
_WET_CHANCE: Final = (0.08, 0.08, 0.08, 0.15, 0.35, 0.45, 0.50, 0.50, 0.50, 0.45, 0.25, 0.10)
_AFTER_WET: Final = 0.30
_EVAPORATION_MM: Final = (5.0, 3.2)  # reference evapotranspiration of a dry and of a wet day
_AMPLITUDE: Final = (5.5, 3.0)  # half of the daily span of a dry and of a wet day, °C
_DAY_START, _DAY_HOURS = 6.0, 12.0


@dataclass(frozen=True)
class Air:
    """The air over one step that begins at `time` (UTC): what fell in it, and how it was."""

    time: datetime
    rain_mm: float  # in this step, whole tips
    temperature: float  # °C
    humidity: float  # %, 30 to 100
    light: float  # 0 at night, 1 at a clear noon
    evaporation_mm: float  # reference, in this step


@dataclass(frozen=True)
class _Day:
    wet: bool
    mean: float
    amplitude: float


def weather(rng: Random, *, start: datetime, steps: int) -> list[Air]:
    """The weather from `start` (aware) on, step by step. Raises ValueError for a naive start."""
    first = local_time(start).replace(hour=0, minute=0, second=0, microsecond=0)
    lead = (start - first) // STEP
    days = _days(rng, first, (lead + steps) // STEPS_A_DAY + 2)
    rain = [fallen for day in days for fallen in _day_of_rain(rng, day)]
    found: list[Air] = []
    cooled = 0.0
    for n in range(lead + steps):
        raining = rain[n] > 0.0
        cooled += (3.0 - cooled) * 0.4 if raining else -cooled * 0.06
        number, within = divmod(n, STEPS_A_DAY)
        time = start + (n - lead) * STEP
        air = _air(rng, time, days[number], days[number + 1], within=within, cooled=cooled, rain_mm=rain[n])
        if n >= lead:
            found.append(air)
    return found


def nearby(rng: Random, air: Sequence[Air]) -> list[Air]:
    """The same weather a few kilometres on: showers weaker or stronger, the air a little off."""
    offset = rng.gauss(0.0, 0.3)
    share = 1.0
    found = []
    for before, now in pairwise([air[0], *air]):
        if now.rain_mm and not before.rain_mm:
            share = rng.uniform(0.5, 1.4)
        rain = round(now.rain_mm * share / TIP_MM) * TIP_MM
        found.append(replace(now, rain_mm=rain, temperature=now.temperature + offset))
    return found


def _days(rng: Random, first: datetime, count: int) -> list[_Day]:
    wet = rng.random() < _WET_CHANCE[first.month - 1]
    drift = 0.0
    days = []
    for n in range(count):
        chance = _WET_CHANCE[(first + timedelta(days=n)).month - 1] + (_AFTER_WET if wet else 0.0)
        wet = rng.random() < chance
        drift = 0.7 * drift + rng.gauss(0.0, 0.5)
        days.append(_Day(wet, 27.5 + drift, _AMPLITUDE[wet]))
    return days


def _day_of_rain(rng: Random, day: _Day) -> list[float]:
    """Millimetres per step: one shower, its amount split at random over its length."""
    fallen = [0.0] * STEPS_A_DAY
    if not day.wet:
        return fallen
    amount = rng.gammavariate(0.8, 18.0)
    # A big rain takes its time: on average no more than half of the most that a step can bring.
    length = max(2, round(rng.uniform(20, 110) / 10), math.ceil(2 * amount / MOST_MM))
    begin = min(max(0, round(rng.gauss(16.0, 2.0) * 6)), STEPS_A_DAY - length)
    parts = [rng.gammavariate(1.5, 1.0) for _ in range(length)]
    held = 0.0  # what has come down and has not tipped the bucket yet
    for n, part in enumerate(parts):
        held += amount * part / sum(parts)
        tips = int(min(held, MOST_MM) / TIP_MM)
        held -= tips * TIP_MM
        fallen[begin + n] = tips * TIP_MM
    return fallen


def _air(
    rng: Random, time: datetime, day: _Day, tomorrow: _Day, *, within: int, cooled: float, rain_mm: float
) -> Air:
    hour = within / 6
    share = hour / 24  # days flow into each other; midnight makes no step
    mean = day.mean + (tomorrow.mean - day.mean) * share
    amplitude = day.amplitude + (tomorrow.amplitude - day.amplitude) * share
    temperature = mean + amplitude * math.cos(2 * math.pi * (hour - 14) / 24) - cooled + rng.gauss(0, 0.12)
    above_lowest = temperature - (mean - amplitude)
    sun = _sun(within)
    return Air(
        time=time,
        rain_mm=rain_mm,
        temperature=temperature,
        humidity=min(100.0, max(30.0, 96.0 - 4.2 * above_lowest)),
        light=sun * (0.55 if day.wet else 0.9),
        evaporation_mm=_EVAPORATION_MM[day.wet] * sun / _SUN_OF_A_DAY,
    )


def _sun(within: int) -> float:
    """How high the sun stands in a step of the day: 0 at night, 1 at noon."""
    return max(0.0, math.sin(math.pi * (within / 6 - _DAY_START) / _DAY_HOURS))


_SUN_OF_A_DAY: Final = sum(_sun(within) for within in range(STEPS_A_DAY))
