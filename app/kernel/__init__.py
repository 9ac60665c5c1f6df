"""What every room stands on: database session, configuration, outbox, jobs, storage, units.

Front door: `uow`, `db`, `clock`, `problems`, `quantities`, `outbox`, `storage`, `jobs`.
Knows no person, no office and no page.
"""
