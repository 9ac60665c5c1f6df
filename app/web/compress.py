"""Gzip for texts, so that a page behind a code fits a slow phone.

What the log hands out byte for byte and files that are compressed already go out as they are. nginx or a
CDN may do the same in front; both look at Content-Encoding first.
"""

import gzip
from typing import Final

from flask import Flask, Response, request

LEVEL: Final = 5
SMALLEST: Final = 860  # bytes: below that a packet is a packet
AS_THEY_ARE: Final = (
    "/ledger/tile",
    "/ledger/checkpoint",
    "/ledger/key",
    "/ledger/policy",
    "/ledger/witness",
)
TEXTS: Final = (
    "text/",
    "application/json",
    "application/javascript",
    "image/svg+xml",
    "application/linkset+json",
)


def _compressed(response: Response) -> Response:
    if (
        response.status_code not in (200, 404, 422)
        or "Content-Encoding" in response.headers
        or not response.content_type
        or not response.content_type.startswith(TEXTS)
        or request.path.startswith(AS_THEY_ARE)
        or request.accept_encodings.quality("gzip") <= 0
    ):
        return response
    response.direct_passthrough = False
    body = response.get_data()
    response.vary.add("Accept-Encoding")
    if len(body) < SMALLEST:
        return response
    response.set_data(gzip.compress(body, LEVEL, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    if tag := response.headers.get("ETag"):
        # The same page in another coding is another representation (RFC 9110, section 8.8.3.3).
        response.headers["ETag"] = tag if tag.startswith("W/") else f"W/{tag}"
    return response


def init_app(app: Flask) -> None:
    """Bind it as the outermost step of an answer."""
    app.after_request_funcs.setdefault(None, []).insert(0, _compressed)
