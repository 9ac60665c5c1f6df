"""What a log and a witness say to each other: a checkpoint with its proof there, cosignatures back.

Parsing is strict and in bytes split by LF: a body has one spelling, or it is refused.
Source: https://c2sp.org/tlog-witness
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ledger.core.encoding import decode_base64, decode_decimal, encode_base64
from ledger.core.errors import Malformed, MalformedRequest
from ledger.core.note import VerifierKey, open_note
from ledger.core.tree import HASH_SIZE

SIZE_TYPE: Final = "text/x.tlog.size"  # content type of a 409
LONGEST_PROOF: Final = 63  # hashes
LARGEST_BODY: Final = 64 * 1024  # bytes, of a request and of an answer

_OLD: Final = b"old "


@dataclass(frozen=True)
class AddCheckpoint:
    """A request to cosign: the size that the witness is thought to know, the way from there, the note."""

    old_size: int
    proof: tuple[bytes, ...]  # hashes of 32 bytes, as RFC 9162 orders them
    note: bytes

    def to_bytes(self) -> bytes:
        """The body of the request; raises MalformedRequest when a witness would call it malformed."""
        hashes = "".join(f"{encode_base64(value)}\n" for value in self.proof)
        body = f"old {self.old_size}\n{hashes}\n".encode() + self.note
        if parse_add_checkpoint(body) != self:
            raise MalformedRequest("a negative size, or a hash of another length")
        return body


@dataclass(frozen=True)
class Cosignature:
    """One verified line of a witness's answer."""

    line: str  # the whole signature line with its line feed
    signed_at: datetime


def parse_add_checkpoint(body: bytes) -> AddCheckpoint:
    """Read the body of a request; the note is kept as it is. Raises MalformedRequest."""
    if len(body) > LARGEST_BODY:
        raise MalformedRequest(f"a request has at most {LARGEST_BODY} bytes")
    head, blank, note = body.partition(b"\n\n")
    lines = head.split(b"\n")
    if not blank or not note or not lines[0].startswith(_OLD):
        raise MalformedRequest("a request is an `old` line, hashes, a blank line and a checkpoint")
    if len(lines) - 1 > LONGEST_PROOF:
        raise MalformedRequest(f"a proof has at most {LONGEST_PROOF} hashes")
    try:
        old_size = decode_decimal(_ascii(lines[0].removeprefix(_OLD)))
        proof = tuple(decode_base64(_ascii(line)) for line in lines[1:])
    except Malformed as exc:
        raise MalformedRequest(str(exc)) from exc
    if any(len(value) != HASH_SIZE for value in proof):
        raise MalformedRequest(f"a hash has {HASH_SIZE} bytes")
    return AddCheckpoint(old_size, proof, note)


def size_body(size: int) -> bytes:
    """The body of a 409: the size of the newest checkpoint that the witness knows."""
    return f"{size}\n".encode()


def parse_size(body: bytes) -> int:
    """Read the body of a 409. Raises MalformedRequest."""
    try:
        if not body.endswith(b"\n"):
            raise MalformedRequest("no line feed behind the size")
        return decode_decimal(_ascii(body[:-1]))
    except Malformed as exc:
        raise MalformedRequest(f"not the size of a tree: {exc}") from exc


def verified_cosignature(text: str, answer: bytes, key: VerifierKey) -> Cosignature:
    """The line of an answer (status 200) that this witness made over `text`; other keys' are left out.

    Raises Malformed; SignatureFails when a line of this key is not over the text; NotSignedByKnownKey when
    there is none of it.
    """
    if len(answer) > LARGEST_BODY:
        raise MalformedRequest(f"an answer has at most {LARGEST_BODY} bytes")
    if answer.startswith(b"\n") or b"\n\n" in answer:
        raise MalformedRequest("an answer is signature lines and nothing else")
    opened = open_note(text.encode() + b"\n" + answer, [key])
    signed_at = opened.signatures[0].signed_at
    if signed_at is None:
        raise MalformedRequest("the key of a witness has type 0x04")
    start = f"— {key.name} "
    lines = [line for line in answer.decode().split("\n") if line.startswith(start)]
    mine = next(line for line in lines if decode_base64(line.removeprefix(start)).startswith(key.id))
    return Cosignature(f"{mine}\n", signed_at)


def log_id(origin: str) -> str:
    """Hexadecimal SHA-256 of an origin: the folder of a log on a witness's monitoring side."""
    return hashlib.sha256(origin.encode()).hexdigest()


def _ascii(raw: bytes) -> str:
    try:
        return raw.decode("ascii")
    except UnicodeDecodeError as exc:
        raise MalformedRequest("a size and hashes are ASCII") from exc
