"""Count every statement and file call of some work, and fail or kill it at exactly one of them."""

import errno
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from app.kernel.db import db

_STATEMENTS = ("do_execute", "do_executemany", "do_execute_no_params", "do_commit")
_FILE_CALLS = ("open", "fdopen", "fsync", "link", "replace", "unlink", "mkdir")


@dataclass
class Cut:
    """Where work is cut: before or after the `at`-th call, from 1, or half-way through the `at`-th write."""

    at: int
    when: str  # "before", "after", "half"
    kills: bool  # SIGKILL; else the call raises what a broken disk or database raises
    seen: int = 0
    hit: bool = False

    def around(self, call: Callable[..., Any], fault: Callable[[], Exception]) -> Callable[..., Any]:
        """The call, counted."""

        def counted(*args: Any, **kwargs: Any) -> Any:
            if self.when == "half":
                return call(*args, **kwargs)
            self.seen += 1
            if self.seen != self.at:
                return call(*args, **kwargs)
            if self.when == "after":
                call(*args, **kwargs)
            raise self.strike(fault)

        return counted

    def opened(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """`os.fdopen` whose files count their writes, and write half of the one that is cut."""

        def fdopen(*args: Any, **kwargs: Any) -> Any:
            file = call(*args, **kwargs)
            write = file.write

            def cut_write(data: bytes) -> int:
                self.seen += 1
                if self.seen == self.at:
                    write(data[: len(data) // 2] if self.when == "half" else data)
                    file.flush()
                    raise self.strike(_broken_disk)
                written: int = write(data)
                return written

            return _Writing(file, cut_write)

        return fdopen

    def strike(self, fault: Callable[[], Exception]) -> Exception:
        """What happens at the cut: death, or this error."""
        self.hit = True
        if self.kills:
            os.kill(os.getpid(), signal.SIGKILL)
        return fault()


class _Writing:
    """A file whose `write` is another one."""

    def __init__(self, file: Any, write: Callable[[bytes], int]) -> None:
        self._file, self.write = file, write

    def __enter__(self) -> "_Writing":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@contextmanager
def counting(cut: Cut) -> Iterator[None]:
    """Every statement of the application's database and every call that changes a file goes by `cut`."""
    dialect = db.engine.dialect
    with ExitStack() as patched:
        for name in _STATEMENTS:
            patched.enter_context(
                patch.object(dialect, name, cut.around(getattr(dialect, name), _broken_database))
            )
        for name in _FILE_CALLS:
            call = getattr(os, name)
            counted = cut.opened(call) if name == "fdopen" else cut.around(call, _broken_disk)
            patched.enter_context(patch.object(os, name, counted))
        yield


def run_cut(work: Callable[[], object], cut: Cut) -> bool:
    """Do the work under this cut; whether it was reached. A killed one dies in a process of its own."""
    db.engine.dispose()
    if not cut.kills:
        with suppress(Exception), counting(cut):
            work()
        db.engine.dispose()  # the connection that broke is gone with its transaction
        return cut.hit
    child = os.fork()
    if child == 0:
        with counting(cut):
            work()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def _broken_disk() -> Exception:
    return OSError(errno.EIO, os.strerror(errno.EIO))


def _broken_database() -> Exception:
    dbapi: Any = db.engine.dialect.dbapi
    fault: Exception = dbapi.OperationalError("the connection broke")
    return fault
