"""Celery's embedded transport: a table in an SQLite file of its own, asked four times a second.

It may lose a message when a worker is killed; nothing depends on it, because the outbox table is
the queue of record and the sweeper finds what was lost.
"""

from kombu.transport.sqlalchemy import Transport


class EmbeddedTransport(Transport):
    """kombu's SQLAlchemy transport with a shorter wait between two looks."""

    polling_interval = 0.25
