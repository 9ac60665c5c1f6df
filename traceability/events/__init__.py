"""The append-only stream of EPCIS events, each sealed in the ledger in the transaction that wrote it.

Front door: `commands.record` and `queries`. Knows lots and plots by id; what a lot is, is told above.
"""
