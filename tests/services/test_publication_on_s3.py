"""The published copy on a real S3 server that is cut off in the middle, or stores and does not answer."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from app.kernel.config import Config
from app.kernel.storage import S3Storage, StorageUnavailable
from ledger import publication
from tests.scene.ledger import NOW, published_log, sealed
from tests.support.seaweedfs import S3Server

pytestmark = [pytest.mark.services, pytest.mark.usefixtures("app")]

Rule = Callable[[int, str], str]  # the number of a PUT and its path: "pass", "mute" or "cut"


@contextmanager
def _between(server: S3Server, rule: Rule) -> Iterator[str]:
    """A door before the server, where a PUT passes, is stored unanswered ("mute"), or never comes ("cut")."""
    puts = 0

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # the client waits for a word before it sends the body

        def do_PUT(self) -> None:
            nonlocal puts
            puts += 1
            told = rule(puts, self.path)
            if told != "cut":
                self._forward(answer=told == "pass")
            self.close_connection = True

        def do_GET(self) -> None:
            self._forward(answer=True)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def _forward(self, *, answer: bool) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name: value for name, value in self.headers.items() if name != "Expect"}
            upstream = http.client.HTTPConnection(server.endpoint.removeprefix("http://"), timeout=20)
            upstream.request(self.command, self.path, body, headers)
            given = upstream.getresponse()
            content = given.read()
            if answer:
                self.send_response(given.status)
                for name in ("Content-Type", "ETag"):
                    if value := given.headers.get(name):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(content)
            upstream.close()

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as door:
        threading.Thread(target=door.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{door.server_port}"
        finally:
            door.shutdown()


def _through(url: str, server: S3Server) -> S3Storage:
    return S3Storage(endpoint=url, bucket=server.bucket, key=server.key, secret=server.secret)


@pytest.mark.parametrize(
    ("what", "rule"),
    [
        ("half of the tiles", lambda put, _path: "pass" if put <= 2 else "cut"),
        ("a tile is stored and not answered", lambda _put, path: "mute" if "/tile/" in path else "pass"),
        ("the checkpoint is stored and not answered", lambda _, path: "mute" if "check" in path else "pass"),
    ],
)
def test_what_the_store_did_in_secret_is_put_again_and_the_copy_is_whole(
    config: Config, s3_server: S3Server, what: str, rule: Rule
) -> None:
    direct = _through(s3_server.endpoint, s3_server)
    direct.delete("ledger/checkpoint")  # tiles of another log may lie there, and are put over
    given = sealed(config, 300)
    with _between(s3_server, rule) as url, pytest.raises(StorageUnavailable) as away:
        publication.publish(config, _through(url, s3_server), NOW)
    assert direct.exists("ledger/checkpoint") == what.startswith("the checkpoint"), away.value.values
    given |= sealed(config, 2, first=300)
    publication.publish(config, direct, NOW)
    assert published_log(config, direct) == (302, list(given.values()))
