"""A small world in memory in which the ledger's own rules run, are killed, delayed and doubled.

`world` is what an installation is made of, `chain` a chain, `oracle` what must never be seen, `programs` the
sequencer, publisher, feeder and anchorer step by step, `schedule` what happens to them. Trees, tiles, notes,
cosignatures and every decision are the ledger's own code; only tables, files and sockets are dictionaries.
"""
