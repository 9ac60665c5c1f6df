"""The log begins once: its origin, its key, its head row. Afterwards the same call checks that they fit."""

from datetime import datetime

from app.kernel.config import Config
from app.kernel.db import new_id
from app.kernel.uow import UnitOfWork, unit_of_work
from ledger import cosigned, queries, signers
from ledger.core.note import ED25519, VerifierKey
from ledger.core.tree import EMPTY_ROOT
from ledger.log_folder import LogFolder
from ledger.models import KeyEventKind, LogHead, LogKeyEvent
from ledger.queries import LogView
from ledger.refusals import (
    NoLiveKey,
    RestoredBackup,
    SignerAway,
    SignerUnusable,
    WrongConfiguration,
    WrongKey,
    WrongOrigin,
)
from ledger.signers import ExternalSigner, LogSigners, Program


def opened_log(config: Config, now: datetime) -> LogSigners:
    """Who signs for this installation's log; the log is created when there is none.

    Several processes may call it at once: one key and one row win, and all return the same. Opens its
    own units of work. Raises WrongConfiguration, NoLiveKey, RestoredBackup (the database is empty and the
    folder remembers a checkpoint), SignerAway (a new log has its key from LEDGER_SIGNER).
    """
    folder = LogFolder(config.data_dir)
    found = _opened(config, folder)
    if found is None:
        _create(config, folder, now)
        found = _opened(config, folder)
    assert found is not None  # noqa: S101 - narrows for mypy; the row was just inserted, and none is deleted
    return found


def _opened(config: Config, folder: LogFolder) -> LogSigners | None:
    with unit_of_work(read_only=True) as uow:
        log = queries.log(uow)
        policy = cosigned.policy_text(uow, log.keys.live) if log else ""
    if log is None:
        return None
    found = fitting_signers(config, log)
    folder.write_policy(policy)
    return found


def fitting_signers(config: Config, log: LogView) -> LogSigners:
    """Who signs for a log that stands. Raises WrongConfiguration, NoLiveKey."""
    if config.ledger_origin and config.ledger_origin != log.origin:
        raise WrongOrigin(given=config.ledger_origin, stored=log.origin)
    return signers.fitting(config, log.keys, log.origin)


def unfit(config: Config) -> WrongConfiguration | None:
    """Why web and worker must not start: the configured origin or key is of another log. None: they may.

    A program that signs is asked which keys it has. One that does not answer now stops nobody: pages are
    shown without it, entries wait, and the alarm says so. Opens its own unit of work.
    """
    with unit_of_work(read_only=True) as uow:
        log = queries.log(uow)
    try:
        if log is None:
            _refuse_other_name(config)
            return None
        for signer in fitting_signers(config, log).each:
            if isinstance(signer, ExternalSigner) and signer.verifier not in signer.program.vkeys():
                return WrongKey(path=f"of LEDGER_SIGNER {signer.program.name}", origin=log.origin)
    except WrongConfiguration as fault:
        return fault
    except (NoLiveKey, SignerAway):
        return None  # everything but signing goes on
    return None


def _refuse_other_name(config: Config) -> None:
    """Raise WrongConfiguration when the keys that a new log would be created with bear another name."""
    names = {key.name for key in signers.from_environment(config)}
    folder = LogFolder(config.data_dir)
    if not names and folder.key_path.exists():
        names = {folder.key(config.origin).name}
    if names and names != {config.origin}:
        raise WrongOrigin(given=config.origin, stored=min(names))


def _create(config: Config, folder: LogFolder, now: datetime) -> None:
    key = _first_key(config, folder)
    if key.name != config.origin:
        raise WrongOrigin(given=config.origin, stored=key.name)
    kept = folder.last_checkpoint(key)
    if kept is not None and kept.size > 0:
        raise RestoredBackup(signed=kept.size, size=0)
    with unit_of_work() as uow:
        _insert_head(uow, key, now)


def _first_key(config: Config, folder: LogFolder) -> VerifierKey:
    """The key of a new log: from the environment, else from the program, else a file that is made now."""
    if given := signers.from_environment(config):
        return given[0].verifier
    program = Program.of(config)
    if program is None or folder.key_path.exists():
        return folder.make_key(config.origin).verifier
    shown = [key for key in program.vkeys() if key.name == config.origin and key.algorithm == ED25519]
    if not shown:
        told = f"it has no key of type 0x01 that is named {config.origin}"
        raise SignerUnusable(command=program.name, reason=told)
    return shown[0]


def _insert_head(uow: UnitOfWork, key: VerifierKey, now: datetime) -> None:
    new = uow.insert_if_new(
        LogHead,
        id=1,
        origin=key.name,
        vkey=str(key),
        created_at=now,
        size=0,
        root=EMPTY_ROOT,
    )
    if new:
        uow.add(
            LogKeyEvent(id=new_id(), vkey=str(key), kind=KeyEventKind.CREATED, at=now, done_by="", account="")
        )
