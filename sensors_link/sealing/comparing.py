"""Whether readings are shown as they were sealed: batches against the log, hours and readings against them.

Three things change what is shown after a day was sealed, and each leaves its trace, so that they are reckoned
in: a late reading waits in `day_to_seal` until a supplement holds it, another value for a moment is kept in
`reading_conflict` and makes the first one suspect, and erasure destroys batches: a day of which one was
destroyed is not compared. The grade of an hour is not under the seal.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from app.kernel.calendar import day_bounds, local_day
from app.kernel.uow import UnitOfWork
from ledger import queries as ledger
from ledger.core.batch import Reading
from sensors_link.devices.queries import DatastreamView, datastreams_of_plot, streams
from sensors_link.history.models import HourlyRollup, Observation, ReadingConflict
from sensors_link.history.rules import Rollup, rollups
from sensors_link.sealing import queries, rules
from sensors_link.sealing.models import DayToSeal, SealedBatch
from sensors_link.sealing.queries import KeptBatch

_DAYS_AT_ONCE: Final = 62
_NOTHING: Final = Rollup()
_Rows = Sequence[tuple[datetime, int, int]]  # time, value and flag of each reading


@dataclass(frozen=True)
class Apart:
    """A day of a stream that is not, or is not shown, as it was sealed; `key` is its batch in the log."""

    key: str
    stream: DatastreamView
    day: date
    reason: str  # for an operator


@dataclass(frozen=True)
class _Kept:
    """What is kept of a stretch of days of one stream, the days of which nothing was erased."""

    stream: DatastreamView
    days: Mapping[date, Sequence[KeptBatch]]  # every one is what its row says
    doubted: frozenset[datetime]  # moments for which another value came
    late: Mapping[date, _Rows]  # readings that no batch holds yet, of days that wait for a supplement


def first_apart(uow: UnitOfWork, plot_id: UUID, start: datetime, end: datetime) -> list[Apart]:
    """Of each stream of a plot the first sealed day that is not what was sealed, or whose hours are not.

    About six statements a stream. What no checkpoint covers yet is compared with its own batch alone.
    """
    first, last = local_day(start), local_day(end - timedelta(microseconds=1))
    asked = datastreams_of_plot(uow, plot_id)
    kept = {one.id: queries.batches_of(uow, one, first, last) for one in asked}
    made = {each.key: each.entry for each in _all(kept.values()) if each.entry is not None}
    faults = {fault.key: fault.reason for fault in ledger.check_entries(uow, made)}
    found = []
    for stream in asked:
        changed = [each for each in kept[stream.id] if each.key in faults]
        if changed:
            worst = min(changed, key=lambda each: each.day)
            found.append(Apart(worst.key, stream, worst.day, f"the sealed readings: {faults[worst.key]}"))
            continue
        whole = _kept(uow, stream, kept[stream.id])
        found += [apart for apart in [next(_hours_apart(uow, whole, first, last), None)] if apart]
    return found


def unfollowed(uow: UnitOfWork) -> Iterator[tuple[str, str]]:
    """Key and sentence of the first roll-up and the first reading of each stream that do not follow from what
    was sealed: for `flask ledger fsck`. A batch that is not what was sealed is told elsewhere.
    """
    for row in uow.session.execute(streams()).all():
        stream = DatastreamView(*row)
        for differences in (_hours_apart, _readings_apart):
            apart = next(
                (
                    apart
                    for first, last in _stretches(uow, stream.id)
                    for apart in differences(
                        uow, _kept(uow, stream, queries.batches_of(uow, stream, first, last)), first, last
                    )
                ),
                None,
            )
            if apart is not None:
                yield apart.key, f"{stream.observed_property} of {stream.device_name}: {apart.reason}"


def _stretches(uow: UnitOfWork, stream_id: UUID) -> Iterator[tuple[date, date]]:
    first, last = uow.session.execute(
        select(func.min(SealedBatch.day), func.max(SealedBatch.day)).where(
            SealedBatch.datastream_id == stream_id
        )
    ).one()
    while first is not None and first <= last:
        yield first, min(last, first + timedelta(days=_DAYS_AT_ONCE - 1))
        first += timedelta(days=_DAYS_AT_ONCE)


def _all(of_streams: Collection[Sequence[KeptBatch]]) -> Iterator[KeptBatch]:
    for batches in of_streams:
        yield from batches


def _kept(uow: UnitOfWork, stream: DatastreamView, batches: Sequence[KeptBatch]) -> _Kept:
    """Days whose every batch is there and whole, with what came in beside and after (2 to 3 statements)."""
    days: dict[date, list[KeptBatch]] = {}
    for each in batches:
        days.setdefault(each.day, []).append(each)
    days = {day: parts for day, parts in days.items() if all(part.opened for part in parts)}
    if not days:
        return _Kept(stream, {}, frozenset(), {})
    start, end = day_bounds(min(days))[0], day_bounds(max(days))[1]
    doubted = uow.session.scalars(
        select(ReadingConflict.phenomenon_time).where(
            ReadingConflict.datastream_id == stream.id,
            ReadingConflict.phenomenon_time >= start,
            ReadingConflict.phenomenon_time < end,
        )
    )
    waiting = uow.session.scalars(select(DayToSeal.day).where(DayToSeal.datastream_id == stream.id)).all()
    late = {day: _late(uow, stream.id, day, days[day]) for day in waiting if day in days}
    return _Kept(stream, days, frozenset(doubted), late)


def _late(uow: UnitOfWork, stream_id: UUID, day: date, batches: Sequence[KeptBatch]) -> _Rows:
    sealed = {one.at for each in batches for one in each.readings()}
    return [row for row in _observations(uow, stream_id, *day_bounds(day)) if row[0] not in sealed]


def _observations(uow: UnitOfWork, stream_id: UUID, start: datetime, end: datetime) -> _Rows:
    rows = uow.session.execute(
        select(Observation.phenomenon_time, Observation.result, Observation.flag)
        .where(
            Observation.datastream_id == stream_id,
            Observation.phenomenon_time >= start,
            Observation.phenomenon_time < end,
        )
        .order_by(Observation.phenomenon_time)
    )
    return [(time, value, flag) for time, value, flag in rows]


def _hours_apart(uow: UnitOfWork, kept: _Kept, first: date, last: date) -> Iterator[Apart]:
    """Hours of the kept days whose roll-up is another than their readings make, in order (1 statement)."""
    if not kept.days:
        return
    start, end = day_bounds(first)[0], day_bounds(last)[1]
    rows = uow.session.execute(
        select(
            HourlyRollup.hour,
            HourlyRollup.n,
            HourlyRollup.n_good,
            HourlyRollup.low,
            HourlyRollup.high,
            HourlyRollup.total,
        ).where(
            HourlyRollup.datastream_id == kept.stream.id,
            HourlyRollup.hour >= start,
            HourlyRollup.hour < end,
        )
    )
    shown = {hour: Rollup(n, n_good, low, high, total) for hour, n, n_good, low, high, total in rows}
    follows: dict[datetime, Rollup] = {}
    for day, batches in kept.days.items():
        for hours in (*(_hours(each, kept.doubted) for each in batches), rollups(kept.late.get(day, ()))):
            for hour, made in hours.items():
                follows[hour] = follows[hour].joined(made) if hour in follows else made
    differ = [
        hour
        for hour in follows.keys() | shown.keys()
        if follows.get(hour, _NOTHING) != shown.get(hour, _NOTHING)
    ]
    for hour in sorted(differ):
        if batches := kept.days.get(day := local_day(hour), ()):
            told = f"shown as {_told(shown.get(hour))}, and what was sealed makes {_told(follows.get(hour))}"
            yield Apart(batches[0].key, kept.stream, day, f"the hour from {hour:%F %R} UTC is {told}")


def _hours(each: KeptBatch, doubted: Collection[datetime]) -> Mapping[datetime, Rollup]:
    assert each.opened is not None  # noqa: S101 - narrows for mypy; only whole batches are kept
    if not any(each.opened.made.first <= time <= each.opened.made.last for time in doubted):
        return each.opened.hours
    return rollups(rules.as_shown(each.readings(), doubted))


def _told(hour: Rollup | None) -> str:
    if hour is None or not hour.n:
        return "without a reading"
    return f"{hour.n} readings ({hour.n_good} good) from {hour.low} to {hour.high}, in all {hour.total}"


def _readings_apart(uow: UnitOfWork, kept: _Kept, first: date, last: date) -> Iterator[Apart]:
    """Readings of the kept days that are not the sealed ones, in order (1 statement)."""
    if not kept.days:
        return
    rows = _observations(uow, kept.stream.id, day_bounds(first)[0], day_bounds(last)[1])
    here = {time: (value, flag) for time, value, flag in rows}
    sealed: dict[datetime, tuple[int, int]] = {}
    for batches in kept.days.values():
        readings: list[Reading] = [one for each in batches for one in each.readings()]
        sealed |= {at: (value, flag) for at, value, flag in rules.as_shown(readings, kept.doubted)}
    waits = {time for late in kept.late.values() for time, _, _ in late}
    differ = [time for time in (here.keys() | sealed.keys()) - waits if here.get(time) != sealed.get(time)]
    for time in sorted(differ):
        if batches := kept.days.get(day := local_day(time), ()):
            what = " and ".join(
                f"{words} {'none' if one is None else f'{one[0]} with flag {one[1]}'}"
                for words, one in (("kept is", here.get(time)), ("sealed was", sealed.get(time)))
            )
            yield Apart(batches[0].key, kept.stream, day, f"of the reading at {time:%F %T} UTC {what}")
