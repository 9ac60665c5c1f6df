"""The seller's pages: choose a lot, say how much and for how much, read it back; my listings."""

from datetime import date
from uuid import UUID

from flask import request, url_for

from app.identity.access import allowed, current_actor
from app.kernel import clock
from app.kernel.calendar import local_day
from app.kernel.paging import Page
from app.kernel.problems import DomainError, NotFound
from app.kernel.uow import UnitOfWork, unit_of_work
from app.registry.crops import crop_name
from app.web.i18n import gettext, show_weight
from app.web.pages import Answer, page, see_other
from app.web.problems import sentence
from marketplace.delivery import queries as delivery
from marketplace.listings import commands, queries
from marketplace.listings.commands import Offer
from marketplace.listings.forms import OfferForm
from marketplace.listings.rules import PastShelfLife, check_shelf_life
from traceability.lots import queries as lots
from traceability.lots.queries import LotView
from traceability.packing import queries as packs
from trademarks.use_rights.queries import right_covering

MOST_HELD = 5  # told one by one above the listings; all of them stand among the lots


@allowed("listing.offer")
def choose() -> Answer:
    """Step 1: which lot. My listings below."""
    return _choose()


def _choose(told: str = "", status: int = 200) -> Answer:
    actor, today = current_actor(), local_day(clock.now())
    with unit_of_work(read_only=True) as uow:
        free = queries.lots_to_offer(uow, actor, Page.asked(request.args.get("page")), today)
        held = lots.held_lots(uow, actor, Page(size=MOST_HELD))
        listed = Page.asked(request.args.get("listed"))
        listings = queries.listings_of(uow, actor.organisation_id, listed, today)
    return page(
        "marketplace/listings/choose.html",
        lots=free.lots,
        too_old=free.too_old,
        held=held,
        listings=listings,
        crop_name=crop_name,
        told=told,
        status=status,
    )


def _lot(uow: UnitOfWork, lot_id: UUID) -> tuple[LotView, int]:
    """The seller's own lot and what of it is free. Raises NotFound."""
    lot = lots.get_lot(uow, current_actor(), lot_id)
    if lot.owner_id != current_actor().organisation_id:
        raise NotFound(lot=lot_id)
    return lot, queries.free_g(uow, {lot.id: lot.remaining_g})[lot.id]


@allowed("listing.offer")
def ask(lot_id: UUID) -> Answer:
    """Step 2: unit, number, price, filled in from what is packed. A new seller says first how he delivers."""
    seller_id = current_actor().organisation_id
    with unit_of_work(read_only=True) as uow:
        lot, free_g = _lot(uow, lot_id)
        last_day, packed = queries.sell_by(uow, lot), packs.units_by_weight(uow, lot.id)
        terms = delivery.terms_of(uow, [seller_id])
    try:
        check_shelf_life(last_day, lot_no=lot.lot_no, today=local_day(clock.now()))
    except PastShelfLife as refusal:
        return _choose(sentence(refusal), int(refusal.status))
    if seller_id not in terms:
        return see_other(url_for("marketplace_farm.delivery", lot=lot_id))
    form = OfferForm().with_client_id()
    if packed and not form.unit_weight.data:
        weight_g, there = max(packed.items(), key=lambda pair: pair[1])
        form.unit_weight.data = show_weight(weight_g)
        form.units.data = str(max(1, min(there, free_g // weight_g)))
    return _form(form, lot, free_g, last_day)


def _form(form: OfferForm, lot: LotView, free_g: int, last_day: date | None, status: int = 200) -> Answer:
    return page(
        "marketplace/listings/offer.html",
        form=form,
        lot=lot,
        crop=crop_name(lot.crop),
        free_g=free_g,
        last_day=last_day,
        status=status,
    )


@allowed("listing.offer")
def send(lot_id: UUID) -> Answer:
    """Step 3: the figures are read back in words; with `confirmed` the offer is made."""
    actor, form, now = current_actor(), OfferForm(), clock.now()
    with unit_of_work(read_only=True) as uow:
        lot, free_g = _lot(uow, lot_id)
        last_day = queries.sell_by(uow, lot)
        right = right_covering(uow, actor.organisation_id, lot.crop, local_day(now))
    good = form.validate_on_submit()
    figures = form.figures() if good else None
    if figures is None:
        return _form(form, lot, free_g, last_day, 422)
    wanted = Offer(
        lot_id=lot_id,
        unit_weight_g=figures[0],
        units=figures[1],
        price_vnd=figures[2],
        note=form.note.data or "",
        client_id=form.client_uuid,
    )
    if form.confirmed.data != "yes":
        return page(
            "marketplace/listings/check.html",
            form=form,
            lot=lot,
            crop=crop_name(lot.crop),
            offer=wanted,
            right=right,
        )
    try:
        with unit_of_work() as uow:
            commands.offer(uow, wanted, actor=actor, now=now)
    except DomainError as refusal:
        form.confirmed.data = ""
        return _form(form.refused(refusal), lot, free_g, last_day, int(refusal.status))
    return see_other(url_for("marketplace_farm.sell"), gettext("Đã rao bán. Người mua thấy ngay trên chợ."))


@allowed("listing.offer")
def withdraw(listing_id: UUID) -> Answer:
    """Stop selling; orders that stand are still to be served."""
    try:
        with unit_of_work() as uow:
            commands.withdraw(uow, listing_id, actor=current_actor(), now=clock.now())
    except DomainError as refusal:
        return _choose(sentence(refusal), int(refusal.status))
    return see_other(url_for("marketplace_farm.sell"), gettext("Đã ngừng bán. Đơn đã đặt vẫn phải giao."))
