"""For auditors: the list of exceptions, as a page, for a spreadsheet, and for programs."""

from typing import Any, Final

from flask import current_app, jsonify, request

from app.kernel.config import Config
from app.kernel.paging import Page, Paged
from app.kernel.uow import unit_of_work
from app.web.export import csv_bytes
from app.web.i18n import gettext as _
from app.web.pages import Answer, download, page, tagged
from ledger import sentences
from ledger.exceptions import EXCEPTIONS, ExceptionKind, ExceptionRow, NoSuchKind, count_by_kind, exceptions

ALL_ROWS: Final = 10_000  # of one file, the newest; `total` says how many there are


def exceptions_list() -> Answer:
    """The list by kind, newest record first; kind and page are in the address."""
    kind = _kind()
    with unit_of_work(read_only=True) as uow:
        found = exceptions(uow, Page.asked(request.args.get("page")), kind=kind)
        counts = count_by_kind(uow)
    kinds = [(str(one), sentences.KINDS[one]) for one in ExceptionKind]
    told = [(row, _told(row)) for row in found.rows]
    shown = page(
        "ledger/exceptions.html", paged=found, kind=kind or "", kinds=kinds, counts=counts, told=told
    )
    return tagged(shown)


def exceptions_csv() -> Answer:
    """The list as a spreadsheet opens it; the newest 10 000 rows."""
    header = [_("Loại"), _("Xảy ra lúc"), _("Ghi lúc"), _("Về việc gì"), _("Số"), _("Lý do"), _("Mã lý do"),
              _("Mô phỏng"), _("Xem ở")]  # fmt: skip
    rows = [
        (told["kind_word"], row.happened_at, row.recorded_at, told["what"], row.subject, told["reason_word"],
         row.reason, _("có") if row.simulated else "", told["url"])
        for row in _found(_kind(), Page(1, ALL_ROWS)).rows
        if (told := _told(row))
    ]  # fmt: skip
    return tagged(download(csv_bytes(header, rows), "ngoai-le.csv", "text/csv; charset=utf-8"))


def exceptions_json() -> Answer:
    """The list for programs: `total`, and the newest 10 000 as `exceptions`."""
    found = _found(_kind(), Page(1, ALL_ROWS))
    rows = [
        {
            "kind": row.kind,
            "source": row.source,
            "subject": row.subject,
            "subject_id": str(row.subject_id),
            "reason": row.reason,
            "happened_at": row.happened_at.isoformat() if row.happened_at else None,
            "recorded_at": row.recorded_at.isoformat(),
            "simulated": row.simulated,
            "url": _url(row),
        }
        for row in found.rows
    ]
    return tagged(jsonify({"total": found.total, "exceptions": rows}))


def _found(kind: ExceptionKind | None, wanted: Page) -> Paged[ExceptionRow]:
    with unit_of_work(read_only=True) as uow:
        return exceptions(uow, wanted, kind=kind)


def _kind() -> ExceptionKind | None:
    """The kind asked for, None for all. Raises NoSuchKind."""
    asked = request.args.get("kind", "")
    if asked and asked not in set(ExceptionKind):
        raise NoSuchKind(asked=asked[:40], kinds=[str(one) for one in ExceptionKind])
    return ExceptionKind(asked) if asked else None


def _told(row: ExceptionRow) -> dict[str, Any]:
    """The words beside a row, in the reader's language."""
    source = EXCEPTIONS.all()[row.source]
    return {
        "kind_word": str(sentences.KINDS[row.kind]),
        "what": str(source.subject),
        "reason_word": str(source.reasons.get(row.reason, row.reason)),
        "url": _url(row),
    }


def _url(row: ExceptionRow) -> str | None:
    config: Config = current_app.extensions["coi.config"]
    path = EXCEPTIONS.all()[row.source].link(row)
    return None if path is None else f"{config.site_url}{path}"
