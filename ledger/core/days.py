"""What the batches of one datastream in a file leave open between them.

A window proves that none of its batch was left out between its first and its last reading. From one batch
to the next nothing of the kind is proved: a whole day, or a supplement of late readings, may be sealed and
not be in the file. The bodies tell which days have no batch here; the log tells which batches there are.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Final

from ledger.core.batch import Batch
from ledger.core.report import State, Steps

_AT_THE_PLOT: Final = timezone(timedelta(hours=7))  # a batch is of one day there; Vietnam has no summer time
_MOST_TOLD: Final = 20  # stretches that a step lists; a file may have ten thousand
_SCAN: Final = "which batches there are, the log's tile/entries tell"


@dataclass(frozen=True)
class Shown:
    """An entry of a batch. `batch` is None where its body is not in the file.

    `first` and `last` are the times of the first and last reading that are shown, `begin` to `end` (excluded)
    their places; None and 0 where none is.
    """

    batch: Batch | None
    begin: int = 0
    end: int = 0
    first: datetime | None = None
    last: datetime | None = None


def check_days(shown: Iterable[Shown | None], steps: Steps) -> None:
    """Note, for each datastream with two batches or more, which days and readings between are not here.

    It changes no verdict: whether something is lacking, the file alone cannot tell. The browser's verifier
    has no such step.
    """
    streams: dict[str, list[tuple[Batch, Shown]]] = {}
    unread = 0
    for one in shown:
        if one is not None and one.batch is not None:
            streams.setdefault(one.batch.datastream, []).append((one.batch, one))
        unread += one is not None and one.batch is None
    for datastream, batches in streams.items():
        if len(batches) > 1:
            steps.add(f"days {datastream}", State.NOT_CHECKED, _days_words(batches, unread))


def _days_words(batches: Sequence[tuple[Batch, Shown]], unread: int) -> str:
    days = sorted((_day(batch.first), _day(batch.last)) for batch, _ in batches)
    span = f"{days[0][0]} to {max(last for _, last in days)}"
    gone = [_stretch(*each) for each in _without(days)]
    here = f"no batch of {_some(gone)} is in this file" if gone else f"a batch of each day of {span} is here"
    told = [f"{here} (days at UTC+07:00)"]
    if unread:
        told.append(f"{unread} more without content, whose days are not known")
    if hidden := [
        f"{count} from {since.isoformat()} to {until.isoformat()}" for since, until, count in _hidden(batches)
    ]:
        told.append(f"not shown though sealed: {_some(hidden)}")
    return "; ".join([*told, f"between two batches nothing is proven to be whole: {_SCAN}"])


def _without(days: Sequence[tuple[date, date]]) -> Iterator[tuple[date, date]]:
    """First and last day of each stretch that no batch touches; `days` are sorted."""
    reached = days[0][1]
    for first, last in days:
        if (first - reached).days > 1:
            yield reached + timedelta(days=1), first - timedelta(days=1)
        reached = max(reached, last)


def _hidden(batches: Sequence[tuple[Batch, Shown]]) -> list[tuple[datetime, datetime, int]]:
    """Readings of these batches that are not shown, and may lie between the first and the last that are."""
    starts = [one.first for _, one in batches if one.first is not None]
    ends = [one.last for _, one in batches if one.last is not None]
    if not starts or not ends:
        return []
    oldest, newest = min(starts), max(ends)
    parts = [(one.last or batch.first, batch.last, batch.count - one.end) for batch, one in batches]
    parts += [(batch.first, one.first, one.begin) for batch, one in batches if one.first is not None]
    return sorted(part for part in parts if part[2] > 0 and part[0] < newest and part[1] > oldest)


def _day(at: datetime) -> date:
    try:
        return at.astimezone(_AT_THE_PLOT).date()
    except OverflowError:  # the last hours of the year 9999
        return at.date()


def _stretch(first: date, last: date) -> str:
    return str(first) if first == last else f"{first} to {last}"


def _some(told: Sequence[str]) -> str:
    more = len(told) - _MOST_TOLD
    return ", ".join(told[:_MOST_TOLD]) + (f" and {more} more" if more > 0 else "")
