"""Bytes from outside to readings: CSV files and pushed JSON. Pure.

A file is refused as a whole only when nothing in it can be trusted (its encoding, its columns); a
bad row is told by line and reason, and the good rows around it are kept. Values stay `Decimal`
until the datastream's scale is known; floats would change what the device said.

The column shapes are those that real exports have: `device_id,sensor_id,value,timestamp,
date_received` and `date_received,timestamp,value` (Waziup), `time,value`, and wide tables where
the caller names the value's column.
"""

import codecs
import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Final, NoReturn

from app.kernel import outside_json
from app.kernel.problems import Invalid

MOST_READINGS: Final = 10_000  # in one push
LARGEST: Final = Decimal(10) ** 12
MOST_DECIMALS: Final = 6  # with LARGEST a scaled value fits into 64 bits

_TIME_COLUMNS: Final = ("timestamp", "time", "recorded_at_utc", "recorded_at", "phenomenontime", "thời gian")
_VALUE_COLUMNS: Final = ("value", "result", "giá trị")
_RECEIVED_COLUMNS: Final = ("date_received", "received_at")
_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?"
    r" ?(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,2})?")
_NOTHING: Final = frozenset({"", "nan", "null", "none", "na", "n/a", "-"})
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class WrongEncoding(Invalid):
    """Not UTF-8: `found` is "utf-16" or "unknown", `line` where it was noticed."""

    type, field = "wrong-encoding", "file"


class UnknownColumns(Invalid):
    """No column of time, or none that is surely the value; `columns` are those of the file."""

    type, field = "unknown-columns", "file"


class EmptyFile(Invalid):
    """The file holds nothing at all."""

    type, field = "empty-file", "file"


class BadPush(Invalid):
    """The pushed body is not {"device", "readings": [...]}; `reason` says where."""

    type, field = "bad-push", "body"


class Reason(StrEnum):
    """What is wrong with one row; the key of its sentence in the catalogue."""

    NO_TIME = "no-time"
    BAD_TIME = "bad-time"
    NO_VALUE = "no-value"
    NOT_A_NUMBER = "not-a-number"
    TOO_LARGE = "too-large"
    BAD_ROW = "bad-row"
    NO_DATASTREAM = "no-datastream"


@dataclass(frozen=True)
class Reading:
    """One value at one moment (aware UTC), as the device or the file says it."""

    time: datetime
    value: Decimal
    received_at: datetime | None = None
    datastream: str | None = None


@dataclass(frozen=True)
class BadRow:
    """A row that was left out: its line (the first line of a file is 1), why, and how it begins."""

    line: int
    reason: Reason
    text: str


@dataclass(frozen=True)
class Decoded:
    """What a file or a push holds, in its order; duplicates are left to the reader."""

    readings: tuple[Reading, ...]
    bad: tuple[BadRow, ...]
    device: str | None = None


class _Bad(Exception):
    """One row's fault, on its way to becoming a BadRow."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason


# --- CSV --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Shape:
    delimiter: str
    time: int
    value: int
    received: int | None
    width: int


def decode_csv(raw: bytes, *, value_column: str | None = None) -> Decoded:
    """Readings of a CSV file with one header line, comma, semicolon or tab.

    With semicolons a decimal comma is read. A time without a zone is UTC. `value_column` names the
    value where the file does not call it "value". Raises EmptyFile, WrongEncoding, UnknownColumns.
    """
    if not raw.strip():
        raise EmptyFile
    lines = _text(raw).split("\n")
    shape = _shape(lines[0].rstrip("\r"), value_column=value_column)
    readings: list[Reading] = []
    bad: list[BadRow] = []
    for number, line in enumerate(lines[1:], start=2):
        row = line.rstrip("\r")
        if not row.strip():
            continue
        try:
            readings.append(_row(row, shape))
        except _Bad as fault:
            bad.append(BadRow(number, fault.reason, row[:120]))
    return Decoded(tuple(readings), tuple(bad))


def _text(raw: bytes) -> str:
    if raw.startswith(_UTF16) or b"\0" in raw[:4_096]:
        raise WrongEncoding(found="utf-16", line=1)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise WrongEncoding(found="unknown", line=raw.count(b"\n", 0, exc.start) + 1) from exc


def _shape(header: str, *, value_column: str | None) -> _Shape:
    delimiter = max(",;\t", key=header.count)
    try:
        names = [name.strip() for name in _cells(header, delimiter)]
    except _Bad as exc:
        raise UnknownColumns(columns=[header[:60]]) from exc
    folded = [name.casefold() for name in names]
    time = _first(folded, _TIME_COLUMNS)
    received = _first(folded, _RECEIVED_COLUMNS)
    wanted = _VALUE_COLUMNS if value_column is None else (value_column.strip().casefold(),)
    value = _first(folded, wanted)
    others = [n for n in range(len(names)) if n not in (time, received)]
    if value is None and value_column is None and len(others) == 1:
        value = others[0]
    if time is None or value is None or value == time:
        raise UnknownColumns(columns=[name[:60] for name in names[:40]])
    return _Shape(delimiter, time, value, received, len(names))


def _first(names: Sequence[str], wanted: Iterable[str]) -> int | None:
    return next((names.index(name) for name in wanted if name in names), None)


def _cells(line: str, delimiter: str) -> list[str]:
    # Line by line: sensor files have no line breaks inside quotes, and a lost quote would
    # otherwise swallow the rest of the file.
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error as exc:
        raise _Bad(Reason.BAD_ROW) from exc


def _row(line: str, shape: _Shape) -> Reading:
    cells = _cells(line, shape.delimiter)
    if len(cells) != shape.width:
        raise _Bad(Reason.BAD_ROW)
    written = cells[shape.value].strip().strip('"')
    if shape.delimiter == ";":
        written = written.replace(",", ".")
    time = parse_time(cells[shape.time])
    received = cells[shape.received].strip() if shape.received is not None else ""
    return Reading(time, _number(written), parse_time(received) if received else None)


# --- pushed JSON ------------------------------------------------------------------------------


def decode_push(raw: bytes, *, most: int = MOST_READINGS) -> Decoded:
    """Readings of `{"device", "readings": [{"datastream", "time", "value"}]}`.

    A bad reading is told with its place in the list, counted from 1. Raises WrongEncoding, BadPush.
    """
    body = _json(_text(raw))
    if not isinstance(body, dict):
        raise BadPush(reason="not-an-object")
    device, told = body.get("device"), body.get("readings")
    if not isinstance(device, str) or not 0 < len(device) <= 80:
        raise BadPush(reason="device")
    if not isinstance(told, list) or len(told) > most:
        raise BadPush(reason="readings", most=most)
    readings: list[Reading] = []
    bad: list[BadRow] = []
    for number, item in enumerate(told, start=1):
        try:
            readings.append(_pushed(item))
        except _Bad as fault:
            bad.append(BadRow(number, fault.reason, str(item)[:120]))
    return Decoded(tuple(readings), tuple(bad), device)


def _json(text: str) -> object:
    try:
        return outside_json.loads(
            text,
            parse_float=_decimal,
            parse_int=_decimal,
            parse_constant=_no_constant,
            object_pairs_hook=_no_duplicates,
        )
    except ValueError as exc:
        raise BadPush(reason="not-json") from exc


def _decimal(written: str) -> Decimal | None:
    """A JSON number, None for one that no sensor says (its exponent would cost time to handle)."""
    return Decimal(written) if _NUMBER.fullmatch(written) else None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member twice")
    return members


def _pushed(item: object) -> Reading:
    if not isinstance(item, dict):
        raise _Bad(Reason.BAD_ROW)
    datastream, time, value = item.get("datastream"), item.get("time"), item.get("value")
    if not isinstance(datastream, str) or not 0 < len(datastream) <= 80:
        raise _Bad(Reason.NO_DATASTREAM)
    if not isinstance(time, str):
        raise _Bad(Reason.NO_TIME)
    if isinstance(value, str):
        value = _number(value.strip())
    elif value is None:
        raise _Bad(Reason.NO_VALUE)
    elif not isinstance(value, Decimal):
        raise _Bad(Reason.NOT_A_NUMBER)
    return Reading(parse_time(time), _bounded(value), datastream=datastream)


# --- cells ------------------------------------------------------------------------------------


def parse_time(written: str) -> datetime:
    """ISO 8601 date and time as aware UTC; without a zone it is UTC.

    Fractions finer than a microsecond are cut. Years before 2000 are a clock that was never set.
    """
    text = written.strip()
    if not text:
        raise _Bad(Reason.NO_TIME)
    if not (parts := _TIME.fullmatch(text)) or int(parts[1]) < 2000:
        raise _Bad(Reason.BAD_TIME)
    year, month, day, hour, minute, second = (int(part or 0) for part in parts.groups()[:6])
    microsecond = int((parts[7] or "0").ljust(6, "0")[:6])
    try:
        told = datetime(year, month, day, hour, minute, second, microsecond, tzinfo=_zone(parts[8]))
        return told.astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise _Bad(Reason.BAD_TIME) from exc


def _zone(written: str | None) -> timezone:
    if written is None or written == "Z":
        return UTC
    hours, minutes = int(written[1:3]), int(written[-2:])
    if hours > 14 or minutes > 59:
        raise ValueError("no such offset")
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if written[0] == "-" else offset)


def _number(written: str) -> Decimal:
    if written.casefold() in _NOTHING:
        raise _Bad(Reason.NO_VALUE)
    if not _NUMBER.fullmatch(written):
        raise _Bad(Reason.NOT_A_NUMBER)
    return _bounded(Decimal(written))


def _bounded(value: Decimal) -> Decimal:
    if abs(value) >= LARGEST:
        raise _Bad(Reason.TOO_LARGE)
    return value


def scaled(value: Decimal, scale: int) -> int:
    """The value × 10^scale, rounded half to even at the scale (0 to 6 decimals)."""
    if not 0 <= scale <= MOST_DECIMALS:
        raise ValueError(f"a scale of {scale} decimals")
    return int(value.scaleb(scale).to_integral_value(ROUND_HALF_EVEN))


def unscaled(value: int, scale: int) -> Decimal:
    """The decimal value of a stored integer."""
    return Decimal(value).scaleb(-scale)


def by_datastream(readings: Iterable[Reading]) -> Iterator[tuple[str | None, list[Reading]]]:
    """Readings grouped by their datastream, groups and readings in the order of arrival."""
    groups: dict[str | None, list[Reading]] = {}
    for reading in readings:
        groups.setdefault(reading.datastream, []).append(reading)
    yield from groups.items()
