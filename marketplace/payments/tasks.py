"""Asking the card server about payments of which we never heard the end."""

import logging
from datetime import timedelta
from typing import Final

from flask import current_app

from app.kernel import clock
from app.kernel.uow import unit_of_work
from marketplace.payments import commands, queries
from marketplace.payments.gateway import CardGateway, CardServerDown

log = logging.getLogger(__name__)
SILENT_FOR: Final = timedelta(minutes=15)


def ask_about_open_payments() -> int:
    """Look up open tries older than 15 minutes and bring them up to date; how many. Safe to repeat."""
    gateway: CardGateway | None = current_app.extensions.get("coi.cards")
    if gateway is None:
        return 0
    now, asked = clock.now(), 0
    with unit_of_work(read_only=True) as uow:
        waiting = queries.open_attempts(uow, started_before=now - SILENT_FOR)
    for attempt in waiting:
        try:
            # The same key gives the payment whose answer was lost; no second one is made.
            intent = (
                gateway.retrieve(attempt.provider_id)
                if attempt.provider_id
                else gateway.create(
                    amount_vnd=attempt.amount_vnd,
                    key=attempt.idempotency_key,
                    order_id=attempt.order_id,
                    attempt=attempt.number,
                )
            )
        except CardServerDown as fault:
            log.warning("payment %s could not be looked up: %s", attempt.id, fault)
            continue
        with unit_of_work() as uow:
            commands.note_intent(uow, attempt.id, intent.id)
            commands.apply_intent(uow, intent, now=now)
        asked += 1
    return asked
