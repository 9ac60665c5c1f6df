"""Outside anchors: heads of the log on a chain that its operator does not rule.

`chain` says what is asked of one, `evm` answers over `jsonrpc`, `anchoring` drives an anchor through its
states, `rows` remembers them; `receipt` reads an anchor back without any of these, for `python -m ledger
verify`.
"""
