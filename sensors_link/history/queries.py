"""A plot's series over a window, hour by hour, with its silences."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import exists, func, select

from app.kernel.paging import Page, Paged, part
from app.kernel.uow import UnitOfWork
from sensors_link.devices.models import Datastream, Device
from sensors_link.devices.queries import DatastreamView, streams
from sensors_link.history.models import HourlyRollup, Observation, ReadingBatch, ReadingConflict
from sensors_link.quality.rules import Flag, Gap, gaps


@dataclass(frozen=True)
class DatastreamHealth:
    """A datastream in its owner's inventory: how many readings, and the last one."""

    stream: DatastreamView
    readings: int
    last_at: datetime | None


@dataclass(frozen=True)
class HourPoint:
    """One hour: lowest, mean and highest value, how many readings, and whether any was not good."""

    time: datetime
    low: Decimal
    mean: Decimal
    high: Decimal
    n: int
    flagged: bool


@dataclass(frozen=True)
class Series:
    """What one datastream measured in a window. `grade` is the lowest of its hours."""

    datastream_id: UUID
    observed_property: str
    unit: str
    device_name: str
    origin: str
    simulated: bool
    grade: str
    interval: timedelta
    points: Sequence[HourPoint]
    gaps: Sequence[Gap]
    good: tuple[Decimal, Decimal] | None


def series(uow: UnitOfWork, plot_id: UUID, start: datetime, end: datetime) -> list[Series]:
    """Series of a plot with at least one value between `start` and `end`, soil first (3 statements).

    Before its first reading of all time a datastream is not silent, it is not there yet.
    """
    asked = uow.session.execute(
        streams()
        .where(Datastream.plot_id == plot_id)
        .order_by(Datastream.observed_property.desc(), Datastream.code)
    )
    return _drawn_from([DatastreamView(*row) for row in asked], uow, start, end)


def series_of(uow: UnitOfWork, stream: DatastreamView, start: datetime, end: datetime) -> Series | None:
    """The series of one datastream, or None without a value between `start` and `end`."""
    return next(iter(_drawn_from([stream], uow, start, end)), None)


def _drawn_from(
    asked: Sequence[DatastreamView], uow: UnitOfWork, start: datetime, end: datetime
) -> list[Series]:
    hours: dict[UUID, list[HourlyRollup]] = {}
    rows = uow.session.scalars(
        select(HourlyRollup)
        .where(
            HourlyRollup.datastream_id.in_([one.id for one in asked]),
            HourlyRollup.hour >= start,
            HourlyRollup.hour < end,
            HourlyRollup.n > 0,
        )
        .order_by(HourlyRollup.hour)
    )
    for hour in rows:
        hours.setdefault(hour.datastream_id, []).append(hour)
    begun = _first_hours(uow, hours)
    return [_series(one, hours[one.id], max(start, begun[one.id]), end) for one in asked if one.id in hours]


def _first_hours(uow: UnitOfWork, ids: Iterable[UUID]) -> dict[UUID, datetime]:
    first = (
        select(func.min(HourlyRollup.hour))
        .where(HourlyRollup.datastream_id == Datastream.id, HourlyRollup.n > 0)
        .correlate(Datastream)
        .scalar_subquery()
    )
    rows = uow.session.execute(select(Datastream.id, first).where(Datastream.id.in_(set(ids))))
    return {row[0]: row[1] for row in rows}


def _series(stream: DatastreamView, hours: Sequence[HourlyRollup], begun: datetime, end: datetime) -> Series:
    unit = Decimal(1).scaleb(-stream.scale)
    interval = timedelta(seconds=stream.interval_s)
    good = None
    if stream.good_low is not None and stream.good_high is not None:
        good = (stream.good_low * unit, stream.good_high * unit)
    expected = max(interval, timedelta(hours=1))
    return Series(
        stream.id,
        stream.observed_property,
        stream.unit,
        stream.device_name,
        stream.origin,
        stream.simulated,
        "file_upload" if any(one.grade == "file_upload" for one in hours) else "gateway_push",
        interval,
        [_point(one, unit) for one in hours],
        gaps([one.hour for one in hours], expected=expected, start=begun, end=end),
        good,
    )


def _point(row: HourlyRollup, unit: Decimal) -> HourPoint:
    low, high = (row.low or 0) * unit, (row.high or 0) * unit
    return HourPoint(row.hour, low, row.total * unit / row.n, high, row.n, row.n_good < row.n)


def inventory(uow: UnitOfWork, organisation_id: UUID, page: Page) -> Paged[DatastreamHealth]:
    """Datastreams of an organisation, by device, with their count and last reading (3 statements)."""
    mine = streams().where(Device.organisation_id == organisation_id)
    asked, page, total = part(uow, mine.order_by(Device.name, Datastream.code, Datastream.id), page)
    views = [DatastreamView(*row) for row in uow.session.execute(asked)]
    seen = {
        stream_id: (count, last)
        for stream_id, count, last in uow.session.execute(
            select(Observation.datastream_id, func.count(), func.max(Observation.phenomenon_time))
            .where(Observation.datastream_id.in_([view.id for view in views]))
            .group_by(Observation.datastream_id)
        )
    }
    return Paged([DatastreamHealth(view, *seen.get(view.id, (0, None))) for view in views], page, total)


@dataclass(frozen=True)
class DoubtfulReading:
    """A reading that a quality test did not pass; `failed` ones count in no mean.

    `contradicted`: another value came later for the same moment.
    """

    time: datetime
    value: Decimal
    failed: bool
    contradicted: bool


def last_reading(uow: UnitOfWork, datastream_id: UUID) -> datetime | None:
    """When the newest reading was taken, or None."""
    return uow.session.scalar(
        select(func.max(Observation.phenomenon_time)).where(Observation.datastream_id == datastream_id)
    )


def doubtful(
    uow: UnitOfWork, stream: DatastreamView, start: datetime, end: datetime, *, limit: int = 20
) -> list[DoubtfulReading]:
    """The newest suspect and failed readings between `start` and `end`."""
    other = exists().where(
        ReadingConflict.datastream_id == Observation.datastream_id,
        ReadingConflict.phenomenon_time == Observation.phenomenon_time,
    )
    rows = uow.session.execute(
        select(Observation.phenomenon_time, Observation.result, Observation.flag, other)
        .where(
            Observation.datastream_id == stream.id,
            Observation.phenomenon_time >= start,
            Observation.phenomenon_time < end,
            Observation.flag.in_((Flag.SUSPECT, Flag.FAIL)),
        )
        .order_by(Observation.phenomenon_time.desc())
        .limit(limit)
    )
    unit = Decimal(1).scaleb(-stream.scale)
    return [
        DoubtfulReading(time, result * unit, flag == Flag.FAIL, contradicted)
        for time, result, flag, contradicted in rows
    ]


@dataclass(frozen=True)
class BatchView:
    """What came in at once, and what became of it."""

    received_at: datetime
    grade: str
    file_name: str | None
    taken: int
    duplicates: int
    conflicts: int
    bad: int


def batches_of(uow: UnitOfWork, device_id: UUID, *, limit: int = 20) -> list[BatchView]:
    """The newest batches of a device."""
    rows = uow.session.execute(
        select(
            ReadingBatch.received_at,
            ReadingBatch.grade,
            ReadingBatch.file_name,
            ReadingBatch.taken,
            ReadingBatch.duplicates,
            ReadingBatch.conflicts,
            ReadingBatch.bad,
        )
        .where(ReadingBatch.device_id == device_id)
        .order_by(ReadingBatch.received_at.desc())
        .limit(limit)
    )
    return [BatchView(*row) for row in rows]
