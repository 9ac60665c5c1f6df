"""One lot on the phone: its journey, its labels and packs; packing and cancelling a label."""

from uuid import UUID

from flask import url_for
from wtforms.fields.choices import SelectChoice

from app.identity.access import allowed, current_actor
from app.identity.queries import public_names
from app.kernel import clock
from app.kernel.problems import DomainError
from app.kernel.uow import UnitOfWork, unit_of_work
from app.registry.crops import crop_name
from app.registry.queries import plot
from app.web.i18n import gettext, show_weight
from app.web.pages import Answer, page, see_other
from traceability.labels import digital_link
from traceability.labels import queries as labels
from traceability.lots.journey import journey
from traceability.lots.queries import LotView, get_lot
from traceability.lots.sentences import STATES, hold_sentence
from traceability.packing import queries
from traceability.packing.commands import cancel_label, pack_units
from traceability.packing.forms import CancelForm, PackForm


@allowed("lot.see")
def lot(lot_id: UUID) -> Answer:
    """Everything about one lot, and what can be done with it."""
    return _lot(lot_id, CancelForm(), 200)


def _lot(lot_id: UUID, form: CancelForm, status: int) -> Answer:
    with unit_of_work(read_only=True) as uow:
        found = get_lot(uow, current_actor(), lot_id)
        shown = _shown(uow, found)
    return page(
        "traceability/packing/lot.html",
        lot=found,
        form=form,
        crop=crop_name(found.crop),
        states=STATES,
        hold_sentence=hold_sentence,
        status=status,
        **shown,
    )


def _shown(uow: UnitOfWork, found: LotView) -> dict[str, object]:
    return {
        "plot": plot(uow, found.plot_id),
        "grower": public_names(uow, [found.harvested_by_id])[found.harvested_by_id],
        "steps": journey(uow, found.id),
        "sheets": labels.sheets_of_lot(uow, found.id),
        "labels": labels.counts(uow, found.id),
        "packs": queries.units_by_weight(uow, found.id),
        "trace_url": digital_link.build(found.gtin, lot=found.lot_no),
    }


def _pack_form(lot_id: UUID, form: PackForm, status: int) -> Answer:
    with unit_of_work(read_only=True) as uow:
        found = get_lot(uow, current_actor(), lot_id)
        free = labels.unbound(uow, lot_id)
    form.unit_weight_g.choices = _choices(free)
    if not form.is_submitted() and free:
        first = next(iter(free))
        form.unit_weight_g.data = str(first)
        form.count.data = str(min(free[first], found.remaining_g // first) or "")
    return page(
        "traceability/packing/pack.html",
        lot=found,
        form=form,
        free=free,
        hold_sentence=hold_sentence,
        status=status,
    )


def _choices(free: dict[int, int]) -> list[SelectChoice]:
    told = gettext("gói %(weight)s (còn %(left)s tem chưa dán)")
    return [SelectChoice(str(g), told % {"weight": show_weight(g), "left": left}) for g, left in free.items()]


@allowed("lot.pack")
def new_packing(lot_id: UUID) -> Answer:
    """The form: labels that are printed and free, and how many packs."""
    return _pack_form(lot_id, PackForm().with_client_id(), 200)


@allowed("lot.pack")
def create_packing(lot_id: UUID) -> Answer:
    """Pack; a second sending is the first packing again."""
    form, actor = PackForm().with_client_id(), current_actor()
    # A retry may come when the labels of this weight are used up, by the packing that it repeats.
    form.unit_weight_g.validate_choice = False
    if not form.validate_on_submit() or not _is_number(form.unit_weight_g.data):
        return _pack_form(lot_id, form, 422)
    try:
        with unit_of_work() as uow:
            packing = pack_units(uow, form.command(lot_id), actor=actor, now=clock.now())
    except DomainError as refusal:
        return _pack_form(lot_id, form.refused(refusal), int(refusal.status))
    told = gettext(
        "Đã đóng %(count)s gói, mỗi gói %(weight)s.",
        count=packing.count,
        weight=show_weight(packing.unit_weight_g),
    )
    return see_other(url_for("traceability_farm.lot", lot_id=lot_id), told)


def _is_number(typed: str | None) -> bool:
    return bool(typed) and str(typed).isascii() and str(typed).isdecimal()


@allowed("label.print")
def cancel(lot_id: UUID) -> Answer:
    """Cancel one label of the lot by the code that is written on it."""
    form = CancelForm()
    if not form.validate_on_submit():
        return _lot(lot_id, form, 422)
    try:
        code = digital_link.normalise(form.code.data)
        with unit_of_work() as uow:
            cancel_label(uow, code, actor=current_actor(), now=clock.now())
    except DomainError as refusal:
        return _lot(lot_id, form.refused(refusal), int(refusal.status))
    told = gettext("Đã hủy tem %(code)s.", code=digital_link.grouped(code))
    return see_other(url_for("traceability_farm.lot", lot_id=lot_id), told)
