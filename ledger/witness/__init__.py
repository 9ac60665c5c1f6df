"""A witness of our own, for whoever is independent of the log: a province, a university, a cooperative.

`python -m ledger witness serve` and `add-log`. Standard library and `cryptography` alone; it knows logs by
their keys and imports nothing of the application.
"""
