"""Orders of guests: placed from a cart, paid to the seller, packed from labelled units, sent, delivered.

Front door: `commands`, `queries`, and the register `methods.METHODS` that payments fill. An order has
one seller; a cart with goods of two sellers becomes two orders.
"""
