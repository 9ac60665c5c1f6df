"""Which days are closed, how the readings of one are written down, and what they make. Pure."""

import json
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from app.kernel.problems import Unavailable
from ledger.core import batch
from ledger.core.batch import Batch, Reading
from ledger.core.errors import LedgerError
from sensors_link.history.rules import Rollup, rollups
from sensors_link.quality.rules import contradicted

CLOSED_AFTER_DAYS: Final = 2  # a station that was out of reach for a night is heard before its day closes
_MOST_BYTES: Final = 64 * 2**20  # of a day unpacked: thirty times one of a reading every second
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class SealedReadingsDamaged(Unavailable):
    """What is kept of a sealed day cannot be read: it was changed in the database, or the disk lost it."""

    type = "sealed-readings-damaged"


@dataclass(frozen=True)
class Opened:
    """What the kept readings of a batch make: its body, and the roll-up of each of their hours."""

    made: Batch
    hours: Mapping[datetime, Rollup]


def newest_closed_day(today: date) -> date:
    """The last local day that is sealed when it is `today`: Monday is closed from Wednesday on."""
    return today - timedelta(days=CLOSED_AFTER_DAYS)


def unit_with_scale(unit: str, scale: int) -> str:
    """The UCUM unit of an integer × 10^scale: hundredths of a degree are `10*-2.Cel`."""
    return f"10*-{scale}.{unit}" if scale else unit


def pack(rows: Iterable[tuple[datetime, int, int]]) -> bytes:
    """Time, value and flag of each reading, small enough to keep for ever."""
    told = [[(at - _EPOCH) // _MICROSECOND, value, flag] for at, value, flag in rows]
    return zlib.compress(json.dumps(told, separators=(",", ":")).encode())


def unpack(packed: bytes, unit: str) -> Sequence[Reading]:
    """The readings of a batch, as `pack` wrote them. Raises SealedReadingsDamaged for anything else."""
    try:
        opener = zlib.decompressobj()
        told = json.loads(opener.decompress(packed, _MOST_BYTES))
        if not opener.eof or any(type(number) is not int for row in told for number in row):
            raise SealedReadingsDamaged
        return [
            Reading(at=_EPOCH + micros * _MICROSECOND, value=value, unit=unit, flag=flag)
            for micros, value, flag in told
        ]
    except (zlib.error, ValueError, TypeError, OverflowError, RecursionError) as spoilt:
        raise SealedReadingsDamaged from spoilt


def opened(datastream: str, packed: bytes, key: bytes, unit: str, gap_count: int) -> Opened:
    """Make a batch again from what is kept of it. Raises SealedReadingsDamaged."""
    readings = unpack(packed, unit)
    try:
        made = batch.seal(datastream, readings, key, gap_count=gap_count)
    except (ValueError, LedgerError) as spoilt:
        raise SealedReadingsDamaged from spoilt
    return Opened(made, rollups((one.at, one.value, one.flag) for one in readings))


def as_shown(readings: Iterable[Reading], doubted: Collection[datetime]) -> list[tuple[datetime, int, int]]:
    """Time, value and flag of sealed readings after other values came for the `doubted` moments."""
    return [
        (one.at, one.value, contradicted(one.flag) if one.at in doubted else one.flag) for one in readings
    ]
