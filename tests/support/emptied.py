"""A migrated PostgreSQL database that every test finds empty, without being made for every test.

Making one writes some two hundred files and waits for each of them: most of a test's time on a slow disk.
So each worker keeps one and empties it; a test that changed tables or triggers leaves it to be made anew.
"""

import psycopg

_SCHEMA = """
SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM (
    SELECT concat_ws(' ', c.oid::regclass, c.relkind, pg_get_indexdef(c.oid), a.attname, a.atttypid::regtype,
        a.attnotnull, pg_get_expr(d.adbin, d.adrelid)) AS line
    FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL SELECT concat_ws(' ', pg_get_triggerdef(oid), tgenabled) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
    UNION ALL SELECT concat_ws(' ', proname, prosrc) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT version_num FROM alembic_version
) lines
"""
_ALONE = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_EMPTY = """
DO $$ DECLARE found text; BEGIN
    PERFORM set_config('session_replication_role', 'replica', true);  -- append-only tables, foreign keys
    FOR found IN SELECT quote_ident(tablename) FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    LOOP EXECUTE 'DELETE FROM ' || found; END LOOP;
END $$
"""


class Emptied:
    """Databases copied from a template, by name; `server` is a libpq address without a database."""

    def __init__(self, server: str, template: str) -> None:
        self._server, self._template = server, template
        self._schemas: dict[str, str] = {}

    def prepare(self, name: str) -> None:
        """Have an empty database of this name, made or emptied."""
        if name in self._schemas:
            with psycopg.connect(f"{self._server}/{name}", autocommit=True) as connection:
                connection.execute(_ALONE)  # a failed test may have left a transaction open
                if _schema(connection) == self._schemas[name]:
                    connection.execute(_EMPTY)
                    return
        self.drop(name)
        self._say(f"CREATE DATABASE {name} TEMPLATE {self._template}")
        with psycopg.connect(f"{self._server}/{name}", autocommit=True) as connection:
            self._schemas[name] = _schema(connection)

    def drop(self, name: str) -> None:
        """Leave nothing of it."""
        self._schemas.pop(name, None)
        self._say(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def drop_all(self) -> None:
        """Leave nothing."""
        for name in list(self._schemas):
            self.drop(name)

    def _say(self, statement: str) -> None:
        with psycopg.connect(f"{self._server}/postgres", autocommit=True) as connection:
            connection.execute(statement.encode())


def _schema(connection: psycopg.Connection) -> str:
    row = connection.execute(_SCHEMA).fetchone()
    assert row is not None
    return str(row[0])
