"""What is wrong with the log now: found in one place, told to operators (/readyz) and on the page of the log.

`told` is for the operator and may name files and what servers answered; the page makes sentences of its own
from the other members (`ledger.sentences`). Nobody is called: the database and the key folder alone are read.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from app.kernel.config import Config
from app.kernel.register import Register
from app.kernel.uow import UnitOfWork, unit_of_work
from ledger import cosigned, queries, refusals, sequencer, stamped
from ledger.reach import reach

LONGEST_WAIT: Final = timedelta(seconds=60)
FAILURES_TOLD: Final = 3  # in a row, of one witness or of the time stamp authority


class AlarmKind(StrEnum):
    """What an alarm is about; the key of its sentence."""

    FORK = "fork"  # somebody holds a checkpoint of this log's key that this log does not hold
    ROLLED_BACK = "rolled-back"  # what was signed or anchored is newer than the database
    DAMAGED = "damaged"  # entries, tiles or the kept checkpoint do not fit what was signed
    RECORDS = "records"  # what the office shows of some goods is not what was sealed
    WRONG_LOG = "wrong-log"  # key or origin are of another log
    SPOILT = "spoilt"  # the newest checkpoint's row is not what was signed
    COPY = "copy"  # the published copy is another log's, or cannot be read
    LAG = "lag"
    UNPUBLISHED = "unpublished"
    NO_KEY = "no-key"  # nobody can sign: every key is revoked, or the program that holds it is away
    CHAIN = "chain"
    TIMESTAMPS = "timestamps"
    POLICY = "policy"
    WITNESS = "witness"


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One thing that is wrong. `name` is a witness; `count` entries, or pieces of evidence."""

    kind: AlarmKind
    told: str
    since: datetime | None = None
    name: str = ""
    count: int = 0


RECORDS: Register[Callable[[UnitOfWork], tuple[int, datetime | None]]] = Register("ledger.records")
"""How many records a room knows of that are not what was sealed, and since when the first one."""

_REFUSALS: Final = {
    refusals.RestoredBackup: AlarmKind.ROLLED_BACK,
    refusals.ChainAhead: AlarmKind.ROLLED_BACK,
    refusals.Forked: AlarmKind.DAMAGED,
    refusals.CopyUnreadable: AlarmKind.DAMAGED,
    refusals.TreeDamaged: AlarmKind.DAMAGED,
    refusals.CheckpointDamaged: AlarmKind.SPOILT,
    refusals.ForeignCopy: AlarmKind.COPY,
    refusals.CopyUnreachable: AlarmKind.COPY,
    refusals.NoLiveKey: AlarmKind.NO_KEY,
    refusals.SignerAway: AlarmKind.NO_KEY,
}


def raised(config: Config, now: datetime) -> tuple[Alarm, ...]:
    """Every alarm, the gravest kinds first."""
    found = [refusal(config)]
    with unit_of_work(read_only=True) as uow:
        found += [fork(uow), lag(uow, now), publication(uow, now), chain(uow, config, now)]
        found += [records(uow), timestamps(uow, config), *witnesses(uow)]
    gravity = list(AlarmKind)
    return tuple(sorted(filter(None, found), key=lambda alarm: gravity.index(alarm.kind)))


def lag(uow: UnitOfWork, now: datetime) -> Alarm | None:
    """Entries that have waited too long for an index or a signature."""
    status = queries.status(uow)
    since = status.waiting_since or status.unsigned_since
    if since is None or now - since < LONGEST_WAIT:
        return None
    size = status.log.size if status.log else 0
    unsigned = size - (status.checkpoint.size if status.checkpoint else 0)
    waiting = f"{status.waiting} entries wait for an index, {unsigned} for a signature"
    told = f"{waiting}, since {since:%Y-%m-%d %H:%M} UTC"
    return Alarm(kind=AlarmKind.LAG, told=told, since=since, count=status.waiting + unsigned)


def records(uow: UnitOfWork) -> Alarm | None:
    """The last look at some records found that they are not what was sealed."""
    found = [of(uow) for of in RECORDS.all().values()]
    count, since = sum(one for one, _ in found), min((at for _, at in found if at), default=None)
    if not count or since is None:
        return None
    told = f"{count} records are not what was sealed, the first since {since:%Y-%m-%d %H:%M} UTC"
    return Alarm(kind=AlarmKind.RECORDS, told=told, since=since, count=count)


def refusal(config: Config) -> Alarm | None:
    """A reason why the log must not sign."""
    refused = sequencer.refusal(config)
    if refused is None:
        return None
    return Alarm(kind=_REFUSALS.get(type(refused), AlarmKind.WRONG_LOG), told=str(refused))


def publication(uow: UnitOfWork, now: datetime) -> Alarm | None:
    """Why the published copy is not at the newest checkpoint."""
    newest = queries.latest_checkpoint(uow)
    try:
        if newest is not None:
            queries.published_note(uow, newest)
    except refusals.CheckpointDamaged as spoilt:
        return Alarm(kind=AlarmKind.SPOILT, told=str(spoilt))
    fault, since = queries.publication(uow)
    if fault is None and (since is None or now - since < LONGEST_WAIT):
        return None
    told = fault or f"a checkpoint waits to be published since {since:%Y-%m-%d %H:%M} UTC"
    return Alarm(kind=AlarmKind.UNPUBLISHED, told=told, since=since)


def chain(uow: UnitOfWork, config: Config, now: datetime) -> Alarm | None:
    """The chain that anchors the log has not been seen for a while, or refuses."""
    if not config.evm_rpc_url:
        return None
    fault, reached = queries.chain_fault(uow), reach(uow, now)
    since = reached.last_look_ok_at
    if reached.stale:
        told = f"the chain was last seen at {since}; {fault or 'no reason is known'}"
        return Alarm(kind=AlarmKind.CHAIN, told=told, since=since)
    return Alarm(kind=AlarmKind.CHAIN, told=fault, since=since) if fault else None


def timestamps(uow: UnitOfWork, config: Config) -> Alarm | None:
    """The time stamp authority keeps failing, or its answers are of no use."""
    if not config.tsa_url:
        return None
    seen = stamped.authority(uow, config.tsa_url)
    if seen is None or seen.failures < FAILURES_TOLD:
        return None
    return Alarm(kind=AlarmKind.TIMESTAMPS, told=seen.error or "no reason is known", since=seen.last_ok_at)


def fork(uow: UnitOfWork) -> Alarm | None:
    """A witness showed a checkpoint that this log's key signed and this log does not hold."""
    found = cosigned.fork_evidence(uow)
    if not found:
        return None
    first = found[0]
    told = (
        f"witness {first.witness} showed a signed checkpoint of {first.size} entries that is not this log's,"
        f" at {first.found_at:%Y-%m-%d %H:%M} UTC ({len(found)} in all): the log was forked, its database"
        " restored from an old backup, or its key stolen"
    )
    since, name, count = first.found_at, first.witness, len(found)
    return Alarm(kind=AlarmKind.FORK, told=told, since=since, name=name, count=count)


def witnesses(uow: UnitOfWork) -> Iterator[Alarm]:
    """The policy file cannot be used, or witnesses keep failing."""
    if fault := cosigned.policy_fault(uow):
        yield Alarm(kind=AlarmKind.POLICY, told=fault)
    for each in cosigned.witnesses(uow):
        if each.failures >= FAILURES_TOLD:
            told = f"{each.name}: {each.error}"
            yield Alarm(kind=AlarmKind.WITNESS, told=told, since=each.signed_at, name=each.name)
