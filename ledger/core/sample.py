"""Which entries of a log an auditor looks at: drawn from a public seed, so that nobody chose them.

    message_i = "coi/sample/v1\n" || size || "\n" || base64(root) || "\n" || i     (i: 8 bytes, big-endian)
    block_i   = HMAC-SHA-256(key = seed, message_i)                                 for i = 0, 1, 2 …
    number_i  = the first 8 bytes of block_i, big-endian
    number_i is left out when it is not below 2^64 - (2^64 mod size): no index is likelier than another
    index     = number_i mod size; one that was drawn before is left out

until `count` indices are drawn. The seed is UTF-8 in NFC; size is decimal, root in base64 as a checkpoint
writes them. A seed proves something only when nobody knew it before that checkpoint was published: the
lottery draw of the day after, a line of tomorrow's newspaper.
"""

import hashlib
import hmac
import unicodedata
from typing import Final

from ledger.core.encoding import encode_base64
from ledger.core.errors import MalformedSample
from ledger.core.tree import HASH_SIZE

CONTEXT: Final = "coi/sample/v1\n"
LONGEST_SEED: Final = 200  # bytes of UTF-8
MOST: Final = 300  # entries of one sample
_SPACE: Final = 1 << 64


def draw(seed: str, *, size: int, root: bytes, count: int) -> tuple[int, ...]:
    """`count` different indices of a log of `size` entries with this root, in the order of drawing.

    Raises MalformedSample: no seed, or one with control characters; a count of more than 300 or than the
    log has; a root of another length.
    """
    key = _key(seed)
    if len(root) != HASH_SIZE:
        raise MalformedSample(f"a root has {HASH_SIZE} bytes")
    if not 1 <= count <= min(size, MOST):
        raise MalformedSample(f"a sample has 1 to {MOST} entries, and not more than the log")
    message = f"{CONTEXT}{size}\n{encode_base64(root)}\n".encode()
    fair = _SPACE - _SPACE % size
    drawn: dict[int, None] = {}
    turn = 0
    while len(drawn) < count:
        block = hmac.digest(key, message + turn.to_bytes(8, "big"), hashlib.sha256)
        number = int.from_bytes(block[:8], "big")
        if number < fair:
            drawn.setdefault(number % size)
        turn += 1
    return tuple(drawn)


def _key(seed: str) -> bytes:
    try:
        key = seed.encode()
    except UnicodeEncodeError as exc:
        raise MalformedSample("a seed is text in UTF-8") from exc
    if not 0 < len(key) <= LONGEST_SEED or seed != seed.strip():
        raise MalformedSample(f"a seed has 1 to {LONGEST_SEED} bytes, without spaces around it")
    if not seed.isprintable():
        raise MalformedSample("a seed has no control characters")
    if not unicodedata.is_normalized("NFC", seed):
        raise MalformedSample("a seed is in the normal form NFC: letters that look alike draw alike")
    return key
