"""`python -m bench.ledger [--json] [--quick]`: how fast the ledger is, each figure beside its limit or peer.

The last line is one JSON object; `--json` prints nothing else. docs/performance.md says what each name means.
"""

import argparse
import logging
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.engine import URL

from bench._ledger import anchoring, memory, offline, proving, sequencing, waiting
from bench._ledger.bounds import BOUNDS
from bench._ledger.entries import entries
from bench._ledger.installation import installed
from bench._report import Measured, machine, print_report
from tests.support.postgres import postgres_server
from tests.support.processes import DidNotStart


def main() -> int:
    """Measure, print; exit 0 whether or not every bound was kept: the table says which was not."""
    parser = argparse.ArgumentParser(prog="python -m bench.ledger", description=__doc__)
    parser.add_argument("--json", action="store_true", help="only the JSON object")
    parser.add_argument("--quick", action="store_true", help="a twentieth of the work, to see that it runs")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that databases are dropped then as well
    scale = 20 if options.quick else 1
    found = Measured()
    about: dict[str, str] = {}
    for part in _parts(scale, about):
        found.add(part)
        print(f"measured: {', '.join([*part.figures, *part.ratios])}", file=sys.stderr, flush=True)
    print_report("ledger", found, BOUNDS, machine(**about), table=not options.json)
    return 0


def _parts(scale: int, about: dict[str, str]) -> Iterator[Measured]:
    yield memory.measure(100_000 // scale)
    with tempfile.TemporaryDirectory(prefix="coi-bench-") as name:
        yield anchoring.measure(Path(name))
        given = entries(1_000_000 // scale)
        log = memory.grown(given)
        yield offline.measure_verification(log, given)
        yield offline.measure_command(log, given, Path(name))
    try:
        with postgres_server() as server:
            yield from _on_postgres(server, log, given, about, round_s=2 if scale > 1 else 10)
    except DidNotStart as missing:
        yield Measured(
            figures={name: None for name in BOUNDS if name.startswith(("sequenced_", "proof_"))},
            ratios={name: None for name in BOUNDS if name.startswith("pg_")},
            reasons=[str(missing)],
        )


def _on_postgres(
    server: URL, log: memory.MemoryLog, given: list[bytes], about: dict[str, str], *, round_s: float
) -> Iterator[Measured]:
    with installed(server) as here:
        with here.connect() as connection:
            about["postgresql"] = str(connection.info.server_version)
        yield sequencing.measure(here)
    with installed(server) as here:
        yield waiting.measure(here, round_s=round_s)
    with installed(server) as here:
        proving.load(here, log, given)
        yield proving.measure(log, given)


if __name__ == "__main__":
    sys.exit(main())
