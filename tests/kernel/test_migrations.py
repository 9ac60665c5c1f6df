"""Models and migrations agree, there is one line of history, and append-only tables are just that."""

from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import CheckConstraint, DateTime, inspect, text
from sqlalchemy.exc import DBAPIError

from app.kernel import clock, migrations
from app.kernel.config import Config
from app.kernel.db import APPEND_ONLY, Base, UTCDateTime, db
from app.kernel.uow import unit_of_work
from ledger import sequencer
from tests.conftest import SERVER
from tests.scene.farm import a_farm
from tests.scene.shop import packed_lot


def test_models_and_migrations_agree(app: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": _compare_type})
        assert compare_metadata(context, Base.metadata) == []


def _compare_type(_context, _column, _metadata_column, found, wanted) -> bool | None:
    """Our moment is a timestamp with time zone, and SQLite has one kind of JSON and none of UUID."""
    if isinstance(wanted, UTCDateTime):
        return not isinstance(found, DateTime)
    return None


def test_each_check_of_the_models_is_in_the_database(app: Flask) -> None:
    """Alembic does not compare them."""
    with db.engine.connect() as connection:
        there = {
            (table, check["name"])
            for table in Base.metadata.tables
            for check in inspect(connection).get_check_constraints(table)
        }
    wanted = {
        (table.name, str(one.name))
        for table in Base.metadata.tables.values()
        for one in table.constraints
        if isinstance(one, CheckConstraint)
    }
    assert wanted - there == set()


def test_history_is_one_straight_line(app: Flask) -> None:
    script = ScriptDirectory(app.config["MIGRATIONS"])
    line = [revision.revision for revision in script.walk_revisions()]
    assert script.get_heads() == line[:1]
    assert all(not isinstance(r.down_revision, tuple) for r in script.walk_revisions())
    assert migrations.known(app.config["MIGRATIONS"]) == line[::-1]


@pytest.mark.parametrize(
    ("revision", "told"), [("9999", "comes from a newer version"), ("0013", "migrations are missing: 0014")]
)
def test_health_tells_a_database_of_another_version(app: Flask, revision: str, told: str) -> None:
    with unit_of_work() as uow:
        uow.session.execute(
            text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision}
        )
    answer = app.test_client().get("/healthz")
    assert answer.status_code == 503
    assert told in answer.get_json()["faults"][0]


def test_every_migration_goes_down_and_up_again(app: Flask, config: Config) -> None:
    downgrade(revision="base")
    with db.engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
    upgrade()
    with db.engine.connect() as connection:
        assert set(Base.metadata.tables) <= set(inspect(connection).get_table_names())


def test_every_append_only_table_has_its_triggers(app: Flask) -> None:
    found = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"
    verbs = {"BEFORE UPDATE ON", "BEFORE DELETE ON"}
    if SERVER:
        found = (
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger "
            "WHERE tgrelid = to_regclass(:table) AND NOT tgisinternal AND tgenabled = 'O'"
        )
        verbs = {"BEFORE DELETE OR UPDATE ON", "BEFORE TRUNCATE ON"}
    assert "audit_entry" in APPEND_ONLY
    for table in APPEND_ONLY:
        with unit_of_work(read_only=True) as uow:
            triggers = uow.session.scalars(text(found), {"table": table}).all()
        assert {verb for verb in verbs if any(verb in one for one in triggers)} == verbs, table
        assert all("append" in one and " WHEN " not in one for one in triggers), table


def test_an_event_an_entry_and_a_checkpoint_stand(app: Flask, config: Config) -> None:
    """Each table with a row in it: a trigger for each row says nothing of an empty table."""
    farm = a_farm()
    farm.works()
    packed_lot(farm)
    sequencer.run(config, clock.now())
    filled = {"epcis_event", "epcis_event_lot", "diary_entry", "log_entry", "checkpoint"}
    assert filled <= APPEND_ONLY
    for table in sorted(filled):
        with unit_of_work(read_only=True) as uow:
            column = inspect(uow.session.connection()).get_pk_constraint(table)["constrained_columns"][0]
            assert uow.session.scalar(text(f"SELECT count(*) FROM {table}")), table
        for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
            with pytest.raises(DBAPIError, match="append-only"), unit_of_work() as uow:
                uow.session.execute(text(statement))


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
