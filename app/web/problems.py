"""Errors as pages for people and as RFC 9457 problem+json for programs, decided once.

Packages put the sentence of each named error into the register `SENTENCES` by its `type`; an error
without one has a test against it. The 500 page needs no database.
"""

import datetime
import decimal
import enum
import logging
import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from werkzeug.exceptions import HTTPException

from app.kernel.problems import DomainError, Invalid, Unauthenticated
from app.kernel.register import Register
from app.web import kept_form
from app.web.i18n import _l, gettext, show_date, show_number, show_time

log = logging.getLogger(__name__)

Sentence = Any
"""A lazily translated text with %(name)s places for the error's values."""

View = TypeVar("View", bound=Callable[..., object])

SENTENCES: Register[Sentence] = Register("sentences")

COMMON: dict[str, Sentence] = {
    "refused": _l("Không làm được việc này."),
    "invalid": _l("Thông tin chưa đúng. Xin xem lại."),
    "not-found": _l("Không tìm thấy."),
    "forbidden": _l("Tài khoản này không được làm việc đó."),
    "unauthenticated": _l("Xin đăng nhập rồi làm lại; những gì đã viết vẫn còn."),
    "conflict": _l("Việc này không còn làm được nữa vì hồ sơ đã thay đổi. Xin tải lại trang."),
    "too-many": _l("Thử quá nhiều lần. Xin đợi %(minutes)s phút rồi thử lại."),
    "unavailable": _l("Chưa làm được lúc này. Chưa có gì thay đổi; xin thử lại sau."),
    "idempotency-key-too-long": _l("Mã chống gửi trùng có nhiều nhất %(longest)s ký tự."),
    "idempotency-key-reused": _l("Mã chống gửi trùng này đã dùng cho một yêu cầu khác."),
    "csrf": _l("Trang đã mở quá lâu. Xin tải lại rồi gửi lần nữa."),
    "not-an-amount": _l("“%(typed)s” không đọc được thành số tiền. Xin ghi như 60.000."),
    "absurd-amount": _l("Số tiền này ngoài mức hợp lý. Xin xem lại."),
    "not-a-picture": _l("Tệp này không phải ảnh JPEG, PNG hay WebP mở được. Xin chọn một tấm hình."),
    "picture-too-large": _l("Hình lớn quá. Nhiều nhất %(limit_mb)s MB; xin chọn hình nhỏ hơn."),
    "storage-unavailable": _l("Kho tệp chưa trả lời. Chưa có gì mất; xin thử lại sau."),
    "storage-damaged": _l("Tệp đã lưu bị hỏng. Xin báo văn phòng."),
    "not-stored": _l("Không tìm thấy tệp này, hoặc đường dẫn đã hết hạn."),
    "bad-storage-key": _l("Tên tệp không hợp lệ."),
    "not-an-event": _l("Sự kiện không đúng chuẩn EPCIS: %(reason)s."),
    "not-a-digital-link": _l("Địa chỉ này không phải mã hàng GS1."),
    "bad-vietqr": _l("Mã VietQR không đúng: %(reason)s."),
    "storage-full": _l("Máy chủ hết chỗ lưu. Chưa có gì thay đổi; xin báo văn phòng."),
}


def register_sentences(app: Flask, sentences: dict[str, Sentence]) -> None:
    """Add the sentences of a package's errors, by `type`."""
    for kind, told in sentences.items():
        SENTENCES.add(app, kind, told)


def _shown(value: object) -> object:
    if isinstance(value, int):
        return show_number(value)
    if isinstance(value, datetime.datetime):
        return show_time(value)
    if isinstance(value, datetime.date):
        return show_date(value)
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)
    return value


def sentence(refusal: DomainError) -> str:
    """The refusal in the reader's language; the class's ancestors lend theirs where it has none."""
    for kind in type(refusal).__mro__:
        told = SENTENCES.get(getattr(kind, "type", ""))
        if told is not None:
            values = {name: _shown(value) for name, value in refusal.values.items()}
            try:
                return str(told) % values
            except (KeyError, TypeError):
                log.exception("the sentence of %s does not fit its values", refusal.type)
                return str(told)
    return str(COMMON["refused"])


def _plain(value: object) -> object:
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()
    if isinstance(value, uuid.UUID | decimal.Decimal | enum.Enum):
        return str(value)
    if isinstance(value, str | int | float | bool | type(None) | list | dict):
        return value
    return str(value)


def gives_file(view: View) -> View:
    """Mark a view whose answer is a file: whoever takes it without asking for a page gets no page."""
    view.gives_file = True  # type: ignore[attr-defined]  # a function takes attributes
    return view


def wants_json() -> bool:
    """Whether the reader is a program: an API path, an Accept header that prefers JSON, or a file that is
    taken by something that does not ask for a page.
    """
    if request.path.startswith(("/api/", "/epcis", "/sta/", "/webhooks/")):
        return True
    view = current_app.view_functions.get(request.endpoint or "")
    if request.path.endswith(".json") or getattr(view, "gives_file", False):
        return "text/html" not in request.accept_mimetypes.values()
    best = request.accept_mimetypes.best_match(["text/html", "application/json", "application/problem+json"])
    return best is not None and best != "text/html" and not request.accept_mimetypes.accept_html


def problem(kind: str, status: int, detail: str, **members: object) -> Response:
    """An RFC 9457 answer; `type` is a stable URI of this site."""
    body = {
        "type": f"{request.host_url}problems/{kind}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": request.path,
        **{name: _plain(value) for name, value in members.items()},
    }
    answer = make_response(jsonify(body), status)
    answer.headers["Content-Type"] = "application/problem+json"
    answer.vary.add("Accept")
    return answer


def error_page(status: int, told: str = "", *, kind: str = "") -> Response:
    """The page of an error, in the house's frame."""
    own = {403, 404, 413, 429, 500, 503}
    known = status if status in own else 404 if status == 410 else 400 if status < 500 else 500
    answer = make_response(
        render_template(f"errors/{known}.html", told=told, kind=kind, status=status), status
    )
    answer.vary.add("Accept")
    return answer


def _domain(refusal: DomainError) -> Response:
    status, told = int(refusal.status), sentence(refusal)
    if wants_json():
        answer = problem(refusal.type, status, told, **refusal.values)
    elif isinstance(refusal, Unauthenticated) and "login_redirect" in g:
        return g.login_redirect()  # type: ignore[no-any-return]  # set by identity for this request
    else:
        answer = error_page(status, told, kind=refusal.type)
    if wait := refusal.values.get("retry_after_s"):
        answer.headers["Retry-After"] = str(wait)
    return answer


def _http(fault: HTTPException) -> Response:
    status = fault.code or 500
    if status < 400:
        return fault.get_response()  # type: ignore[return-value]  # werkzeug's redirect
    told = str(COMMON["csrf"]) if isinstance(fault, CSRFError) else ""
    if wants_json():
        return problem("csrf" if told else f"http-{status}", status, told or (fault.description or ""))
    return (kept_form.again() if told else None) or error_page(status, told)


def _unexpected(fault: Exception) -> Response:
    log.error("unexpected fault at %s", request.path, exc_info=fault)
    if wants_json():
        return problem("internal", 500, str(gettext("Có lỗi ở máy chủ; văn phòng sẽ thấy trong sổ lỗi.")))
    return error_page(500)


def _database_down(fault: DBAPIError) -> Response:
    """The database cannot be asked: 503, so that nobody reads "there is none" where nobody looked."""
    if isinstance(fault, IntegrityError):
        return _unexpected(fault)
    if isinstance(fault, DataError):  # it was asked, and what came in is too long or too large for it
        log.error("a value passed the checks of %s that the database refuses", request.path, exc_info=fault)
        return _domain(Invalid())
    log.error("the database could not be asked at %s", request.path, exc_info=fault)
    if wants_json():
        return problem("unavailable", 503, str(COMMON["unavailable"]))
    answer = make_response(render_template("errors/offline.html"), 503)
    answer.headers["Retry-After"] = "30"
    return answer


def init_app(app: Flask) -> None:
    """Bind the handlers and the common sentences."""
    register_sentences(app, COMMON)
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DBAPIError, _database_down)
    app.register_error_handler(Exception, _unexpected)
