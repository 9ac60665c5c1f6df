"""Base64, hexadecimal and decimal numbers, one spelling a value.

Python's own readers accept `1_0`, Arabic digits, line breaks inside base64 and non-zero pad bits: a proof
would have many spellings, and two verifiers would disagree.
"""

import base64
import binascii
import re
from typing import Final

from ledger.core.errors import Malformed

_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,19}")
_HEX: Final = re.compile(r"(?:[0-9a-f]{2})*")
LARGEST: Final = 2**64 - 1  # tree sizes and indices are u64 in every C2SP format


def decode_base64(text: str) -> bytes:
    """Bytes of standard, padded base64; raises Malformed for any other spelling of them."""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as exc:
        raise Malformed("not standard base64") from exc
    if base64.b64encode(raw).decode("ascii") != text:
        raise Malformed("base64 with stray bits or padding")
    return raw


def encode_base64(raw: bytes) -> str:
    """Standard, padded base64."""
    return base64.b64encode(raw).decode("ascii")


def decode_hex(text: str) -> bytes:
    """Bytes of lower-case hexadecimal; raises Malformed for any other spelling of them."""
    if not _HEX.fullmatch(text):
        raise Malformed("not lower-case hexadecimal")
    return bytes.fromhex(text)


def decode_decimal(text: str) -> int:
    """A number from 0 to 2^64-1 in ASCII digits without leading zero; raises Malformed."""
    if not _DECIMAL.fullmatch(text) or int(text) > LARGEST:
        raise Malformed("not a decimal number without leading zero")
    return int(text)
