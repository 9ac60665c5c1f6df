"""Ways to pay: cash on delivery, VietQR straight to the seller, cards where keys are given.

Front door: `commands`, `panels`, `webhooks`. The card vendor's library is behind `gateway`.
"""
