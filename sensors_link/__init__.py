"""Devices, readings, their quality and their history.

Front door: `devices.commands`, `devices.queries`, `ingest.commands`, `history.queries`.
Knows a plot only by its id; does not know lots, marks or the market.
"""
