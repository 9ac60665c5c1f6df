"""A fresh installation for the tour: `scripts/run.py` with its own data folder and a free port."""

import json
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.processes import DidNotStart, running

ROOT = Path(__file__).resolve().parents[2]
_START_S = 600.0  # a demo district on a slow machine


@dataclass(frozen=True)
class Installation:
    """Where it runs, where its data are, and its demo.json."""

    base: str
    data: Path
    guide: dict[str, Any]

    def inbox(self) -> list[dict[str, Any]]:
        """The messages that were sent, newest first."""
        with urllib.request.urlopen(f"{self.base}/dev/inbox.json", timeout=10) as answer:  # noqa: S310 - http to our own server
            messages: list[dict[str, Any]] = json.load(answer)
            return messages

    def code_for(self, phone: str, *, after: int = 0, within_s: float = 60) -> str:
        """The newest code for a phone, once more than `after` have been sent. Raises DidNotStart."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            found = [m for m in self.inbox() if m["to"] == phone and m["code"]]
            if len(found) > after:
                return str(found[0]["code"])
            time.sleep(0.3)
        raise DidNotStart(f"no code for {phone} came within {within_s:.0f} s")

    def codes_sent(self, phone: str) -> int:
        """How many codes this phone has been sent so far."""
        return sum(1 for m in self.inbox() if m["to"] == phone and m["code"])


@contextmanager
def installation(data: Path, **settings: str) -> Iterator[Installation]:
    """Run the real thing (web, worker, development chain, demo) until the block ends. Raises DidNotStart."""
    data.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    env = {"PORT": str(port), "DATA_DIR": str(data), "DEMO": "1", "PUBLIC_URL": "", **settings}
    base = f"http://127.0.0.1:{port}"
    with running(
        [sys.executable, ROOT / "scripts/run.py"],
        answers=f"{base}/healthz",
        log=data / "run.log",
        env={name: value for name, value in {**os.environ, **env}.items() if value or name not in env},
        within_s=_START_S,
    ) as child:
        _wait_until_whole(base, data / "demo.json", child.poll)
        yield Installation(base, data, json.loads((data / "demo.json").read_bytes()))
        if child.poll() is not None:
            raise DidNotStart(f"the market ended by itself; its log is {data / 'run.log'}")


def _wait_until_whole(base: str, guide: Path, ended: Any) -> None:
    """Wait for /healthz to be 200 and for the guide, which is written a moment after the last part."""
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and ended() is None:
        try:
            with urllib.request.urlopen(f"{base}/healthz", timeout=5):  # noqa: S310 - http to our own server
                if guide.is_file():
                    return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.5)
    raise DidNotStart(f"{base}/healthz does not become 200")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
