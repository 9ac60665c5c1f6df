"""Signed notes: a text, a blank line, and signature lines that each name their key.

Ed25519 signatures (type 0x01) of logs and timestamped cosignatures (0x04) of witnesses are checked; lines
of keys that the reader does not hold, of whatever type, are kept and believed in nothing.
Sources: https://c2sp.org/signed-note, https://c2sp.org/tlog-cosignature
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, Final, Protocol, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.core.encoding import decode_base64, decode_hex, encode_base64
from ledger.core.errors import Malformed, MalformedKey, MalformedNote, NotSignedByKnownKey, SignatureFails

ED25519: Final = 0x01
COSIGNATURE: Final = 0x04
MOST_SIGNATURES: Final = 100
LONGEST_NOTE: Final = 1_000_000  # bytes

_KEY_SIZE: Final = 32
_SIGNATURE_SIZE: Final = 64
_ID_SIZE: Final = 4
_TIME_SIZE: Final = 8
_PREFIX: Final = "PRIVATE+KEY+"
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_LINE: Final = re.compile(r"— (?P<name>[^ ]+) (?P<blob>[A-Za-z0-9+/]+={0,2})")


def key_id(name: str, algorithm: int, public: bytes) -> bytes:
    """Four bytes that tell a key on a signature line: a hint, not an identity."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([algorithm]) + public).digest()[:_ID_SIZE]


@dataclass(frozen=True)
class VerifierKey:
    """A public key with the name that its signatures carry; `str` writes it as a vkey."""

    name: str
    algorithm: int  # ED25519 or COSIGNATURE
    public: bytes

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{encode_base64(bytes([self.algorithm]) + self.public)}"

    @property
    def id(self) -> bytes:
        """As `key_id`."""
        return key_id(self.name, self.algorithm, self.public)

    def check(self, text: str, signature: bytes) -> datetime | None:
        """The time of a cosignature, None for a plain signature; raises SignatureFails."""
        timed = self.algorithm == COSIGNATURE
        if len(signature) != _SIGNATURE_SIZE + (_TIME_SIZE if timed else 0):
            raise SignatureFails(f"the signature of {self.name} has the wrong length")
        message, signed_at = text.encode(), None
        if timed:
            seconds = int.from_bytes(signature[:_TIME_SIZE], "big")
            message = _cosigned_message(text, seconds)
            signed_at = _instant(self.name, seconds)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature[-_SIGNATURE_SIZE:], message)
        except InvalidSignature as exc:
            raise SignatureFails(f"the signature of {self.name} is not over this text") from exc
        return signed_at


class Signer(Protocol):
    """Whoever signs as a log: a key at hand, several of them, or a program that keeps one to itself."""

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""

    def sign(self, text: str) -> str:
        """The signature lines over a text, each with its line feed."""


@dataclass(frozen=True)
class _PrivateKey:
    """An Ed25519 key that signs as `name`, in the one role that its type byte says."""

    algorithm: ClassVar[int]

    name: str
    private: Ed25519PrivateKey

    @classmethod
    def generate(cls, name: str) -> Self:
        """A new random key."""
        return cls(_checked_name(name), Ed25519PrivateKey.generate())

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read `PRIVATE+KEY+name+id+base64`; raises MalformedKey without repeating the secret.

        A key of another role is refused: the type byte says what it may sign.
        """
        if not text.startswith(_PREFIX):
            raise MalformedKey("not a signer key")
        name, hexadecimal, algorithm, seed = _key_parts(text.removeprefix(_PREFIX))
        if algorithm != cls.algorithm:
            raise MalformedKey(f"a signer key of type {algorithm:#04x}, where {cls.algorithm:#04x} is wanted")
        key = cls(name, Ed25519PrivateKey.from_private_bytes(seed))
        if key.verifier.id != hexadecimal:
            raise MalformedKey("the key id does not belong to this signer key")
        return key

    def to_text(self) -> str:
        """The secret, as `from_text` reads it."""
        blob = encode_base64(bytes([self.algorithm]) + self.private.private_bytes_raw())
        return f"{_PREFIX}{self.name}+{self.verifier.id.hex()}+{blob}"

    @property
    def verifier(self) -> VerifierKey:
        """The public half; `str` of it is the vkey."""
        return VerifierKey(self.name, self.algorithm, self.private.public_key().public_bytes_raw())

    def _line(self, blob: bytes) -> str:
        return f"— {self.name} {encode_base64(self.verifier.id + blob)}\n"


class SigningKey(_PrivateKey):
    """A log's key (type 0x01): signs the text itself."""

    algorithm = ED25519

    def sign(self, text: str) -> str:
        """The signature line over a text, with its line feed."""
        return self._line(self.private.sign(text.encode()))


class WitnessKey(_PrivateKey):
    """A witness's key (type 0x04): signs the text with the moment at which it was the newest seen.

    Never a log's key: an Ed25519 cosignature does not bind the name, so one key in two roles could be made
    to speak for the other. Source: https://c2sp.org/tlog-cosignature
    """

    algorithm = COSIGNATURE

    def cosign(self, text: str, at: datetime) -> str:
        """The cosignature line over a checkpoint's text at an aware moment (whole seconds), with its LF."""
        seconds = int(at.timestamp())
        signed = self.private.sign(_cosigned_message(text, seconds))
        return self._line(seconds.to_bytes(_TIME_SIZE, "big") + signed)


@dataclass(frozen=True)
class Signature:
    """A signature line: by whom, over what key id, and for a cosignature when."""

    name: str
    key_id: bytes
    signed_at: datetime | None = None


@dataclass(frozen=True)
class OpenedNote:
    """A note whose every known signature holds."""

    text: str  # ends with a line feed
    verified: tuple[VerifierKey, ...]  # at least one
    signatures: tuple[Signature, ...]  # those of `verified`, with their times


def parse_vkey(text: str) -> VerifierKey:
    """Read `name+id+base64(type, key)`; raises MalformedKey, also for a type that we cannot check."""
    name, hexadecimal, algorithm, public = _key_parts(text)
    if algorithm not in (ED25519, COSIGNATURE):
        raise MalformedKey("a verifier key of a type that we do not know")
    key = VerifierKey(name, algorithm, public)
    if key.id != hexadecimal:
        raise MalformedKey("the key id does not belong to this name and key")
    return key


def sign_note(text: str, keys: Sequence[Signer]) -> bytes:
    """The note of a text (which ends with a line feed), signed by each key in order."""
    if not keys or not text.endswith("\n") or _CONTROL.search(text):
        raise MalformedNote("a note has a text of whole lines and at least one signature")
    return f"{text}\n{''.join(key.sign(text) for key in keys)}".encode()


def open_note(note: bytes, keys: Iterable[VerifierKey]) -> OpenedNote:
    """Check a note against the keys that the reader holds.

    Raises MalformedNote; SignatureFails when any signature of a held key fails, whatever the others say;
    NotSignedByKnownKey when no line belongs to a held key; MalformedKey when two held keys share name and
    id. A repeated line counts once.
    """
    text, lines = _split(note)
    held = _by_name_and_id(keys)
    verified: dict[tuple[str, bytes], Signature] = {}
    for name, blob in dict.fromkeys(lines):
        identity = (name, blob[:_ID_SIZE])
        if identity in held:
            signed_at = held[identity].check(text, blob[_ID_SIZE:])
            verified.setdefault(identity, Signature(*identity, signed_at))
    if not verified:
        raise NotSignedByKnownKey("no signature of a key that you hold")
    return OpenedNote(text, tuple(held[identity] for identity in verified), tuple(verified.values()))


def note_text(note: bytes) -> str:
    """The text of a note whose signatures nobody has checked; raises MalformedNote."""
    return _split(note)[0]


def lines_of(note: bytes, keys: Sequence[VerifierKey]) -> dict[VerifierKey, str]:
    """The signature lines that bear the names of these keys, unchecked, in the order of the keys.

    Each with its line feed; a key without a line is left out. Raises MalformedNote.
    """
    found: dict[tuple[str, bytes], str] = {}
    for name, blob in _split(note)[1]:
        found.setdefault((name, blob[:_ID_SIZE]), f"— {name} {encode_base64(blob)}\n")
    return {key: found[key.name, key.id] for key in keys if (key.name, key.id) in found}


def _split(note: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    if len(note) > LONGEST_NOTE:
        raise MalformedNote(f"a note has at most {LONGEST_NOTE} bytes")
    try:
        whole = note.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise MalformedNote("a note is UTF-8") from exc
    if _CONTROL.search(whole):
        raise MalformedNote("a note has no control character but the line feed")
    text, blank, block = whole.rpartition("\n\n")
    if not blank or not block.endswith("\n"):
        raise MalformedNote("a note ends with a blank line and whole signature lines")
    lines = block.removesuffix("\n").split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise MalformedNote(f"a note has at most {MOST_SIGNATURES} signatures")
    return text + "\n", [_signature_line(line) for line in lines]


def _signature_line(line: str) -> tuple[str, bytes]:
    match = _LINE.fullmatch(line)
    if match is None:
        raise MalformedNote("not a signature line")
    try:
        name, blob = _checked_name(match["name"]), decode_base64(match["blob"])
    except Malformed as exc:
        raise MalformedNote("not a signature line") from exc
    if len(blob) <= _ID_SIZE:
        raise MalformedNote("a signature line without signature")
    return name, blob


def _by_name_and_id(keys: Iterable[VerifierKey]) -> dict[tuple[str, bytes], VerifierKey]:
    held: dict[tuple[str, bytes], VerifierKey] = {}
    for key in keys:
        if (key.name, key.id) in held:
            raise MalformedKey(f"two keys named {key.name} share their id")
        held[key.name, key.id] = key
    return held


def _key_parts(text: str) -> tuple[str, bytes, int, bytes]:
    parts = text.split("+", 2)  # base64 may hold a plus, a name may not
    if len(parts) != 3:
        raise MalformedKey("a key is written name+id+base64")
    try:
        hexadecimal, blob = decode_hex(parts[1]), decode_base64(parts[2])
    except Malformed as exc:
        raise MalformedKey(str(exc)) from exc
    if len(hexadecimal) != _ID_SIZE or len(blob) != 1 + _KEY_SIZE:
        raise MalformedKey("a key id has 4 bytes, an Ed25519 key 32 behind its type")
    return _checked_name(parts[0]), hexadecimal, blob[0], blob[1:]


def _checked_name(name: str) -> str:
    if not name or "+" in name or any(sign.isspace() for sign in name) or _CONTROL.search(name):
        raise MalformedKey("a key's name has neither spaces nor a plus sign")
    return name


def _cosigned_message(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _instant(name: str, seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as exc:  # a time beyond the year 9999
        raise SignatureFails(f"the cosignature of {name} has an absurd time") from exc
