"""What is wrong with the log, one sentence each, for /readyz and `flask doctor`."""

from flask import current_app

from app.kernel import clock
from app.kernel.config import Config
from app.kernel.uow import unit_of_work
from ledger import alarms, creation
from ledger.alarms import Alarm


def lag() -> str | None:
    """Entries that have waited too long for an index or a signature."""
    with unit_of_work(read_only=True) as uow:
        return _told(alarms.lag(uow, clock.now()))


def alarm() -> str | None:
    """A reason why the log must not sign."""
    return _told(alarms.refusal(_config()))


def records() -> str | None:
    """Records that are not what was sealed, as far as somebody looked."""
    with unit_of_work(read_only=True) as uow:
        return _told(alarms.records(uow))


def unfit() -> str | None:
    """The configured origin or key is of another log: web and worker do not start."""
    refused = creation.unfit(_config())
    return str(refused) if refused else None


def publication() -> str | None:
    """Why the published copy is not at the newest checkpoint."""
    with unit_of_work(read_only=True) as uow:
        return _told(alarms.publication(uow, clock.now()))


def chain() -> str | None:
    """The chain that anchors the log has not been seen for a while."""
    with unit_of_work(read_only=True) as uow:
        return _told(alarms.chain(uow, _config(), clock.now()))


def timestamps() -> str | None:
    """The time stamp authority keeps failing, or its answers are of no use."""
    with unit_of_work(read_only=True) as uow:
        return _told(alarms.timestamps(uow, _config()))


def fork() -> str | None:
    """A witness showed a checkpoint that this log's key signed and this log does not hold."""
    with unit_of_work(read_only=True) as uow:
        return _told(alarms.fork(uow))


def witnesses() -> str | None:
    """The policy file cannot be used, or witnesses keep failing."""
    with unit_of_work(read_only=True) as uow:
        return _told(*alarms.witnesses(uow))


def _told(*found: Alarm | None) -> str | None:
    return "; ".join(each.told for each in found if each) or None


def _config() -> Config:
    config: Config = current_app.extensions["coi.config"]
    return config
