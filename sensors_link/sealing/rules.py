"""Which days are closed, and how the readings of one are written down. Pure."""

import json
import zlib
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from ledger.core.batch import Reading

CLOSED_AFTER_DAYS: Final = 2  # a station that was out of reach for a night is heard before its day closes
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


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
    """The readings of a batch, as `pack` wrote them."""
    return [
        Reading(at=_EPOCH + micros * _MICROSECOND, value=value, unit=unit, flag=flag)
        for micros, value, flag in json.loads(zlib.decompress(packed))
    ]
