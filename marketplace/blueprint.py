"""Routes of the package and `init_app`."""

from flask import Blueprint, Flask

from app.identity import access
from app.identity.commands import ERASURE
from app.kernel import jobs
from app.kernel.config import Config
from app.web import desk, problems
from app.web.desk import MenuEntry
from app.web.i18n import _l
from app.web.security import csrf
from marketplace import policy
from marketplace.cart import views as cart
from marketplace.catalogue import views as catalogue
from marketplace.delivery import views as delivery
from marketplace.links import buy_from_this_grower
from marketplace.listings import views as listings
from marketplace.listings.commands import forget_seller
from marketplace.listings.words import product_name
from marketplace.orders import selling, tasks, troubles, words
from marketplace.orders import views as orders
from marketplace.orders.commands import forget_buyer
from marketplace.orders.methods import METHODS, PaymentMethod
from marketplace.payments import panels, webhooks
from marketplace.payments import tasks as payment_tasks
from marketplace.payments import views as payments
from marketplace.payments.gateway import gateway_from
from marketplace.sentences import SENTENCES
from traceability.trace_page.queries import TRACE_LINKS

SELLERS = frozenset({"seller"})


def _public() -> Blueprint:
    bp = Blueprint("marketplace", __name__)
    bp.add_url_rule("/", "home", catalogue.home)
    bp.add_url_rule("/products", "products", catalogue.search)
    bp.add_url_rule("/search", "search", catalogue.search)
    bp.add_url_rule("/products/<slug>", "product", catalogue.product)
    bp.add_url_rule("/cart", "cart", cart.show)
    bp.add_url_rule("/cart/add", "add_to_cart", cart.add, methods=["POST"])
    bp.add_url_rule("/cart/change", "change_cart", cart.change, methods=["POST"])
    bp.add_url_rule("/checkout", "checkout", orders.checkout, methods=["GET"])
    bp.add_url_rule("/checkout", "place_order", orders.place, methods=["POST"])
    bp.add_url_rule("/orders/<token>", "order", orders.order)
    bp.add_url_rule("/orders/<token>/cancel", "cancel_order", orders.cancel, methods=["POST"])
    bp.add_url_rule("/orders/<token>/ask-to-cancel", "ask_to_cancel", orders.ask_to_cancel, methods=["POST"])
    bp.add_url_rule("/orders/<token>/card", "pay_by_card", payments.pay_by_card, methods=["POST"])
    bp.add_url_rule("/webhooks/stripe", "card_event", webhooks.card_event, methods=["POST"])
    csrf.exempt(webhooks.card_event)  # it is signed instead
    # These two forms stand on pages that are kept by browsers and carry no token; the view refuses
    # what another site sent, and the cart's cookie does not travel with such a request.
    for view in (cart.add, cart.change):
        csrf.exempt(view)
    return bp


def _farm() -> Blueprint:
    bp = Blueprint("marketplace_farm", __name__, url_prefix="/farm")
    bp.add_url_rule("/sell", "sell", listings.choose)
    bp.add_url_rule("/sell/<uuid:lot_id>", "offer", listings.ask, methods=["GET"])
    bp.add_url_rule("/sell/<uuid:lot_id>", "send_offer", listings.send, methods=["POST"])
    bp.add_url_rule("/listings/<uuid:listing_id>/withdraw", "withdraw", listings.withdraw, methods=["POST"])
    bp.add_url_rule("/orders", "sales", selling.index)
    bp.add_url_rule("/orders/<uuid:order_id>", "sale", selling.show)
    for verb, name, view in (
        ("paid", "confirm_receipt", selling.confirm),
        ("pack", "pack_order", selling.pack),
        ("send", "send_order", selling.send),
        ("deliver", "deliver_order", selling.deliver),
        ("refuse", "refuse_order", selling.refuse),
        ("refund", "refund_order", selling.pay_back),
    ):
        bp.add_url_rule(f"/orders/<uuid:order_id>/{verb}", name, view, methods=["POST"])
    bp.add_url_rule("/orders/<uuid:order_id>/refuse", "ask_why", selling.ask_why, methods=["GET"])
    bp.add_url_rule("/orders.csv", "sales_csv", selling.export)
    bp.add_url_rule("/delivery", "delivery", delivery.ask, methods=["GET"])
    bp.add_url_rule("/delivery", "save_delivery", delivery.save, methods=["POST"])
    return bp


def _office() -> Blueprint:
    bp = Blueprint("marketplace_office", __name__, url_prefix="/office")
    bp.add_url_rule("/orders/<uuid:order_id>", "trouble", troubles.show)
    bp.add_url_rule("/orders/<uuid:order_id>/fits", "money_fits", troubles.fits, methods=["POST"])
    bp.add_url_rule("/orders/<uuid:order_id>/returned", "money_returned", troubles.returned, methods=["POST"])
    return bp


def init_app(app: Flask) -> None:
    """Bind what the package has."""
    access.register(app, policy.ACTIONS)
    problems.register_sentences(app, SENTENCES)
    ERASURE.add(app, "marketplace.buyer", forget_buyer)
    ERASURE.add(app, "marketplace.seller", forget_seller)
    TRACE_LINKS.add(app, "marketplace", buy_from_this_grower)
    app.jinja_env.filters.update(words.FILTERS, product_name=product_name)
    for blueprint in (_public(), _farm(), _office()):
        app.register_blueprint(blueprint)
    jobs.every(app, "marketplace.expire_unpaid_orders", tasks.expire_unpaid_orders, seconds=60)
    jobs.every(app, "marketplace.forget_old_carts", tasks.forget_old_carts, seconds=86400)
    _methods(app)
    _cards(app)
    _menus(app)


def _menus(app: Flask) -> None:
    sell = MenuEntry("farm", _l("Bán"), "marketplace_farm.sell", "money", SELLERS, 30)
    sales = MenuEntry("farm", _l("Đơn hàng"), "marketplace_farm.sales", "basket", SELLERS, 44)
    desk.MENU.add(app, "marketplace.sell", sell)
    desk.MENU.add(app, "marketplace.sales", sales)
    desk.INBOX.add(app, "marketplace.orders", troubles.inbox)
    desk.FARM_LINES.add(app, "marketplace.money", selling.money_line)


def _methods(app: Flask) -> None:
    METHODS.add(
        app,
        "cod",
        PaymentMethod(
            _l("Tiền mặt khi nhận hàng"),
            _l("Trả đúng số này lúc nhận hàng."),
            panels.always,
            panels.nothing,
            "marketplace/payments/cod.html",
        ),
    )
    METHODS.add(
        app,
        "vietqr",
        PaymentMethod(
            _l("Chuyển khoản (quét mã VietQR)"),
            _l("Tiền vào thẳng tài khoản người bán. Hàng giữ 30 phút chờ chuyển."),
            panels.has_bank_account,
            panels.transfer,
            "marketplace/payments/vietqr.html",
        ),
    )


def _cards(app: Flask) -> None:
    """Cards, only where all three keys are given; the market works without."""
    config: Config = app.extensions["coi.config"]
    gateway = gateway_from(config)
    if gateway is None or not config.stripe_publishable_key:
        return
    app.extensions["coi.cards"] = gateway
    jobs.every(app, "marketplace.open_payments", payment_tasks.ask_about_open_payments, seconds=300)
    METHODS.add(
        app,
        "card",
        PaymentMethod(
            _l("Thẻ quốc tế"),
            _l("Sang bước sau mới nhập thẻ. Hàng giữ 30 phút chờ trả."),
            panels.always,
            panels.nothing,
            "marketplace/payments/card.html",
        ),
    )
