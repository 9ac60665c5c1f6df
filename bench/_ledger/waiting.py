"""From submit to sequenced: four writers, each a process of its own, and a sequencer every 100 ms.

`python -m bench._ledger.waiting WRITER UNTIL` is one writer: it hands in one entry a transaction, one after
the other at an even pace, until that moment of the clock, and prints when it began each.
"""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy import select

from app.factory import create_app
from app.kernel import clock
from app.kernel.uow import unit_of_work
from bench._ledger.entries import an_entry, key_of
from bench._ledger.installation import NOW, Installation
from bench._report import ROUNDS, Measured
from ledger import sequencer
from ledger.commands import submit
from ledger.models import LogEntry

ROOT = Path(__file__).resolve().parents[2]
WRITERS = 4
INTERVAL_S = 0.1
PACE_S = 0.04  # between two entries of one writer: 100 a second in all
_EACH = 1_000_000  # numbers of one writer
_START_S = 20  # until every writer is ready, at the longest


def measure(here: Installation, *, round_s: float) -> Measured:
    """Waits of `ROUNDS` stretches of `round_s` seconds each, in intervals; the median round counts."""
    writers = [
        subprocess.Popen(
            [sys.executable, "-m", "bench._ledger.waiting", str(number)],
            cwd=ROOT,
            env=here.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(WRITERS)
    ]
    try:
        began = _write_and_sequence(here, writers, until_s=ROUNDS * round_s)
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()
    rounds = [waits for waits in _waits(began, round_s) if len(waits) > 1]
    if len(rounds) < ROUNDS:
        names = ("sequenced_median_intervals", "sequenced_p99_intervals", "sequenced_per_s")
        reason = "sequenced: a round went by without entries, this machine is too busy to measure a wait"
        return Measured(figures=dict.fromkeys(names), reasons=[reason])
    medians = [statistics.median(waits) for waits in rounds]
    slowest = [statistics.quantiles(waits, n=100)[98] for waits in rounds]
    return Measured(
        figures={
            "sequenced_median_intervals": statistics.median(medians) / INTERVAL_S,
            "sequenced_p99_intervals": statistics.median(slowest) / INTERVAL_S,
            "sequenced_per_s": sum(map(len, rounds)) / (ROUNDS * round_s),
        }
    )


class _Times:
    """When each entry was begun, and when the run that sequenced it was over; by key and by index."""

    def __init__(self) -> None:
        self.begun: dict[str, float] = {}
        self.reached: list[tuple[int, float]] = []  # size of the log, moment
        self.first = 0.0


def _write_and_sequence(
    here: Installation, writers: list[subprocess.Popen[str]], *, until_s: float
) -> _Times:
    times = _Times()
    for writer in writers:
        assert writer.stdout is not None
        if writer.stdout.readline() != "ready\n":
            raise RuntimeError("a writer did not start")
    times.first = time.time() + 0.5
    end = times.first + until_s
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write(f"{times.first} {end}\n")
        writer.stdin.flush()
    size, due = 0, time.time()
    while time.time() < end + 5 * INTERVAL_S:
        size += sequencer.run(here.config, clock.now()).sequenced
        times.reached.append((size, time.time()))
        due = max(due + INTERVAL_S, time.time())
        time.sleep(max(0.0, due - time.time()))
    for writer in writers:
        told, _ = writer.communicate(timeout=_START_S)
        times.begun |= json.loads(told)
    size += sequencer.run(here.config, clock.now()).sequenced
    times.reached.append((size, time.time()))
    return times


def _waits(times: _Times, round_s: float) -> list[list[float]]:
    """Seconds from the beginning of `submit` to the end of the run that gave the index, a list a round."""
    rounds: list[list[float]] = [[] for _ in range(ROUNDS)]
    reached = iter(times.reached)
    size, moment = 0, 0.0
    with unit_of_work(read_only=True) as uow:
        keys = uow.session.scalars(select(LogEntry.key).order_by(LogEntry.leaf_index)).all()
    if len(keys) != len(times.begun):
        raise RuntimeError(f"{len(times.begun)} entries were handed in, {len(keys)} stand in the log")
    for index, key in enumerate(keys):
        while index >= size:
            size, moment = next(reached)
        begun = times.begun[key]
        rounds[min(int((begun - times.first) / round_s), ROUNDS - 1)].append(moment - begun)
    return rounds


def _write(writer: int) -> None:
    begun = {}
    with create_app().app_context():
        print("ready", flush=True)
        due, end = map(float, sys.stdin.readline().split())
        due += writer * PACE_S / WRITERS
        number = writer * _EACH
        while due < end:
            time.sleep(max(0.0, due - time.time()))
            key, moment = key_of(number), time.time()
            with unit_of_work() as uow:
                submit(uow, an_entry(number), key=key, now=NOW)
            begun[key] = moment
            number, due = number + 1, max(due + PACE_S, time.time())
    print(json.dumps(begun), flush=True)


if __name__ == "__main__":
    _write(int(sys.argv[1]))
