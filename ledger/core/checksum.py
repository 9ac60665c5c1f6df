"""A checksum inside a JSON object, over all its other members: damage shows wherever it falls.

It is no proof of anything: who changes a file on purpose computes it anew, and then meets the hashes and
signatures. Without it a flipped bit in a member that no signature covers would pass unseen.
"""

import hashlib
from collections.abc import Mapping
from typing import Final

from ledger.core import jcs
from ledger.core.jcs import JSONValue

MEMBER: Final = "sha256"


def with_checksum(members: Mapping[str, JSONValue]) -> bytes:
    """The canonical bytes of an object with its checksum."""
    return jcs.canonicalize({**members, MEMBER: _checksum(members)})


def is_whole(value: JSONValue) -> bool:
    """Whether an object carries the checksum of its other members."""
    if not isinstance(value, dict):
        return False
    rest = {name: member for name, member in value.items() if name != MEMBER}
    return value.get(MEMBER) == _checksum(rest)


def _checksum(members: Mapping[str, JSONValue]) -> str:
    return hashlib.sha256(jcs.canonicalize(dict(members))).hexdigest()
