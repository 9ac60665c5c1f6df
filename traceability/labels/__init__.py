"""Label sheets of one lot and the serials on them; addresses and typed codes.

Front door: `commands`, `queries` and `digital_link`. Packing binds a serial
to a pack; labels do not know packs.
"""
