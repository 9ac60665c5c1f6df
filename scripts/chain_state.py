"""The development chain's state file survives a kill -9 of anvil."""

import contextlib
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

_COPY_EVERY_S = 5.0


class ChainState:
    """The chain's state file and a copy of it: a write that was cut short would keep anvil from starting."""

    def __init__(self, folder: Path, *, tell: Callable[[str], None]) -> None:
        self.kept = folder / "state.json"
        self.copy = folder / "state.copy.json"
        self._tell = tell
        self._due = 0.0
        self._copied: float | None = None

    def mend(self) -> None:
        """Put the copy in the place of a state that is cut short; neither readable: begin a new chain."""
        if not self.kept.exists() or _is_json(self.kept):
            return
        self.kept.replace(self.kept.with_suffix(".broken"))
        if self.copy.exists() and _is_json(self.copy):
            shutil.copy2(self.copy, self.kept)
            self._tell("The chain's state was cut short; the copy of a few seconds before takes its place.")
        else:
            self._tell("The chain's state was cut short and has no copy; a new development chain begins.")

    def copy_when_due(self) -> None:
        """Copy a whole state every few seconds when it has changed."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + _COPY_EVERY_S
        with contextlib.suppress(FileNotFoundError):  # anvil has written nothing yet
            changed = self.kept.stat().st_mtime
            if changed == self._copied:
                return
            part = self.copy.with_suffix(".part")
            shutil.copy2(self.kept, part)
            if _is_json(part):
                part.replace(self.copy)
                self._copied = changed


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_bytes())
    except ValueError:
        return False
    return True
