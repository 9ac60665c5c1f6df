"""The case file: whatever a person asks of the office, with one number and one timeline.

Front door: `commands` (kinds register there), `queries`. Knows no particular kind of case.
"""
