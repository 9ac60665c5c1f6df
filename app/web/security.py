"""Headers, CSRF and limits that every answer and request has."""

import uuid

from flask import Flask, Response, g, request
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


def _headers(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
    response.headers.setdefault("Permissions-Policy", "geolocation=(self), camera=(self), microphone=()")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.path.startswith("/static/build/"):
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    elif "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store" if g.get("actor") is not None else "no-cache"
    return response


def _number_request() -> None:
    g.request_id = uuid.uuid4().hex[:16]


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
    app.after_request(_headers)
