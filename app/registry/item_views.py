"""Trade items on the office's desk: what there is, and a further one."""

from uuid import UUID

from flask import request

from app.identity.access import allowed, current_actor, may
from app.identity.queries import gs1_prefix_of
from app.kernel import clock
from app.kernel.paging import Page
from app.kernel.problems import DomainError
from app.kernel.quantities import parse_weight
from app.kernel.uow import unit_of_work
from app.registry import queries
from app.registry.crops import crop_name
from app.registry.forms import ShelfLifeForm, TradeItemForm
from app.registry.items import HEAVIEST_PACK_G, AddTradeItem, add_trade_item, set_shelf_life
from app.web.i18n import gettext
from app.web.pages import Answer, page, see_other


@allowed("trade_item.list")
def trade_items() -> Answer:
    """Every product with its GTIN."""
    with unit_of_work(read_only=True) as uow:
        items = queries.item_pages(uow, Page.asked(request.args.get("page")))
    may_add = may(current_actor(), "trade_item.add")
    return page("registry/office_items.html", items=items, crop_name=crop_name, may_add=may_add)


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
            shelf_life_days=form.shelf_life_days.data,
        )  # fmt: skip
        with unit_of_work() as uow:
            made = add_trade_item(uow, wanted, actor=current_actor(), now=clock.now())
    except DomainError as refusal:
        return _form(form.refused(refusal), int(refusal.status))
    told = gettext("Đã thêm %(name)s, mã GTIN %(gtin)s.", name=made.name, gtin=made.gtin)
    return see_other("/office/items", told)


@allowed("trade_item.add")
def shelf_life(item_id: UUID) -> Answer:
    """For how long a product is sold: what holds now, to be changed."""
    with unit_of_work(read_only=True) as uow:
        item = queries.trade_item(uow, item_id)
    form = ShelfLifeForm(shelf_life_days=item.shelf_life_days)
    return page("registry/office_shelf_life.html", item=item, form=form)


@allowed("trade_item.add")
def change_shelf_life(item_id: UUID) -> Answer:
    """Set it; every lot of the product is judged by it from now on."""
    form = ShelfLifeForm()
    with unit_of_work(read_only=True) as uow:
        item = queries.trade_item(uow, item_id)
    if not form.validate_on_submit():
        return page("registry/office_shelf_life.html", item=item, form=form, status=422)
    days = form.shelf_life_days.data
    try:
        with unit_of_work() as uow:
            set_shelf_life(uow, item_id, days, actor=current_actor(), now=clock.now())
    except DomainError as refusal:
        shown = form.refused(refusal)
        return page("registry/office_shelf_life.html", item=item, form=shown, status=int(refusal.status))
    return see_other("/office/items", gettext("Đã ghi thời hạn bán của %(name)s.", name=item.name))
