"""How a message reaches a phone: one interface, the door to a carrier, the gateway of a demonstration.

A demonstration keeps its messages in a table that `/dev/inbox.json` shows; no other installation
has either. Any other installation posts them to SMS_URL (`docs/operators.md` has the shape); without
that address it refuses to promise a code, and messages of other kinds stay in the outbox with that reason.
"""

import http.client
import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from urllib.parse import urlsplit

from sqlalchemy import func, select, update

from app.identity.commands import SEND
from app.identity.models import DevMessage
from app.kernel import clock
from app.kernel.config import Config
from app.kernel.db import new_id
from app.kernel.outbox import Outbox, OutboxRow, State
from app.kernel.problems import Unavailable
from app.kernel.uow import unit_of_work

log = logging.getLogger(__name__)

TIMEOUT_S: Final = 10
# Of a message that carries a code: what comes later than the code lives would only confuse.
CODE_WAITS: Final = timedelta(minutes=10)


class NoCarrier(Unavailable):
    """Nobody carries messages here, so a code cannot be promised."""

    type, field = "no-message-carrier", "phone"


@dataclass(frozen=True)
class Message:
    """A text for a phone (E.164), with its code filled in; `key` is the same at every try."""

    to: str
    kind: str
    text: str
    code: str | None
    at: datetime
    key: str


class MessageGateway(Protocol):
    """Whoever carries messages: SMS, Zalo, or the table of a demonstration."""

    def deliver(self, message: Message) -> None:
        """Hand the message over; the same key twice is one message. Raises Unavailable."""


class DevelopmentGateway:
    """Keeps messages for `/dev/inbox.json`."""

    def deliver(self, message: Message) -> None:
        """Store the message once."""
        with unit_of_work() as uow:
            uow.insert_if_new(
                DevMessage, id=new_id(), to=message.to, kind=message.kind, code=message.code,
                text=message.text, at=message.at, dedupe_key=message.key,
            )  # fmt: skip


class NoGateway:
    """An installation whose operator has not named a carrier yet."""

    def deliver(self, message: Message) -> None:
        """Raise Unavailable: the row stays in the outbox and says why."""
        raise Unavailable(reason=f"no message gateway is configured for {message.kind}")


class HttpGateway:
    """A carrier behind an address: a JSON POST with a bearer token. Follows no redirect, reads no body."""

    def __init__(self, url: str, token: str, sender: str) -> None:
        self._url = urlsplit(url)
        self._token = token
        self._sender = sender

    def deliver(self, message: Message) -> None:
        """Post the message; any 2xx is taken. The key goes along, so that a repeat is told apart."""
        body = {"to": message.to, "text": message.text, "kind": message.kind, "sender": self._sender}
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "Idempotency-Key": message.key,
        }
        target = (self._url.path or "/") + (f"?{self._url.query}" if self._url.query else "")
        connection = self._connection()
        try:
            connection.request("POST", target, json.dumps(body), headers)
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as fault:
            raise Unavailable(reason=f"the carrier does not answer: {type(fault).__name__}") from fault
        finally:
            connection.close()
        if not 200 <= status < 300:
            raise Unavailable(reason=f"the carrier answered {status}")

    def _connection(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._url.scheme == "https" else http.client.HTTPConnection
        return kind(self._url.hostname or "", self._url.port, timeout=TIMEOUT_S)


def gateway_from(config: Config) -> MessageGateway:
    """The gateway of this installation."""
    if config.demo:
        return DevelopmentGateway()
    return HttpGateway(config.sms_url, config.sms_token, config.sms_sender) if config.sms_url else NoGateway()


def has_carrier(config: Config) -> bool:
    """Whether a message that is queued can reach anybody."""
    return config.demo or bool(config.sms_url)


def check_carrier(config: Config) -> None:
    """Refuse to promise a code that nobody carries. Raises NoCarrier."""
    if not has_carrier(config):
        raise NoCarrier


def fault(config: Config) -> str | None:
    """What keeps messages from leaving, for /readyz: no carrier, or a carrier that refuses."""
    if not has_carrier(config):
        return "no carrier of messages is set (SMS_URL): nobody can log in by phone"
    with unit_of_work(read_only=True) as uow:
        count, told = uow.session.execute(
            select(func.count(), func.max(Outbox.last_error)).where(
                Outbox.kind == SEND, Outbox.state != State.DONE, Outbox.last_error.is_not(None)
            )
        ).one()
    return f"{count} messages did not leave: {told}" if count else None


def send_with(gateway: MessageGateway, row: OutboxRow) -> None:
    """Deliver one outbox row, then blank what it holds of the person. Safe to repeat: see `deliver`.

    A code that is over by now is not sent any more.
    """
    if not row.payload.get("to"):
        return
    code = row.payload.get("code")
    message = Message(
        to=row.payload["to"],
        kind=row.payload["kind"],
        text=row.payload["text"].replace("{code}", code or ""),
        code=code,
        at=datetime.fromisoformat(row.payload["at"]),
        key=row.key,
    )
    if code and clock.now() - message.at > CODE_WAITS:
        log.warning("message %s was not sent: its code is over", row.key)
    else:
        gateway.deliver(message)
    with unit_of_work() as uow:
        uow.session.execute(
            update(Outbox).where(Outbox.id == row.id).values(payload={"kind": row.payload["kind"]})
        )


def kept_messages(*, limit: int = 200) -> list[dict[str, str | None]]:
    """What the development gateway keeps, newest first, as `/dev/inbox.json` shows it."""
    with unit_of_work(read_only=True) as uow:
        rows = uow.session.execute(
            select(DevMessage.to, DevMessage.kind, DevMessage.code, DevMessage.text, DevMessage.at)
            .order_by(DevMessage.at.desc(), DevMessage.id.desc())
            .limit(limit)
        ).all()
    return [
        {"to": to, "kind": kind, "code": code, "text": text, "at": at.isoformat()}
        for to, kind, code, text, at in rows
    ]
