"""A half-written form is not lost when its page grew too old or its session is over; no script is needed.

Too old: the answer to the refused form is its own page, with what was typed and a fresh token. Session
over: the way to the login keeps what was typed, and the page shows it again afterwards. Nothing is
saved in either case, and passwords, codes and files are never kept.
"""

import io
import json
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

from flask import Response, current_app, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from app.web.i18n import gettext
from app.web.pages import address_parts, local_target, see_other

NEVER: Final = frozenset({"csrf_token", "password", "totp", "code"})
LARGEST: Final = 2_000  # bytes of JSON, in a cookie of 4 096 that holds more than this
_SLOT: Final = "coi.kept_form"
_TAKEN: Final = "coi.kept_form.taken"


@dataclass(frozen=True)
class Kept:
    """What was typed, by field; whether the login was in between; whether files or long texts fell off."""

    values: dict[str, list[str]]
    logged_in: bool = False
    had_files: bool = False
    was_cut: bool = False

    def told(self) -> list[str]:
        """The sentences on top of the form."""
        told = [
            gettext("Đã đăng nhập lại, chưa gửi gì cả. Xin xem lại rồi bấm gửi.")
            if self.logged_in
            else gettext("Trang đã để lâu quá, xin bấm gửi lại. Chưa có gì được ghi.")
        ]
        if self.had_files:
            told.append(gettext("Tệp hay hình đã chọn không giữ được; xin chọn lại."))
        if self.was_cut:
            told.append(gettext("Có mục dài quá nên không giữ được; xin ghi lại mục đó."))
        return told

    def small(self) -> "Kept":
        """The same within the size that a cookie takes: the longest fields fall off first."""
        left, cut = dict(self.values), self.was_cut
        while len(json.dumps(left)) > LARGEST:
            del left[max(left, key=lambda name: len(json.dumps(left[name])))]
            cut = True
        return Kept(left, self.logged_in, self.had_files, cut)


def sent() -> Kept | None:
    """What this request carries of a form of ours, or what is being shown again; None for anything else."""
    again = shown_again()
    if again is not None:
        return again
    if request.method != "POST" or not _from_here():
        return None
    values = {name: typed for name, typed in request.form.lists() if name not in NEVER}
    return Kept(values, had_files=any(file.filename for file in request.files.values())) if values else None


def shown_again() -> Kept | None:
    """What the forms of the page that is being made show again, or None."""
    kept: Kept | None = request.environ.get(_SLOT)
    return kept


def show(kept: Kept) -> None:
    """Let the forms of this request's page show it."""
    request.environ[_SLOT] = kept


def values_for(names: set[str]) -> MultiDict[str, str] | None:
    """The values for a form with these fields, or None when it is not the form that was sent."""
    kept = shown_again()
    if kept is None or not names & (kept.values.keys() - {"client_id"}):
        return None
    request.environ[_TAKEN] = True
    return MultiDict([(name, value) for name, typed in kept.values.items() for value in typed])


def page_of_form() -> str:
    """The page that shows the form of this request: its own address, else where it was sent from."""
    if _answers_get(request.path):
        return request.full_path.rstrip("?")
    parts = address_parts(request.referrer)
    if parts.netloc != request.host:
        return request.path
    return local_target(parts.path + (f"?{parts.query}" if parts.query else ""), request.path)


def page_shown(args: MultiDict[str, str] | None = None) -> tuple[str, MultiDict[str, str]]:
    """Where a link of this page that asks for the same page again leads: an address, and its query.

    Empty is the page's own address, which a stored page can carry; an address that takes forms only has
    none, there it is the page of the form.
    """
    if request.method != "POST" or _answers_get(request.path):
        return "", args or MultiDict()
    path, _, query = page_of_form().partition("?")
    if _answers_get(path):
        return path, MultiDict(parse_qsl(query, keep_blank_values=True))
    home = f"/{request.path.split('/')[1]}/"
    return home if _answers_get(home) else "/", MultiDict()


def again() -> Response | None:
    """The page of the refused form with what was typed, status 400; None where there is no such page.

    A button, or a form that its page cannot show filled in, leads back to its page, which says that it has
    to be pressed once more. A reader whose session is over as well gets the way to the login, which keeps
    the form too.
    """
    if not _from_here():
        return None
    page = page_of_form()
    path, _, query = page.partition("?")
    if not _answers_get(path):
        return None
    kept = sent()
    if kept is None:
        return _pressed_too_late(page)
    environ: dict[str, Any] = {
        name: value
        for name, value in request.environ.items()
        if not name.startswith("werkzeug.") and name not in {"CONTENT_TYPE", "HTTP_ACCEPT_ENCODING"}
    }
    environ |= {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "CONTENT_LENGTH": "0",
                "wsgi.input": io.BytesIO(), _SLOT: kept}  # fmt: skip
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    with app.app_context(), app.request_context(environ):
        answer: Response = app.full_dispatch_request()
    if answer.status_code in {200, 422}:
        answer.status_code = 400
    elif answer.status_code != 303:
        return None
    if _TAKEN in environ or path == request.path or answer.status_code == 303:
        return answer
    return _pressed_too_late(page)


def _pressed_too_late(page: str) -> Response:
    told = gettext("Trang đã để lâu quá nên chưa có gì được ghi. Xin bấm lại lần nữa.")
    return see_other(page, told, tone="warning")


def _from_here() -> bool:
    """Whether a page of this site sent the form: another site must not fill in ours."""
    origin = request.headers.get("Origin") or request.referrer
    return address_parts(origin).netloc == request.host


def _answers_get(path: str) -> bool:
    adapter = current_app.create_url_adapter(request)
    try:
        return adapter is not None and adapter.match(path, method="GET") is not None
    except HTTPException:
        return False
