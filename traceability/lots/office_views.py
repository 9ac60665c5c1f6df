"""Lots at the officer's desk: find, hold, release."""

from uuid import UUID

from flask import request, url_for

from app.identity.access import allowed, current_actor, may
from app.identity.queries import organisation_names, person_names
from app.kernel import clock
from app.kernel.paging import Page
from app.kernel.problems import DomainError
from app.kernel.uow import unit_of_work
from app.registry.crops import crop_name
from app.registry.queries import plot
from app.web.i18n import gettext
from app.web.pages import Answer, page, see_other
from traceability.lots import commands, queries
from traceability.lots.forms import ReasonForm
from traceability.lots.journey import journey
from traceability.lots.sentences import STATES, hold_sentence


@allowed("lot.search")
def lots() -> Answer:
    """Lots of the communes of the office; words and state stand in the address."""
    words, state = request.args.get("q", "")[:80], request.args.get("state", "")
    with unit_of_work(read_only=True) as uow:
        found = queries.lots_at_desk(
            uow, current_actor(), Page.asked(request.args.get("page")), words=words, state=state
        )
        names = organisation_names(uow, [lot.owner_id for lot in found.rows])
    return page(
        "traceability/lots/office_lots.html",
        lots=found,
        names=names,
        words=words,
        state=state,
        states=STATES,
        crop_name=crop_name,
    )


@allowed("lot.search")
def lot(lot_id: UUID) -> Answer:
    """One lot: its facts, why it is held, its journey, and the decision."""
    return _lot(lot_id, ReasonForm(), 200)


def _lot(lot_id: UUID, form: ReasonForm, status: int) -> Answer:
    actor = current_actor()
    with unit_of_work(read_only=True) as uow:
        found = queries.get_lot(uow, actor, lot_id)
        holds = queries.holds_of(uow, lot_id)
        people = person_names(uow, {hold.released_by for hold in holds if hold.released_by})
        shown = {
            "owner": organisation_names(uow, [found.owner_id]).get(found.owner_id, ""),
            "plot": plot(uow, found.plot_id),
            "steps": journey(uow, lot_id),
        }
    return page(
        "traceability/lots/office_lot.html",
        lot=found,
        holds=holds,
        people=people,
        form=form,
        crop=crop_name(found.crop),
        states=STATES,
        hold_sentence=hold_sentence,
        may_hold=may(actor, "lot.hold"),
        status=status,
        **shown,
    )


@allowed("lot.hold")
def hold(lot_id: UUID) -> Answer:
    """Hold the lot; the reason is read by everybody who scans."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _lot(lot_id, form, 422)
    try:
        with unit_of_work() as uow:
            held = commands.hold(uow, lot_id, reason=form.reason.data, actor=current_actor(), now=clock.now())
    except DomainError as refusal:
        return _lot(lot_id, form.refused(refusal), int(refusal.status))
    told = gettext("Đã tạm giữ lô %(no)s.", no=held.lot_no)
    return see_other(url_for("traceability_office.lot", lot_id=lot_id), told)


@allowed("lot.release")
def release(lot_id: UUID) -> Answer:
    """Let the lot go on."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _lot(lot_id, form, 422)
    try:
        with unit_of_work() as uow:
            freed = commands.release(
                uow, lot_id, reason=form.reason.data, actor=current_actor(), now=clock.now()
            )
    except DomainError as refusal:
        return _lot(lot_id, form.refused(refusal), int(refusal.status))
    told = gettext("Đã bỏ giữ lô %(no)s.", no=freed.lot_no)
    return see_other(url_for("traceability_office.lot", lot_id=lot_id), told)
