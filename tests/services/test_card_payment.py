"""A card payment against a stateful payment server: paid once, or a person looks, never in between."""

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.factory import create_app
from app.kernel import clock
from app.kernel.config import Config
from app.kernel.db import db
from app.kernel.uow import unit_of_work
from marketplace.orders import queries as orders
from marketplace.orders.queries import OrderView
from marketplace.orders.rules import OrderState
from marketplace.payments import queries, tasks
from tests.conftest import config_for
from tests.scene.farm import Farm, a_farm, rows
from tests.scene.shop import guest_orders, offered, order_again, packed_lot
from tests.support.payment_server import API_KEY, WEBHOOK_SECRET, PaymentServer, payment_server

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaymentServer]:
    with payment_server(tmp_path_factory.mktemp("bank")) as server:
        yield server


@pytest.fixture
def shop(config: Config, bank: PaymentServer) -> Iterator[Flask]:
    bank.events.clear()
    with_cards = config_for(
        config.data_dir,
        config.database_url,
        stripe_secret_key=API_KEY,
        stripe_publishable_key="pk_test_coi",
        stripe_webhook_secret=WEBHOOK_SECRET,
        stripe_api_base=bank.api_base,
    )
    app = create_app(with_cards)
    app.config.update(WTF_CSRF_ENABLED=False)
    with app.app_context():
        yield app
        db.engine.dispose()


@pytest.fixture
def client(shop: Flask) -> FlaskClient:
    return shop.test_client()


@pytest.fixture
def order(shop: Flask) -> OrderView:
    farm: Farm = a_farm()
    (placed,) = guest_orders(
        (offered(farm, packed_lot(farm), price_vnd=60_000), 3), method="card", now=clock.now()
    )
    return placed


def open_payment(client: FlaskClient, order: OrderView) -> str:
    """Press "pay by card"; the payment's id at the card server."""
    page = client.post(f"/orders/{order.token}/card")
    assert page.status_code == 200
    assert "https://js.stripe.com" in page.headers["Content-Security-Policy"]
    with unit_of_work(read_only=True) as uow:
        attempt = queries.newest_attempt(uow, order.id)
    assert attempt is not None
    assert attempt.provider_id is not None
    return attempt.provider_id


def tell(client: FlaskClient, bank: PaymentServer, event: dict, **signature: object) -> int:
    body, header = bank.signed(event, **signature)
    return client.post("/webhooks/stripe", data=body, headers={"Stripe-Signature": header}).status_code


def test_paid_once_however_often_and_in_whatever_order_it_is_told(
    client: FlaskClient, bank: PaymentServer, order: OrderView
) -> None:
    intent = open_payment(client, order)
    told = bank.pay(intent)
    assert told["amount"] == 180_000  # đồng has no smaller unit
    events = [*bank.events, {**bank.events[-1], "id": "evt_other", "type": "payment_intent.processing"}] * 3
    random.Random(7).shuffle(events)
    assert {tell(client, bank, event) for event in events} == {200}
    found = order_again(order)
    assert found.state is OrderState.PAID
    assert found.review is None
    with unit_of_work(read_only=True) as uow:
        assert [one.state for one in orders.history(uow, order.id)].count(OrderState.PAID) == 1
    assert rows("webhook_event") == len({event["id"] for event in events})


def test_the_page_alone_never_marks_an_order_paid(
    client: FlaskClient, bank: PaymentServer, order: OrderView
) -> None:
    bank.pay(open_payment(client, order))
    client.get(f"/orders/{order.token}")
    assert order_again(order).state is OrderState.PLACED


def test_a_lost_callback_is_made_good_by_asking(
    client: FlaskClient, bank: PaymentServer, order: OrderView, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank.pay(open_payment(client, order))
    later = clock.now() + timedelta(minutes=16)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert tasks.ask_about_open_payments() == 1
    assert order_again(order).state is OrderState.PAID


def test_a_lost_answer_makes_no_second_payment(
    client: FlaskClient, bank: PaymentServer, order: OrderView
) -> None:
    bank.lose_next_answer(r"/v1/payment_intents$")
    first = open_payment(client, order)
    assert open_payment(client, order) == first
    assert rows("payment_attempt") == 1


@pytest.mark.parametrize(
    "wrong", [{"amount_received": 1_800}, {"amount_received": 179_999}, {"currency": "usd"}]
)
def test_another_amount_or_currency_is_for_a_person_to_look_at(
    client: FlaskClient, bank: PaymentServer, order: OrderView, wrong: dict
) -> None:
    bank.pay(open_payment(client, order))
    event = bank.events[-1]
    told = {**event, "data": {"object": {**event["data"]["object"], **wrong}}}
    assert tell(client, bank, told) == 200
    found = order_again(order)
    assert (found.state, found.paid_at, found.review) == (OrderState.PLACED, None, "wrong-amount")
    assert tell(client, bank, {**event, "id": "evt_later"}) == 200
    assert order_again(order).paid_at is None


def test_bad_signatures_change_nothing(client: FlaskClient, bank: PaymentServer, order: OrderView) -> None:
    bank.pay(open_payment(client, order))
    assert tell(client, bank, bank.events[-1], secret="whsec_another") == 400
    assert tell(client, bank, bank.events[-1], at=1_600_000_000) == 400
    assert client.post("/webhooks/stripe", data=b"\xff{").status_code == 400
    assert rows("webhook_event") == 0
    assert order_again(order).state is OrderState.PLACED


def test_unknown_kinds_are_stored_and_answered(
    client: FlaskClient, bank: PaymentServer, order: OrderView
) -> None:
    event = bank.dispute(open_payment(client, order))
    assert tell(client, bank, event) == 200
    assert rows("webhook_event") == 1


def test_a_declined_card_leaves_the_order_to_be_paid_again(
    client: FlaskClient, bank: PaymentServer, order: OrderView
) -> None:
    intent = open_payment(client, order)
    event = {
        "id": "evt_failed",
        "object": "event",
        "type": "payment_intent.payment_failed",
        "data": {
            "object": {
                "object": "payment_intent", "id": intent, "status": "requires_payment_method",
                "amount": 180_000, "amount_received": 0, "currency": "vnd",
            }
        },
    }  # fmt: skip
    assert tell(client, bank, event) == 200
    assert open_payment(client, order) == intent
    assert order_again(order).state is OrderState.PLACED


def test_without_keys_there_is_no_card(app: Flask) -> None:
    assert app.test_client().post("/webhooks/stripe", data=b"{}").status_code == 404
    assert "coi.cards" not in app.extensions
