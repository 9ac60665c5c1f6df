"""Marks and who may use them: register, search, rights of use.

Front door: `use_rights.commands`, `.queries`, `.quota`, `register.queries`.
Knows organisations by id. Does not know lots, listings or sensors: whoever sells or labels asks us.
"""
