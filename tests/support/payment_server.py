"""A stateful card payment server for tests: localstripe, with what it lacks put in front of it.

The front door adds idempotency keys, drops parameters that localstripe does not know, refuses refunds
above the charge, loses answers on demand, and owns the events: they are made here, kept, and delivered
only when a test says so, in whatever order, number and with whatever signature it likes.
"""

import hashlib
import hmac
import http.client
import json
import re
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.support.ports import free_ports
from tests.support.processes import running

API_KEY = "sk_test_coi"
WEBHOOK_SECRET = "whsec_coi_tests"
_UNKNOWN = re.compile(
    r"(automatic_payment_methods|description|transfer_group|statement_descriptor_suffix|receipt_email|reason)(\[|$)"
)

JSON = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What goes back to the client."""

    status: int
    body: bytes

    def json(self) -> JSON:
        told: JSON = json.loads(self.body)
        return told


@dataclass
class PaymentServer:
    """The server as a test sees it: `api_base` for the client, the rest plays buyer, bank and bad network."""

    api_base: str
    _upstream: tuple[str, int]
    events: list[JSON] = field(default_factory=list)
    _replies: dict[str, tuple[str, Answer]] = field(default_factory=dict)
    _refunded: dict[str, int] = field(default_factory=dict)
    _lost: list[str] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    # --- the buyer -----------------------------------------------------------

    def pay(self, intent: str, *, card: str = "pm_card_visa") -> JSON:
        """Confirm a payment as the buyer's browser would; the intent as it is then."""
        self._ask("POST", f"/v1/payment_intents/{intent}", f"payment_method={card}")
        self._took_place("POST", f"/v1/payment_intents/{intent}/confirm", "")
        return self._ask("GET", f"/v1/payment_intents/{intent}", "").json()

    def dispute(self, intent: str) -> JSON:
        """Let the buyer's bank dispute a paid intent; the event, not yet delivered."""
        paid = self._ask("GET", f"/v1/payment_intents/{intent}", "").json()
        return self._note(
            "charge.dispute.created",
            {
                "id": f"dp_{uuid4().hex}",
                "object": "dispute",
                "amount": paid["amount"],
                "currency": paid["currency"],
                "payment_intent": intent,
                "status": "needs_response",
            },
        )

    # --- the network ---------------------------------------------------------

    def lose_next_answer(self, path: str) -> None:
        """Carry out the next POST whose path matches, and close the connection without a word."""
        self._lost.append(path)

    def signed(
        self, event: JSON, *, secret: str = WEBHOOK_SECRET, at: float | None = None
    ) -> tuple[bytes, str]:
        """Body and `Stripe-Signature` of one delivery; another secret or an old `at` makes a bad one."""
        body = json.dumps(event, indent=2, sort_keys=True).encode()
        moment = int(time.time() if at is None else at)
        mac = hmac.new(secret.encode(), b"%d." % moment + body, hashlib.sha256).hexdigest()
        return body, f"t={moment},v1={mac}"

    def deliver(self, event: JSON, to: str, **signature: Any) -> int:
        """Post one event once; the status of the answer (599 when there was none)."""
        body, header = self.signed(event, **signature)
        request = urllib.request.Request(
            to, body, {"Content-Type": "application/json", "Stripe-Signature": header}
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code
        except OSError:
            return 599

    def deliver_all(
        self,
        to: str,
        *,
        order: Callable[[Sequence[JSON]], Sequence[JSON]] = list,
        copies: int = 1,
        attempts: int = 3,
    ) -> list[int]:
        """Post every event `copies` times in the given order; each is repeated until the answer is 2xx."""
        final = []
        for event in list(order(self.events)) * copies:
            for _ in range(attempts):
                status = self.deliver(event, to)
                if 200 <= status < 300:
                    break
            final.append(status)
        return final

    # --- the front door ------------------------------------------------------

    def take(self, method: str, path: str, form: str, key: str | None) -> Answer | None:
        """Answer one request of the client; None means that the answer is to be lost."""
        with self._lock:
            answer = self._once(method, path, form, key) if key else self._took_place(method, path, form)
            for pattern in self._lost:
                if method == "POST" and re.search(pattern, path):
                    self._lost.remove(pattern)
                    return None
        return answer

    def _once(self, method: str, path: str, form: str, key: str) -> Answer:
        asked = f"{method} {path} {form}"
        if key not in self._replies:
            answer = self._took_place(method, path, form)
            if answer.status < 500:
                self._replies[key] = (asked, answer)
            return answer
        first, answer = self._replies[key]
        if first != asked:
            told = f"Keys for idempotent requests can only be used with the same parameters (key {key})."
            return _refusal(400, "idempotency_error", told)
        return answer

    def _took_place(self, method: str, path: str, form: str) -> Answer:
        if method == "POST" and path == "/v1/refunds" and (refusal := self._over_refund(form)):
            return refusal
        card = dict(urllib.parse.parse_qsl(form)).get("payment_method")
        if path.endswith("/confirm") and card:
            # localstripe takes the card only in an update before the confirmation.
            self._ask("POST", path.removesuffix("/confirm"), f"payment_method={card}")
            form = "&".join(part for part in form.split("&") if not part.startswith("payment_method="))
        answer = self._ask(method, path, form)
        if method == "POST":
            self._tell_of(path, answer)
        return answer

    def _over_refund(self, form: str) -> Answer | None:
        asked = dict(urllib.parse.parse_qsl(form))
        intent = asked.get("payment_intent", "")
        paid = self._ask("GET", f"/v1/payment_intents/{intent}", "").json()
        left = paid.get("amount_received", 0) - self._refunded.get(intent, 0)
        amount = int(asked.get("amount", left))
        if amount > left or left == 0:
            told = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
            return _refusal(400, "invalid_request_error", told)
        return None

    def _tell_of(self, path: str, answer: Answer) -> None:
        told = answer.json()
        if path == "/v1/refunds" and answer.status == 200:
            intent = told["payment_intent"]
            self._refunded[intent] = self._refunded.get(intent, 0) + told["amount"]
            self._note(
                "charge.refunded",
                {
                    "id": told["charge"],
                    "object": "charge",
                    "payment_intent": intent,
                    "currency": told["currency"],
                    "amount_refunded": self._refunded[intent],
                },
            )
        elif re.search(r"/payment_intents/[^/]+/(confirm|cancel|capture|_authenticate)$", path):
            intent = self._ask("GET", path.rsplit("/", 1)[0], "").json()
            kinds = {"succeeded": "succeeded", "canceled": "canceled", "processing": "processing"}
            kind = kinds.get(intent["status"]) or ("payment_failed" if answer.status == 402 else None)
            if kind:
                self._note(f"payment_intent.{kind}", intent)

    def _note(self, kind: str, about: JSON) -> JSON:
        event = {
            "id": f"evt_{uuid4().hex}",
            "object": "event",
            "api_version": "2025-01-27.acacia",
            "created": int(time.time()),
            "livemode": False,
            "type": kind,
            "data": {"object": about},
        }
        self.events.append(event)
        return event

    def _ask(self, method: str, path: str, form: str) -> Answer:
        known = [pair for pair in urllib.parse.parse_qsl(form) if not _UNKNOWN.match(pair[0])]
        link = http.client.HTTPConnection(*self._upstream, timeout=20)
        headers = {
            "Authorization": f"Bearer {API_KEY}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        link.request(method, path, urllib.parse.urlencode(known), headers)
        with link.getresponse() as reply:
            return _completed(Answer(reply.status, reply.read()))


@contextmanager
def payment_server(folder: Path) -> Iterator[PaymentServer]:
    """Run localstripe and the front door before it until the block ends."""
    inner, outer = free_ports(2)
    runner = Path(__file__).with_name("localstripe_runner.py")
    with running(
        [sys.executable, runner, str(inner)],
        answers=f"http://127.0.0.1:{inner}/v1/events",
        log=folder / "localstripe.log",
    ):
        server = PaymentServer(f"http://127.0.0.1:{outer}", ("127.0.0.1", inner))
        door = ThreadingHTTPServer(("127.0.0.1", outer), _door_of(server))
        threading.Thread(target=door.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield server
        finally:
            door.shutdown()
            door.server_close()


def _door_of(server: PaymentServer) -> type[BaseHTTPRequestHandler]:
    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer("")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

        def _answer(self, form: str) -> None:
            if not self.headers.get("Authorization", "").endswith(API_KEY):
                answer: Answer | None = _refusal(401, "invalid_request_error", "Invalid API Key provided")
            else:
                answer = server.take(self.command, self.path, form, self.headers.get("Idempotency-Key"))
            if answer is None:
                self.close_connection = True
                return
            self.send_response(answer.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *words: object) -> None:
            """The tests say what they need to know."""

    return Door


def _completed(answer: Answer) -> Answer:
    # The real server says how much has come in; localstripe leaves that out.
    told = answer.json() if answer.body else {}
    if told.get("object") == "payment_intent":
        told["amount_received"] = told["amount"] if told["status"] == "succeeded" else 0
        charge = told.get("latest_charge")
        if isinstance(charge, dict):
            told["latest_charge"] = charge["id"]
        return Answer(answer.status, json.dumps(told).encode())
    return answer


def _refusal(status: int, kind: str, told: str) -> Answer:
    return Answer(status, json.dumps({"error": {"type": kind, "message": told}}).encode())
