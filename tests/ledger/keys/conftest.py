"""The two operators of these tests, and the first key of their log."""

import pytest
from flask import Flask

from app.kernel.config import Config
from ledger.core.note import VerifierKey
from tests.scene.keys import Operators, keys_of_the_log
from tests.scene.ledger import sealed


@pytest.fixture
def operators(app: Flask) -> Operators:
    return Operators(app)


@pytest.fixture
def first(config: Config) -> VerifierKey:
    """The key of a log with three entries."""
    sealed(config, 3)
    return keys_of_the_log().live[0]
