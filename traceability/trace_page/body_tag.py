"""A stored page under this server's secret: who can only write into the database cannot put up another one.

HMAC-SHA256 (RFC 2104) over what the row says. Its key depends on the build too: a page made by another
build names other style sheets, and is made again.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID


def key_of_build(secret: str, build: str) -> bytes:
    """The key for the pages of one build of this installation; 32 bytes."""
    return hmac.digest(secret.encode(), f"trace body of {build}".encode(), "sha256")


def body_tag(
    key: bytes,
    *,
    lot_id: UUID,
    language: str,
    revision: int,
    made_at: datetime,
    counts: Mapping[str, Any],
    body: bytes,
) -> str:
    """The tag of a page; 64 hexadecimal digits."""
    named = [str(lot_id), language, revision, made_at.astimezone(UTC).isoformat(), dict(counts)]
    told = json.dumps(named, sort_keys=True).encode() + b"\n" + body
    return hmac.new(key, told, hashlib.sha256).hexdigest()
