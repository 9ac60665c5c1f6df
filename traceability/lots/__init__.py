"""Lots: what was picked, how much of it is left, why it is held and who let it go on.

Front door: `commands` and `queries`. Does not know labels or packs: they tell it the grams they take.
"""
