"""How many units of a listing can be promised, and what has been: one counter row a listing.

Front door: `commands.reserve`, `keep`, `release`, `hand_over`. Knows listings and order lines by id.
"""
