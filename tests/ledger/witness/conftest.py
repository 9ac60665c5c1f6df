"""A log in memory that the witness of the tests follows."""

import pytest

from tests.ledger.core.memory_log import MemoryLog, log_of


@pytest.fixture
def log() -> MemoryLog:
    """Eleven sealed events."""
    return log_of(11)
