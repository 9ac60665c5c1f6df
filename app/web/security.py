"""Headers, CSRF and limits that every answer and request has."""

import uuid
from typing import Final

from flask import Flask, Response, abort, g, request
from flask_wtf.csrf import CSRFProtect

csrf = CSRFProtect()

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

OF_DOCUMENTS: Final = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "geolocation=(self), camera=(self), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
PARTS_OF_PAGES: Final = frozenset(
    {
        "text/css",
        "text/javascript",
        "application/json",
        "font/woff2",
        "image/webp",
        "image/png",
        "image/jpeg",
    }
)
"""Kinds of answers that no browser opens as a document of its own.

The headers of documents say nothing about them (W3C CSP 3, section 4.1), and would be a tenth of what a slow
phone loads for a scan. An SVG can be opened as a document, so it is not among them.
"""


def _headers(response: Response) -> Response:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    if response.mimetype not in PARTS_OF_PAGES:
        for name, value in OF_DOCUMENTS.items():
            response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.path.startswith("/static/build/"):
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    elif "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store" if g.get("actor") is not None else "no-cache"
    return response


def _number_request() -> None:
    g.request_id = uuid.uuid4().hex[:16]


def _refuse_nul() -> None:
    # No address of ours has one, PostgreSQL refuses even to look for it, and some readers end a text there.
    if "\0" in request.path or b"%00" in request.query_string:
        abort(404)


def init_app(app: Flask) -> None:
    """CSRF on every form, a strict policy on every answer, limits before any parsing."""
    app.config.update(
        SESSION_COOKIE_NAME="coi",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=24 * 3600,  # a half-written form in the field may wait for the signal
        MAX_FORM_PARTS=500,
        MAX_FORM_MEMORY_SIZE=1_000_000,
    )
    csrf.init_app(app)
    app.before_request(_number_request)
    app.before_request(_refuse_nul)
    app.after_request(_headers)
