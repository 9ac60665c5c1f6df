"""The parts of `python -m bench.ledger`, one question each; every module has `measure(...) -> Measured`."""
