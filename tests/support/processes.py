"""A real server as a child of the test run: waits until it answers, and never outlives the run."""

import ctypes
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class DidNotStart(RuntimeError):
    """A server of the tests ended, or did not answer in time; the message carries the end of its log."""


def _die_with_the_test_run() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@contextmanager
def running(
    command: Sequence[str | Path],
    *,
    answers: str,
    log: Path,
    env: Mapping[str, str] | None = None,
    within_s: float = 30,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends; `answers` is a URL that gets any HTTP answer once it is up.

    Raises DidNotStart.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        child = subprocess.Popen(
            [str(part) for part in command],
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_the_test_run,  # noqa: PLW1509  # one call into libc, no lock is taken
        )
    try:
        _wait_until_it_answers(child, answers, log, within_s)
        yield child
    finally:
        stop(child)


def stop(child: subprocess.Popen[bytes], *, patience_s: float = 5) -> None:
    """End a child and whatever it started: TERM to its group, KILL when patience is over."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGTERM)
        try:
            child.wait(patience_s)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _wait_until_it_answers(child: subprocess.Popen[bytes], url: str, log: Path, within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if child.poll() is not None:
            break
        if _answers(url):
            return
        time.sleep(0.05)
    raise DidNotStart(
        f"{url} does not answer; the end of its log:\n{log.read_text(errors='replace')[-2000:]}"
    )


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=2).close()
    except urllib.error.HTTPError:
        return True  # an error page is an answer too
    except OSError:
        return False
    return True
