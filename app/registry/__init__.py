"""Master data: administrative units, plots, trade items and the GS1 keys they carry.

Front door: `commands`, `queries`, `places`, `gs1`. Knows people and organisations by id.
"""
