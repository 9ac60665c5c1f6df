"""A real installation that is killed: processes of the ledger, the points at which they die, what is left."""
