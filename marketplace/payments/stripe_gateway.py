"""Cards by Stripe: the one door to its library.

Đồng has no smaller unit at Stripe: `amount=180000` is 180 000 ₫.
Source: Stripe documentation, "Supported currencies", zero-decimal currencies.
"""

import json
from typing import Any, Final
from uuid import UUID

import stripe

from marketplace.payments.gateway import BadSignature, CardEvent, CardIntent, CardServerDown

TOLERANCE_S: Final = 300


class StripeGateway:
    """PaymentIntents and signed events. `api_base` names another server (tests); empty is Stripe's own."""

    name = "stripe"

    def __init__(self, secret_key: str, webhook_secret: str, api_base: str = "") -> None:
        self._secret = webhook_secret
        bases: Any = {"api": api_base} if api_base else None
        self._client = stripe.StripeClient(secret_key, base_addresses=bases, max_network_retries=2)

    def create(self, *, amount_vnd: int, key: str, order_id: UUID, attempt: int) -> CardIntent:
        """Open a PaymentIntent; a lost answer comes again with the same key."""
        wanted: Any = {
            "amount": amount_vnd,
            "currency": "vnd",
            "automatic_payment_methods": {"enabled": True},
            "metadata": {"order_id": str(order_id), "attempt": str(attempt)},
        }
        try:
            made = self._client.v1.payment_intents.create(wanted, {"idempotency_key": key})
        except stripe.StripeError as fault:
            raise CardServerDown(reason=type(fault).__name__) from fault
        return _intent(made.to_dict())

    def retrieve(self, provider_id: str) -> CardIntent:
        """The PaymentIntent as it is now."""
        try:
            found = self._client.v1.payment_intents.retrieve(provider_id)
        except stripe.StripeError as fault:
            raise CardServerDown(reason=type(fault).__name__) from fault
        return _intent(found.to_dict())

    def read_event(self, body: bytes, signature: str) -> CardEvent:
        """A callback signed with our secret at most 300 s ago."""
        try:
            stripe.WebhookSignature.verify_header(
                body.decode("utf-8", "strict"), signature, self._secret, TOLERANCE_S
            )
            told = json.loads(body)
            about = told["data"]["object"]
            event_id, kind = str(told["id"]), str(told["type"])
        except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError) as fault:
            raise BadSignature from fault
        intent = _intent(about) if about.get("object") == "payment_intent" else None
        return CardEvent(event_id, kind, told, intent)


def _intent(told: dict[str, Any]) -> CardIntent:
    hints = told.get("metadata") or {}
    return CardIntent(
        id=str(told["id"]),
        status=str(told["status"]),
        amount=int(told["amount"]),
        amount_received=int(told.get("amount_received") or 0),
        currency=str(told["currency"]).lower(),
        client_secret=str(told.get("client_secret") or ""),
        order_id=str(hints.get("order_id", "")),
        attempt=str(hints.get("attempt", "")),
    )
