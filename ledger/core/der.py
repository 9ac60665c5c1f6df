"""DER, read strictly: one spelling a value. No more of it than a time stamp token needs.

Lengths are definite and as short as they can be, numbers and identifiers too; the bytes of an element are
kept as they came, since signatures and digests are over them. Certificates are `cryptography`'s business.
Source: ITU-T X.690, sections 8 and 10.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from ledger.core.errors import MalformedToken

BOOLEAN: Final = 0x01
INTEGER: Final = 0x02
OCTETS: Final = 0x04
NULL: Final = 0x05
OBJECT_ID: Final = 0x06
TIME: Final = 0x18  # GeneralizedTime
SEQUENCE: Final = 0x30
SET: Final = 0x31

_CONSTRUCTED: Final = 0x20
_LONG: Final = 0x80
_HIGH_TAG: Final = 0x1F
_MOST_LENGTH_BYTES: Final = 4
_INSTANT: Final = re.compile(rb"([0-9]{14})(?:\.([0-9]{0,5}[1-9]))?Z")


def tagged(number: int) -> int:
    """The identifier of a constructed element with the context tag `number`."""
    return 0xA0 | number


@dataclass(frozen=True)
class Element:
    """One value: its identifier octet, its content, and all its bytes."""

    tag: int
    content: bytes
    raw: bytes

    def inside(self) -> "Reader":
        """The elements that it is made of."""
        if not self.tag & _CONSTRUCTED:
            raise MalformedToken("a simple DER value where a list is wanted")
        return Reader(self.content)

    def integer(self) -> int:
        """The number of an INTEGER."""
        raw = self.content
        if self.tag != INTEGER or not raw or (len(raw) > 1 and raw[0] in (0, 0xFF) and _padded(raw)):
            raise MalformedToken("not a DER integer")
        return int.from_bytes(raw, "big", signed=True)

    def object_id(self) -> str:
        """The dotted form of an OBJECT IDENTIFIER."""
        raw = self.content
        if self.tag != OBJECT_ID or not raw or raw[-1] & _LONG:
            raise MalformedToken("not a DER object identifier")
        arcs, value, fresh = [], 0, True
        for byte in raw:
            if fresh and byte == _LONG:
                raise MalformedToken("a DER object identifier with padding")
            value, fresh = value << 7 | byte & 0x7F, not byte & _LONG
            if fresh:
                arcs.append(value)
                value = 0
        first = min(arcs[0] // 40, 2)
        return ".".join(map(str, [first, arcs[0] - 40 * first, *arcs[1:]]))

    def instant(self) -> datetime:
        """The moment of a GeneralizedTime, aware UTC."""
        match = _INSTANT.fullmatch(self.content)
        if self.tag != TIME or match is None:
            raise MalformedToken("not a DER time in UTC")
        try:
            whole = datetime.strptime(match[1].decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        except ValueError as exc:
            raise MalformedToken("no day of the calendar") from exc
        return whole.replace(microsecond=int((match[2] or b"0").decode().ljust(6, "0")))


class Reader:
    """Elements one after another; every surprise is a MalformedToken."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def take(self, tag: int) -> Element:
        """The next element, which has this identifier."""
        found = self.take_any()
        if found.tag != tag:
            raise MalformedToken(f"DER tag {found.tag:#04x} where {tag:#04x} is wanted")
        return found

    def take_if(self, tag: int) -> Element | None:
        """The next element if it has this identifier, else None and nothing is taken."""
        return self.take(tag) if self and self._data[self._at] == tag else None

    def take_any(self) -> Element:
        """The next element, whatever it is."""
        start, begin, length = self._at, *self._header()
        end = begin + length
        if end > len(self._data):
            raise MalformedToken("DER that is cut off")
        self._at = end
        return Element(self._data[start], self._data[begin:end], self._data[start:end])

    def end(self) -> None:
        """Nothing may follow."""
        if self:
            raise MalformedToken("DER with bytes behind its end")

    def _header(self) -> tuple[int, int]:
        """Where the content of the next element begins, and its length."""
        data, at = self._data, self._at
        if at + 2 > len(data):
            raise MalformedToken("DER that is cut off")
        if data[at] & _HIGH_TAG == _HIGH_TAG:
            raise MalformedToken("a DER tag above 30")
        length = data[at + 1]
        if not length & _LONG:
            return at + 2, length
        count = length & 0x7F
        digits = data[at + 2 : at + 2 + count]
        if not 1 <= count <= _MOST_LENGTH_BYTES or len(digits) < count:
            raise MalformedToken("a DER length that is indefinite, absurd or cut off")
        length = int.from_bytes(digits, "big")
        if length < _LONG or digits[0] == 0:
            raise MalformedToken("a DER length that could be shorter")
        return at + 2 + count, length


def read_one(data: bytes, tag: int) -> Element:
    """The one element that these bytes are."""
    reader = Reader(data)
    found = reader.take(tag)
    reader.end()
    return found


def _padded(raw: bytes) -> bool:
    """Whether the first of two or more bytes repeats only the sign."""
    return (raw[0] == 0) == (raw[1] < _LONG)
