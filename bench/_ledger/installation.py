"""An installation of its own for a benchmark: an empty migrated PostgreSQL database, dropped at the end."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from flask_migrate import upgrade
from sqlalchemy.engine import URL

from app.factory import create_app
from app.kernel.config import Config
from app.kernel.db import db
from ledger import creation
from ledger.signers import LogSigners
from tests.support.postgres import throwaway_database

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Installation:
    """A log that was just created; the application's context is open."""

    config: Config
    signers: LogSigners

    def connect(self) -> psycopg.Connection:
        """A plain connection to the same database, for what a benchmark compares with."""
        return psycopg.connect(self.config.database_url.replace("+psycopg", ""))

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment in which another process opens the same installation."""
        return {**os.environ, **_settings(self.config.data_dir, self.config.database_url)}


@contextmanager
def installed(server: URL) -> Iterator[Installation]:
    """Make an installation on this PostgreSQL server; nothing of it is left afterwards."""
    with tempfile.TemporaryDirectory(prefix="coi-bench-") as folder, throwaway_database(server) as url:
        before = {name: os.environ.get(name) for name in _settings(Path(folder), url)}
        os.environ.update(_settings(Path(folder), url))
        try:
            with create_app().app_context():
                upgrade()
                config = Config()
                yield Installation(config, creation.opened_log(config, NOW))
                db.engine.dispose()
        finally:
            for name, value in before.items():
                os.environ.pop(name, None) if value is None else os.environ.update({name: value})


def _settings(folder: Path, url: str) -> dict[str, str]:
    """All that an installation reads from its environment, so that a developer's own changes nothing."""
    empty = ("EVM_RPC_URL", "S3_ENDPOINT", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "LEDGER_ORIGIN")
    return {
        **dict.fromkeys(empty, ""),
        "DATA_DIR": str(folder),
        "DATABASE_URL": url,
        "SECRET_KEY": "a-secret-key-that-only-benchmarks-use",  # pragma: allowlist secret
        "DEMO": "1",
        "CELERY_BROKER_URL": "memory://",
        "LOG_LEVEL": "ERROR",
    }
