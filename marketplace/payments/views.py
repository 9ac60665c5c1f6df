"""The card page: the vendor's own fields, on this one page alone, where keys are given."""

from flask import current_app, url_for

from app.kernel import clock
from app.kernel.config import Config
from app.kernel.problems import DomainError, NotFound
from app.kernel.uow import unit_of_work
from app.web.pages import Answer, see_other
from app.web.problems import sentence
from app.web.security import POLICY
from marketplace.cart.browser import shop_page
from marketplace.payments import commands
from marketplace.payments.gateway import CardGateway

CARD_POLICY = (
    POLICY.replace("script-src 'self'", "script-src 'self' https://js.stripe.com").replace(
        "connect-src 'self'", "connect-src 'self' https://api.stripe.com"
    )
    + "; frame-src https://js.stripe.com https://hooks.stripe.com"
)
"""Source: Stripe documentation, "Integration security guide", Content Security Policy."""


def pay_by_card(token: str) -> Answer:
    """Open (or find again) the payment of an order, and show the card fields.

    The try and its key are stored first, the call is made outside of any transaction, its id is
    stored after. Nothing here says that an order is paid: only the signed callback does.
    """
    config: Config = current_app.extensions["coi.config"]
    gateway: CardGateway | None = current_app.extensions.get("coi.cards")
    if gateway is None:
        raise NotFound
    try:
        with unit_of_work() as uow:
            attempt = commands.start_attempt(uow, token, provider=gateway.name, now=clock.now())
        intent = gateway.create(
            amount_vnd=attempt.amount_vnd,
            key=attempt.idempotency_key,
            order_id=attempt.order_id,
            attempt=attempt.number,
        )
    except NotFound:
        raise
    except DomainError as refusal:
        return see_other(url_for("marketplace.order", token=token), sentence(refusal), tone="error")
    with unit_of_work() as uow:
        commands.note_intent(uow, attempt.id, intent.id)
    answer = shop_page(
        "marketplace/payments/card_page.html",
        token=token,
        amount_vnd=attempt.amount_vnd,
        client_secret=intent.client_secret,
        publishable_key=config.stripe_publishable_key,
    )
    answer.headers["Content-Security-Policy"] = CARD_POLICY
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
