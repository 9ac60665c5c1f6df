"""What a device makes of the truth: samples at its interval and resolution, and its faults. Pure.

Values are rounded to the resolution before anything tests them, as in a real device. Every fault is
labelled, so that a quality test can be measured against what really happened.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from random import Random
from types import MappingProxyType
from typing import Final

Sample = tuple[datetime, Decimal]


class Fault(StrEnum):
    """What went wrong with one sample."""

    GAP = "gap"  # never sent
    SPIKE = "spike"  # a single value far from its neighbours
    RANGE = "range"  # a value that the sensor cannot measure


NOTHING_WRONG: Final[Mapping[int, tuple[Fault, Decimal]]] = MappingProxyType({})


@dataclass(frozen=True)
class Silence:
    """The device sends nothing from `start` until before `end`: no power, no radio."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Sent:
    """What a device sent, and the truth about its faults by time."""

    samples: Sequence[Sample]
    faults: dict[datetime, Fault]


def rounded(value: float, resolution: Decimal) -> Decimal:
    """The nearest multiple of the resolution, with the resolution's decimals."""
    return round(value / float(resolution)) * resolution


def sampled(truth: Iterable[tuple[datetime, float]], *, every: int, resolution: Decimal) -> list[Sample]:
    """Every `every`-th value, rounded: a probe that looks now and then."""
    return [(time, rounded(value, resolution)) for n, (time, value) in enumerate(truth) if n % every == 0]


def summed(truth: Sequence[tuple[datetime, float]], *, every: int, resolution: Decimal) -> list[Sample]:
    """The sum of every `every` steps, told when they are over: a gauge that counts.

    It is told at the beginning of the step that follows; the last steps, which none follows, are not.
    """
    return [
        (truth[n + every][0], rounded(sum(value for _, value in truth[n : n + every]), resolution))
        for n in range(0, len(truth) - every, every)
    ]


def silences(rng: Random, *, start: datetime, end: datetime, count: int) -> list[Silence]:
    """`count` silences of four hours to a day and a half, in order, one in each part of the window.

    In a short window they are shorter: at most half of their part.
    """
    part = (end - start) / count if count else timedelta(0)
    found = []
    for n in range(count):
        length = min(timedelta(hours=rng.uniform(4, 36)), part / 2)
        begin = start + part * n + (part - length) * rng.random()
        found.append(Silence(begin, begin + length))
    return found


def heard(samples: Sequence[Sample], silent: Sequence[Silence]) -> list[int]:
    """Positions of the samples that no silence swallows, counted from 0."""
    return [
        n for n, (time, _) in enumerate(samples) if not any(one.start <= time < one.end for one in silent)
    ]


def sent(
    samples: Sequence[Sample],
    *,
    silent: Sequence[Silence] = (),
    wrong: Mapping[int, tuple[Fault, Decimal]] = NOTHING_WRONG,
) -> Sent:
    """The samples as they arrive: some with a wrong value, those of a silence not at all.

    `wrong` says by position, counted from 0, which value comes instead, and what fault that is; in a
    silence it is not sent either, and the fault is the gap.
    """
    faults = {samples[n][0]: fault for n, (fault, _) in wrong.items()}
    arrived = set(heard(samples, silent))
    faults |= {time: Fault.GAP for n, (time, _) in enumerate(samples) if n not in arrived}
    values = [(time, wrong[n][1] if n in wrong else value) for n, (time, value) in enumerate(samples)]
    return Sent([sample for n, sample in enumerate(values) if n in arrived], faults)
