"""The places of a stored page that each scan fills: pure bytes.

A place is `%%NAME%%`; what is put in is markup of our own templates or escaped text. A place that
nobody fills would be a fault on the page of a consumer, so it is refused.
"""

import re
from collections.abc import Mapping
from typing import Final

PLACE: Final = re.compile(rb"%%([A-Z]+)%%")


class PlaceNotFilled(Exception):
    """The stored page has a place for which nothing was given."""


def fill(page: bytes, given: Mapping[str, str]) -> bytes:
    """The page with every place filled. Raises PlaceNotFilled."""

    def put(found: re.Match[bytes]) -> bytes:
        try:
            return given[found[1].decode()].encode()
        except KeyError as missing:
            raise PlaceNotFilled(found[1].decode()) from missing

    return PLACE.sub(put, page)
