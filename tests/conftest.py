"""A fresh database and data folder for every test: SQLite, or PostgreSQL by TEST_DATABASE_URL.

The application itself is built once a worker: 170 routes, all templates and each statement would be compiled
again for every test, and take longer than most tests. Its installation keeps its address: a folder
which is emptied, a database of the same name. What a test hangs into a register is taken out again.
"""

import gc
import os
import shutil
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import event

from app.factory import create_app
from app.kernel.config import Config
from app.kernel.db import db
from tests.support.emptied import Emptied

SERVER = os.environ.get("TEST_DATABASE_URL", "")
TEST_KEY = "a-secret-key-that-only-tests-use-0123456789"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What plays the demonstration takes longest and comes first, so that nobody waits for it at the end."""
    items.sort(key=lambda item: not item.path.stem.endswith("_demo"))


def pytest_collection_finish() -> None:
    """What was imported stays: the garbage collector need not look through it during every test."""
    gc.collect()
    gc.freeze()


def config_for(folder: Path, database_url: str = "", **changes: object) -> Config:
    """A configuration that reads nothing from the environment of the developer."""
    settings: dict[str, object] = {
        "data_dir": folder,
        "database_url": database_url,
        "secret_key": TEST_KEY,
        "demo": True,
        "celery_broker_url": "memory://",
        "public_url": "http://coi.test",
        "evm_rpc_url": "",
        "tsa_url": "",
        "s3_endpoint": "",
        "stripe_secret_key": "",
        "stripe_webhook_secret": "",
        "corpus": None,
    }
    return Config.model_validate(settings | changes)


def _admin(sql: str) -> None:
    with psycopg.connect(SERVER.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(sql)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated database to copy from: a file's path, or a PostgreSQL database's name."""
    folder = tmp_path_factory.mktemp("template")
    if not SERVER:
        app = create_app(config_for(folder))
        with app.app_context():
            upgrade()
            db.engine.dispose()
        yield str(folder / "coi.sqlite3")
        return
    name = f"coi_template_{uuid.uuid4().hex[:12]}"
    _admin(f"CREATE DATABASE {name}")
    app = create_app(config_for(folder, SERVER.rsplit("/", 1)[0] + f"/{name}"))
    with app.app_context():
        upgrade()
        db.engine.dispose()
    yield name
    _admin(f"DROP DATABASE {name}")


@pytest.fixture(scope="session")
def empty_database(template: str) -> Iterator[Callable[[Path, str], None]]:
    """Make an empty migrated database: a file in the folder, or one of this name on the server."""
    if not SERVER:
        yield lambda folder, _name: shutil.copy(template, folder / "coi.sqlite3")
        return
    emptied = Emptied(SERVER.replace("+psycopg", "").rsplit("/", 1)[0], template)
    yield lambda _folder, name: emptied.prepare(name)
    emptied.drop_all()


def _settings(data_dir: Path) -> tuple[Config, str]:
    """Settings of an installation in this folder, and the name of its database on a server."""
    name = f"coi_test_{uuid.uuid4().hex[:12]}"
    return config_for(data_dir, SERVER.rsplit("/", 1)[0] + f"/{name}" if SERVER else ""), name


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> tuple[Config, str]:
    """Settings that every test's installation has in its turn, and the name of its database."""
    return _settings(tmp_path_factory.mktemp("installation"))


@pytest.fixture
def config(address: tuple[Config, str], empty_database: Callable[[Path, str], None]) -> Config:
    """Settings of this test's own installation, in which nothing is yet."""
    config, name = address
    shutil.rmtree(config.data_dir)
    config.data_dir.mkdir()
    empty_database(config.data_dir, name)
    return config


class Browser(FlaskClient):
    """Each request has an application context of its own, as behind the real server."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Send one request."""
        with self.application.app_context():
            return super().open(*args, **kwargs)


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Compiled templates for every application of the run: making them is a quarter of a page's test."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


def _nobody_cuts_the_power(connection: sqlite3.Connection, _record: object) -> None:
    """A killed process loses nothing without it, and waiting for the disk is a third of a test's time."""
    connection.execute("PRAGMA synchronous=OFF")


def _built(config: Config, compiled: FileSystemBytecodeCache) -> Flask:
    app = create_app(config)
    if not SERVER:
        with app.app_context():
            event.listen(db.engine, "connect", _nobody_cuts_the_power)
    app.jinja_env.bytecode_cache = compiled
    app.config.update(TESTING=False, WTF_CSRF_ENABLED=False, SERVER_NAME=None)
    app.test_client_class = Browser
    return app


@contextmanager
def _running(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        yield app
        db.engine.dispose()


@contextmanager
def _put_back(app: Flask) -> Iterator[None]:
    """Settings, views and registers as they were, whatever a test changes in them."""
    extensions = {name: dict(it) if isinstance(it, dict) else it for name, it in app.extensions.items()}
    before = dict(app.config), dict(app.view_functions), extensions
    yield
    for kept, was in zip((app.config, app.view_functions, app.extensions), before, strict=True):
        kept.clear()
        kept.update(was)


@pytest.fixture(scope="session")
def built(compiled: FileSystemBytecodeCache) -> Callable[[Config], Flask]:
    """The worker's application of these settings; the last of other settings is kept beside the usual one."""
    return lru_cache(maxsize=2)(lambda config: _built(config, compiled))


@pytest.fixture
def app(config: Config, built: Callable[[Config], Flask]) -> Iterator[Flask]:
    """A running application inside its context, as it was built."""
    app = built(config)
    with _put_back(app), _running(app):
        yield app


@pytest.fixture(scope="module")
def shared_config(
    empty_database: Callable[[Path, str], None], tmp_path_factory: pytest.TempPathFactory
) -> Config:
    """Settings of an installation that the tests of a module share."""
    folder = tmp_path_factory.mktemp("shared")
    config, name = _settings(folder)
    empty_database(folder, name)
    return config


@pytest.fixture(scope="module")
def shared_app(shared_config: Config, compiled: FileSystemBytecodeCache) -> Iterator[Flask]:
    """One application for a module whose tests read what took long to load, and change none of it."""
    with _running(_built(shared_config, compiled)) as app:
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript; CSRF has tests of its own."""
    return app.test_client()
