"""The public register: marks, who owns and manages them over time, and their regulations on use.

Front door: `queries`. What could not be found is NULL and shown as "not found"; nothing is guessed.
"""
