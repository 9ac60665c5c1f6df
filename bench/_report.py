"""What benchmarks share: the machine, rounds in turn, medians, the table, and the JSON line at the end."""

import gc
import json
import os
import platform
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

ROUNDS = 5  # the fewest that a median is taken of

Timed = Callable[[], float]  # does some work and returns the seconds that it took


@dataclass(frozen=True)
class Bound:
    """What a figure has to keep: at most or at least this much."""

    limit: float
    at_least: bool = False

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.limit:g}"

    def holds(self, value: float) -> bool:
        """Whether a measured value keeps it."""
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass
class Measured:
    """What a benchmark found, by name; None where it could not be measured, and `reasons` say why."""

    figures: dict[str, float | None] = field(default_factory=dict)
    peers: dict[str, float | None] = field(default_factory=dict)
    ratios: dict[str, float | None] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)

    def add(self, other: Self) -> None:
        """Take in what another part found."""
        self.figures |= other.figures
        self.peers |= other.peers
        self.ratios |= other.ratios
        self.reasons += other.reasons


def in_turn(*timed: Timed, rounds: int = ROUNDS) -> list[list[float]]:
    """Seconds of each work, a list each; every round does all of them, so a busy moment meets all alike."""
    seconds: list[list[float]] = [[] for _ in timed]
    for _ in range(rounds):
        for work, found in zip(timed, seconds, strict=True):
            gc.collect()
            found.append(work())
    return seconds


def ratio(over: list[float], under: list[float]) -> float:
    """The median of the rounds' own quotients."""
    return statistics.median(a / b for a, b in zip(over, under, strict=True))


def machine(**more: str) -> dict[str, Any]:
    """Where and when the figures were measured."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),  # of the last minute, at the end of the run
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "date": datetime.now(UTC).date().isoformat(),
        **more,
    }


def print_report(
    bench: str, found: Measured, bounds: Mapping[str, Bound], about: Mapping[str, Any], *, table: bool
) -> None:
    """Print the table, if it is wanted, and the JSON object in one line."""
    if table:
        print(f"{bench}: {', '.join(f'{name} {value}' for name, value in about.items())}")
        for kind, values in (("figure", found.figures), ("peer", found.peers), ("ratio", found.ratios)):
            for name, value in values.items():
                print(_row(kind, name, value, bounds.get(name)))
        for reason in found.reasons:
            print(f"not measured: {reason}")
    rounded = {
        part: {name: None if value is None else float(f"{value:.4g}") for name, value in values.items()}
        for part, values in (("figures", found.figures), ("peers", found.peers), ("ratios", found.ratios))
    }
    print(json.dumps({"bench": bench, "machine": dict(about), **rounded}), flush=True)


def _row(kind: str, name: str, value: float | None, bound: Bound | None) -> str:
    told = "null" if value is None else f"{value:.4g}"
    if bound is None:
        return f"  {kind:7}{name:34}{told:>12}"
    kept = "" if value is None else "kept" if bound.holds(value) else "MISSED"
    return f"  {kind:7}{name:34}{told:>12}   {bound!s:9} {kept}"


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
