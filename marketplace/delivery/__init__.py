"""How a seller's goods reach the buyer: what delivering costs, in how many days, where to fetch them.

Front door: `rules.quote`, `queries.terms_of`, `commands.set_terms`. Knows sellers by id only.
"""
