"""The diary on the phone: choose a work, say the details, hear it back, done."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from flask import request, url_for
from wtforms.fields.choices import SelectChoice

from app.identity.access import allowed, current_actor
from app.kernel import clock
from app.kernel.calendar import local_day
from app.kernel.paging import Page
from app.kernel.problems import DomainError
from app.kernel.uow import UnitOfWork, unit_of_work
from app.registry.queries import PlotView, plots_of
from app.web.i18n import gettext, show_date
from app.web.pages import Answer, page, see_other
from traceability.diary import queries, rules
from traceability.diary.commands import RecordWork, record_work
from traceability.diary.forms import WorkForm
from traceability.diary.rules import WorkKind
from traceability.diary.sentences import KINDS


@allowed("diary.write")
def diary() -> Answer:
    """What was written, the newest work first."""
    with unit_of_work(read_only=True) as uow:
        entries = queries.diary_of(uow, current_actor(), Page.asked(request.args.get("page")))
        plots = {plot.id: plot.name for plot in plots_of(uow, current_actor().organisation_id)}
    return page("traceability/diary/diary.html", entries=entries, plots=plots, kinds=KINDS)


@allowed("diary.write")
def new_work() -> Answer:
    """The buttons of the kinds; with `?kind=` the details of one, last values offered."""
    actor, now = current_actor(), clock.now()
    with unit_of_work(read_only=True) as uow:
        plots = plots_of(uow, actor.organisation_id)
        form = _offered(uow, now)
    if form.work_kind() is None or not plots:
        return _no_form(plots)
    return _details(form, plots)


def _no_form(plots: Sequence[PlotView], status: int = 200) -> Answer:
    """What comes before the details: a plot, then the kind of work."""
    if not plots:
        return page("traceability/diary/no_plot.html", status=status)
    return page("traceability/diary/kinds.html", kinds=KINDS, status=status)


def _offered(uow: UnitOfWork, now: datetime) -> WorkForm:
    """An empty form with the last values of its kind, or those of the entry that it corrects."""
    actor, corrects = current_actor(), _uuid(request.args.get("corrects"))
    last = queries.entry(uow, actor, corrects) if corrects else None
    kind = next((k for k in WorkKind if k == (last.kind if last else request.args.get("kind"))), None)
    if last is None and kind is not None:
        last = queries.last_offered(uow, actor.organisation_id, kind)
    form = WorkForm(
        kind=kind or "",
        corrects_id=str(corrects or ""),
        plot_id=str(last.plot_id) if last else None,
        product=last.product if last else None,
        active_ingredient=last.active_ingredient if last else None,
        dose=last.dose if last else None,
        phi_days=last.phi_days if last else None,
        done_on=last.done_on if last and corrects else local_day(now),
        note=last.note if last and corrects else None,
    )
    return form.with_client_id()


def _uuid(typed: str | None) -> UUID | None:
    try:
        return UUID(typed or "")
    except ValueError:
        return None


def _details(form: WorkForm, plots: Sequence[PlotView], status: int = 200) -> Answer:
    form.plot_id.choices = [SelectChoice(str(plot.id), plot.name) for plot in plots]
    if len(plots) == 1 or form.plot_id.data is None:
        form.plot_id.data = str(plots[0].id)
    form.step.data = "review"
    form.named()
    kind = form.work_kind()
    return page(
        "traceability/diary/details.html",
        form=form,
        plots=plots,
        title=KINDS[kind][0] if kind else "",
        today=local_day(clock.now()),
        status=status,
    )


@allowed("diary.write")
def create_work() -> Answer:
    """Hear the details back, or write them; a second sending of the same form is the first entry again."""
    form, now, actor = WorkForm().with_client_id(), clock.now(), current_actor()
    with unit_of_work(read_only=True) as uow:
        plots = plots_of(uow, actor.organisation_id)
    kind = form.work_kind()
    if kind is None or not plots:  # a redirect would be a receipt for the phone that sends again by itself
        return _no_form(plots, 409)
    chosen = next((plot for plot in plots if str(plot.id) == form.plot_id.data), None)
    if request.form.get("back"):
        return _details(form, plots)
    if not form.validate_on_submit() or chosen is None:
        return _details(form, plots, 422)
    try:
        work = form.command(kind)
        rules.check_day(work.done_on, today=local_day(now))
        if form.step.data != "save":
            return _review(form, work, chosen)
        with unit_of_work() as uow:
            record_work(uow, work, actor=actor, now=now)
    except DomainError as refusal:
        return _details(form.refused(refusal), plots, int(refusal.status))
    return see_other(url_for("traceability_farm.diary"), gettext("Đã ghi vào nhật ký."))


def _review(form: WorkForm, work: RecordWork, plot: PlotView) -> Answer:
    form.step.data = "save"
    return page("traceability/diary/review.html", form=form, told=_told(work, plot), free_from=_free(work))


def _told(work: RecordWork, plot: PlotView) -> list[str]:
    """The entry in words, to be heard by another person."""
    what = str(KINDS[work.kind][0])
    used = ", ".join(part for part in (work.product, work.active_ingredient, work.dose) if part)
    return [
        f"{what}: {used}" if used else what,
        gettext("Ngày %(day)s, ở %(plot)s", day=show_date(work.done_on), plot=plot.name),
        *([work.note] if work.note else []),
    ]


def _free(work: RecordWork) -> str:
    if work.kind is not WorkKind.SPRAY or work.phi_days is None:
        return ""
    return str(
        gettext(
            "Cách ly %(days)s ngày: được hái từ %(day)s.",
            days=work.phi_days,
            day=show_date(work.done_on + timedelta(days=work.phi_days)),
        )
    )
