"""The database: engine, base of all tables, column types, and the two ways to begin.

SQLite runs in WAL with foreign keys on; a writer begins with BEGIN IMMEDIATE, so that two writers
wait for each other instead of failing half-way, and a reader begins plainly. PostgreSQL needs
neither. `db` gives the engine; sessions come from `app.kernel.uow` alone.
"""

import sqlite3
import uuid
from datetime import UTC, date, datetime
from typing import Any, ClassVar, TypeVar

import uuid_utils.compat
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    Date,
    DateTime,
    Dialect,
    Engine,
    Float,
    LargeBinary,
    MetaData,
    TypeDecorator,
    event,
    make_url,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import registry as orm_registry
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class UTCDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC on every database; a naive one is refused at the door."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; SQLite stores it without the zone that it cannot keep."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone reached the database")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Back to an aware UTC moment."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class SecondsBetween(FunctionElement[float]):
    """Seconds from the second of two moments to the first; SQLite would subtract texts."""

    name = "seconds_between"
    type = Float()
    inherit_cache = True


@compiles(SecondsBetween)
def _seconds_between(element: SecondsBetween, compiler: SQLCompiler, **kw: Any) -> str:
    later, earlier = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"EXTRACT(EPOCH FROM ({later} - {earlier}))"


@compiles(SecondsBetween, "sqlite")
def _seconds_between_on_sqlite(element: SecondsBetween, compiler: SQLCompiler, **kw: Any) -> str:
    later, earlier = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"((julianday({later}) - julianday({earlier})) * 86400.0)"


class DaysAfter(FunctionElement[date]):
    """The day so many days after another; nothing where one of the two is nothing."""

    name = "days_after"
    type = Date()
    inherit_cache = True


@compiles(DaysAfter)
def _days_after(element: DaysAfter, compiler: SQLCompiler, **kw: Any) -> str:
    day, days = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({day} + CAST({days} AS INTEGER))"


@compiles(DaysAfter, "sqlite")
def _days_after_on_sqlite(element: DaysAfter, compiler: SQLCompiler, **kw: Any) -> str:
    day, days = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"date({day}, {days} || ' days')"


class AsBytes(FunctionElement[bytes]):
    """What lies in a column, as bytes; on SQLite also where it is text."""

    name = "as_bytes"
    type = LargeBinary()
    inherit_cache = True


@compiles(AsBytes)
def _as_bytes(element: AsBytes, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(next(iter(element.clauses)), **kw)


@compiles(AsBytes, "sqlite")
def _as_bytes_on_sqlite(element: AsBytes, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST({compiler.process(next(iter(element.clauses)), **kw)} AS BLOB)"


class SealedBytes(TypeDecorator[bytes]):
    """Bytes that are compared with a hash, whatever a hand at the database made of them.

    SQLite keeps any type in any column, and `replace()` in its shell makes text of bytes: who looks for what
    was changed must be able to read it.
    """

    impl = LargeBinary
    cache_ok = True

    def column_expression(self, column: ColumnElement[bytes]) -> ColumnElement[bytes]:
        """Read as bytes."""
        return AsBytes(column)


PlainJSON = JSON().with_variant(JSONB(), "postgresql")
"""JSON for payloads that we make ourselves; sealed bytes are never kept in it."""


class Base(DeclarativeBase):
    """Base of every table. Names of constraints are fixed, so that migrations can name them."""

    registry: ClassVar[orm_registry] = orm_registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={
            datetime: UTCDateTime(),
            int: BigInteger(),
            dict[str, Any]: PlainJSON,
            list[Any]: PlainJSON,
        },
    )


B = TypeVar("B", bound=Base)

db = SQLAlchemy(model_class=Base)

APPEND_ONLY: set[str] = set()
"""Tables whose rows the database lets nobody UPDATE or DELETE; their migration writes the triggers."""


def append_only(table: type[B]) -> type[B]:
    """Mark a table as insert-only; a test compares the marks with the triggers that are there."""
    APPEND_ONLY.add(table.__tablename__)
    return table


def new_id() -> uuid.UUID:
    """A UUIDv7: unique, and in the order of making."""
    return uuid_utils.compat.uuid7()


def made_at(row_id: uuid.UUID) -> datetime:
    """When an id of `new_id` was made, to the millisecond, by this machine's clock (RFC 9562, 5.7)."""
    return datetime.fromtimestamp((row_id.int >> 80) / 1000, UTC)


def engine_options(url: str) -> dict[str, Any]:
    """How the engine of a database is made."""
    options: dict[str, Any] = {"pool_pre_ping": True}
    if make_url(url).get_backend_name() == "postgresql":
        from app.kernel.postgres import BinaryCursor  # noqa: PLC0415 - SQLite needs no driver of another

        options["connect_args"] = {"cursor_factory": BinaryCursor}
    return options


def prepare(engine: Engine) -> None:
    """Fit SQLite for one writer and many readers; nothing to do for other databases."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we begin ourselves; pysqlite would begin deferred
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=10000", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        read_only = connection.get_execution_options().get("read_only", False)
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if read_only else 'OFF'}")
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
