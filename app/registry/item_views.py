"""Trade items on the office's desk: what there is, and a further one."""

from flask import request

from app.identity.access import allowed, current_actor
from app.identity.queries import gs1_prefix_of
from app.kernel import clock
from app.kernel.paging import Page
from app.kernel.problems import DomainError
from app.kernel.quantities import parse_weight
from app.kernel.uow import unit_of_work
from app.registry import queries
from app.registry.crops import crop_name
from app.registry.forms import TradeItemForm
from app.registry.items import HEAVIEST_PACK_G, AddTradeItem, add_trade_item
from app.web.i18n import gettext
from app.web.pages import Answer, page, see_other


@allowed("trade_item.list")
def trade_items() -> Answer:
    """Every product with its GTIN."""
    with unit_of_work(read_only=True) as uow:
        items = queries.item_pages(uow, Page.asked(request.args.get("page")))
    return page("registry/office_items.html", items=items, crop_name=crop_name)


@allowed("trade_item.add")
def new_item() -> Answer:
    """The form of a further product."""
    return _form(TradeItemForm(), 200)


def _form(form: TradeItemForm, status: int) -> Answer:
    with unit_of_work(read_only=True) as uow:
        prefix = gs1_prefix_of(uow, current_actor().organisation_id)
    return page("registry/office_new_item.html", status=status, form=form, prefix=prefix)


@allowed("trade_item.add")
def create_item() -> Answer:
    """Enter the product."""
    form = TradeItemForm()
    if not form.validate_on_submit():
        return _form(form, 422)
    try:
        grams = parse_weight(form.weight.data, heaviest=HEAVIEST_PACK_G) if form.weight.data else None
        wanted = AddTradeItem(
            gtin=form.gtin.data or "", gtin_owner=form.gtin_owner.data or "", crop=form.crop.data,
            name=form.name.data, name_en=form.name_en.data, description=form.description.data or "",
            description_en=form.description_en.data or "", net_weight_g=grams,
        )  # fmt: skip
        with unit_of_work() as uow:
            made = add_trade_item(uow, wanted, actor=current_actor(), now=clock.now())
    except DomainError as refusal:
        return _form(form.refused(refusal), int(refusal.status))
    told = gettext("Đã thêm %(name)s, mã GTIN %(gtin)s.", name=made.name, gtin=made.gtin)
    return see_other("/office/items", told)
