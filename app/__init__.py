"""Ground floor and wiring.

The kernel, the web frame, and the three storeys that every room stands on (identity, registry,
cases); and the roof (`factory`, `cli`, `demo`), which mounts the packages by name and imports
none of them.
"""
