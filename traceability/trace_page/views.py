"""What a code opens: the page, the typed code, the proof file, the links for programs."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import (
    Response,
    abort,
    after_this_request,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from markupsafe import escape

from app.kernel import clock
from app.kernel.calendar import local_day
from app.kernel.problems import Invalid
from app.kernel.uow import unit_of_work
from app.web import assets
from app.web.i18n import ago, gettext, language
from app.web.pages import page, tagged
from app.web.problems import COMMON, problem, wants_json
from ledger import queries as ledger
from ledger.core.errors import Malformed
from ledger.core.instants import read_instant
from traceability.events.bodies import lot_uri
from traceability.labels import digital_link
from traceability.scans import commands as scans
from traceability.trace_page import checking, commands, linkset, queries
from traceability.trace_page.body_tag import key_of_build
from traceability.trace_page.checking import Check
from traceability.trace_page.fill import fill
from traceability.trace_page.proof import proof_bundle
from traceability.trace_page.queries import Found, Moment, StoredBody
from traceability.trace_page.record import Record, record_of
from traceability.trace_page.rules import tone
from traceability.trace_page.sensors import measured_series, series_proof


def resolve(rest: str) -> Response:
    """`/01/{gtin}[/10/{lot}][/21/{serial}]` for people and programs (GS1 Digital Link)."""
    try:
        link = digital_link.read(quote(f"/01/{rest}", safe="/"))
    except Invalid as refused:
        reason = "digit" if refused.type == "wrong-check-digit" else "form"
        return _unknown(f"/01/{rest}", reason)
    now = clock.now()
    with unit_of_work(read_only=True) as uow:
        found = queries.find(uow, link)
    if found is None:
        return _unknown(link.serial or link.lot or link.gtin, "")
    if linkset.is_wanted(request):
        return linkset.answer(found, request)
    return _page(found, now)


def typed() -> Response:
    """The form for the phone that cannot scan, and its answer."""
    if code := request.args.get("code", "").strip():
        return _to(url_for("traceability_public.code", code=code), 303)
    return tagged(page("traceability/trace_page/typed.html"))


def code(code: str) -> Response:
    """`/t/{code}`: 307 to the Digital Link of the label."""
    try:
        serial = digital_link.normalise(code)
    except digital_link.WrongCheckSymbol:
        return _unknown(code, "check", typed=code)
    except digital_link.NotACode as refused:
        return _unknown(code, str(refused.values["reason"]), typed=code)
    with unit_of_work(read_only=True) as uow:
        target = queries.link_of_code(uow, serial)
    return _unknown(serial, "", typed=code) if target is None else _to(target, 307)


def proof(lot_id: UUID) -> Response:
    """The proof bundle of a lot."""
    with unit_of_work(read_only=True) as uow:
        bundle = proof_bundle(uow, lot_id)
    if bundle is None:
        abort(404, description=str(gettext("Lô này chưa có dòng nào nằm dưới dấu khóa.")))
    return _proof_file(bundle, f"proof-{lot_id}.json")


def sensor_proof(lot_id: UUID, datastream_id: UUID) -> Response:
    """The proof bundle of a sensor window: `?from=` and `?to=` (RFC 3339, UTC) narrow it."""
    start, end = (_asked_instant(name) for name in ("from", "to"))
    with unit_of_work(read_only=True) as uow:
        bundle = series_proof(uow, lot_id, datastream_id, start=start, end=end)
    if bundle is None:
        abort(404, description=str(gettext("Khoảng này chưa có số đo nào nằm dưới dấu khóa.")))
    return _proof_file(bundle, f"sensors-{datastream_id}.json")


def _asked_instant(name: str) -> datetime | None:
    asked = request.args.get(name)
    try:
        return read_instant(asked) if asked else None
    except Malformed:
        abort(400, description=str(gettext("Giờ phải viết như 2026-03-07T02:30:00Z.")))


def _proof_file(bundle: bytes, name: str) -> Response:
    answer = make_response(bundle)
    answer.headers["Content-Type"] = "application/json"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return tagged(answer)


def _to(url: str, status: int) -> Response:
    answer = make_response("", status)
    answer.headers["Location"] = redirect(url, status).headers["Location"]
    return answer


def _unknown(code: str, reason: str, *, typed: str = "") -> Response:
    """404 with the code echoed, and help for people; the miss is recorded like any scan."""
    _record_later(None, "unknown")
    shown = code[:60]
    if linkset.is_wanted(request) or wants_json():
        answer = problem("not-found", 404, str(COMMON["not-found"]), code=shown)
        answer.headers["Access-Control-Allow-Origin"] = "*"
        return answer
    answer = page(
        "traceability/trace_page/unknown.html", status=404, code=shown, reason=reason, typed=typed[:24]
    )
    answer.vary.add("Accept")
    return answer


def _page(found: Found, now: datetime) -> Response:
    shown, key = language(), key_of_build(current_app.config["SECRET_KEY"], assets.version())
    with unit_of_work(read_only=True) as uow:
        check = before = checking.last_check(uow, found.lot_id)
        if check is None or checking.is_due(check, found.revision, now):
            check = checking.check_lot(uow, found.lot_id, revision=found.revision, before=before, now=now)
        moment = queries.moment(uow, found, check, now)
        stored = queries.stored_body(uow, found, shown, now, key=key)
        record = None if stored else record_of(uow, found.lot_id)
        body = stored or _made(uow, record, shown, now)  # type: ignore[arg-type]  # one of the two is there
    fresh = (
        body if stored is None and body.counts["has_log"] else None
    )  # before the log stands a page lacks its key
    _keep(check if check is not before else None, fresh, found, shown, now, key=key)
    answer = make_response(fill(body.body, _places(moment, body.counts, now)))
    answer.headers["Content-Type"] = "text/html; charset=utf-8"
    answer.headers["Content-Language"] = shown
    answer.headers["Vary"] = "Accept, Accept-Language, Cookie"
    _record_later(found, moment.headline.value)
    return tagged(answer)


def _made(uow: Any, record: Record, shown: str, now: datetime) -> StoredBody:
    """Render the page of a lot with its places still open."""
    series = measured_series(uow, record)
    counts = {**{grade: record.counts.get(grade, 0) for grade in ("declared", "agreed", "verified")}}
    counts |= {"measured": len(series), "verified_in_date": record.verified_in_date}
    log = ledger.log(uow)
    counts["has_log"] = log is not None
    links = [
        one for made in queries.TRACE_LINKS.all().values() for one in made(uow, record.lot.id, shown, now)
    ]
    html = render_template(
        "traceability/trace_page/page.html",
        r=replace(record, counts=counts),
        series=series,
        links=links,
        has_log=log is not None,
        lot_uri=lot_uri(record.lot.gtin, record.lot.lot_no),
        now=now,
    )
    return StoredBody(html.encode(), counts)


def _keep(
    check: Check | None, body: StoredBody | None, found: Found, shown: str, now: datetime, *, key: bytes
) -> None:
    if check is None and body is None:
        return
    with unit_of_work() as uow:
        if check is not None:
            commands.keep_check(uow, check)
        if body is not None:
            commands.keep_body(
                uow,
                found.lot_id,
                shown,
                revision=found.revision,
                body=body.body,
                counts=body.counts,
                key=key,
                now=now,
            )


def _places(moment: Moment, counts: dict[str, Any], now: datetime) -> dict[str, str]:
    found = moment.found
    if found is None:  # a page is only filled for a lot that was found
        raise LookupError("no lot")
    recall_class = moment.recall.recall_class if moment.recall else None
    colour = tone(moment.headline, verified_in_date=counts["verified_in_date"], recall_class=recall_class)
    words = current_app.jinja_env.get_template("traceability/trace_page/words.html").make_module(
        current_app.jinja_env.globals
    )
    block = render_template("traceability/trace_page/status.html", m=moment, counts=counts, tone=colour)
    return {
        "STATUS": moment.headline.value,
        "HEADLINE": str(words.title_word(moment.headline.value)).strip(),  # type: ignore[attr-defined]  # a macro
        "BLOCK": block,
        "AGO": str(escape(ago(found.harvested_on, now))),
        "ECHO": render_template("traceability/trace_page/echo.html", m=moment, now=now),
        "CODE": found.serial or found.lot_no,
        "SEALED": str(moment.check.events - moment.check.unsealed if moment.check else 0),
    }


def _record_later(found: Found | None, status: str) -> None:
    """Write the coarse scan row once the answer is out; a lost row only makes a count smaller."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    key = str(app.config["SECRET_KEY"]).encode()
    now = clock.now()
    network = scans.coarse_network(request.remote_addr or "", local_day(now), key=key)
    seen = scans.RecordScan(
        lot_id=found.lot_id if found else None,
        serial=found.serial if found else None,
        status=status,
        network=network,
        simulated=False,
    )

    def write() -> None:
        with app.app_context(), unit_of_work() as uow:
            scans.record_scan(uow, seen, now=now)

    @after_this_request
    def arrange(response: Response) -> Response:
        response.call_on_close(write)
        return response
