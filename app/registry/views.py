"""Plots on the farmer's phone and on the officer's desk."""

from datetime import date
from uuid import UUID

from flask import request
from wtforms.fields.choices import SelectChoice

from app.identity.access import allowed, check, current_actor
from app.kernel import clock
from app.kernel.calendar import local_day
from app.kernel.paging import Page
from app.kernel.problems import DomainError
from app.kernel.uow import UnitOfWork, unit_of_work
from app.registry import places, queries
from app.registry.areas import parse_area
from app.registry.commands import RegisterPlot, confirm_plot, register_plot
from app.registry.crops import crop_name
from app.registry.forms import PlotForm
from app.registry.plot_map import Shape, near, plot_svg
from app.registry.queries import PlotView
from app.web.forms import Form
from app.web.i18n import gettext
from app.web.pages import Answer, page, see_other


@allowed("plot.see")
def plots() -> Answer:
    """The plots of the farmer's household."""
    with unit_of_work(read_only=True) as uow:
        found = queries.plot_pages(uow, current_actor().organisation_id, Page.asked(request.args.get("page")))
    return page("registry/plots.html", plots=found, crop_name=crop_name)


@allowed("plot.register")
def new_plot() -> Answer:
    """The form of a new plot; the household's own commune is there already."""
    form = PlotForm().with_client_id()
    if form.commune_text.data:  # shown again after a login: so are the communes to choose from
        _commune(form, local_day(clock.now()))
    return page("registry/new_plot.html", form=form)


@allowed("plot.register")
def create_plot() -> Answer:
    """Enter a plot; the commune is chosen from what the typed name finds."""
    form, now = PlotForm().with_client_id(), clock.now()
    commune = _commune(form, local_day(now))
    if not form.validate_on_submit() or commune is None:
        return page("registry/new_plot.html", form=_told(form, commune), status=422)
    try:
        shape = form.shape()
        wanted = RegisterPlot(
            name=form.name.data,
            crop=form.crop.data,
            commune_code=commune,
            hamlet=form.hamlet.data,
            geometry=shape,
            area_m2=parse_area(form.area.data) if form.area.data else None,
            client_id=form.client_uuid,
        )
        with unit_of_work() as uow:
            made = register_plot(uow, wanted, actor=current_actor(), now=now)
    except DomainError as refusal:
        return page("registry/new_plot.html", form=form.refused(refusal), status=int(refusal.status))
    return see_other("/farm/plots", gettext("Đã ghi thửa %(name)s. Cán bộ sẽ đến xác nhận.", name=made.name))


def _commune(form: PlotForm, on: date) -> str | None:
    """The chosen commune, the only one that the typed name finds, or among namesakes the household's own."""
    with unit_of_work(read_only=True) as uow:
        near = places.near_of(uow, current_actor().organisation_id, on)
        found = places.search_communes(uow, form.commune_text.data or "", on, near=near)
    form.commune_code.choices = [SelectChoice(unit.code, unit.full_name) for unit in found]
    if found and not form.commune_code.data and (len(found) == 1 or found[0].code == near.commune_code):
        form.commune_code.data = found[0].code
    return next((unit.code for unit in found if unit.code == form.commune_code.data), None)


def _told(form: PlotForm, commune: str | None) -> PlotForm:
    if commune is None and form.commune_text.data:
        if form.commune_code.choices:
            form.commune_code.errors = [gettext("Xin chọn một xã trong danh sách.")]
        else:
            form.commune_text.errors = [gettext("Chưa tìm thấy xã nào tên như vậy.")]
    return form


@allowed("plot.see")
def plot(plot_id: UUID) -> Answer:
    """One plot of the household, with its map."""
    with unit_of_work(read_only=True) as uow:
        found = queries.get_plot(uow, current_actor(), plot_id)
    svg = plot_svg([Shape(found.geometry, found.name, subject=True)], title=found.name)
    return page("registry/plot.html", plot=found, svg=svg, crop_name=crop_name)


@allowed("plot.list")
def office_plots() -> Answer:
    """The plots of the communes that the office answers for; `?waiting=1` only those to confirm."""
    communes, waiting = current_actor().commune_codes, request.args.get("waiting") == "1"
    with unit_of_work(read_only=True) as uow:
        found = queries.plots_at_desk(uow, communes, Page.asked(request.args.get("page")), waiting=waiting)
        to_confirm = queries.count_waiting(uow, communes)
    return page("registry/office_plots.html", plots=found, waiting=waiting, crop_name=crop_name,
                to_confirm=to_confirm)  # fmt: skip


@allowed("plot.list")
def office_plot(plot_id: UUID) -> Answer:
    """One plot with its neighbours, and the decision bar."""
    with unit_of_work(read_only=True) as uow:
        return _office_plot(uow, queries.get_plot(uow, current_actor(), plot_id), 200, Form())


def _office_plot(uow: UnitOfWork, found: PlotView, status: int, form: Form) -> Answer:
    others = [p for p in queries.plots_in(uow, [found.commune_code]) if p.id != found.id]
    around = near(found.geometry, [Shape(p.geometry, p.name) for p in others])
    svg = plot_svg([*around, Shape(found.geometry, found.name, subject=True)], title=found.name)
    return page(
        "registry/office_plot.html", plot=found, svg=svg, form=form, crop_name=crop_name, status=status
    )


@allowed("plot.confirm")
def confirm(plot_id: UUID) -> Answer:
    """Confirm a plot under the officer's name."""
    actor, form = current_actor(), Form()
    with unit_of_work(read_only=True) as uow:
        found = queries.get_plot(uow, actor, plot_id)
        check(actor, "plot.confirm", found)
        if not form.validate_on_submit():
            return _office_plot(uow, found, 422, form)
    try:
        with unit_of_work() as uow:
            confirm_plot(uow, plot_id, actor=actor, now=clock.now())
    except DomainError as refusal:
        with unit_of_work(read_only=True) as uow:
            return _office_plot(uow, found, int(refusal.status), form.refused(refusal))
    return see_other(f"/office/plots/{plot_id}", gettext("Đã xác nhận thửa %(name)s.", name=found.name))
