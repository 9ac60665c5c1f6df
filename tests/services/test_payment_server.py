"""The payment server of the tests behaves as the real one where the application leans on it."""

from collections.abc import Iterator

import pytest
import stripe

from tests.support.payment_server import API_KEY, WEBHOOK_SECRET, PaymentServer, payment_server

pytestmark = pytest.mark.services


class TestIdempotencyKeys:
    def test_the_same_key_makes_one_payment(self, bank: PaymentServer, client: stripe.StripeClient) -> None:
        first, second = (create(client, key="order-1-attempt-1-create") for _ in range(2))
        assert first.id == second.id

    def test_the_same_key_with_another_amount_is_refused(
        self, bank: PaymentServer, client: stripe.StripeClient
    ) -> None:
        create(client, key="order-2-attempt-1-create")
        with pytest.raises(stripe.IdempotencyError):
            create(client, amount=1, key="order-2-attempt-1-create")

    def test_an_answer_that_was_lost_comes_with_the_retry_and_nothing_is_doubled(
        self, bank: PaymentServer, client: stripe.StripeClient
    ) -> None:
        before = len(client.v1.payment_intents.list().data)
        bank.lose_next_answer(r"/v1/payment_intents$")
        with pytest.raises(stripe.APIConnectionError):
            create(client, key="order-3-attempt-1-create")
        create(client, key="order-3-attempt-1-create")
        assert len(client.v1.payment_intents.list().data) == before + 1


class TestMoney:
    def test_dong_have_no_smaller_unit_and_what_came_in_is_told(
        self, bank: PaymentServer, client: stripe.StripeClient
    ) -> None:
        intent = create(client, amount=180_000, key="order-4")
        assert intent.amount_received == 0
        assert bank.pay(intent.id)["amount_received"] == 180_000

    def test_a_declined_card_gives_a_failure_event_and_no_money(
        self, bank: PaymentServer, client: stripe.StripeClient
    ) -> None:
        intent = create(client, key="order-5")
        number = {"number": "4000000000000341", "exp_month": 1, "exp_year": 2040, "cvc": "123"}
        card = client.v1.payment_methods.create({"type": "card", "card": number})
        refused = bank.pay(intent.id, card=card.id)
        assert (refused["status"], refused["amount_received"]) == ("requires_payment_method", 0)
        assert bank.events[-1]["type"] == "payment_intent.payment_failed"

    def test_more_than_was_paid_is_not_refunded(
        self, bank: PaymentServer, client: stripe.StripeClient
    ) -> None:
        intent = create(client, amount=180_000, key="order-6")
        bank.pay(intent.id)
        refund(client, intent.id, 100_000)
        with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
            refund(client, intent.id, 80_001)
        refund(client, intent.id, 80_000)
        assert [event["type"] for event in bank.events][-3:] == [
            "payment_intent.succeeded",
            "charge.refunded",
            "charge.refunded",
        ]


class TestEvents:
    def test_a_signature_that_the_real_library_accepts(
        self, bank: PaymentServer, client: stripe.StripeClient
    ) -> None:
        bank.pay(create(client, key="order-7").id)
        body, header = bank.signed(bank.events[-1])
        event = client.construct_event(body, header, WEBHOOK_SECRET)
        assert event.type == "payment_intent.succeeded"

    def test_bad_secrets_and_old_moments_are_refused_by_the_real_library(
        self, bank: PaymentServer, client: stripe.StripeClient
    ) -> None:
        event = bank.dispute(create(client, key="order-8").id)
        for bad in ({"secret": "whsec_another"}, {"at": 1_600_000_000}):
            body, header = bank.signed(event, **bad)
            with pytest.raises(stripe.SignatureVerificationError):
                client.construct_event(body, header, WEBHOOK_SECRET)


def create(client: stripe.StripeClient, *, amount: int = 180_000, key: str) -> stripe.PaymentIntent:
    wanted = {"amount": amount, "currency": "vnd", "automatic_payment_methods": {"enabled": True}}
    return client.v1.payment_intents.create(
        {**wanted, "metadata": {"order_id": "1"}}, {"idempotency_key": key}
    )


def refund(client: stripe.StripeClient, intent: str, amount: int) -> stripe.Refund:
    return client.v1.refunds.create(
        {"payment_intent": intent, "amount": amount, "reason": "requested_by_customer"}
    )


@pytest.fixture
def client(bank: PaymentServer) -> stripe.StripeClient:
    return stripe.StripeClient(API_KEY, base_addresses={"api": bank.api_base}, max_network_retries=0)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaymentServer]:
    with payment_server(tmp_path_factory.mktemp("bank")) as server:
        yield server
