"""Messages outside a demonstration: posted to a carrier, tried again, never promised where there is none."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.factory import create_app
from app.identity.commands import send_message
from app.kernel import relay
from app.kernel.config import BadConfiguration, Config, load
from app.kernel.db import db
from app.kernel.outbox import Outbox
from app.kernel.uow import unit_of_work
from tests.conftest import Browser
from tests.support.carrier import Carrier
from tests.support.ports import free_port

PHONE = "+84912345678"


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    carrier = Carrier()
    yield carrier
    carrier.close()


def real(config: Config, **settings: str) -> Iterator[Flask]:
    """A running application that is no demonstration."""
    app = create_app(Config.model_validate(config.model_dump() | {"demo": False} | settings))
    app.config.update(WTF_CSRF_ENABLED=False)
    app.test_client_class = Browser
    with app.app_context():
        yield app
        db.engine.dispose()


@pytest.fixture
def office(config: Config, carrier: Carrier) -> Iterator[Flask]:
    yield from real(config, sms_url=carrier.url, sms_token="the-token", sms_sender="COI")


@pytest.fixture
def silent(config: Config) -> Iterator[Flask]:
    yield from real(config)


def waiting() -> Outbox:
    with unit_of_work(read_only=True) as uow:
        return uow.session.scalars(select(Outbox).where(Outbox.kind == "message.send")).one()


def due_again() -> None:
    with unit_of_work() as uow:
        uow.session.execute(update(Outbox).values(next_at=datetime.now(UTC) - timedelta(seconds=1)))


class TestWithACarrier:
    def test_a_farmer_logs_in_with_the_code_that_was_posted(self, office: Flask, carrier: Carrier) -> None:
        client = office.test_client()
        client.post("/login", data={"phone": "0912 345 678"})
        relay.sweep()
        ((headers, body),) = carrier.taken
        assert headers["path"] == "/messages?account=coi"
        assert headers["Authorization"] == "Bearer the-token"
        assert headers["Content-Type"] == "application/json"
        assert (body["to"], body["kind"], body["sender"]) == ("+84912345678", "login", "COI")
        code = next(word for word in body["text"].replace(".", " ").split() if word.isdigit())
        assert client.post("/login/code", data={"code": code}).location == "/login/name"

    def test_what_was_delivered_is_blanked_in_the_queue(self, office: Flask) -> None:
        office.test_client().post("/login", data={"phone": "0912345678"})
        relay.sweep()
        assert (waiting().state, waiting().payload) == ("done", {"kind": "login"})

    @pytest.mark.parametrize("refusal", [302, 400, 401, 429, 500, 503])
    def test_a_refusal_is_tried_again_under_the_same_key(
        self, office: Flask, carrier: Carrier, refusal: int
    ) -> None:
        carrier.answers = [refusal]
        office.test_client().post("/login", data={"phone": "0912345678"})
        relay.sweep()
        assert waiting().state == "pending"
        assert f"answered {refusal}" in (waiting().last_error or "")
        assert f"answered {refusal}" in office.test_client().get("/readyz").json["degraded"]["messages"]
        due_again()
        relay.sweep()
        assert waiting().state == "done"
        first, second = carrier.taken
        assert first[0]["Idempotency-Key"] == second[0]["Idempotency-Key"]
        assert first[1] == second[1]
        assert "messages" not in office.test_client().get("/readyz").json["degraded"]

    def test_a_code_that_is_over_by_then_is_not_sent_any_more(self, office: Flask, carrier: Carrier) -> None:
        sent = datetime.now(UTC) - timedelta(minutes=11)
        with unit_of_work() as uow:
            send_message(
                uow, to="+84912345678", kind="login", text="{code}", code="123456", key="k", now=sent
            )
        relay.sweep()
        assert carrier.taken == []
        assert (waiting().state, waiting().payload) == ("done", {"kind": "login"})

    def test_a_text_without_a_code_is_sent_however_late(self, office: Flask, carrier: Carrier) -> None:
        sent = datetime.now(UTC) - timedelta(days=1)
        with unit_of_work() as uow:
            send_message(uow, to=PHONE, kind="case", text="Có trả lời", key="k", now=sent)
        relay.sweep()
        assert [body["text"] for _, body in carrier.taken] == ["Có trả lời"]


def test_a_carrier_that_is_away_leaves_the_row_with_that_reason(config: Config) -> None:
    away = f"http://127.0.0.1:{free_port()}/"
    for office in real(config, sms_url=away, sms_token="t"):
        office.test_client().post("/login", data={"phone": "0912345678"})
        relay.sweep()
        assert waiting().state == "pending"
        assert "does not answer: ConnectionRefusedError" in (waiting().last_error or "")


class TestWithoutACarrier:
    def test_no_code_is_promised_and_the_page_says_whom_to_call(self, silent: Flask) -> None:
        client = silent.test_client()
        assert "chưa nối tổng đài nhắn tin" in client.get("/login").text
        answer = client.post("/login", data={"phone": "0912345678"})
        assert answer.status_code == 503
        assert "Xin gọi văn phòng" in answer.text
        with unit_of_work(read_only=True) as uow:
            assert uow.session.scalars(select(Outbox)).all() == []

    def test_it_runs_degraded_and_names_the_setting(self, silent: Flask) -> None:
        answer = silent.test_client().get("/readyz")
        assert (answer.status_code, answer.json["status"]) == (200, "degraded")
        assert "SMS_URL" in answer.json["degraded"]["messages"]

    def test_officers_log_in_as_ever(self, silent: Flask) -> None:
        assert silent.test_client().get("/office/login").status_code == 200


def test_the_demonstrations_name_and_number_are_on_no_real_page(config: Config) -> None:
    bare = config.model_copy()
    bare.__pydantic_fields_set__.difference_update({"office_name", "office_phone"})
    settings = bare.model_dump(exclude_unset=True) | {"demo": False}
    app = create_app(Config.model_validate(settings))
    with app.app_context():
        shown = app.test_client().get("/login").text
        told = app.test_client().get("/readyz").json["degraded"]["office"]
        db.engine.dispose()
    assert "minh họa" not in shown
    assert "tel:" not in shown
    assert told.startswith("OFFICE_NAME, OFFICE_PHONE not set")


@pytest.mark.parametrize(
    "settings", [{"SMS_URL": "https://sms.test/"}, {"SMS_URL": "sms.test", "SMS_TOKEN": "t"}]
)
def test_half_a_carrier_stops_the_start(monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BadConfiguration, match="SMS_"):
        load()
