"""The processes of one installation: started, killed, started again, and listened to."""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE_S = 120.0


class DidNotHappen(Exception):
    """A process did not reach its point, or did not come back; the message says which and what it said."""


@dataclass
class Member:
    """One process with the lines that it prints."""

    role: str
    process: subprocess.Popen[str]
    started: float
    log: Path
    passes: "queue.Queue[float]" = field(default_factory=queue.Queue)

    def wait_for_pass(self) -> float:
        """Seconds from its start to the end of its first pass. Raises DidNotHappen."""
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                return self.passes.get(timeout=0.2) - self.started
            except queue.Empty:
                continue
        raise DidNotHappen(f"{self.role} did nothing: {self.log.read_text(errors='replace')[-2000:]}")

    def kill(self) -> None:
        """SIGKILL, and wait for its end."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Fleet:
    """Members by name (`sequencer 1`), and what the submitters were told is accepted."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self._environment = {**os.environ, **environment}
        self._folder = folder
        self.members: dict[str, Member] = {}
        self.accepted: dict[str, bytes] = {}

    def start(self, name: str, *, point: str = "") -> Member:
        """Start one; with a point it will die there."""
        role, log = name.split()[0], self._folder / f"{name.replace(' ', '-')}.log"
        began = time.monotonic()
        with log.open("ab") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "bench._crash.child", role, *([point] if point else [])],
                cwd=_ROOT,
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        member = Member(role, process, began, log)
        threading.Thread(target=self._listen, args=(member,), daemon=True).start()
        self.members[name] = member
        return member

    def wait_for_death(self, name: str) -> bool:
        """Wait until a member has died at its point; False when it was not reached in time."""
        try:
            return self.members[name].process.wait(_PATIENCE_S) == -signal.SIGKILL
        except subprocess.TimeoutExpired:
            return False

    def kill_all(self) -> None:
        """End every member."""
        for member in self.members.values():
            if member.process.poll() is None:
                member.kill()

    def _listen(self, member: Member) -> None:
        assert member.process.stdout is not None
        for line in member.process.stdout:
            words = line.split()
            if words[:1] == ["accepted"]:
                self.accepted[words[1]] = bytes.fromhex(words[2])
            elif words == ["pass"]:
                member.passes.put(time.monotonic())
