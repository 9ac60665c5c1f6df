"""People, organisations and their succession, roles, login, consent.

Front door: `access` (who may), `commands`, `queries`. Knows no plots, lots or marks.
"""
