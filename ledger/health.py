"""What is wrong with the log, one sentence each, for /readyz and `flask doctor`."""

from datetime import timedelta

from flask import current_app

from app.kernel import clock
from app.kernel.config import Config
from app.kernel.uow import unit_of_work
from ledger import cosigned, creation, queries, sequencer, stamped
from ledger.reach import reach

LONGEST_WAIT = timedelta(seconds=60)
FAILURES_TOLD = 3  # in a row, of one witness or of the time stamp authority


def lag() -> str | None:
    """Entries that have waited too long for an index or a signature."""
    with unit_of_work(read_only=True) as uow:
        status = queries.status(uow)
    since = status.waiting_since or status.unsigned_since
    if since is None or clock.now() - since < LONGEST_WAIT:
        return None
    size = status.log.size if status.log else 0
    unsigned = size - (status.checkpoint.size if status.checkpoint else 0)
    waiting = f"{status.waiting} entries wait for an index, {unsigned} for a signature"
    return f"{waiting}, since {since:%Y-%m-%d %H:%M} UTC"


def alarm() -> str | None:
    """A reason why the log must not sign."""
    refused = sequencer.refusal(_config())
    return str(refused) if refused else None


def unfit() -> str | None:
    """The configured origin or key is of another log: web and worker do not start."""
    refused = creation.unfit(_config())
    return str(refused) if refused else None


def publication() -> str | None:
    """Why the published copy is not at the newest checkpoint."""
    with unit_of_work(read_only=True) as uow:
        fault, since = queries.publication(uow)
    if fault:
        return fault
    if since is None or clock.now() - since < LONGEST_WAIT:
        return None
    return f"a checkpoint waits to be published since {since:%Y-%m-%d %H:%M} UTC"


def chain() -> str | None:
    """The chain that anchors the log has not been seen for a while."""
    if not _config().evm_rpc_url:
        return None
    with unit_of_work(read_only=True) as uow:
        fault, reached = queries.chain_fault(uow), reach(uow)
    if reached.stale:
        return f"the chain was last seen at {reached.last_look_ok_at}; {fault or 'no reason is known'}"
    return fault


def timestamps() -> str | None:
    """The time stamp authority keeps failing, or its answers are of no use."""
    url = _config().tsa_url
    if not url:
        return None
    with unit_of_work(read_only=True) as uow:
        seen = stamped.authority(uow, url)
    return seen.error if seen is not None and seen.failures >= FAILURES_TOLD else None


def fork() -> str | None:
    """A witness showed a checkpoint that this log's key signed and this log does not hold."""
    with unit_of_work(read_only=True) as uow:
        found = cosigned.fork_evidence(uow)
    if not found:
        return None
    first = found[0]
    return (
        f"witness {first.witness} showed a signed checkpoint of {first.size} entries that is not this log's,"
        f" at {first.found_at:%Y-%m-%d %H:%M} UTC ({len(found)} in all): the log was forked, its database"
        " restored from an old backup, or its key stolen"
    )


def witnesses() -> str | None:
    """The policy file cannot be used, or witnesses keep failing."""
    with unit_of_work(read_only=True) as uow:
        fault, found = cosigned.policy_fault(uow), cosigned.witnesses(uow)
    failing = [f"{each.name}: {each.error}" for each in found if each.failures >= FAILURES_TOLD]
    return "; ".join(filter(None, [fault, *failing])) or None


def _config() -> Config:
    config: Config = current_app.extensions["coi.config"]
    return config
