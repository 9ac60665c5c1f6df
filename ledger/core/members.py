"""A typed look into JSON that a stranger wrote: every surprise is a MalformedProof that names the member."""

from typing import TypeVar

from ledger.core.encoding import decode_base64, decode_hex
from ledger.core.errors import Malformed, MalformedProof
from ledger.core.jcs import JSONValue
from ledger.core.tree import HASH_SIZE

_MOST_HASHES = 2 * 64  # a path through a tree of 2^64 leaves, at both sides
_KINDS: dict[type, str] = {
    str: "text",
    int: "whole number",
    bool: "`true` or `false`",
    list: "list",
    dict: "object",
}
_T = TypeVar("_T", str, int, bool, list[JSONValue], dict[str, JSONValue])


class Members:
    """The members of one object; those that nobody asks for are ignored."""

    def __init__(self, value: JSONValue, where: str) -> None:
        if not isinstance(value, dict):
            raise MalformedProof(f"{where} is not an object")
        self._value = value
        self._where = where

    def __contains__(self, name: str) -> bool:
        return name in self._value

    def get(self, name: str, kind: type[_T]) -> _T:
        """A member of one JSON type."""
        value = self._value.get(name)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise MalformedProof(f"{self._where}: `{name}` is missing or no {_KINDS[kind]}")
        return value

    def natural(self, name: str) -> int:
        """An integer from 0 on."""
        value = self.get(name, int)
        if value < 0:
            raise MalformedProof(f"{self._where}: `{name}` is negative")
        return value

    def base64(self, name: str) -> bytes:
        """Bytes in base64."""
        text = self.get(name, str)
        try:
            return decode_base64(text)
        except Malformed as exc:
            raise MalformedProof(f"{self._where}: `{name}`: {exc}") from exc

    def hexadecimal(self, name: str, size: int) -> bytes:
        """So many bytes in 0x-hexadecimal, as chains write them."""
        text = self.get(name, str)
        if not text.startswith("0x") or len(text) != 2 + 2 * size:
            raise MalformedProof(f"{self._where}: `{name}` is not 0x and {size} bytes")
        try:
            return decode_hex(text[2:])
        except Malformed as exc:
            raise MalformedProof(f"{self._where}: `{name}`: {exc}") from exc

    def inside(self, name: str) -> "Members":
        """The object that is the value of a member."""
        return Members(self.get(name, dict), f"{self._where}: {name}")

    def each(self, name: str) -> "list[Members]":
        """The objects in the list that is the value of a member."""
        found = enumerate(self.get(name, list), start=1)
        return [Members(value, f"{self._where}: {name}, number {n}") for n, value in found]

    def hashes(self, name: str) -> tuple[bytes, ...]:
        """The base64 hashes of a path."""
        return read_hashes(self.get(name, list), f"{self._where}: {name}")

    def value(self, name: str) -> JSONValue:
        """A member of any type."""
        if name not in self:
            raise MalformedProof(f"{self._where}: `{name}` is missing")
        return self._value[name]


def read_hashes(values: list[JSONValue], where: str) -> tuple[bytes, ...]:
    """A path of base64 hashes; raises MalformedProof."""
    if len(values) > _MOST_HASHES:
        raise MalformedProof(f"{where}: more hashes than any tree has")
    hashes = []
    for number, value in enumerate(values, start=1):
        try:
            raw = decode_base64(value) if isinstance(value, str) else b""
        except Malformed as exc:
            raise MalformedProof(f"{where}, hash {number}: {exc}") from exc
        if len(raw) != HASH_SIZE:
            raise MalformedProof(f"{where}, hash {number}: not a base64 hash of {HASH_SIZE} bytes")
        hashes.append(raw)
    return tuple(hashes)
