"""What a leaf of the log is: six members in canonical JSON, and a commitment to a body that lies elsewhere.

    entry       = JCS({v, type, id, at, subject, body_commit})
    body_commit = SHA-256(CONTEXT || salt (16 raw bytes) || body), written as lower-case hexadecimal
    leaf        = SHA-256(0x00 || entry)

An entry holds no personal data: body and salt can be destroyed, and what stays tells nothing of them.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from ledger.core import jcs
from ledger.core.encoding import decode_hex
from ledger.core.errors import CommitmentDiffers, Malformed, MalformedEntry
from ledger.core.instants import read_instant, write_instant
from ledger.core.tiles import LONGEST_ENTRY

EVENT_CONTEXT: Final = b"coi/event/v1\n"
BATCH_CONTEXT: Final = b"coi/batch/v1\n"
BATCH_TYPE: Final = "sensor.batch"
VERSION: Final = 1
SALT_SIZE: Final = 16
LONGEST_SUBJECT: Final = 256  # UTF-8 bytes

_MEMBERS: Final = frozenset({"v", "type", "id", "at", "subject", "body_commit"})
_TYPE: Final = re.compile(r"[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*")
_LONGEST_TYPE: Final = 64
_UUID7: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One sealed statement: which kind, which id, when, about what, and the commitment to its body."""

    kind: str  # member `type`, e.g. `epcis.event`, `sensor.batch`
    id: UUID  # version 7
    at: datetime  # aware UTC, at most microseconds
    subject: str  # identifier of the lot, plot or certificate; never a person's name
    body_commit: bytes  # 32 bytes

    def to_bytes(self) -> bytes:
        """The bytes of the leaf; raises MalformedEntry when a member breaks the format."""
        if self.at.tzinfo is None:
            raise MalformedEntry("`at` is a time without zone")
        data = jcs.canonicalize(
            {
                "v": VERSION,
                "type": self.kind,
                "id": str(self.id),
                "at": write_instant(self.at),
                "subject": self.subject,
                "body_commit": self.body_commit.hex(),
            }
        )
        parse_entry(data)  # what we write, every verifier reads
        return data

    @property
    def context(self) -> bytes:
        """The domain that its body was committed in."""
        return BATCH_CONTEXT if self.kind == BATCH_TYPE else EVENT_CONTEXT


def body_commit(context: bytes, salt: bytes, body: bytes) -> bytes:
    """Commit to a body: 32 bytes that say nothing about it without the salt (16 random bytes)."""
    if len(salt) != SALT_SIZE:
        raise MalformedEntry(f"a salt has {SALT_SIZE} bytes")
    return hashlib.sha256(context + salt + body).digest()


def check_commitment(entry: Entry, salt: bytes, body: bytes) -> None:
    """Raise CommitmentDiffers unless `entry` committed to exactly this body with this salt."""
    if not hmac.compare_digest(body_commit(entry.context, salt, body), entry.body_commit):
        raise CommitmentDiffers("the content is not the one that was sealed")


def parse_entry(data: bytes) -> Entry:
    """Read a leaf; raises MalformedEntry for anything but the one spelling of a valid entry."""
    if len(data) > LONGEST_ENTRY:
        raise MalformedEntry(f"an entry has at most {LONGEST_ENTRY} bytes")
    try:
        value = jcs.parse_canonical(data)
        jcs.check_nfc(value)
    except Malformed as exc:
        raise MalformedEntry(str(exc)) from exc
    if not isinstance(value, dict) or value.keys() != _MEMBERS:
        raise MalformedEntry("an entry has exactly the members v, type, id, at, subject, body_commit")
    version, texts = value.pop("v"), {name: text for name, text in value.items() if isinstance(text, str)}
    if type(version) is not int or version != VERSION:  # True equals 1, and is no version
        raise MalformedEntry("an entry of a version that this verifier does not know")
    if len(texts) != len(_MEMBERS) - 1:
        raise MalformedEntry("type, id, at, subject and body_commit are strings")
    return Entry(
        kind=_kind(texts["type"]),
        id=_uuid7(texts["id"]),
        at=_instant(texts["at"]),
        subject=_subject(texts["subject"]),
        body_commit=_commitment(texts["body_commit"]),
    )


def _kind(text: str) -> str:
    if len(text) > _LONGEST_TYPE or not _TYPE.fullmatch(text):
        raise MalformedEntry("`type` is not lower-case words joined by dots")
    return text


def _uuid7(text: str) -> UUID:
    if not _UUID7.fullmatch(text):
        raise MalformedEntry("`id` is not a UUID of version 7 in lower case")
    return UUID(text)


def _instant(text: str) -> datetime:
    try:
        return read_instant(text)
    except Malformed as exc:
        raise MalformedEntry(f"`at`: {exc}") from exc


def _subject(text: str) -> str:
    if not text or len(text.encode("utf-8")) > LONGEST_SUBJECT or _CONTROL.search(text):
        raise MalformedEntry(f"`subject` has 1 to {LONGEST_SUBJECT} bytes without control characters")
    return text


def _commitment(text: str) -> bytes:
    try:
        raw = decode_hex(text)
    except Malformed as exc:
        raise MalformedEntry("`body_commit` is not lower-case hexadecimal") from exc
    if len(raw) != hashlib.sha256().digest_size:
        raise MalformedEntry("`body_commit` has 32 bytes")
    return raw
