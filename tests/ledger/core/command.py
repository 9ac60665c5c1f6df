"""`python -m ledger verify` in a process of its own."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def ledger(*arguments, typed=None):
    """Run the command, `typed` (text) on its standard input; its exit code and what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "ledger", "verify", *map(str, arguments)],
        input=typed,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr
