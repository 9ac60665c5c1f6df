"""Months of a season, and near words: pure."""

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from app.kernel.text import fold

NEAR_ENOUGH = 0.66
"""Share of equal letters from which a name is suggested; below, Vietnamese syllables all look alike."""


def season_runs(months: Sequence[int]) -> list[tuple[int, int]]:
    """Months (1 to 12) as runs that may pass the new year: (11, 12, 1, 2) is one run (11, 2)."""
    held = sorted(set(months))
    if len(held) in {0, 12}:
        return [(1, 12)] if held else []
    starts = [month for month in held if (month - 2) % 12 + 1 not in held]
    return [(start, _end(start, held)) for start in starts]


def _end(start: int, held: Sequence[int]) -> int:
    month = start
    while month % 12 + 1 in held:
        month = month % 12 + 1
    return month


def next_month(months: Sequence[int], *, this_month: int) -> int | None:
    """The first month of the season after this one; None for a crop that is never picked."""
    coming = [(month - this_month - 1) % 12 for month in months]
    return (this_month + min(coming)) % 12 + 1 if coming else None


def nearest(asked: str, names: Iterable[str], *, most: int = 3) -> list[str]:
    """Names that look like what was typed, the nearest first; diacritics and spaces do not count."""
    wanted = fold(asked).replace(" ", "")
    if len(wanted) < 3:
        return []
    scored = []
    for name in set(names):
        likeness = _likeness(wanted, fold(name).split())
        if likeness >= NEAR_ENOUGH:
            scored.append((-likeness, name))
    return [name for _, name in sorted(scored)[:most]]


def _likeness(wanted: str, words: Sequence[str]) -> float:
    """The best share of equal letters with any run of the name's words."""
    runs = ("".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, len(words) + 1))
    return max((SequenceMatcher(None, wanted, run).ratio() for run in runs), default=0.0)
