"""Packs of equal weight, each under one printed serial, and their way out of the door.

Front door: `commands` and `queries`. Does not know orders: whoever sells gives a reference.
"""
