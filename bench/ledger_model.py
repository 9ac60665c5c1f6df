"""How the ledger fares in a hundred thousand small histories of deaths, delays, backups and forgetful chains.

`python -m bench.ledger_model [--seeds 100000] [--from 0] [--json] [--mutate NAME]` prints how many histories
broke a promise; 0 is expected. A violation is printed with its seed and the fewest events that still show
it; `--from SEED --seeds 1` plays it again. `--mutate` plants a known fault, which must be found.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from bench._model.schedule import BUGS, events_of, in_words, shrunk, violation_of
from bench._report import machine

_CHUNK = 250
_SHOWN = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the seeds; the exit code is 0 when the outcome is the expected one."""
    options = _options(arguments)
    bugs = [options.mutate] if options.mutate else []
    began = time.monotonic()
    found = _found(range(options.first, options.first + options.seeds), bugs)
    took = time.monotonic() - began
    for seed, told in found[:_SHOWN]:
        if not options.json or not bugs:
            print(f"seed {seed}: {told}")
            for event in shrunk(seed, events_of(seed), bugs):
                print(f"  {in_words(event)}")
    figures = {
        "seeds": options.seeds,
        "violations": len(found),
        "first_seed": found[0][0] if found else None,
        "mutation": options.mutate,
        "seconds": round(took, 1),
    }
    if not options.json:
        print(f"{options.seeds} histories in {took:.1f} s, {len(found)} violations")
    line = {"bench": "ledger_model", "machine": machine(), "figures": figures, "peers": {}, "ratios": {}}
    print(json.dumps(line))
    return int(bool(found) != bool(bugs))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.ledger_model", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100_000, help="how many histories")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first seed")
    parser.add_argument("--json", action="store_true", help="the last line alone")
    parser.add_argument("--mutate", choices=sorted(BUGS), help="plant this fault; it must be found")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)
    options.seeds = max(0, options.seeds)
    return options


def _found(seeds: range, bugs: Sequence[str]) -> list[tuple[int, str]]:
    chunks = [seeds[begin : begin + _CHUNK] for begin in range(0, len(seeds), _CHUNK)]
    if len(chunks) < 2:
        return [each for chunk in chunks for each in _play(chunk, bugs)]
    with ProcessPoolExecutor() as pool:
        return [each for played in pool.map(partial(_play, bugs=bugs), chunks) for each in played]


def _play(seeds: range, bugs: Sequence[str]) -> list[tuple[int, str]]:
    told = ((seed, violation_of(seed, events_of(seed), bugs)) for seed in seeds)
    return [(seed, violation) for seed, violation in told if violation is not None]


if __name__ == "__main__":
    sys.exit(main())
