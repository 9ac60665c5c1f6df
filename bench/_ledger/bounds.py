"""What the ledger promises of its speed; docs/performance.md says what each name means."""

from typing import Final

from bench._report import Bound

BOUNDS: Final = {
    "append_over_floor": Bound(2.0),
    "pg_batch100_over_copy": Bound(0.35, at_least=True),
    "pg_batch1000_over_copy": Bound(0.35, at_least=True),
    "pg_single_over_insert": Bound(0.40, at_least=True),
    "sequenced_median_intervals": Bound(1),
    "sequenced_p99_intervals": Bound(2.5),
    "proof_queries": Bound(2),
    "proof_tiles": Bound(4),
    "proof_over_select1": Bound(5),
    "verify_over_sha256": Bound(90),
    "cli_over_import": Bound(4),
    "anchor_gas_over_event": Bound(1.50),
}
"""A name with `_over_` is a quotient and stands in `ratios`, the others in `figures`."""
