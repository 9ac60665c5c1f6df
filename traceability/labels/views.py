"""Labels on the phone: order a sheet, wait for it, fetch it."""

from uuid import UUID

from flask import Response, current_app, url_for
from wtforms.fields.choices import SelectChoice

from app.identity.access import allowed, current_actor
from app.kernel import clock
from app.kernel.problems import DomainError
from app.kernel.storage import NotStored, Storage
from app.kernel.uow import unit_of_work
from app.registry.crops import crop_name
from app.registry.queries import trade_item
from app.web.i18n import gettext, show_number, show_weight
from app.web.pages import Answer, page, see_other
from traceability.labels import queries, rules
from traceability.labels.commands import print_sheet, rights_for
from traceability.labels.forms import SheetForm
from traceability.lots.queries import get_lot, lot
from traceability.lots.sentences import hold_sentence


def _form(lot_id: UUID, form: SheetForm, status: int) -> Answer:
    actor, now = current_actor(), clock.now()
    with unit_of_work(read_only=True) as uow:
        of = get_lot(uow, actor, lot_id)
        item = trade_item(uow, of.trade_item_id)
        rights = rights_for(uow, of, actor, now)
        free_g = of.remaining_g - queries.labelled_g(uow, lot_id)
    form.right_id.choices = [
        SelectChoice("", gettext("Không, chỉ tem truy xuất")),
        *(
            SelectChoice(
                str(one.id),
                gettext("%(mark)s (còn %(left)s tem)", mark=one.mark_name, left=show_number(one.quota_left)),
            )
            for one in rights
        ),
    ]
    unit_g = item.net_weight_g or 1_000
    if not form.is_submitted():
        form.unit_weight.data = show_weight(unit_g).replace("\u00a0", " ")
        form.count.data = str(
            rules.most_labels(unit_g=unit_g, remaining_g=max(0, free_g), labelled_g=0) or ""
        )
    return page(
        "traceability/labels/order.html",
        lot=of,
        item=item,
        form=form,
        free_g=free_g,
        hold_sentence=hold_sentence,
        status=status,
    )


@allowed("label.print")
def new_sheet(lot_id: UUID) -> Answer:
    """The form; it says whose product number stands on the label."""
    return _form(lot_id, SheetForm().with_client_id(), 200)


@allowed("label.print")
def create_sheet(lot_id: UUID) -> Answer:
    """Order a sheet; a second sending leads to the same sheet."""
    form, actor, now = SheetForm().with_client_id(), current_actor(), clock.now()
    if not form.validate_on_submit():
        return _form(lot_id, form, 422)
    try:
        with unit_of_work() as uow:
            sheet = print_sheet(uow, form.command(lot_id), actor=actor, now=now)
    except DomainError as refusal:
        return _form(lot_id, form.refused(refusal), int(refusal.status))
    return see_other(url_for("traceability_farm.sheet", sheet_id=sheet.id))


@allowed("label.print")
def sheet(sheet_id: UUID) -> Answer:
    """Ready to fetch, being made, or not made yet because the store is full."""
    with unit_of_work(read_only=True) as uow:
        found = queries.get_sheet(uow, current_actor(), sheet_id)
        of = lot(uow, found.lot_id)
    answer = page("traceability/labels/sheet.html", sheet=found, lot=of, crop=crop_name(of.crop))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@allowed("label.print")
def sheet_pdf(sheet_id: UUID) -> Response:
    """The PDF as a download."""
    storage: Storage = current_app.extensions["coi.storage"]
    with unit_of_work(read_only=True) as uow:
        found = queries.get_sheet(uow, current_actor(), sheet_id)
    if found.pdf_key is None:
        raise NotStored(key="")
    answer = Response(storage.read(found.pdf_key), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="tem-{found.number}.pdf"'
    return answer
