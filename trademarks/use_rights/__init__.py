"""Rights to use a mark: application, certificate, label quota, suspension, revocation.

Front door: `commands`, `queries` and, for whoever prints labels, `quota`; `sentences` has the words.
Knows organisations by id and goods by their crop key. Whoever labels or sells asks us.
"""
