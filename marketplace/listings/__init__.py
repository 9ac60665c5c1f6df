"""A lot offered for sale: unit weight, price, how many units.

Front door: `commands.offer`, `commands.withdraw`, `queries`. Knows lots and rights of use through
their queries; a held or recalled lot is neither offered nor sold.
"""
