"""Keep a few child processes alive, and leave none behind: not after Ctrl-C, not after kill -9.

Every child leads a session of its own and gets TERM from the kernel when the supervisor dies. A
stop sends TERM to the leaders, the last started first, and KILL to whole groups when patience is over.
"""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE_S = 6.0  # between TERM and KILL; all is gone within 10 s, on a busy machine too
LAST_WORD_S = 1.0  # for those that were asked only when the patience with others was over
LONGEST_WAIT_S = 30.0  # between two starts of a child that keeps dying
STEADY_S = 60.0  # a child that lived so long starts again without a wait
_LARGEST_LOG = 5_000_000  # bytes; an older log is kept once
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class Stopped(Exception):
    """INT, TERM or HUP came, or the `make` above was told to stop."""


class ChildFailed(Exception):
    """A child that we cannot do without ended; the message says how and shows the end of its log."""


def die_with_parent() -> None:
    """Ask the kernel for TERM when the parent process dies."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """One process to keep: what it is called, what is run, how often it may die in a row."""

    name: str
    command: Sequence[str]
    may_die: int | None = None  # None: it is started again for ever
    before_start: Callable[[], None] = lambda: None
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    started_at: float = field(default=0.0, init=False)
    deaths: int = field(default=0, init=False)
    next_start: float = field(default=0.0, init=False)

    def ended(self) -> bool:
        """Tell whether it was started and runs no more."""
        return self.process is not None and self.process.poll() is not None


class Supervisor:
    """Starts children, watches them, ends them. `tell` gets one sentence at a time."""

    def __init__(self, *, env: Mapping[str, str], logs: Path, tell: Callable[[str], None]) -> None:
        self._env = dict(env)
        self._logs = logs
        self._tell = tell
        self._kept: list[Child] = []
        self._passing: list[Child] = []  # those that have an end
        self._stopping = False
        self._make_minds_int = False  # a make in the background of a script ignores INT from the start
        self._chores: list[Callable[[], None]] = []

    def listen(self) -> None:
        """Take INT, TERM and HUP from now on; they end `step` with Stopped."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)
        if _name_of(os.getppid()) == "make":
            die_with_parent()
            self._make_minds_int = _parent_catches_int()

    def keep(self, child: Child) -> None:
        """Start a child and start it again whenever it ends."""
        self._kept.append(child)
        self._start(child)

    def also(self, chore: Callable[[], None]) -> None:
        """Do a small chore at every step (it says itself when it is due)."""
        self._chores.append(chore)

    def run_to_end(self, name: str, command: Sequence[str]) -> None:
        """Run a child that has an end. Raises ChildFailed, Stopped."""
        child = Child(name, command)
        self._passing.append(child)
        self._start(child)
        while not child.ended():
            self.step()
        if child.process and child.process.returncode != 0:
            raise ChildFailed(self._obituary(child))

    def step(self, seconds: float = 0.1) -> None:
        """Let time pass, and start again what has died. Raises Stopped, ChildFailed."""
        time.sleep(seconds)
        # `kill -INT` of make's own number reaches make alone, which then waits for us for ever. It has given
        # up its handler by then, and the kernel shows that.
        if self._stopping or (self._make_minds_int and not _parent_catches_int()):
            raise Stopped
        for child in self._kept:
            if child.ended() and child.next_start == 0.0:
                self._mourn(child)
            if child.next_start and time.monotonic() >= child.next_start:
                self._start(child)
        for chore in self._chores:
            chore()

    def stop(self) -> None:
        """End every child and whatever it started, within 10 s: the last started first.

        Each leans on those before it. A chain that went together with the worker would be the last thing
        that the worker saw, and it would say after the next start that the chain does not answer.
        """
        running = [child.process for child in self._kept + self._passing if child.process]
        deadline = time.monotonic() + PATIENCE_S
        for process in reversed(running):
            _end(process, deadline)
        for process in running:
            _end(process, deadline + LAST_WORD_S)
            _kill_group(process)
            process.wait()

    def log_of(self, name: str) -> Path:
        """Return where a child's output goes."""
        return self._logs / f"{name}.log"

    def _start(self, child: Child) -> None:
        child.before_start()
        log = self.log_of(child.name)
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.exists() and log.stat().st_size > _LARGEST_LOG:
            log.replace(log.with_suffix(".log.1"))
        with log.open("ab") as output:
            child.process = subprocess.Popen(
                child.command,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509  # safe: this process has one thread
            )
        child.started_at, child.next_start = time.monotonic(), 0.0

    def _mourn(self, child: Child) -> None:
        if child.process is None:
            return
        _kill_group(child.process)  # its own children must not hold its port or its files
        child.deaths = 1 if time.monotonic() - child.started_at > STEADY_S else child.deaths + 1
        if child.may_die is not None and child.deaths > child.may_die:
            raise ChildFailed(self._obituary(child))
        wait = min(2.0 ** (child.deaths - 1), LONGEST_WAIT_S)
        child.next_start = time.monotonic() + wait
        self._tell(f"{child.name} ended (code {child.process.returncode}); it starts again in {wait:.0f} s.")

    def _obituary(self, child: Child) -> str:
        log = self.log_of(child.name)
        lines = log.read_text("utf-8", "replace").splitlines()[-15:]
        code = child.process.returncode if child.process else None
        told = "\n".join(f"    {line}" for line in lines)
        return f"{child.name} ended with code {code}. The end of {log}:\n{told}"

    def _asked_to_stop(self, number: int, frame: object) -> None:
        del number, frame
        self._stopping = True


def _end(process: subprocess.Popen[bytes], deadline: float) -> None:
    """Ask a process to end, and wait for it until the deadline at most."""
    if process.poll() is None:
        process.terminate()
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # the whole group has gone


def _name_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _parent_catches_int() -> bool:
    """Tell whether the parent process has a handler for INT; False where the system does not say."""
    try:
        status = Path(f"/proc/{os.getppid()}/status").read_text()
    except OSError:
        return False
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:")).split()[1]
    return bool(int(caught, 16) & (1 << (signal.SIGINT - 1)))
