"""The published copy in the scene: put there, and looked at."""

from pathlib import Path

from app.kernel.config import Config
from app.kernel.storage import FolderStorage
from app.kernel.uow import unit_of_work
from ledger import publication
from ledger.models import PublishedHead
from tests.scene.ledger import (
    NOW,
)


def publish(config: Config, storage: FolderStorage, **how: bool) -> publication.Published:
    """One publication."""
    return publication.publish(config, storage, NOW, **how)


def published_head() -> PublishedHead:
    """What the log remembers of it."""
    with unit_of_work(read_only=True) as uow:
        return uow.session.get_one(PublishedHead, 1)


def files_of(copy: Path) -> set[str]:
    """The files of the copy, by their paths in it."""
    return {str(path.relative_to(copy)) for path in copy.rglob("*") if path.is_file()}
