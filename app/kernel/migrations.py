"""The database's history: which migrations this code knows, which are in, and how they are brought in.

Alembic takes a sixth of a start and is only needed to migrate, so it is loaded by whoever does.
"""

from functools import cache
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, inspect, text
from werkzeug.local import LocalProxy


def known(folder: Path) -> list[str]:
    """Revisions of this code, oldest first: history is one line, and a file's name begins with its number."""
    return sorted(file.name[:4] for file in (folder / "versions").glob("[0-9]*.py"))


def applied(connection: Connection) -> str | None:
    """The newest revision that is in; None in a database without tables."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


class _Db(click.Command):
    """`flask db`: that of Flask-Migrate, once it is typed."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        from flask_migrate.cli import db  # noqa: PLC0415 - Alembic

        context: click.Context = db.make_context(info_name, args, parent, **extra)
        return context


def bind(app: Flask, db: SQLAlchemy, folder: Path) -> None:
    """Put Flask-Migrate in its place in the application, to be loaded by the first who asks for it."""

    @cache
    def loaded() -> Any:
        from flask_migrate import Migrate  # noqa: PLC0415 - Alembic

        Migrate(app, db, directory=str(folder))  # takes the proxy's place
        return app.extensions["migrate"]

    app.extensions["migrate"] = LocalProxy(loaded)
    app.cli.add_command(_Db("db", help="Perform database migrations."))
