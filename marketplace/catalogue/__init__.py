"""The shop front: what is in season, product pages with their live lots, search.

Front door: `queries`. Only reads.
"""
