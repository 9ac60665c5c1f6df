"""The seller's page: what delivering costs, in how many days, where goods are fetched."""

from uuid import UUID

from flask import request, url_for

from app.identity.access import allowed, current_actor
from app.kernel import clock
from app.kernel.problems import DomainError
from app.kernel.uow import unit_of_work
from app.web.i18n import gettext
from app.web.pages import Answer, page, see_other
from marketplace.delivery import commands, queries
from marketplace.delivery.forms import DeliveryForm


@allowed("listing.offer")
def ask() -> Answer:
    """The terms that hold now; a first seller finds the page empty."""
    seller_id, form = current_actor().organisation_id, DeliveryForm()
    with unit_of_work(read_only=True) as uow:
        terms = queries.terms_of(uow, [seller_id]).get(seller_id)
    if terms is not None:
        form.show(terms)
    form.lot.data = request.args.get("lot", "")
    return _form(form, first=terms is None)


def _form(form: DeliveryForm, *, first: bool = False, status: int = 200) -> Answer:
    return page("marketplace/delivery/terms.html", form=form, first=first, status=status)


@allowed("listing.offer")
def save() -> Answer:
    """Keep the terms, then on to the lot that was being offered, or back to the listings."""
    form = DeliveryForm()
    good = form.validate_on_submit()
    terms = form.terms() if good else None
    if terms is None:
        return _form(form, status=422)
    try:
        with unit_of_work() as uow:
            commands.set_terms(
                uow,
                terms,
                pickup_place=form.pickup_place.data or "",
                actor=current_actor(),
                now=clock.now(),
            )
    except DomainError as refusal:
        return _form(form.refused(refusal), status=int(refusal.status))
    return see_other(_next(form.lot.data or ""), gettext("Đã lưu cách giao hàng. Đơn đã đặt giữ như cũ."))


def _next(lot: str) -> str:
    try:
        return url_for("marketplace_farm.offer", lot_id=UUID(lot))
    except ValueError:
        return url_for("marketplace_farm.sell")
