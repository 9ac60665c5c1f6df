"""Real servers for `make test-services`, each started once for the whole run and on free ports."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from tests.support.anvil import Chain, anvil
from tests.support.ports import free_port
from tests.support.postgres import postgres_server, throwaway_database
from tests.support.seaweedfs import S3Server, seaweedfs


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with seaweedfs(tmp_path_factory.mktemp("seaweedfs")) as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[URL]:
    with postgres_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: URL) -> Iterator[str]:
    """An empty database of its own for one test, as an SQLAlchemy URL."""
    with throwaway_database(postgres) as url:
        yield url


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Chain]:
    """A chain of its own for one test."""
    with anvil(tmp_path) as running:
        yield running


@pytest.fixture
def port() -> int:
    """Where a test starts a chain of its own, and starts it again."""
    return free_port()
