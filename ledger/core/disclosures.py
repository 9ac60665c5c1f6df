"""What of a sealed body a bundle shows: the body itself, single members of it, readings of a batch.

Reading checks shapes, never truth: that is `ledger.core.verify`.
"""

from dataclasses import dataclass

from ledger.core.batch import ErasedWindow, Reading, Window
from ledger.core.encoding import encode_base64
from ledger.core.entry import SALT_SIZE
from ledger.core.errors import Malformed, MalformedProof
from ledger.core.fields import ErasedField, Field
from ledger.core.instants import read_instant, write_instant
from ledger.core.jcs import JSONValue
from ledger.core.members import Members


@dataclass(frozen=True)
class Disclosure:
    """What the entry committed to, opened; `fields` and `window` open what the body commits to itself."""

    salt: bytes  # 16
    body: bytes
    fields: tuple[Field | ErasedField, ...] = ()
    window: Window | ErasedWindow | None = None

    def to_json(self) -> JSONValue:
        """Member `disclosure` of an item."""
        told: dict[str, JSONValue] = {"salt": encode_base64(self.salt), "body": encode_base64(self.body)}
        if self.fields:
            told["fields"] = [_field_json(field) for field in self.fields]
        if self.window is not None:
            told["window"] = _window_json(self.window)
        return told


@dataclass(frozen=True)
class Erased:
    """The body or its salt was destroyed on a person's request; the seal of the entry still holds."""

    def to_json(self) -> JSONValue:
        """Member `disclosure` of an item."""
        return {"erased": True}


def read_disclosure(item: Members) -> Disclosure | Erased | None:
    """Member `disclosure` of an item, None where it has none; raises MalformedProof."""
    if "disclosure" not in item:
        return None
    opened = item.inside("disclosure")
    if _erased(opened):
        return Erased()
    fields = tuple(_field(field) for field in opened.each("fields")) if "fields" in opened else ()
    window = _window(opened.inside("window")) if "window" in opened else None
    return Disclosure(_salt(opened), opened.base64("body"), fields, window)


def _field_json(field: Field | ErasedField) -> JSONValue:
    if isinstance(field, ErasedField):
        return {"name": field.name, "erased": True}
    return {"name": field.name, "value": field.value, "salt": encode_base64(field.salt)}


def _field(members: Members) -> Field | ErasedField:
    name = members.get("name", str)
    return ErasedField(name) if _erased(members) else Field(name, members.value("value"), _salt(members))


def _window_json(window: Window | ErasedWindow) -> JSONValue:
    if isinstance(window, ErasedWindow):
        return {"erased": True}
    return {
        "begin": window.begin,
        "readings": [
            {
                "t": write_instant(reading.at),
                "v": reading.value,
                "u": reading.unit,
                "q": reading.flag,
                "salt": encode_base64(salt),
            }
            for reading, salt in window.readings
        ],
        "proof": [encode_base64(value) for value in window.proof],
    }


def _window(members: Members) -> Window | ErasedWindow:
    if _erased(members):
        return ErasedWindow()
    readings = tuple((_reading(reading), _salt(reading)) for reading in members.each("readings"))
    return Window(members.natural("begin"), readings, members.hashes("proof"))


def _reading(members: Members) -> Reading:
    try:
        at = read_instant(members.get("t", str))
    except Malformed as exc:
        raise MalformedProof(f"a reading: {exc}") from exc
    return Reading(at=at, value=members.get("v", int), unit=members.get("u", str), flag=members.natural("q"))


def _salt(members: Members) -> bytes:
    salt = members.base64("salt")
    if len(salt) != SALT_SIZE:
        raise MalformedProof(f"a salt has {SALT_SIZE} bytes")
    return salt


def _erased(members: Members) -> bool:
    return "erased" in members and members.get("erased", bool)
