"""What a card server's door promises, in our words; `stripe_gateway` is the one that is there."""

from dataclasses import dataclass
from http import HTTPStatus
from importlib import import_module
from typing import Any, Protocol, cast
from uuid import UUID

from app.kernel.config import Config
from app.kernel.problems import Invalid, Unavailable


class CardServerDown(Unavailable):
    """The card server gave no answer; whether it acted is not known, and the same key finds out."""

    type = "card-server-down"


class BadSignature(Invalid):
    """A callback that the card server did not sign, or signed too long ago."""

    type, status = "bad-signature", HTTPStatus.BAD_REQUEST


@dataclass(frozen=True)
class CardIntent:
    """A payment as the card server sees it. `amount_received` is đồng; `status` is the server's word."""

    id: str
    status: str
    amount: int
    amount_received: int
    currency: str
    client_secret: str
    order_id: str  # what we said when we made it: a hint for finding, never a proof
    attempt: str


@dataclass(frozen=True)
class CardEvent:
    """A signed callback; `intent` is there when it is about a payment."""

    id: str
    type: str
    payload: dict[str, Any]
    intent: CardIntent | None


class CardGateway(Protocol):
    """The door. Calls are made outside of transactions."""

    name: str

    def create(self, *, amount_vnd: int, key: str, order_id: UUID, attempt: int) -> CardIntent:
        """Open a payment of whole đồng; the same `key` gives the same payment. Raises CardServerDown."""

    def retrieve(self, provider_id: str) -> CardIntent:
        """The payment as it is now. Raises CardServerDown."""

    def read_event(self, body: bytes, signature: str) -> CardEvent:
        """A callback whose signature holds. Raises BadSignature."""


def gateway_from(config: Config) -> CardGateway | None:
    """The door of this installation, or None without keys; its library (0.6 s to load) only then."""
    if not config.stripe_secret_key:
        return None
    made = import_module("marketplace.payments.stripe_gateway").StripeGateway(
        config.stripe_secret_key, config.stripe_webhook_secret, config.stripe_api_base
    )
    return cast("CardGateway", made)
