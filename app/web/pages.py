"""How a page is answered: rendered, with a status; or 303 to the next one; or 304 by its ETag."""

import hashlib
from typing import Any
from urllib.parse import SplitResult, urlsplit

from flask import Response, flash, make_response, redirect, render_template, request

Answer = Response


def page(template: str, /, *, status: int = 200, **values: Any) -> Answer:
    """Render a template of this house with its values."""
    return make_response(render_template(template, **values), status)


def tagged(response: Answer, *, cache: str = "no-cache") -> Answer:
    """Add an ETag of the body and answer 304 when the reader has it; for public GET pages."""
    response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:32])
    response.headers["Cache-Control"] = cache
    response.make_conditional(request)
    return response


def download(body: bytes, name: str, content_type: str) -> Answer:
    """A file to keep, under an ASCII name of our own making."""
    answer = make_response(body)
    answer.headers["Content-Type"] = content_type
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def see_other(url: str, message: str | None = None, *, tone: str = "success") -> Answer:
    """303 after a change, with a notice for the next page."""
    if message:
        flash(message, tone)
    answer = redirect(url, 303)
    assert isinstance(answer, Response)  # noqa: S101 - narrows for mypy; flask answers with its own class
    return answer


def local_target(asked: str | None, default: str) -> str:
    """A path on this site to go on to, never another host (no open redirect)."""
    if not asked or not asked.startswith("/") or asked.startswith(("//", "/\\")):
        return default
    if not asked.isprintable():  # browsers drop tabs, and no header takes a line break
        return default
    parts = address_parts(asked)
    return default if parts.scheme or parts.netloc else asked


def address_parts(address: str | None) -> SplitResult:
    """The parts of an address that a stranger gave; all of them empty where it is none."""
    try:
        return urlsplit(address or "")
    except ValueError:
        return SplitResult("", "", "", "", "")
