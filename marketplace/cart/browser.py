"""The cart's cookie: a random token, and nothing about the person."""

from typing import Final

from flask import request

from app.kernel.problems import Forbidden
from app.kernel.uow import unit_of_work
from app.web.pages import Answer, address_parts, page
from marketplace.cart import queries

COOKIE: Final = "coi_cart"
KEPT_S: Final = 30 * 86400


def token() -> str | None:
    """The visitor's cart, if he has one."""
    return request.cookies.get(COOKIE) or None


def remember(answer: Answer, cart_token: str) -> Answer:
    """Keep a cart's token for thirty days."""
    answer.set_cookie(
        COOKIE, cart_token, max_age=KEPT_S, httponly=True, samesite="Lax", secure=request.is_secure
    )
    return answer


def shop_page(template: str, /, *, status: int = 200, **values: object) -> Answer:
    """A page of the shop with the number in its basket; private as soon as there is one."""
    kept = token()
    count = 0
    if kept:
        with unit_of_work(read_only=True) as uow:
            count = queries.cart_count(uow, kept)
    answer = page(template, status=status, cart_count=count, **values)
    if kept:
        answer.headers["Cache-Control"] = "private, no-store"
    return answer


def check_same_site() -> None:
    """Refuse a form that another site sent; such forms carry no token, so that their pages can be kept."""
    said = request.headers.get("Sec-Fetch-Site")
    if said is None:  # a browser from before 2023; all of them name the origin of a form
        origin = request.headers.get("Origin")
        own = origin is None or address_parts(origin).netloc == request.host
    else:
        own = said in {"same-origin", "none"}
    if not own:
        raise Forbidden(action="cart.put")
