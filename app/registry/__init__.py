"""Master data: administrative units, plots, trade items and the GS1 keys they carry.

Front door: `commands`, `queries`, `gs1`. Knows people and organisations by id.
"""
