"""What is sealed of a datastream, and the proof of a window of it."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import exists, select

from app.kernel.calendar import local_day
from app.kernel.uow import UnitOfWork
from ledger import proving
from ledger import queries as ledger
from ledger.core import batch
from ledger.core.disclosures import Disclosure, Erased
from ledger.core.entry import BATCH_CONTEXT, BATCH_TYPE, SALT_SIZE, Entry, body_commit
from ledger.core.jcs import JSONValue
from sensors_link.devices import queries as devices
from sensors_link.devices.models import Datastream
from sensors_link.devices.queries import DatastreamView
from sensors_link.history.models import HourlyRollup
from sensors_link.sealing import rules
from sensors_link.sealing.models import DayToSeal, SealedBatch, SealedReadings

KEY_PREFIX: Final = "batch:"
_PAGE: Final = 500
_MADE: dict[bytes, tuple[bytes, rules.Opened | None]] = {}
"""Ledger entry and hours of the batches that this process made again last: a lot is compared every minute,
and two months of readings take a while. By a hash of all that they are made of, so that no key outlives its
erasure here."""
_MOST_MADE: Final = 4096


@dataclass(frozen=True)
class Sealed:
    """The readings of a day that batches hold already, and how many batches that are."""

    times: frozenset[datetime]
    parts: int


@dataclass(frozen=True)
class SealedDays:
    """Days of a window with readings: all, those under a signed checkpoint, and those that were erased."""

    measured: int
    sealed: int
    erased: int


def key_of(batch_id: UUID) -> str:
    """The key under which a batch is handed in to the ledger."""
    return f"{KEY_PREFIX}{batch_id}"


def sealed_times(uow: UnitOfWork, datastream_id: UUID, day: date) -> Sealed:
    """What batches hold of a day. Erased batches hold nothing that could be sealed again."""
    rows = uow.session.execute(
        select(SealedReadings.readings)
        .join(SealedBatch, SealedBatch.id == SealedReadings.batch_id)
        .where(SealedBatch.datastream_id == datastream_id, SealedBatch.day == day)
    ).all()
    times = [reading.at for (packed,) in rows if packed is not None for reading in rules.unpack(packed, "")]
    return Sealed(frozenset(times), len(rows))


def due(uow: UnitOfWork, today: date, *, limit: int) -> Sequence[tuple[UUID, date]]:
    """Closed days that have readings to seal, oldest first.

    A day of which a batch cannot be read is left waiting: nobody could say what of it is sealed already.
    """
    begun = exists().where(
        SealedBatch.datastream_id == DayToSeal.datastream_id, SealedBatch.day == DayToSeal.day
    )
    rows = uow.session.execute(
        select(DayToSeal.datastream_id, DayToSeal.day, begun)
        .where(DayToSeal.day <= rules.newest_closed_day(today))
        .order_by(DayToSeal.day, DayToSeal.datastream_id)
        .execution_options(yield_per=limit)
    )
    found: list[tuple[UUID, date]] = []
    for datastream_id, day, supplements in rows:
        if not supplements or _readable(uow, datastream_id, day):
            found.append((datastream_id, day))
        if len(found) == limit:
            break
    rows.close()
    return found


def _readable(uow: UnitOfWork, datastream_id: UUID, day: date) -> bool:
    try:
        sealed_times(uow, datastream_id, day)
    except rules.SealedReadingsDamaged:
        return False
    return True


def sealed_days(
    uow: UnitOfWork, datastream_ids: Collection[UUID], start: datetime, end: datetime
) -> dict[UUID, SealedDays]:
    """How much of a window is sealed, by datastream (4 statements)."""
    first, last = local_day(start), local_day(end - timedelta(microseconds=1))
    measured: dict[UUID, set[date]] = {one: set() for one in datastream_ids}
    for datastream_id, hour in uow.session.execute(
        select(HourlyRollup.datastream_id, HourlyRollup.hour).where(
            HourlyRollup.datastream_id.in_(datastream_ids),
            HourlyRollup.hour >= start,
            HourlyRollup.hour < end,
        )
    ):
        measured[datastream_id].add(local_day(hour))
    rows = uow.session.execute(
        select(SealedBatch.id, SealedBatch.datastream_id, SealedBatch.day, SealedReadings.erased_at)
        .join(SealedReadings, SealedReadings.batch_id == SealedBatch.id)
        .where(
            SealedBatch.datastream_id.in_(datastream_ids),
            SealedBatch.part == 0,
            SealedBatch.day >= first,
            SealedBatch.day <= last,
        )
    ).all()
    seals = ledger.seal_of(uow, [key_of(row.id) for row in rows])
    sealed: dict[UUID, set[date]] = {one: set() for one in datastream_ids}
    erased: dict[UUID, set[date]] = {one: set() for one in datastream_ids}
    for batch_id, datastream_id, day, erased_at in rows:
        if erased_at is not None:
            erased[datastream_id].add(day)
        elif seals[key_of(batch_id)].sealed_at:
            sealed[datastream_id].add(day)
    return {
        one: SealedDays(len(measured[one]), len(sealed[one] & measured[one]), len(erased[one]))
        for one in datastream_ids
    }


def window_proof(uow: UnitOfWork, datastream_id: UUID, start: datetime, end: datetime) -> bytes | None:
    """The readings between `start` and `end` with their proof, as a bundle; None when none is sealed.

    One item a batch, each with the readings of the window and the hashes of all that lies outside of it.
    Raises NotFound for an unknown datastream, Forked when a stored tile is missing, SealedReadingsDamaged
    when a batch of the window cannot be read.
    """
    stream = devices.datastream(uow, datastream_id)
    unit = rules.unit_with_scale(stream.unit, stream.scale)
    rows = uow.session.execute(
        select(SealedBatch, SealedReadings)
        .join(SealedReadings, SealedReadings.batch_id == SealedBatch.id)
        .where(SealedBatch.datastream_id == datastream_id, SealedBatch.last >= start, SealedBatch.first < end)
    ).all()
    shown = {
        key_of(row.id): opened
        for row, kept in rows
        if (opened := _shown(row, kept, unit, start, end)) is not None
    }
    parts = proving.bundle_parts(uow, list(shown))
    if parts is None or not parts.items:
        return None
    about: dict[str, JSONValue] = {
        "subject": f"urn:uuid:{datastream_id}",
        "from": start.isoformat(),
        "to": end.isoformat(),
        "simulated": stream.simulated,
    }
    return parts.bundle(shown, about=about).to_bytes()


def _shown(
    row: SealedBatch, kept: SealedReadings, unit: str, start: datetime, end: datetime
) -> Disclosure | Erased | None:
    """What a batch shows of the window; None when none of its readings lies in it."""
    if kept.readings is None or kept.batch_key is None or kept.salt is None:
        return Erased()
    readings = rules.unpack(kept.readings, unit)
    if len(kept.batch_key) != batch.KEY_SIZE:
        raise rules.SealedReadingsDamaged
    inside = [index for index, reading in enumerate(readings) if start <= reading.at < end]
    if not inside:
        return None
    window = batch.window(readings, kept.batch_key, inside[0], inside[-1] + 1)
    return Disclosure(kept.salt, _told(row).to_body(), window=window)


def _told(row: SealedBatch) -> batch.Batch:
    """The batch as its row tells it."""
    return batch.Batch(
        datastream=str(row.datastream_id),
        first=row.first,
        last=row.last,
        count=row.count,
        root=row.root,
        gap_count=row.gap_count,
    )


def entry_of(batch_id: UUID, datastream_id: UUID, *, at: datetime, salt: bytes, body: bytes) -> bytes:
    """The ledger entry of a batch, byte for byte."""
    return Entry(
        kind=BATCH_TYPE,
        id=batch_id,
        at=at,
        subject=f"urn:uuid:{datastream_id}",
        body_commit=body_commit(BATCH_CONTEXT, salt, body),
    ).to_bytes()


@dataclass(frozen=True)
class KeptBatch:
    """A batch as it is kept.

    `entry` is its ledger entry made again: None when it was erased, b"" when what is kept does not fit
    its row. `opened` is what its readings make, None in both cases.
    """

    key: str
    day: date
    unit: str
    entry: bytes | None
    packed: bytes | None
    opened: rules.Opened | None

    def readings(self) -> Sequence[batch.Reading]:
        """Its readings. Raises SealedReadingsDamaged."""
        return rules.unpack(self.packed or b"", self.unit)


def batches_of(uow: UnitOfWork, stream: DatastreamView, first: date, last: date) -> list[KeptBatch]:
    """The batches of a stream between two days, both included, in order (1 statement)."""
    rows = uow.session.execute(
        select(SealedBatch, SealedReadings)
        .join(SealedReadings, SealedReadings.batch_id == SealedBatch.id)
        .where(SealedBatch.datastream_id == stream.id, SealedBatch.day >= first, SealedBatch.day <= last)
        .order_by(SealedBatch.day, SealedBatch.part)
    )
    unit = rules.unit_with_scale(stream.unit, stream.scale)
    return [_kept(row, kept, unit) for row, kept in rows]


def kept_bodies(uow: UnitOfWork) -> Iterator[list[tuple[str, bytes | None]]]:
    """Key and ledger entry of every batch as its kept readings make it: for `flask ledger fsck`."""
    after = UUID(int=0)
    wanted = (
        select(SealedBatch, SealedReadings, Datastream.unit, Datastream.scale)
        .join(SealedReadings, SealedReadings.batch_id == SealedBatch.id)
        .join(Datastream, Datastream.id == SealedBatch.datastream_id)
        .order_by(SealedBatch.id)
        .limit(_PAGE)
    )
    while page := uow.session.execute(wanted.where(SealedBatch.id > after)).all():
        made = [_kept(row, kept, rules.unit_with_scale(unit, scale)) for row, kept, unit, scale in page]
        yield [(each.key, each.entry) for each in made]
        after = page[-1][0].id
        uow.session.expunge_all()  # one page of readings in memory, not all of them


def _kept(row: SealedBatch, kept: SealedReadings, unit: str) -> KeptBatch:
    """What a row and its readings make, remembered by a hash of all of it: a changed byte is made anew."""
    if kept.readings is None or kept.batch_key is None or kept.salt is None:
        return KeptBatch(key_of(row.id), row.day, unit, None, None, None)
    stored = (row.id, row.day, row.first, row.last, row.count, row.gap_count, row.root, row.sealed_at)
    secret = (kept.readings, kept.batch_key, kept.salt)
    place = hashlib.sha256(repr((row.datastream_id, unit, *stored, *secret)).encode()).digest()
    found = _MADE.get(place)
    if found is None:  # another thread may make it too, or clear all of them: each goes on with its own
        found = _made(row, unit, *secret)
        if len(_MADE) >= _MOST_MADE:
            _MADE.clear()
        _MADE[place] = found
    entry, opened = found
    return KeptBatch(key_of(row.id), row.day, unit, entry, kept.readings, opened)


def _made(
    row: SealedBatch, unit: str, packed: bytes, key: bytes, salt: bytes
) -> tuple[bytes, rules.Opened | None]:
    try:
        opened = rules.opened(str(row.datastream_id), packed, key, unit, row.gap_count)
    except rules.SealedReadingsDamaged:
        return b"", None
    if opened.made != _told(row) or row.day != local_day(row.first) or len(salt) != SALT_SIZE:
        return b"", None
    body = opened.made.to_body()
    return entry_of(row.id, row.datastream_id, at=row.sealed_at, salt=salt, body=body), opened
