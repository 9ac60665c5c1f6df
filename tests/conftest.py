"""A fresh application and database for every test: SQLite, or PostgreSQL by TEST_DATABASE_URL."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from jinja2 import FileSystemBytecodeCache

from app.factory import create_app
from app.kernel.config import Config
from app.kernel.db import db

SERVER = os.environ.get("TEST_DATABASE_URL", "")
TEST_KEY = "a-secret-key-that-only-tests-use-0123456789"


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


@contextmanager
def _installed(template: str, folder: Path) -> Iterator[Config]:
    """Settings of an installation of its own, with an empty migrated database."""
    if not SERVER:
        shutil.copy(template, folder / "coi.sqlite3")
        yield config_for(folder)
        return
    name = f"coi_test_{uuid.uuid4().hex[:12]}"
    _admin(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield config_for(folder, SERVER.rsplit("/", 1)[0] + f"/{name}")
    _admin(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def config(template: str, tmp_path: Path) -> Iterator[Config]:
    """Settings of this test's own installation."""
    with _installed(template, tmp_path) as config:
        yield config


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


@contextmanager
def _running(config: Config, compiled: FileSystemBytecodeCache) -> Iterator[Flask]:
    app = create_app(config)
    app.jinja_env.bytecode_cache = compiled
    app.config.update(TESTING=False, WTF_CSRF_ENABLED=False, SERVER_NAME=None)
    app.test_client_class = Browser
    with app.app_context():
        yield app
        db.engine.dispose()


@pytest.fixture
def app(config: Config, compiled: FileSystemBytecodeCache) -> Iterator[Flask]:
    """A running application inside its context."""
    with _running(config, compiled) as app:
        yield app


@pytest.fixture(scope="module")
def shared_config(template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Config]:
    """Settings of an installation that the tests of a module share."""
    with _installed(template, tmp_path_factory.mktemp("shared")) as config:
        yield config


@pytest.fixture(scope="module")
def shared_app(shared_config: Config, compiled: FileSystemBytecodeCache) -> Iterator[Flask]:
    """One application for a module whose tests read what took long to load, and change none of it."""
    with _running(shared_config, compiled) as app:
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript; CSRF has tests of its own."""
    return app.test_client()
