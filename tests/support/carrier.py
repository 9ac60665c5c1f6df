"""A carrier of messages as an operator would put it behind SMS_URL: a real HTTP server on a free port."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Carrier(ThreadingHTTPServer):
    """Keeps what it was handed; `answers` are statuses for the next requests, then 202 for ever."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Door)
        self.answers: list[int] = []
        self.taken: list[tuple[dict[str, str], dict[str, Any]]] = []
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        """Where messages are posted."""
        return f"http://127.0.0.1:{self.server_port}/messages?account=coi"

    def close(self) -> None:
        """Stop answering and let go of the port."""
        self.shutdown()
        self.server_close()


class _Door(BaseHTTPRequestHandler):
    server: Carrier

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.taken.append((dict(self.headers) | {"path": self.path}, body))
        status = self.server.answers.pop(0) if self.server.answers else 202
        self.send_response(status)
        if status == 302:
            self.send_header("Location", self.server.url)
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        """Say nothing: the test reads `taken`."""
