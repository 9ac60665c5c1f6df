"""The farm diary: what was done on a plot and when; a correction is a new entry.

Front door: `commands.record_work` and `queries`. Does not know lots: whoever harvests asks for sprays.
"""
