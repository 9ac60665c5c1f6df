"""Callbacks of the card server: signature over the raw bytes first, then one transaction."""

from flask import current_app, request

from app.kernel import clock
from app.kernel.problems import NotFound
from app.kernel.uow import unit_of_work
from app.web.pages import Answer
from marketplace.payments import commands
from marketplace.payments.gateway import CardGateway


def card_event() -> Answer:
    """200 once the event is stored, the second time and for unknown kinds too; a fault is asked for again.

    Raises BadSignature (400).
    """
    gateway: CardGateway | None = current_app.extensions.get("coi.cards")
    if gateway is None:
        raise NotFound
    event = gateway.read_event(request.get_data(cache=False), request.headers.get("Stripe-Signature", ""))
    with unit_of_work() as uow:
        commands.take_event(uow, event, provider=gateway.name, now=clock.now())
    return Answer(status=200)
