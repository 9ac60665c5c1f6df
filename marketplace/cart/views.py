"""The cart's page and its two forms; both work without JavaScript."""

from uuid import UUID

from flask import request, url_for

from app.kernel import clock
from app.kernel.calendar import local_day
from app.kernel.problems import DomainError, NotFound
from app.kernel.uow import unit_of_work
from app.web.i18n import gettext
from app.web.pages import Answer, see_other
from app.web.problems import sentence
from marketplace.cart import browser, commands, queries
from marketplace.cart.browser import shop_page


def show() -> Answer:
    """What is in the cart, by seller, with today's prices."""
    return _show()


def _show(told: str = "", status: int = 200) -> Answer:
    now = clock.now()
    with unit_of_work(read_only=True) as uow:
        cart = queries.cart(uow, browser.token(), local_day(now))
    ways = cart.ways(now)
    return shop_page("marketplace/cart/cart.html", cart=cart, ways=ways, told=told, status=status)


def add() -> Answer:
    """Put units into the cart, beside what is there. The price is ours, whatever the form says."""
    return _put(add=True, least=1)


def change() -> Answer:
    """Set how many units of a line; 0 takes it out."""
    return _put(add=False, least=0)


def _put(*, add: bool, least: int) -> Answer:
    browser.check_same_site()
    try:
        listing_id = UUID(request.form.get("listing", ""))
    except ValueError as malformed:
        raise NotFound from malformed
    try:
        units = commands.parse_units(request.form.get("units", ""), least=least)
        with unit_of_work() as uow:
            kept = commands.put(uow, browser.token(), listing_id, units, now=clock.now(), add=add)
    except NotFound:
        raise
    except DomainError as refusal:
        return _show(sentence(refusal), int(refusal.status))
    said = gettext("Đã thêm vào giỏ hàng.") if add else gettext("Đã đổi giỏ hàng.")
    return browser.remember(see_other(url_for("marketplace.cart"), said), kept)
