"""How the driver of PostgreSQL is used; imported where that is the database."""

from typing import Any

import psycopg
from psycopg import Cursor
from psycopg.adapt import Buffer, Loader
from psycopg.pq import Format
from psycopg.rows import TupleRow
from psycopg.types.array import ArrayBinaryLoader


class BinaryCursor(Cursor[TupleRow]):
    """Asks for results in binary form: as text, bytes are twice as long, and tiles and entries are bytes."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.format = Format.BINARY


class _VectorAsText(Loader):
    """`int2vector` of the system's tables, as SQLAlchemy takes it when it reads what indexes there are."""

    format = Format.BINARY

    def load(self, data: Buffer) -> str:
        return " ".join(map(str, ArrayBinaryLoader(self.oid, self.connection).load(data)))


psycopg.adapters.register_loader("int2vector", _VectorAsText)
