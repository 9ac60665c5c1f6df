"""The shop front: `/`, `/products`, `/products/<slug>`, `/search`."""

from typing import Any

from babel.dates import get_month_names
from flask import g, request, url_for

from app.identity.words import spoken
from app.kernel import clock
from app.kernel.calendar import local_day
from app.kernel.paging import Page
from app.kernel.text import fold
from app.kernel.uow import unit_of_work
from app.web.assets import asset
from app.web.i18n import gettext, language, ngettext, show_weight
from app.web.pages import Answer, tagged
from marketplace.cart import browser
from marketplace.cart.browser import shop_page
from marketplace.catalogue import queries
from marketplace.catalogue.queries import LotOffer, ProductCard
from marketplace.catalogue.rules import next_month, season_runs
from marketplace.listings import queries as listings
from marketplace.listings.words import product_name
from traceability.trace_page.queries import trace_url

MOST_PRODUCTS = 12  # on the first page of the shop; all of them are one link away


def _answer(answer: Answer) -> Answer:
    """With an ETag for whoever has neither a cart nor a session."""
    return answer if browser.token() or g.get("actor") else tagged(answer)


def _name(card: ProductCard) -> str:
    return card.item.name_en if language() == "en" else card.item.name


def _season(card: ProductCard) -> str:
    """`tháng 5 – tháng 8`, `May – August`; several runs joined; empty when nothing is known."""
    if len(card.season) == 12:
        return str(gettext("quanh năm"))
    return ", ".join(_run(first, last) for first, last in season_runs(card.season))


def _run(first: int, last: int) -> str:
    return " – ".join(_month(n) for n in dict.fromkeys((first, last)))


def _month(n: int) -> str:
    return str(get_month_names("wide", locale=language())[n])


def _coming(card: ProductCard, this_month: int) -> str:
    """When a product that does not sell now comes back."""
    back = next_month(card.season, this_month=this_month)
    if back is None:
        return ""
    if this_month in card.season:
        return str(gettext("Đang mùa, chưa có lô nào rao bán"))
    return str(gettext("Có lại vào %(month)s", month=_month(back)))


def _card(card: ProductCard, this_month: int) -> dict[str, Any]:
    """A product as `components/card.html` shows it."""
    sells = card.sellers > 0
    in_season = sells and (this_month in card.season or not card.season)
    words = gettext("Đang mùa: %(months)s", months=_season(card)) if in_season else ""
    told = ngettext("%(num)s nhà vườn đang bán", "%(num)s nhà vườn đang bán", card.sellers)
    return {
        "url": url_for("marketplace.product", slug=card.item.slug),
        "name": _name(card),
        "image_url": asset(card.item.image),
        "image_alt": "",
        "grower": told if sells else "",
        "price_vnd": card.cheapest_per_kg,
        "unit": "kg",
        "season": words if sells else _coming(card, this_month),
        "in_season": in_season,
        "left": gettext("còn %(weight)s", weight=show_weight(card.left_g)) if sells else "",
    }


def _offer(offer: LotOffer) -> dict[str, Any]:
    """A live lot as the product page and the search show it."""
    listing = offer.listing
    return {
        "listing": listing,
        "name": product_name(listing),
        "image_url": asset(listing.image),
        "grower": spoken(offer.grower),
        "place": offer.place,
        "right": offer.right,
        "trace_url": trace_url(listing.gtin, listing.lot_no),
        "product_url": url_for("marketplace.product", slug=listing.slug),
    }


def home() -> Answer:
    """What this place is, what is in season, who grows it, what comes next."""
    today = local_day(clock.now())
    month = today.month
    with unit_of_work(read_only=True) as uow:
        cards = queries.products(uow, Page(size=MOST_PRODUCTS), today)
        growers = queries.growers(uow, listings.live(uow, Page(), today).rows)
        soon = sorted(
            (card for card in queries.waiting(uow, today) if card.season and month not in card.season),
            key=lambda card: ((next_month(card.season, this_month=month) or 0) - month) % 12,
        )
    return _answer(
        shop_page(
            "marketplace/catalogue/home.html",
            selling=[_card(card, month) for card in cards.rows if card.sellers],
            more=cards.pages > 1,
            soon=[_card(card, month) for card in soon[:4]],
            growers=growers,
            fruits=[asset(card.item.image) for card in cards.rows[:3]],
        )
    )


def product(slug: str) -> Answer:
    """One product and the lots of it that sell now."""
    today = local_day(clock.now())
    with unit_of_work(read_only=True) as uow:
        card = queries.product(uow, slug, today)
        lots = queries.lots_of_product(uow, slug, Page.asked(request.args.get("page")), today)
        offers = queries.offers(uow, lots.rows, today)
    description = card.item.description_en if language() == "en" else card.item.description
    return _answer(
        shop_page(
            "marketplace/catalogue/product.html",
            card=_card(card, today.month),
            season=_season(card),
            description=description,
            offers=[_offer(one) for one in offers],
            lots=lots,
        )
    )


def search() -> Answer:
    """Every product, or what the words find; with or without diacritics."""
    typed = request.args.get("q", "")[:80].strip()
    return _found(typed) if fold(typed).split() else _all_products()


def _all_products() -> Answer:
    today = local_day(clock.now())
    with unit_of_work(read_only=True) as uow:
        cards = queries.products(uow, Page.asked(request.args.get("page")), today)
    shown = [_card(card, today.month) for card in cards.rows]
    return _answer(shop_page("marketplace/catalogue/products.html", cards=shown, paged=cards))


def _found(typed: str) -> Answer:
    today = local_day(clock.now())
    with unit_of_work(read_only=True) as uow:
        found = queries.search(uow, typed, Page.asked(request.args.get("page")), today)
        offers = queries.offers(uow, found.lots.rows, today)
    return _answer(
        shop_page(
            "marketplace/catalogue/search.html",
            typed=typed,
            offers=[_offer(one) for one in offers],
            lots=found.lots,
            waiting=[_card(card, today.month) for card in found.waiting],
            near=found.near,
        )
    )
