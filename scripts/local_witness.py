"""The witness of `make run`: waits for the log, names itself in its policy file, and becomes the witness.

    python -m scripts.local_witness PORT

It shows how a witness works, and proves nothing to others, since it runs beside the log: the policy says
`quorum none`, and the pages call it a witness on this very machine. A policy file that somebody wrote by
hand is left alone.
"""

import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from app.kernel.config import Config, load
from ledger.witness.store import Witness

NAME = "witness-on-this-machine"
MARK = "# Written by `make run`. Remove this line to keep the file as you write it.\n"
_EVERY_S = 1.0


def may_write(path: Path) -> bool:
    """Whether the policy file is ours to write: not there, or written by an earlier start."""
    return not path.exists() or path.read_text("utf-8", "replace").startswith(MARK)


def policy_of(vkey: str, port: int) -> str:
    """A policy that names the witness and asks for no quorum."""
    return f"{MARK}witness {NAME} {vkey} http://127.0.0.1:{port}\nquorum none\n"


def _log_keys(config: Config) -> list[str]:
    """The log's public keys as soon as they are served; the log begins with its first entry."""
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{config.port}/ledger/key", timeout=10) as answer:
                return str(answer.read().decode("ascii")).split()
        except (urllib.error.URLError, OSError):
            time.sleep(_EVERY_S)


def main() -> int:
    """Never returns when all is well: the process becomes the witness."""
    config, port = load(), int(sys.argv[1])
    folder = config.data_dir / "witness"
    witness = Witness(folder, NAME)
    for vkey in _log_keys(config):
        witness.add_log(vkey)
    path = config.witnesses_path
    if may_write(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}")
        part.write_text(policy_of(str(witness.key.verifier), port), "utf-8")
        part.replace(path)
    command = ["-m", "ledger", "witness", "serve", "--data", str(folder), "--listen", f"127.0.0.1:{port}"]
    os.execv(sys.executable, [sys.executable, *command])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    sys.exit(main())
