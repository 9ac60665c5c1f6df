"""What the worker does for the log: sequence and sign, publish, ask witnesses, anchor, have it stamped.

Sequencing never waits for a chain or an authority: anchoring has rows and jobs of its own, and while they are
away the log goes on unanchored and says so.
"""

import logging
import math
from datetime import timedelta

from flask import current_app

from app.kernel import clock
from app.kernel.config import Config
from app.kernel.outbox import OutboxRow, TryAgain
from app.kernel.storage import Storage, StorageFull, StorageUnavailable
from app.kernel.uow import unit_of_work
from ledger import publication, queries, sequencer
from ledger.anchors import anchoring, rows, stamping
from ledger.anchors.authority import AuthorityDown, AuthorityRefuses
from ledger.anchors.chain import ChainDown, ChainRefuses, ChainWaits
from ledger.anchors.connection import authority, connect
from ledger.refusals import LogRefuses, SignerAway
from ledger.witnesses import configured, feeder
from ledger.witnesses import rows as witness_rows

log = logging.getLogger(__name__)

ANCHOR = "ledger.anchor"
COSIGN = "ledger.cosign"
STAMP = "ledger.stamp"
_LATER_S = 60  # somebody must look first
_SOON_S = 15  # the node is away
_NEXT_BLOCK_S = 2
_NOT_BEFORE = "coi.ledger.not_before"  # when the signer is asked again without an outbox row


def sequence(_row: OutboxRow) -> None:
    """Give indices to all that waits, and sign. Safe to repeat; while the log refuses, the row waits."""
    try:
        sequencer.run(_config(), clock.now())
    except LogRefuses as refused:
        log.critical("the log does not sign: %s", refused)
        raise TryAgain(str(refused), after_s=_LATER_S) from refused


def sequence_what_waits() -> None:
    """The same without an outbox row: what a lost wake-up or a crash before signing left behind.

    A refusal is silent here, every two seconds: /readyz and the waiting outbox row tell it. A program that
    did not sign is left alone for a while, since waiting for it would hold up the worker.
    """
    now = clock.now()
    if now < current_app.extensions.get(_NOT_BEFORE, now):
        return
    try:
        if sequencer.has_work():
            sequencer.run(_config(), now)
    except LogRefuses as refused:
        if isinstance(refused, SignerAway):
            current_app.extensions[_NOT_BEFORE] = now + timedelta(seconds=_LATER_S)
        log.debug("the log does not sign: %s", refused)


def publish(_row: OutboxRow) -> None:
    """Bring the published copy to the newest checkpoint. Safe to repeat: only what is missing is put."""
    try:
        publication.publish(_config(), current_app.extensions["coi.storage"], clock.now())
    except publication.Busy as busy:
        raise TryAgain(str(busy), after_s=_NEXT_BLOCK_S) from busy
    except LogRefuses as refused:
        log.critical("the log is not published: %s", refused)
        raise TryAgain(str(refused), after_s=_LATER_S) from refused
    except (StorageUnavailable, StorageFull) as away:
        raise TryAgain(str(away), after_s=_SOON_S) from away


def publish_what_is_behind() -> None:
    """The same without an outbox row: a lost wake-up, new cosignatures, a folder restored from a backup."""
    storage: Storage = current_app.extensions["coi.storage"]
    try:
        if publication.is_behind(storage):
            publication.publish(_config(), storage, clock.now())
    except (publication.Busy, LogRefuses, StorageUnavailable, StorageFull) as fault:
        log.debug("the log is not published: %s", fault)  # /readyz tells it


def offer_cosigning() -> None:
    """Read who the witnesses are, and have those asked that lag behind the newest signed checkpoint."""
    configured.refresh(_config(), clock.now())
    with unit_of_work(read_only=True) as uow:
        due = witness_rows.due(uow)
    if due is not None:
        key, size = due
        with unit_of_work() as uow:
            uow.emit(COSIGN, key=key, payload={"size": size}, now=clock.now())


def cosign(row: OutboxRow) -> None:
    """Ask the witnesses for their cosignatures. Safe to repeat: a witness that has cosigned does so again.

    Each witness has a back-off of its own; a row about a checkpoint that is not the newest any more ends.
    """
    with unit_of_work(read_only=True) as uow:
        newest = queries.latest_checkpoint(uow)
    if newest is not None and newest.size > row.payload["size"]:
        return
    try:
        next_try = feeder.feed(clock.now())
    except LogRefuses as refused:
        raise TryAgain(str(refused), after_s=_LATER_S) from refused
    if next_try is not None:
        wait = math.ceil((next_try - clock.now()).total_seconds())
        raise TryAgain("some witness has not cosigned yet", after_s=max(wait, 1))


def look_at_witnesses() -> None:
    """See whether what the witnesses show to others is this log."""
    feeder.look(clock.now())


def offer_anchor() -> None:
    """Ask for an anchor of the latest checkpoint when the log has grown; reads the database alone."""
    if not _config().evm_rpc_url:
        return
    with unit_of_work(read_only=True) as uow:
        key = rows.due(uow)
    if key is not None:
        with unit_of_work() as uow:
            uow.emit(ANCHOR, key=key, payload={}, now=clock.now())


def anchor(_row: OutboxRow) -> None:
    """Bring the latest checkpoint to the chain. Safe to repeat: what is sent was stored first, and the
    contract ignores a head that it already has."""
    config = _config()
    if not config.evm_rpc_url:
        return
    try:
        standing = anchoring.advance(connect(config), clock.now())
    except (ChainDown, ChainWaits) as away:
        rows.record_fault(str(away), clock.now())
        raise TryAgain(str(away), after_s=_SOON_S) from away
    except (ChainRefuses, LogRefuses) as refused:
        log.error("no anchor: %s", refused)  # noqa: TRY400 - the sentence says all, the trace nothing
        rows.record_fault(str(refused), clock.now())
        raise TryAgain(str(refused), after_s=_LATER_S) from refused
    if not standing:
        raise TryAgain("waits for a block", after_s=_NEXT_BLOCK_S)


def look_at_chain() -> None:
    """Look whether the chain still holds what was anchored; pages show when it was last seen."""
    config = _config()
    if not config.evm_rpc_url:
        return
    try:
        anchoring.look(connect(config), clock.now())
    except (ChainDown, ChainRefuses, ChainWaits) as away:
        rows.record_fault(str(away), clock.now())


def offer_stamp() -> None:
    """Ask for a time stamp when an interval is over and the log has grown; reads the database alone."""
    config = _config()
    if not config.tsa_url:
        return
    with unit_of_work(read_only=True) as uow:
        key = stamping.due(uow, config.tsa_url, clock.now(), every=_interval(config))
    if key is not None:
        with unit_of_work() as uow:
            uow.emit(STAMP, key=key, payload={}, now=clock.now())


def stamp(_row: OutboxRow) -> None:
    """Have the newest checkpoint stamped that may be anchored. Safe to repeat: what is stamped is not due.

    A refused or malformed answer is kept as the authority's last error, and asked for again later and later.
    """
    config = _config()
    if not config.tsa_url:
        return
    try:
        stamping.advance(authority(config), clock.now(), every=_interval(config))
    except (AuthorityDown, AuthorityRefuses) as fault:
        log.warning("no time stamp: %s", fault)
        wait = stamping.record_fault(config.tsa_url, str(fault), clock.now())
        raise TryAgain(str(fault), after_s=wait) from fault


def _interval(config: Config) -> timedelta:
    return timedelta(hours=config.tsa_every_hours)


def _config() -> Config:
    config: Config = current_app.extensions["coi.config"]
    return config
