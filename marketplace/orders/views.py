"""Checkout of a guest, and the order behind its secret link."""

from datetime import datetime
from typing import Any

from flask import request, url_for
from wtforms.fields.choices import SelectChoice

from app.identity import queries as identity
from app.identity import throttle
from app.identity.browser import address as network_address
from app.identity.phones import NotAPhone, parse_phone
from app.identity.words import spoken
from app.kernel import clock
from app.kernel.calendar import local_day
from app.kernel.problems import DomainError, TooMany
from app.kernel.uow import UnitOfWork, unit_of_work
from app.registry import places
from app.registry.places import UnitView
from app.web.forms import ClientForm
from app.web.i18n import gettext
from app.web.pages import Answer, see_other
from app.web.problems import SENTENCES
from ledger import printed
from marketplace.cart import browser
from marketplace.cart import commands as carts
from marketplace.cart import queries as cart_queries
from marketplace.cart.browser import shop_page
from marketplace.cart.queries import CartView, Way
from marketplace.delivery.queries import terms_of
from marketplace.delivery.rules import Handover
from marketplace.orders import commands, methods, placing, queries, rules, settling
from marketplace.orders.addresses import communes_named
from marketplace.orders.forms import CheckoutForm
from marketplace.orders.queries import OrderView
from marketplace.orders.rules import Method, OrderState, Step
from traceability.trace_page.queries import recall_of, trace_url

# The link is the key: no other site learns it. Our own forms must say where they come from: behind TLS
# the form check refuses one without a referrer, and a buyer could not cancel.
HIDDEN = {"Cache-Control": "private, no-store", "Referrer-Policy": "same-origin", "X-Robots-Tag": "noindex"}

# In a quarter of an hour. Many phones of a mobile network share one address, and market day has its rush;
# an order takes goods off the shelf, so nobody may empty the shop by himself.
CHECKOUTS_PER_ADDRESS = 30


class TooManyCheckouts(TooMany):
    """This address ordered too often; `minutes` is how long to wait."""

    type = "too-many-checkouts"


def _form(uow: UnitOfWork, cart: CartView, way: Way) -> CheckoutForm:
    sellers = [part.seller_id for part in cart.parts]
    provinces = places.provinces(uow, local_day(clock.now()))
    return CheckoutForm().of(way, provinces, methods.offered(uow, sellers))


def _way(cart: CartView, asked: str | None, now: datetime) -> Way:
    """The way that was asked for where these sellers offer it, else the first that they do."""
    ways = cart.ways(now)
    return next((way for way in ways if way.handover == asked), ways[0])


def checkout() -> Answer:
    """Name, address, way of paying; the whole order, with its fee and its day, is on the same page."""
    now = clock.now()
    with unit_of_work(read_only=True) as uow:
        cart = cart_queries.cart(uow, browser.token(), local_day(now))
        if not cart.can_order:
            return see_other(url_for("marketplace.cart"))
        way = _way(cart, request.args.get("handover"), now)
        form = _form(uow, cart, way).with_client_id()
    if not form.method.data and form.method.choices:
        form.method.data = form.method.choices[0].value
    return _page(form, cart, way)


def _page(form: CheckoutForm, cart: CartView, way: Way, status: int = 200) -> Answer:
    form.agreed.data = way.agreement
    return shop_page("marketplace/orders/checkout.html", form=form, cart=cart, way=way, status=status)


def place() -> Answer:
    """Order what is in the cart. The same form twice leads to the same orders."""
    now = clock.now()
    with unit_of_work(read_only=True) as uow:
        cart = cart_queries.cart(uow, browser.token(), local_day(now))
        done = queries.orders_of_checkout(uow, ClientForm().client_uuid)
        if done:
            return see_other(url_for("marketplace.order", token=done[0].token))
        if not cart.parts:
            return see_other(url_for("marketplace.cart"))
        way = _way(cart, request.form.get("handover"), now)
        form = _form(uow, cart, way)
        agreed = form.agreed.data or ""
        good = form.validate_on_submit()
        fetched = way.handover is Handover.PICKUP
        to = None if fetched else _address(uow, form)
        phone = _phone(form)
    if not good or phone is None or not (fetched or to):
        return _page(form, cart, way, 422)
    try:
        throttle.check(now, (f"order-address:{network_address()}", CHECKOUTS_PER_ADDRESS))
    except TooMany as refusal:
        return _wait(form, cart, way, refusal)
    try:
        with unit_of_work() as uow:
            orders = placing.place_orders(uow, _wanted(form, cart, to, phone, agreed), now=now)
            if kept := browser.token():
                carts.empty(uow, kept)
    except DomainError as refusal:
        with unit_of_work(read_only=True) as uow:
            cart = cart_queries.cart(uow, browser.token(), local_day(now))
        return _page(form.refused(refusal), cart, _way(cart, way.handover, now), int(refusal.status))
    return see_other(url_for("marketplace.order", token=orders[0].token), gettext("Đã đặt hàng."))


def _wait(form: CheckoutForm, cart: CartView, way: Way, refusal: TooMany) -> Answer:
    """The page again, filled in as it was, with how long to wait; the cart is as full as before."""
    seconds = int(str(refusal.values["retry_after_s"]))
    answer = _page(form.refused(TooManyCheckouts(minutes=refusal.values["minutes"])), cart, way, 429)
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _wanted(
    form: CheckoutForm, cart: CartView, to: placing.Address | None, phone: str, agreed: str
) -> placing.Checkout:
    return placing.Checkout(
        lines=[(row.listing.id, row.units) for part in cart.parts for row in part.rows],
        name=form.name.data,
        phone=phone,
        to=to,
        method=Method(form.method.data),
        client_id=form.client_uuid,
        agreed=agreed,
    )


def _phone(form: CheckoutForm) -> str | None:
    if form.phone.errors:
        return None
    try:
        return parse_phone(form.phone.data)
    except NotAPhone as refusal:
        form.refused(refusal)
        return None


def _address(uow: UnitOfWork, form: CheckoutForm) -> placing.Address | None:
    if form.province.errors or form.commune_text.errors:
        return None
    commune = _commune(uow, form)
    if commune is None:
        return None
    return placing.Address(form.address.data, commune.code, commune.valid_from)


def _commune(uow: UnitOfWork, form: CheckoutForm) -> UnitView | None:
    """The commune that was meant; where several fit, the form gets them to choose from."""
    on = local_day(clock.now())
    fitting = communes_named(uow, form.commune_text.data, form.province.data or "", on)
    chosen = [unit for unit in fitting if unit.code == form.commune_code.data]
    if len(fitting) > 1:
        form.commune_code.choices = [SelectChoice(unit.code, unit.full_name) for unit in fitting]
    if len(fitting) == 1 or chosen:
        return (chosen or fitting)[0]
    field = form.commune_code if fitting else form.commune_text
    told = SENTENCES.get("place-ambiguous" if fitting else "place-not-found")
    field.errors = [*field.errors, str(told)]
    return None


def order(token: str) -> Answer:
    """Where an order stands and what happens next; whoever has the link may see it."""
    with unit_of_work(read_only=True) as uow:
        shown = _shown(uow, queries.order_by_token(uow, token))
    answer = shop_page("marketplace/orders/order.html", **shown)
    answer.headers.update(HIDDEN)
    return answer


def _shown(uow: UnitOfWork, found: OrderView) -> dict[str, Any]:
    seller = identity.organisation(uow, found.seller_id)
    method = methods.METHODS.get(found.method.value)
    recalls = {line.lot_no: recall_of(uow, line.lot_id) for line in found.lines}
    waits = found.state is OrderState.PLACED and not any(recalls.values())
    history = queries.history(uow, found.id)
    return {
        "order": found,
        "seller": spoken(identity.public_names(uow, [found.seller_id])[found.seller_id]),
        "seller_phone": seller.phone,
        "pickup_place": terms_of(uow, [found.seller_id])[found.seller_id].pickup_place,
        "place": places.place_name(uow, found.commune_code, found.commune_valid_from),
        "method": method,
        "panel": method.panel(uow, found) if method and waits else None,
        "history": history,
        "why": history[-1].why,
        "sisters": [o for o in queries.orders_of_checkout(uow, found.checkout_id) if o.id != found.id],
        "can_cancel": rules.can(found.state, Step.CANCEL, found.method),
        "can_ask": rules.may_ask_to_cancel(found.state) and found.cancel_asked_at is None,
        "refund_within": rules.REFUND_WITHIN.days,
        "trace_url": trace_url,
        "seal": printed.line(uow),
        "recalls": recalls,
        "stopped": any(recalls.values())
        and rules.stops_when_recalled(found.state)
        and not (found.review or found.cancel_asked_at),
    }


def cancel(token: str) -> Answer:
    """The buyer cancels before he paid."""
    with unit_of_work() as uow:
        found = commands.cancel_by_buyer(uow, token, now=clock.now())
    return see_other(url_for("marketplace.order", token=found.token), gettext("Đã hủy đơn."))


def ask_to_cancel(token: str) -> Answer:
    """The buyer of a paid order asks for his money; the seller answers."""
    with unit_of_work() as uow:
        found = settling.ask_to_cancel(uow, token, now=clock.now())
    return see_other(
        url_for("marketplace.order", token=found.token), gettext("Đã báo người bán là bạn xin hủy đơn.")
    )
