"""Logs in memory for the tests of the core."""

import pytest

from tests.ledger.core.memory_log import MemoryLog, log_of


@pytest.fixture(scope="session")
def log() -> MemoryLog:
    """Read only: eleven sealed events."""
    return log_of(11)


@pytest.fixture
def fresh_log() -> MemoryLog:
    """Five sealed events, free to change."""
    return log_of(5)


@pytest.fixture
def file(tmp_path, log):
    path = tmp_path / "proof.json"
    path.write_bytes(log.bundle(anchors=(log.anchor(),)).to_bytes())
    return path


@pytest.fixture
def policy(tmp_path, log):
    path = tmp_path / "policy"
    path.write_text(f"log {log.key.verifier}\nquorum none\n", "utf-8")
    return path
