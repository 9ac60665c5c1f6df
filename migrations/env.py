"""Alembic's environment: the engine of the application, lock and statement limits on PostgreSQL."""

from alembic import context
from flask import current_app
from sqlalchemy import JSON, DateTime

from app.kernel.db import Base, UTCDateTime

LOCK_TIMEOUT = "4s"
STATEMENT_TIMEOUT = "60s"


def render_item(kind, item, autogen_context):
    """Write our own column types as plain ones: a migration imports nothing of the application."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, JSON):
        autogen_context.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def compare_type(_context, _inspected, _metadata, inspected_type, metadata_type):
    """Our moment is a timestamp with time zone; let Alembic judge the rest."""
    if isinstance(metadata_type, UTCDateTime):
        return not isinstance(inspected_type, DateTime)
    return None


def run() -> None:
    """Run on the current application's engine; SQLite's foreign keys rest while tables are rebuilt."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
            connection.exec_driver_sql(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'")
            connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            render_item=render_item,
            compare_type=compare_type,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
