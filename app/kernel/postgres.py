"""How the driver of PostgreSQL is used; imported where that is the database."""

from typing import Any

from psycopg import Cursor
from psycopg.pq import Format
from psycopg.rows import TupleRow


class BinaryCursor(Cursor[TupleRow]):
    """Asks for results in binary form: as text, bytes are twice as long, and tiles and entries are bytes."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.format = Format.BINARY
