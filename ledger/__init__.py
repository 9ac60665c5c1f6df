"""Bytes in, proofs out: an append-only Merkle log (RFC 9162) that seals entries.

Front door: `commands.submit`, `queries`, `proving`, `reach`, `core` (usable alone), `python -m ledger
verify` and `python -m ledger witness`.
Knows no farm, no mango and no person.
"""
