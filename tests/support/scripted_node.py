"""A node of a chain that says what a test tells it to, however wrong: a real HTTP server on a free port."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Refusing(dict[str, object]):
    """An error instead of a result."""


class ScriptedNode(ThreadingHTTPServer):
    """Says what `says` has for the method, or where `says` is empty `answer` to everything.

    It remembers what it was asked last.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Door)
        self.status, self.answer, self.elsewhere = 200, b"", ""  # elsewhere: where a redirect leads
        self.says: dict[str, object] = {}
        self.asked: dict[str, object] = {}
        self.headers: dict[str, str] = {}

    def url(self, user: str = "") -> str:
        """Its address, with `user` (`name:password@`) in it."""
        return f"http://{user}127.0.0.1:{self.server_port}/v3/key?team=a"


class _Door(BaseHTTPRequestHandler):
    server: ScriptedNode

    def do_POST(self) -> None:
        node = self.server
        node.asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        node.headers = {**dict(self.headers), "path": self.path}
        said = node.says.get(str(node.asked["method"]))
        told = {"error" if isinstance(said, Refusing) else "result": said}
        self.send_response(node.status)
        if node.elsewhere:
            self.send_header("Location", node.elsewhere)
        self.end_headers()
        self.wfile.write(json.dumps(told).encode() if node.says else node.answer)

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@contextmanager
def scripted_node() -> Iterator[ScriptedNode]:
    """Run one until the block ends."""
    with ScriptedNode() as node:
        threading.Thread(target=node.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield node
        node.shutdown()
