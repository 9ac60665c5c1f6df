"""The officer's desk of codes: verify a label, clear a suspicion."""

from flask import request, url_for
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from app.identity.access import allowed, current_actor, may
from app.kernel import clock
from app.kernel.problems import DomainError, Invalid, NotFound
from app.kernel.uow import UnitOfWork, unit_of_work
from app.web.forms import Form
from app.web.i18n import _l, gettext
from app.web.pages import Answer, address_parts, page, see_other
from app.web.problems import sentence
from traceability.labels import digital_link
from traceability.lots import queries as lots
from traceability.scans import commands as scans
from traceability.scans import queries as scan_queries
from traceability.trace_page import checking, commands, queries


class ClearForm(Form):
    """Why a serial is no longer under suspicion."""

    reason = TextAreaField(_l("Lý do"), validators=[InputRequired(), Length(min=5, max=300)])


def path_of(uow: UnitOfWork, scanned: str) -> str | None:
    """What a scanner or a hand delivered: a whole address, a typed code or a lot number.

    A scanner types the QR's text; only its path is used, never its host.
    """
    if "/01/" in scanned:
        _, there, rest = address_parts(scanned).path.partition("/01/")
        return there + rest or None
    try:
        return queries.link_of_code(uow, digital_link.normalise(scanned))
    except Invalid:
        return queries.link_of_lot_no(uow, scanned)


@allowed("label.verify")
def verify() -> Answer:
    """One field for the scanner; the answer is the status that a consumer would see, with the details."""
    actor, now = current_actor(), clock.now()
    scanned = request.args.get("code", "").strip()[:400]
    if not scanned:
        return page("traceability/trace_page/verify.html", scanned="", moment=None)
    with unit_of_work(read_only=True) as uow:
        found = _find(uow, scanned)
        if found is None:
            return page(
                "traceability/trace_page/verify.html",
                scanned=scanned,
                moment=queries.NOTHING,
                slip=_slip(scanned),
                status=404,
            )
        before = checking.last_check(uow, found.lot_id)
        check = checking.check_lot(uow, found.lot_id, revision=found.revision, before=before, now=now)
        moment = queries.moment(uow, found, check, now)
        try:
            lot = lots.get_lot(uow, actor, found.lot_id)
        except NotFound:
            lot = None  # of another office: its public status is shown, its controls are not
        history = scan_queries.days_of(uow, found.serial) if found.serial else {}
    with unit_of_work() as uow:
        commands.keep_check(uow, check)
    trace = queries.trace_url(found.gtin, found.lot_no, found.serial)
    return page(
        "traceability/trace_page/verify.html",
        scanned=scanned,
        moment=moment,
        lot=lot,
        trace=trace,
        history=sorted(history.items(), reverse=True)[:14],
        form=ClearForm(),
        may_act=may(actor, "label.clear"),
    )


def _find(uow: UnitOfWork, scanned: str) -> queries.Found | None:
    path = path_of(uow, scanned)
    if path is None:
        return None
    try:
        return queries.find(uow, digital_link.read(path))
    except Invalid:
        return None


def _slip(scanned: str) -> str:
    """How the hand or the scanner went wrong, if it did; a label is not to be blamed for it."""
    try:
        if "/01/" in scanned:
            digital_link.read(f"/01/{address_parts(scanned).path.partition('/01/')[2]}")
        else:
            digital_link.normalise(scanned)
    except digital_link.WrongCheckSymbol:
        return "check"
    except Invalid:
        return "form"
    return ""


@allowed("label.clear")
def clear(serial: str) -> Answer:
    """Take a serial of the officer's communes out of suspicion."""
    actor, form = current_actor(), ClearForm()
    back = url_for("traceability_office.verify", code=serial)
    if not form.validate_on_submit():
        return see_other(back, gettext("Xin ghi lý do, ít nhất 5 chữ."), tone="error")
    try:
        with unit_of_work() as uow:
            suspicion = scan_queries.suspicion_of(uow, serial)
            if suspicion is None:
                raise NotFound(serial=serial)
            lots.get_lot(uow, actor, suspicion.lot_id)
            scans.clear_suspicion(uow, serial, reason=form.reason.data, actor=actor, now=clock.now())
    except DomainError as refusal:
        return see_other(back, sentence(refusal), tone="error")
    return see_other(back, gettext("Đã gỡ nghi ngờ."))
