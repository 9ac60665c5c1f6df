"""Benchmarks: each module of this package but `__main__` is one, run by `python -m bench.NAME`."""
