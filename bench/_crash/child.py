"""One process of the ledger: `python -m bench._crash.child ROLE [POINT]`, configured by the environment.

It does its pass again and again, prints `pass` after each, and dies at the point when one is named, some time
after its first pass: up to twelve times as long as its start took. A submitter prints each key after its
commit: what is printed was acknowledged.
"""

from wsgi import app  # first, as every process of the application starts

# isort: split

import contextlib
import math
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from flask import current_app
from sqlalchemy.exc import OperationalError

from app.kernel import clock
from app.kernel.config import Config
from app.kernel.db import db
from app.kernel.storage import Storage, StorageUnavailable
from app.kernel.uow import unit_of_work
from bench._crash.points import arm
from bench._crash.turn import take_turn
from ledger import publication, sequencer
from ledger.anchors import anchoring
from ledger.anchors.chain import ChainDown, ChainRefuses, ChainWaits
from ledger.anchors.connection import connect
from ledger.commands import submit
from ledger.witnesses import configured, feeder
from tests.scene.ledger import an_entry


def _submit() -> None:
    """Hand two entries in, in one transaction; once in a while one of them again."""
    key = uuid4().hex
    entries = {f"{key}-{n}": an_entry(f"{key} {n}") for n in range(2)}
    with unit_of_work() as uow:
        for each, entry in entries.items():
            submit(uow, entry, key=each, now=clock.now())
    for each, entry in entries.items():
        print("accepted", each, entry.hex(), flush=True)
    with unit_of_work() as uow:
        submit(uow, entries[f"{key}-0"], key=f"{key}-0", now=clock.now())


def _sequence() -> None:
    if sequencer.has_work():
        sequencer.run(_config(), clock.now())


def _publish() -> None:
    storage: Storage = current_app.extensions["coi.storage"]
    with contextlib.suppress(publication.Busy, StorageUnavailable):
        if publication.is_behind(storage):
            publication.publish(_config(), storage, clock.now())


def _outside() -> None:
    """Ask the witness and bring the newest checkpoint to the chain."""
    configured.refresh(_config(), clock.now())
    feeder.feed(clock.now())
    with contextlib.suppress(ChainDown, ChainRefuses, ChainWaits):
        anchoring.advance(connect(_config()), clock.now())


ROLES: dict[str, tuple[Callable[[], None], float]] = {  # with the seconds between two passes
    "submitter": (_submit, 0.1),
    "sequencer": (_sequence, 0.1),
    "publisher": (_publish, 0.1),
    "outside": (_outside, 1.0),  # half of the pause after which a worker asks again for a block
}


_LIVES = 12  # times its own start a process lives at most, from its first pass until its point is armed


def _config() -> Config:
    config: Config = current_app.extensions["coi.config"]
    return config


def _age_s() -> float:
    """Seconds since this process began, as the kernel counts them."""
    began_ticks = int(Path("/proc/self/stat").read_text("ascii").rsplit(")", 1)[1].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - began_ticks / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Never returns: somebody kills it."""
    role, point = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
    work, pause_s = ROLES[role]
    started_in_s = _age_s()
    armed_at = math.inf
    with app.app_context():
        while True:
            # A database that another process died in the middle of may be busy for a moment.
            with contextlib.suppress(OperationalError):
                work()
                print("pass", flush=True)
                if point and armed_at == math.inf:
                    armed_at = time.monotonic() + _LIVES * started_in_s * random.random()
            if time.monotonic() >= armed_at and take_turn(_config().data_dir.parent):
                arm(point, db.engine)
                point, armed_at = "", math.inf
            time.sleep(pause_s)


if __name__ == "__main__":
    main()
