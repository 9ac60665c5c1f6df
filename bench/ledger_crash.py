"""What is left of the ledger when its processes are killed at every named point and at random, under load.

`python -m bench.ledger_crash [--kills 60] [--database URL] [--json]` runs two submitters, two sequencers, a
publisher and what talks to a real witness and a real chain (anvil) on a fresh data folder, kills -9 one at
a time, starts again, and at last lets everything catch up. `lost`, `gaps`, `forks` and `doubled_anchors`
should be 0. With `--database` (a PostgreSQL server's URL) it makes a database of its own there and drops it.
"""

import argparse
import itertools
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from flask_migrate import upgrade
from sqlalchemy.engine import make_url

from app.factory import create_app
from app.kernel import clock
from app.kernel.config import Config
from app.kernel.db import db
from bench._crash.fleet import PATIENCE_S, DidNotHappen, Fleet
from bench._crash.points import POINTS, POINTS_OF, Point
from bench._crash.remains import Heads, caught_up, figures
from bench._crash.turn import give_back_turn, take_turn
from bench._report import machine
from ledger import creation
from ledger.witness.store import Witness
from tests.scene.witness import witness_process
from tests.support.anvil import Chain, anvil
from tests.support.ports import free_port
from tests.support.postgres import throwaway_database

_MEMBERS = ("submitter 1", "submitter 2", "sequencer 1", "sequencer 2", "publisher 1", "outside 1")
_AT_RANDOM = 0.5  # of the looks end with a random kill

Turns = Mapping[str, Iterator[Point]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill, restart and count; the exit code is 0 when nothing was lost, left out, forked or doubled."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory(prefix="coi-crash-") as folder, ExitStack() as stack:
        url = stack.enter_context(throwaway_database(make_url(options.database))) if options.database else ""
        node = stack.enter_context(anvil(Path(folder)))
        told = _killed(Path(folder), url, node, options.kills, random.Random(options.seed))
    if not options.json:
        for name, value in told.items():
            print(f"{name}: {value}")
    print(
        json.dumps(
            {"bench": "ledger_crash", "machine": machine(), "figures": told, "peers": {}, "ratios": {}}
        )
    )
    wrong = ("lost", "gaps", "forks", "doubled_anchors", "fsck_findings")
    return int(any(told[name] for name in wrong))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.ledger_crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--database", default="", help="a PostgreSQL server; default SQLite")
    parser.add_argument("--seed", type=int, default=1, help="of the random kills")
    parser.add_argument("--json", action="store_true", help="the last line alone")
    return parser.parse_args(arguments)


def _killed(folder: Path, url: str, node: Chain, kills: int, rng: random.Random) -> dict[str, object]:
    environment = {
        "DATA_DIR": str(folder / "data"),
        "DATABASE_URL": url,
        "SECRET_KEY": "of-a-benchmark-that-is-thrown-away-0123456789",
        "CELERY_BROKER_URL": "memory://",
        "EVM_RPC_URL": node.url,
        "EVM_PRIVATE_KEY": "",
        "LEDGER_ORIGIN": "",
        "S3_ENDPOINT": "",
        "LOG_LEVEL": "WARNING",
    }
    config = Config.model_validate({name.lower(): value for name, value in environment.items()})
    app, port = create_app(config), free_port()
    with app.app_context():
        upgrade()
        _named_witness(config, folder / "witness", port)
        heads = Heads(config.data_dir, f"http://127.0.0.1:{port}", config.origin)
        fleet = Fleet(environment, folder)
        try:
            points = _kill(config, fleet, heads, port, kills, rng)
            found = figures(config, app.extensions["coi.storage"], node, fleet.accepted)
        finally:
            fleet.kill_all()
            db.engine.dispose()
    return {
        "kills": sum(points.values()),
        **found,
        "forks": heads.forks,
        "accepted": len(fleet.accepted),
        "slowest_restart_s": round(fleet.slowest_restart_s, 2),
        "points": dict(points),
        "database": "postgresql" if url else "sqlite",
    }


def _named_witness(config: Config, folder: Path, port: int) -> None:
    """Make the log and a witness that follows it, and name it in the policy."""
    key = creation.opened_log(config, clock.now())
    witness = Witness(folder, "bench.invalid/witness")
    witness.add_log(str(key.verifier))
    config.witnesses_path.write_text(
        f"witness w {witness.key.verifier} http://127.0.0.1:{port}\nquorum w\n", "utf-8"
    )


def _kill(
    config: Config, fleet: Fleet, heads: Heads, port: int, kills: int, rng: random.Random
) -> Counter[str]:
    """Let the members die so often, and at each named point at least once; what was hit."""
    hit: Counter[str] = Counter()
    turns = {role: itertools.cycle(points) for role, points in POINTS_OF.items()}
    with _witness(config.data_dir.parent / "witness", port) as witness:
        take_turn(config.data_dir.parent)  # until all are up
        for name in _MEMBERS:
            _start(fleet, name, turns)
        for member in fleet.members.values():
            member.wait_until_up()
        give_back_turn(config.data_dir.parent)
        began = time.monotonic()
        while sum(hit.values()) < kills or any(not hit[point.name] for point in POINTS):
            if time.monotonic() - began > PATIENCE_S * max(2, kills / 4):
                raise DidNotHappen(f"too few deaths in time: {dict(hit)}")
            time.sleep(rng.random() * 0.5)
            heads.look()
            _count_the_dead(fleet, hit, turns)
            half = 2 * hit["at random"] <= sum(hit.values())
            if half and rng.random() < _AT_RANDOM and _random_kill(config, fleet, witness, rng):
                hit["at random"] += 1
        _catch_up(config, fleet, heads)
    return hit


def _count_the_dead(fleet: Fleet, hit: Counter[str], turns: Turns) -> None:
    for name, member in list(fleet.members.items()):
        if member.died():
            if member.killed or not member.point:
                fleet.start(name, point=member.point)
            else:
                hit[member.point] += 1
                print(f"{sum(hit.values())}: died at {member.point}", file=sys.stderr, flush=True)
                _start(fleet, name, turns)


def _start(fleet: Fleet, name: str, turns: Turns) -> None:
    """Start a member; the second of its kind runs on without a point, so that there is load."""
    role, number = name.split()
    fleet.start(name, point=next(turns[role]).name if number == "1" else "")


def _random_kill(config: Config, fleet: Fleet, witness: "_Killer", rng: random.Random) -> bool:
    """Kill one member or the witness; False while it is somebody else's turn."""
    if not take_turn(config.data_dir.parent):
        return False
    name = rng.choice([*_MEMBERS, "witness"])
    if name == "witness":
        witness.kill()
        give_back_turn(config.data_dir.parent)
        return True
    member = fleet.members[name]
    member.kill()
    member.killed = True
    return True


@contextmanager
def _witness(folder: Path, port: int) -> Iterator["_Killer"]:
    """The witness's process, and how it is killed and started again."""
    killer = _Killer(folder, port)
    killer.start()
    try:
        yield killer
    finally:
        killer.stack.close()


class _Killer:
    def __init__(self, folder: Path, port: int) -> None:
        self._folder, self._port = folder, port
        self.stack = ExitStack()
        self._pid = 0

    def start(self) -> None:
        _, self._pid = self.stack.enter_context(witness_process(self._folder, port=self._port))

    def kill(self) -> None:
        """SIGKILL, and start it again."""
        os.kill(self._pid, 9)
        self.stack.close()
        self.start()


def _catch_up(config: Config, fleet: Fleet, heads: Heads) -> None:
    """Stop the submitters, let nobody die any more, and wait until nothing waits."""
    for name, member in list(fleet.members.items()):
        if name.startswith("submitter"):
            member.kill()
        elif member.point:
            member.kill()
            fleet.start(name)
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        heads.look()
        if caught_up(config):
            fleet.kill_all()
            return
        time.sleep(0.3)
    raise DidNotHappen("after the last kill the ledger did not catch up")


if __name__ == "__main__":
    sys.exit(main())
