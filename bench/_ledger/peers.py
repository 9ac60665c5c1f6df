"""Peers in environments of their own: their dependencies and licences stay out of the project."""

import subprocess
import sys
import venv
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "peers"


class PeerMissing(Exception):
    """A peer could not be installed; the message says why."""


def script(name: str) -> Path:
    """A program of ours that a peer's own interpreter runs."""
    return FOLDER / name


def peer_python(name: str) -> Path:
    """The interpreter of a peer's environment, made from `bench/peers/NAME.txt` when it is not there yet.

    Raises PeerMissing.
    """
    folder, wanted = FOLDER / f".{name}", FOLDER / f"{name}.txt"
    python, stamp = folder / "bin" / "python", folder / ".stamp"
    if stamp.exists() and stamp.read_bytes() == wanted.read_bytes():
        return python
    print(f"making an environment for {name} …", file=sys.stderr)
    venv.create(folder, clear=True, with_pip=True)
    quietly = ["--quiet", "--disable-pip-version-check"]
    install = [str(python), "-m", "pip", "install", *quietly, "-r", str(wanted)]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PeerMissing(f"{name} could not be installed: {done.stderr.strip().splitlines()[-1]}")
    stamp.write_bytes(wanted.read_bytes())
    return python
