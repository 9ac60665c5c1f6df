"""`take_readings`: the one way in. Identity, idempotence, flags, roll-ups, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from app.kernel.db import new_id
from app.kernel.problems import NotFound
from app.kernel.uow import UnitOfWork
from sensors_link.devices.queries import DatastreamView
from sensors_link.history.models import HourlyRollup, Observation, ReadingBatch, ReadingConflict
from sensors_link.history.rules import hour_of, rollup
from sensors_link.ingest.decode import Reading, scaled
from sensors_link.quality.rules import DOUBTED, Flag, Span, gross_range
from sensors_link.sealing import commands as sealing

Grade = Literal["gateway_push", "file_upload"]
EARLIEST_AHEAD = timedelta(minutes=2)
_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class Source:
    """Who handed readings in, and how."""

    device_id: UUID
    grade: Grade
    person_id: UUID | None = None
    file_name: str | None = None
    sha256: str | None = None
    bad: int = 0


@dataclass(frozen=True)
class Taken:
    """What became of the readings: new, seen before, contradicting an earlier one, from the future."""

    batch_id: UUID
    taken: int
    duplicates: int
    conflicts: int
    ahead: int
    unknown: int


def take_readings(
    uow: UnitOfWork,
    readings: Sequence[Reading],
    *,
    source: Source,
    streams: dict[str | None, DatastreamView],
    now: datetime,
) -> Taken:
    """Keep readings. The same moment and value again changes nothing; another value is kept beside.

    `streams` maps the reading's `datastream` to where it belongs (None: the one stream of a file).
    A reading more than two minutes ahead of the server's clock is not kept: its device's clock is
    wrong. Raises NotFound when no stream is given at all.
    """
    if not streams:
        raise NotFound(datastream="")
    batch = ReadingBatch(
        id=new_id(),
        device_id=source.device_id,
        grade=source.grade,
        person_id=source.person_id,
        file_name=source.file_name,
        sha256=source.sha256,
        received_at=now,
        bad=source.bad,
    )
    uow.add(batch)
    known = [reading for reading in readings if reading.datastream in streams]
    timely = [reading for reading in known if reading.time <= now + EARLIEST_AHEAD]
    for code, stream in streams.items():
        mine = [reading for reading in timely if reading.datastream == code]
        if mine:
            _take_stream(uow, stream, mine, batch, now)
    return Taken(
        batch.id,
        batch.taken,
        batch.duplicates,
        batch.conflicts,
        len(known) - len(timely),
        len(readings) - len(known),
    )


def _take_stream(
    uow: UnitOfWork, stream: DatastreamView, readings: Sequence[Reading], batch: ReadingBatch, now: datetime
) -> None:
    values = [scaled(reading.value, stream.scale) for reading in readings]
    site = None
    if stream.site_low is not None and stream.site_high is not None:
        site = Span(stream.site_low, stream.site_high)
    flags = gross_range(values, sensor=Span(stream.sensor_low, stream.sensor_high), site=site)
    hours: set[datetime] = set()
    rows = list(zip(readings, values, flags, strict=True))
    for start in range(0, len(rows), _AT_ONCE):
        hours |= _insert(uow, stream, rows[start : start + _AT_ONCE], batch, now)
    _roll_up(uow, stream.id, sorted(hours))


def _insert(
    uow: UnitOfWork,
    stream: DatastreamView,
    rows: Sequence[tuple[Reading, int, Flag]],
    batch: ReadingBatch,
    now: datetime,
) -> set[datetime]:
    """Insert what is new of one slice; returns the hours that changed."""
    fresh: dict[datetime, tuple[int, Flag]] = {}
    others: list[tuple[datetime, int]] = []
    times = [reading.time for reading, _, _ in rows]
    found = uow.session.execute(
        select(Observation.phenomenon_time, Observation.result).where(
            Observation.datastream_id == stream.id, Observation.phenomenon_time.in_(times)
        )
    )
    kept: dict[datetime, int] = {row.phenomenon_time: row.result for row in found}
    for reading, value, flag in rows:
        before = kept.get(reading.time, fresh.get(reading.time, (None,))[0])
        if before is None:
            fresh[reading.time] = (value, flag)
        elif before == value:
            batch.duplicates += 1
        else:
            others.append((reading.time, value))
    if fresh:
        uow.session.execute(
            insert(Observation),
            [
                {
                    "datastream_id": stream.id,
                    "phenomenon_time": time,
                    "result": value,
                    "flag": int(flag),
                    "received_at": now,
                    "batch_id": batch.id,
                }
                for time, (value, flag) in fresh.items()
            ],
        )
        batch.taken += len(fresh)
    # A contradiction has nothing to seal, but waits for whoever takes readings of that day just now: the hour
    # would be rolled up without his, and the trace page would call it changed.
    sealing.note_new(uow, stream.id, {*fresh, *(time for time, _ in others)}, now)
    contradicted = _keep_conflicts(uow, stream.id, others, batch, now)
    return {hour_of(time) for time in (*fresh, *contradicted)}


def _keep_conflicts(
    uow: UnitOfWork,
    stream_id: UUID,
    others: Sequence[tuple[datetime, int]],
    batch: ReadingBatch,
    now: datetime,
) -> list[datetime]:
    """Keep each other value once; the moment becomes suspect."""
    told = []
    for time, value in others:
        new = uow.insert_if_new(
            ReadingConflict,
            datastream_id=stream_id,
            phenomenon_time=time,
            result=value,
            received_at=now,
            batch_id=batch.id,
        )
        if not new:
            batch.duplicates += 1
            continue
        batch.conflicts += 1
        told.append(time)
        uow.session.execute(
            update(Observation)
            .where(
                Observation.datastream_id == stream_id,
                Observation.phenomenon_time == time,
                Observation.flag.in_(DOUBTED),
            )
            .values(flag=int(Flag.SUSPECT))
        )
    return told


def _roll_up(uow: UnitOfWork, stream_id: UUID, hours: Sequence[datetime]) -> None:
    """Make the roll-ups of these hours again from what is kept."""
    if not hours:
        return
    rows = uow.session.execute(
        select(Observation.phenomenon_time, Observation.result, Observation.flag, ReadingBatch.grade)
        .join(ReadingBatch, ReadingBatch.id == Observation.batch_id)
        .where(
            Observation.datastream_id == stream_id,
            Observation.phenomenon_time >= hours[0],
            Observation.phenomenon_time < hours[-1] + timedelta(hours=1),
        )
    )
    wanted = set(hours)
    found: dict[datetime, list[tuple[int, int, str]]] = {hour: [] for hour in hours}
    for time, result, flag, grade in rows:
        if (hour := hour_of(time)) in wanted:
            found[hour].append((result, flag, grade))
    for start in range(0, len(hours), _AT_ONCE):
        some = hours[start : start + _AT_ONCE]
        uow.session.execute(
            delete(HourlyRollup).where(HourlyRollup.datastream_id == stream_id, HourlyRollup.hour.in_(some))
        )
        uow.session.execute(insert(HourlyRollup), [_row(stream_id, hour, found[hour]) for hour in some])


def _row(stream_id: UUID, hour: datetime, readings: Sequence[tuple[int, int, str]]) -> dict[str, Any]:
    """The roll-up of an hour as it is stored; the lowest grade of the hour is the hour's."""
    made = rollup((result, flag) for result, flag, _ in readings)
    uploaded = any(grade == "file_upload" for _, _, grade in readings)
    return {
        "datastream_id": stream_id,
        "hour": hour,
        "n": made.n,
        "n_good": made.n_good,
        "low": made.low,
        "high": made.high,
        "total": made.total,
        "grade": "file_upload" if uploaded else "gateway_push",
    }


def forget_person(uow: UnitOfWork, person_id: UUID, _now: datetime) -> None:
    """Erasure: how this person called the files that he handed in; their readings stay."""
    uow.session.execute(
        update(ReadingBatch)
        .where(ReadingBatch.person_id == person_id)
        .values(file_name=None)
        .execution_options(synchronize_session=False)
    )
