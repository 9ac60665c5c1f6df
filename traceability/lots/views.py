"""Lots on the phone: harvest in three screens, the list, a correction, what waits to be received."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from flask import request, url_for

from app.identity.access import Actor, allowed, current_actor, may
from app.identity.queries import member_ids, public_names
from app.kernel import clock
from app.kernel.calendar import local_day
from app.kernel.paging import Page
from app.kernel.problems import DomainError
from app.kernel.quantities import parse_weight
from app.kernel.uow import unit_of_work
from app.registry.crops import crop_name
from app.registry.queries import PlotView, plots_of
from app.web.desk import FarmLine
from app.web.i18n import gettext, ngettext, show_date, show_weight
from app.web.pages import Answer, page, see_other
from traceability.lots import queries, rules
from traceability.lots.commands import correct_harvest, register_harvest, release
from traceability.lots.forms import HarvestForm, ReasonForm, WeightForm
from traceability.lots.sentences import STATES, hold_sentence


def _plots() -> list[PlotView]:
    with unit_of_work(read_only=True) as uow:
        return plots_of(uow, current_actor().organisation_id)


def _chosen(plots: Sequence[PlotView], asked: str | None) -> PlotView | None:
    if len(plots) == 1 and not asked:
        return plots[0]
    return next((plot for plot in plots if str(plot.id) == asked), None)


def _today() -> date:
    return local_day(clock.now())


@allowed("lot.open")
def new_harvest() -> Answer:
    """Which plot, when there are several; then how much and when."""
    plots = _plots()
    plot = _chosen(plots, request.args.get("plot"))
    if plot is None:
        return _which_plot(plots)
    form = HarvestForm(plot_id=str(plot.id), picked_on=_today()).with_client_id()
    return _asked(form, plot, len(plots))


def _which_plot(plots: Sequence[PlotView], status: int = 200) -> Answer:
    if not plots:
        return page("traceability/diary/no_plot.html", status=status)
    return page("traceability/lots/harvest_plot.html", plots=plots, crop_name=crop_name, status=status)


def _asked(form: HarvestForm, plot: PlotView, of: int, status: int = 200) -> Answer:
    form.step.data = "review"
    return page(
        "traceability/lots/harvest.html",
        form=form,
        plot=plot,
        crop=crop_name(plot.crop),
        several=of > 1,
        today=_today(),
        status=status,
    )


@allowed("lot.open")
def create_harvest() -> Answer:
    """Hear the harvest back, or write it; a second sending leads to the same lot."""
    form, plots = HarvestForm().with_client_id(), _plots()
    plot = _chosen(plots, form.plot_id.data)
    if plot is None:  # a redirect would be a receipt for the phone that sends again by itself
        return _which_plot(plots, 409)
    if request.form.get("back"):
        return _asked(form, plot, len(plots))
    if not form.validate_on_submit():
        return _asked(form, plot, len(plots), 422)
    try:
        harvest, now = form.command(plot.id), clock.now()
        rules.check_harvest(picked_on=harvest.picked_on, weight_g=harvest.weight_g, today=local_day(now))
        if form.step.data != "save":
            return _review(form, plot, harvest.weight_g, several=len(plots) > 1)
        with unit_of_work() as uow:
            lot = register_harvest(uow, harvest, actor=current_actor(), now=now)
    except DomainError as refusal:
        return _asked(form.refused(refusal), plot, len(plots), int(refusal.status))
    return see_other(url_for("traceability_farm.harvest_done", lot_id=lot.id))


def _review(form: HarvestForm, plot: PlotView, weight_g: int, *, several: bool) -> Answer:
    form.step.data = "save"
    told = gettext(
        "Hái %(weight)s %(crop)s ở %(plot)s ngày %(day)s.",
        weight=show_weight(weight_g),
        crop=crop_name(plot.crop).lower(),
        plot=plot.name,
        day=show_date(form.picked_on.data),
    )
    return page("traceability/lots/harvest_review.html", form=form, told=told, several=several)


@allowed("lot.open")
def harvest_done(lot_id: UUID) -> Answer:
    """The lot that a harvest became, and what comes next."""
    with unit_of_work(read_only=True) as uow:
        lot = queries.get_lot(uow, current_actor(), lot_id)
    return page(
        "traceability/lots/harvest_done.html", lot=lot, crop=crop_name(lot.crop), hold_sentence=hold_sentence
    )


@allowed("lot.see")
def lots() -> Answer:
    """The lots of the actor's organisation, the newest first; for a packer the way to what members picked."""
    actor = current_actor()
    with unit_of_work(read_only=True) as uow:
        found = queries.lots_of(uow, actor, Page.asked(request.args.get("page")))
        members = member_ids(uow, actor.organisation_id, local_day(clock.now()))
    takes_in = bool(members) and may(actor, "lot.receive")
    return page("traceability/lots/lots.html", lots=found, crop_name=crop_name, states=STATES,
                takes_in=takes_in)  # fmt: skip


@allowed("lot.correct")
def correction(lot_id: UUID) -> Answer:
    """The form of the right weight."""
    with unit_of_work(read_only=True) as uow:
        lot = queries.get_lot(uow, current_actor(), lot_id)
    return page("traceability/lots/correct.html", lot=lot, form=WeightForm().with_client_id())


@allowed("lot.correct")
def correct(lot_id: UUID) -> Answer:
    """Write the right weight; the old one stays readable."""
    form = WeightForm().with_client_id()
    with unit_of_work(read_only=True) as uow:
        seen = queries.get_lot(uow, current_actor(), lot_id)
    if not form.validate_on_submit():
        return page("traceability/lots/correct.html", lot=seen, form=form, status=422)
    try:
        with unit_of_work() as uow:
            lot = correct_harvest(
                uow,
                lot_id,
                weight_g=parse_weight(form.weight.data),
                actor=current_actor(),
                now=clock.now(),
            )
    except DomainError as refusal:
        status = int(refusal.status)
        return page("traceability/lots/correct.html", lot=seen, form=form.refused(refusal), status=status)
    told = gettext("Đã sửa lô %(no)s thành %(weight)s.", no=lot.lot_no, weight=show_weight(lot.weight_g))
    return see_other(url_for("traceability_farm.lot", lot_id=lot_id), told)


@allowed("lot.receive")
def receiving() -> Answer:
    """Held lots of member households, each with its reason and a form to release it."""
    return _receiving(ReasonForm(), None, 200)


def receiving_line(actor: Actor, _now: datetime) -> FarmLine | None:
    """The line of a packer's home: how many lots of members wait for a decision; None when none does."""
    if not may(actor, "lot.receive"):
        return None
    with unit_of_work(read_only=True) as uow:
        waiting = queries.lots_to_receive(uow, actor, Page(1, 1)).total
    if not waiting:
        return None
    told = ngettext(
        "%(num)s lô của xã viên đang tạm giữ, chờ bạn xem",
        "%(num)s lô của xã viên đang tạm giữ, chờ bạn xem",
        waiting,
    )
    return FarmLine(str(told), "warning", url_for("traceability_farm.receiving"))


def _receiving(form: ReasonForm, of: UUID | None, status: int) -> Answer:
    with unit_of_work(read_only=True) as uow:
        found = queries.lots_to_receive(uow, current_actor(), Page.asked(request.args.get("page")))
        names = public_names(uow, [lot.harvested_by_id for lot in found.rows])
    return page(
        "traceability/lots/receiving.html",
        lots=found,
        names=names,
        form=form,
        wrong=of,
        crop_name=crop_name,
        hold_sentence=hold_sentence,
        status=status,
    )


@allowed("lot.receive")
def receive(lot_id: UUID) -> Answer:
    """Let a lot of a member household go on, with a reason."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _receiving(form, lot_id, 422)
    try:
        with unit_of_work() as uow:
            lot = release(uow, lot_id, reason=form.reason.data, actor=current_actor(), now=clock.now())
    except DomainError as refusal:
        return _receiving(form.refused(refusal), lot_id, int(refusal.status))
    told = gettext("Đã bỏ giữ lô %(no)s.", no=lot.lot_no)
    return see_other(url_for("traceability_farm.receiving"), told)
