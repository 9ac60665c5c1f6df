"""The unit of work: the only place that commits.

The edge (view, task, CLI) opens a unit; commands receive it and never commit. A write unit begins
on a clean connection (`BEGIN IMMEDIATE` on SQLite) and either everything in it is kept or nothing.
A read unit cannot write, and sees the database of one moment, however long it reads.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.kernel import jobs
from app.kernel.db import Base, db, new_id
from app.kernel.outbox import Outbox, State


class UnitOfWork:
    """One transaction: its session, what leaves the process after it, and nothing else."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._emitted = False
        self._connection: Connection | None = None

    @property
    def connection(self) -> Connection:
        """The transaction itself, for statements that need no objects."""
        if self._connection is None:  # cached_property of Python 3.11 has one lock for all threads
            self._connection = self.session.connection()
        return self._connection

    def add(self, *rows: Base) -> None:
        """Put new rows into the session and send them, so that constraints speak at once."""
        self.session.add_all(rows)
        self.session.flush()

    def insert_if_new(self, table: type[Base], **values: Any) -> bool:
        """Insert one row unless a unique constraint already has it; True when it was inserted."""
        target = table.__table__
        assert isinstance(target, Table)  # noqa: S101 - narrows for mypy; a mapped class has a Table
        if self.session.get_bind().dialect.name == "postgresql":
            # Without the option an INSERT has no row count there, and each would look like a repeat.
            statement = (
                postgresql.insert(target)
                .values(**values)
                .on_conflict_do_nothing()
                .execution_options(preserve_rowcount=True)
            )
            return self.connection.execute(statement).rowcount == 1
        lite = sqlite.insert(target).values(**values).on_conflict_do_nothing()
        return self.connection.execute(lite).rowcount == 1

    def emit(
        self, kind: str, *, key: str, payload: dict[str, Any], now: datetime, at: datetime | None = None
    ) -> bool:
        """Write one outbox row, due at `at` (default at once). A second row of the same key is none.

        Returns whether the row is new.
        """
        new = self.insert_if_new(
            Outbox,
            id=new_id(),
            kind=kind,
            key=key,
            payload=payload,
            state=State.PENDING,
            attempts=0,
            created_at=now,
            next_at=at or now,
        )
        self._emitted = self._emitted or new
        return new

    def committed(self) -> None:
        """Wake the worker when there is something for it."""
        if self._emitted:
            jobs.wake()


@contextmanager
def unit_of_work(*, read_only: bool = False) -> Iterator[UnitOfWork]:
    """Open one transaction on the current application's database; commit at the end, or roll back."""
    with Session(
        _reading(db.engine) if read_only else db.engine, expire_on_commit=False, autoflush=True
    ) as session:
        uow = UnitOfWork(session)
        yield uow
        if read_only:
            session.expunge_all()  # rows that were read stay readable after the unit
            session.rollback()
            return
        session.commit()
    uow.committed()


def _reading(engine: Engine) -> Engine:
    engine = engine.execution_options(read_only=True, postgresql_readonly=True)
    if engine.dialect.name != "postgresql":
        return engine  # a transaction of SQLite is a snapshot anyway
    return engine.execution_options(isolation_level="REPEATABLE READ")
