"""The log begins once: its origin, its key, its head row. Afterwards the same call checks that they fit."""

from datetime import datetime

from app.kernel.config import Config
from app.kernel.uow import UnitOfWork, unit_of_work
from ledger import cosigned, queries
from ledger.core.note import SigningKey
from ledger.core.tree import EMPTY_ROOT
from ledger.log_folder import LogFolder
from ledger.models import LogHead
from ledger.queries import LogView
from ledger.refusals import RestoredBackup, WrongKey, WrongOrigin


def opened_log(config: Config, now: datetime) -> SigningKey:
    """The key of this installation's log; the log is created when there is none.

    Several processes may call it at once: one key and one row win, and all return the same key. Opens its
    own units of work. Raises WrongOrigin, KeyMissing, WrongKey, RestoredBackup (the database is empty and
    the folder remembers a checkpoint).
    """
    folder = LogFolder(config.data_dir)
    with unit_of_work(read_only=True) as uow:
        log = queries.log(uow)
    if log is None:
        _create(config, folder, now)
        with unit_of_work(read_only=True) as uow:
            log = queries.log(uow)
    assert log is not None  # noqa: S101 - narrows for mypy; the row was just inserted and is never deleted
    key = fitting_key(config, log)
    with unit_of_work(read_only=True) as uow:
        folder.write_policy(cosigned.policy_text(uow, log.vkey))
    return key


def fitting_key(config: Config, log: LogView) -> SigningKey:
    """The signing key of a log that stands. Raises WrongOrigin, KeyMissing, WrongKey."""
    if config.ledger_origin and config.ledger_origin != log.origin:
        raise WrongOrigin(given=config.ledger_origin, stored=log.origin)
    folder = LogFolder(config.data_dir)
    key = folder.key(log.origin)
    if str(key.verifier) != log.vkey:
        raise WrongKey(path=str(folder.key_path), origin=log.origin)
    return key


def _create(config: Config, folder: LogFolder, now: datetime) -> None:
    key = folder.make_key(config.origin)
    if key.name != config.origin:
        raise WrongOrigin(given=config.origin, stored=key.name)
    kept = folder.last_checkpoint(key.verifier)
    if kept is not None and kept.size > 0:
        raise RestoredBackup(signed=kept.size, size=0)
    with unit_of_work() as uow:
        _insert_head(uow, key, now)


def _insert_head(uow: UnitOfWork, key: SigningKey, now: datetime) -> None:
    uow.insert_if_new(
        LogHead,
        id=1,
        origin=key.name,
        vkey=str(key.verifier),
        created_at=now,
        size=0,
        root=EMPTY_ROOT,
    )
