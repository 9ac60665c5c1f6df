"""The processes of one installation: started, killed, started again, and listened to."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench._crash.turn import give_back_turn
from scripts.supervisor import die_with_parent

_ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 180.0


class DidNotHappen(Exception):
    """A process did not come up, or did not die where it should; the message says which and what it said."""


@dataclass
class Member:
    """One process: what it does, the point at which it will die if any, and when its first pass was over."""

    role: str
    point: str
    process: subprocess.Popen[str]
    log: Path
    up: threading.Event = field(default_factory=threading.Event)
    restart_s: float = 0.0
    killed: bool = False  # by somebody else, before it came to its point

    def wait_until_up(self) -> None:
        """Wait for the end of the first pass. Raises DidNotHappen."""
        if not self.up.wait(PATIENCE_S):
            raise DidNotHappen(f"{self.role} did nothing: {self.log.read_text(errors='replace')[-2000:]}")

    def died(self) -> bool:
        """Whether it killed itself. Raises DidNotHappen when it ended in any other way."""
        code = self.process.poll()
        if code not in (None, -signal.SIGKILL):
            raise DidNotHappen(f"{self.role} ended: {self.log.read_text(errors='replace')[-2000:]}")
        return code is not None

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
        self.slowest_restart_s = 0.0

    def start(self, name: str, *, point: str = "") -> Member:
        """Start one; with a point it will die there, some time after its first pass."""
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
                preexec_fn=die_with_parent,  # noqa: PLW1509 - one call into libc, no lock is taken
            )
        member = Member(role, point, process, log)
        threading.Thread(target=self._listen, args=(member, began, name in self.members), daemon=True).start()
        self.members[name] = member
        return member

    def kill_all(self) -> None:
        """End every member."""
        for member in self.members.values():
            if member.process.poll() is None:
                member.kill()

    def _listen(self, member: Member, began: float, again: bool) -> None:
        assert member.process.stdout is not None
        for line in member.process.stdout:
            words = line.split() if line.endswith("\n") else []  # the death cut the last one short
            if words[:1] == ["accepted"]:
                self.accepted[words[1]] = bytes.fromhex(words[2])
            elif words == ["pass"] and not member.up.is_set():
                member.restart_s = time.monotonic() - began
                self.slowest_restart_s = max(self.slowest_restart_s, member.restart_s if again else 0.0)
                print(f"{member.role} up after {member.restart_s:.1f} s", file=sys.stderr, flush=True)
                member.up.set()
                if again:
                    give_back_turn(self._folder)
