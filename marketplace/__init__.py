"""Storefront, listings, cart, orders, stock and payments.

Front door: `listings.commands`, `orders.commands`, `payments.commands`. Nothing stands above it.
Inside, stock stands lowest and knows listings by id only; payments fill the register of payment
methods that orders offers.
"""
