"""Models and migrations agree, there is one line of history, and append-only tables are just that."""

from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from app.kernel.config import Config
from app.kernel.db import APPEND_ONLY, Base, db
from app.kernel.uow import unit_of_work
from tests.conftest import SERVER


def test_models_and_migrations_agree(app: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, Base.metadata) == []


def test_history_is_one_straight_line(app: Flask) -> None:
    script = ScriptDirectory(app.config["MIGRATIONS"])
    assert len(script.get_heads()) == 1
    assert all(not isinstance(r.down_revision, tuple) for r in script.walk_revisions())


def test_every_migration_goes_down_and_up_again(app: Flask, config: Config) -> None:
    downgrade(revision="base")
    with db.engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
    upgrade()
    with db.engine.connect() as connection:
        assert set(Base.metadata.tables) <= set(inspect(connection).get_table_names())


def test_every_append_only_table_has_its_triggers(app: Flask) -> None:
    found = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"
    if SERVER:
        found = "SELECT count(*) FROM pg_trigger WHERE tgrelid = to_regclass(:table) AND NOT tgisinternal"
    assert "audit_entry" in APPEND_ONLY
    with unit_of_work(read_only=True) as uow:
        triggers = {table: uow.session.scalar(text(found), {"table": table}) for table in APPEND_ONLY}
    assert set(triggers.values()) == {2}


def test_an_append_only_row_can_be_neither_changed_nor_deleted(app: Flask) -> None:
    entry = uuid4().hex if not SERVER else str(uuid4())
    with unit_of_work() as uow:
        uow.session.execute(
            text(
                "INSERT INTO audit_entry (id, at, action, subject, details) "
                "VALUES (:id, '2026-11-20 00:00:00', 'test', 'x', '{}')"
            ),
            {"id": entry},
        )
    for statement in ("UPDATE audit_entry SET subject = 'y'", "DELETE FROM audit_entry"):
        with pytest.raises(DBAPIError, match="append-only"), unit_of_work() as uow:
            uow.session.execute(text(statement))
