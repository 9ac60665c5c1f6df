"""Observed properties that a farm measures: unit, decimals, what a sensor can say, what a site knows.

Units are UCUM codes. Sensor spans are what common probes can deliver; site spans are the developers'
assumption for lowland southern Vietnam and only make a reading *suspect*, never wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True)
class ObservedProperty:
    """One property; spans in whole units, `good` is the range in which the crop does well."""

    key: str
    unit: str
    scale: int
    sensor: tuple[int, int]
    site: tuple[int, int] | None
    good: tuple[int, int] | None = None


PROPERTIES: Final[Mapping[str, ObservedProperty]] = MappingProxyType(
    {
        one.key: one
        for one in (
            ObservedProperty("soil_moisture", "%", 1, (0, 100), (2, 70), (25, 45)),
            ObservedProperty("soil_tension", "kPa", 2, (0, 300), (0, 200), (5, 40)),
            ObservedProperty("air_temperature", "Cel", 1, (-40, 80), (12, 42)),
            ObservedProperty("air_humidity", "%", 1, (0, 100), (20, 100)),
            ObservedProperty("rain", "mm", 2, (0, 200), (0, 60)),
            ObservedProperty("air_pressure", "kPa", 2, (30, 110), (97, 104)),
            ObservedProperty("wind_speed", "km/h", 1, (0, 250), (0, 90)),
            ObservedProperty("water_ph", "[pH]", 2, (0, 14), (5, 10), (6, 9)),
            ObservedProperty("water_oxygen", "mg/L", 2, (0, 30), (0, 20), (4, 12)),
            ObservedProperty("water_temperature", "Cel", 1, (-5, 60), (18, 38)),
            ObservedProperty("irrigation", "L/min", 1, (0, 5000), None),
            ObservedProperty("raw", "1", 3, (-1_000_000, 1_000_000), None),
        )
    }
)
