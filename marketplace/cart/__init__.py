"""What a visitor wants to buy, kept on the server under a random token in a cookie.

Front door: `commands.put`, `queries.cart`. Holds nothing back: stock is promised when an order is placed.
"""
