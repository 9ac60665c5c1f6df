"""Close a day: salted leaves, one root, one entry of the log, in one transaction."""

import secrets
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import CursorResult, delete, select, update

from app.kernel.calendar import day_bounds, local_day
from app.kernel.db import new_id
from app.kernel.uow import UnitOfWork
from ledger import commands as ledger
from ledger.core import batch
from ledger.core.entry import SALT_SIZE
from sensors_link.devices import queries as devices
from sensors_link.history.models import HourlyRollup, Observation, ReadingConflict
from sensors_link.quality.rules import gaps
from sensors_link.sealing import queries, rules
from sensors_link.sealing.models import DayToSeal, SealedBatch, SealedReadings


def note_new(uow: UnitOfWork, datastream_id: UUID, times: Iterable[datetime], now: datetime) -> None:
    """Readings of these times came in: their days have something to seal (again)."""
    for day in {local_day(time) for time in times}:
        # The row is written even when it is there: whoever seals this day waits for our readings.
        while not uow.insert_if_new(DayToSeal, datastream_id=datastream_id, day=day, touched_at=now):
            mine = (DayToSeal.datastream_id == datastream_id, DayToSeal.day == day)
            if _changed(uow.session.execute(update(DayToSeal).where(*mine).values(touched_at=now))):
                break


def seal_day(uow: UnitOfWork, datastream_id: UUID, day: date, now: datetime) -> UUID | None:
    """Seal what no batch of this day holds yet; the id of the batch, or None when there was nothing.

    The first batch is the day; whatever came later is a supplement of its own, and a sealed day is never
    rewritten. Whether the day is closed is the caller's question (`rules.newest_closed_day`).
    """
    mine = (DayToSeal.datastream_id == datastream_id, DayToSeal.day == day)
    if not _changed(uow.session.execute(delete(DayToSeal).where(*mine))):
        return None  # another worker was faster
    stream = devices.datastream(uow, datastream_id)
    start, end = day_bounds(day)
    rows = [
        (time, value, flag)
        for time, value, flag in uow.session.execute(
            select(Observation.phenomenon_time, Observation.result, Observation.flag)
            .where(
                Observation.datastream_id == datastream_id,
                Observation.phenomenon_time >= start,
                Observation.phenomenon_time < end,
            )
            .order_by(Observation.phenomenon_time)
        )
    ]
    sealed = queries.sealed_times(uow, datastream_id, day)
    fresh = [row for row in rows if row[0] not in sealed.times]
    if not fresh:
        return None
    interval = timedelta(seconds=stream.interval_s)
    silences = gaps([time for time, _, _ in rows], expected=interval, start=start, end=end)
    packed, key = rules.pack(fresh), secrets.token_bytes(batch.KEY_SIZE)
    readings = rules.unpack(packed, rules.unit_with_scale(stream.unit, stream.scale))
    made = batch.seal(str(datastream_id), readings, key, gap_count=len(silences))
    return _keep(uow, datastream_id, day, sealed.parts, made, packed=packed, key=key, now=now)


def _keep(
    uow: UnitOfWork,
    datastream_id: UUID,
    day: date,
    part: int,
    made: batch.Batch,
    *,
    packed: bytes,
    key: bytes,
    now: datetime,
) -> UUID:
    """Write the batch and hand it in to the log."""
    row = SealedBatch(
        id=new_id(),
        datastream_id=datastream_id,
        day=day,
        part=part,
        first=made.first,
        last=made.last,
        count=made.count,
        gap_count=made.gap_count,
        root=made.root,
        sealed_at=now,
    )
    salt = secrets.token_bytes(SALT_SIZE)
    uow.add(row)
    uow.add(SealedReadings(batch_id=row.id, readings=packed, batch_key=key, salt=salt))
    entry = queries.entry_of(row.id, datastream_id, at=now, salt=salt, body=made.to_body())
    ledger.submit(uow, entry, key=queries.key_of(row.id), now=now)
    return row.id


def erase(uow: UnitOfWork, datastream_id: UUID, now: datetime) -> int:
    """Destroy the readings of a datastream, sealed or not, with the keys; how many batches it was.

    The entries stay in the log and tell nothing; proofs of them say "erased". Raises NotFound.
    """
    devices.datastream(uow, datastream_id)
    for table in (Observation, ReadingConflict, HourlyRollup, DayToSeal):
        uow.session.execute(delete(table).where(table.datastream_id == datastream_id))
    his = select(SealedBatch.id).where(SealedBatch.datastream_id == datastream_id)
    done = uow.session.execute(
        update(SealedReadings)
        .where(SealedReadings.batch_id.in_(his), SealedReadings.erased_at.is_(None))
        .values(readings=None, batch_key=None, salt=None, erased_at=now)
        .execution_options(synchronize_session=False)
    )
    return _changed(done)


def _changed(done: object) -> int:
    assert isinstance(done, CursorResult)  # noqa: S101 - narrows for mypy; UPDATE and DELETE have a row count
    return done.rowcount
