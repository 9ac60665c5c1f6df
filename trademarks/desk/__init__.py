"""The officer's desk for rights of use: the list, one right with its history, and each act on it.

Knows `use_rights`; nobody knows the desk.
"""
