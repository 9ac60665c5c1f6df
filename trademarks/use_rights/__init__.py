"""Rights to use a mark: application, certificate, label quota, suspension, revocation.

Front door: `commands` and `queries`; `sentences` has the words for people.
Knows organisations by id and goods by their crop key. Whoever labels or sells asks us.
"""
