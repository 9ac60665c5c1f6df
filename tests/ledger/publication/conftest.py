"""Where the published copy lies."""

from pathlib import Path

import pytest
from flask import Flask

from app.kernel.config import Config
from app.kernel.storage import FolderStorage


@pytest.fixture
def storage(app: Flask) -> FolderStorage:
    kept: FolderStorage = app.extensions["coi.storage"]
    return kept


@pytest.fixture
def copy(config: Config) -> Path:
    """The folder of the published copy."""
    return config.data_dir / "files" / "ledger"
