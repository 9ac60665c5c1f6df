"""One member of a body under a commitment of its own, so that it alone can be shown, kept back or erased.

    commitment = SHA-256("coi/field/v1" LF || JCS([salt_b64url, name, value]))

A body that has such members lists their commitments, in hexadecimal, under `MEMBER`: {name: commitment}. The
salt (16 random bytes) lies beside the value; once both are destroyed, nobody can find out what was there by
trying likely values, and the seal of the body still holds. The array has the shape of a disclosure of SD-JWT
(RFC 9901, section 4.2.1).
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ledger.core import jcs
from ledger.core.entry import SALT_SIZE
from ledger.core.errors import CommitmentDiffers, MalformedJSON, MalformedProof
from ledger.core.jcs import JSONValue

CONTEXT: Final = b"coi/field/v1\n"
MEMBER: Final = "coi:fields"


@dataclass(frozen=True)
class Field:
    """A disclosed member: its name, its value, and the salt that makes it checkable."""

    name: str
    value: JSONValue
    salt: bytes  # 16

    @property
    def commitment(self) -> bytes:
        """32 bytes that say nothing of the value without the salt."""
        if len(self.salt) != SALT_SIZE:
            raise MalformedProof(f"a salt has {SALT_SIZE} bytes")
        return hashlib.sha256(CONTEXT + jcs.canonicalize([b64url(self.salt), self.name, self.value])).digest()


@dataclass(frozen=True)
class ErasedField:
    """A member whose value and salt were destroyed; its commitment stays in the body."""

    name: str


def committed(body: bytes) -> Mapping[str, str]:
    """Name and commitment (hexadecimal) of every such member that a body lists; none where it lists none."""
    try:
        value = jcs.parse_canonical(body)
    except MalformedJSON:
        return {}
    listed = value.get(MEMBER) if isinstance(value, dict) else None
    if not isinstance(listed, dict):
        return {}
    return {name: text for name, text in listed.items() if isinstance(text, str)}


def check_field(field: Field, commitment: str | None) -> None:
    """Raise CommitmentDiffers unless this is what `committed` lists under the field's name."""
    if commitment is None or not hmac.compare_digest(field.commitment.hex(), commitment):
        raise CommitmentDiffers(f"the value of {field.name} is not the one that was sealed")


def b64url(raw: bytes) -> str:
    """Base64 with the letters of RFC 4648, section 5, unpadded."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
