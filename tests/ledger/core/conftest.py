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
