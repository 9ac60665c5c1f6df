"""`flask ledger create|status|sequence|publish|anchor|fsck|keys`: the log by hand."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import NoReturn

import click
from flask import current_app
from flask.cli import AppGroup

from app.kernel import clock
from app.kernel.config import Config
from app.kernel.storage import Storage, StorageFull, StorageUnavailable
from app.kernel.uow import UnitOfWork, unit_of_work
from ledger import (
    audit,
    cosigned,
    creation,
    kept_bodies,
    outside_audit,
    publication,
    published_audit,
    queries,
    sequencer,
    stamped,
)
from ledger.anchors import anchoring, stamping
from ledger.anchors.authority import AuthorityDown, AuthorityRefuses
from ledger.anchors.chain import ChainDown, ChainRefuses, ChainWaits
from ledger.anchors.connection import authority, connect
from ledger.core.encoding import encode_base64
from ledger.cosigned import WitnessView
from ledger.key_cli import keys
from ledger.key_cli import told as key_lines
from ledger.queries import LogStatus
from ledger.reach import OutsideAnchor, reach
from ledger.refusals import LogRefuses

ledger = AppGroup("ledger", help="The log that seals entries.")
ledger.add_command(keys)


@ledger.command("create")
def create() -> None:
    """Create the log with its key, or check that the one here fits; prints its public key."""
    try:
        click.echo(str(creation.opened_log(_config(), clock.now()).verifier))
    except LogRefuses as refused:
        _refuse(refused)


@ledger.command("status")
def status() -> None:
    """Say how far the log goes and what waits."""
    with unit_of_work(read_only=True) as uow:
        told = queries.status(uow)
        lines = [*_standing(told), *(_outside(uow, _config()) if told.log else ())]
    for line in lines:
        click.echo(line)
    if told.log and (refused := sequencer.refusal(_config())):
        _refuse(refused)


def _standing(told: LogStatus) -> Iterator[str]:
    """What the log itself says: its keys, how far it goes, where it is anchored."""
    if told.log is None:
        yield f"no log yet; {told.waiting} entries wait"
        return
    yield f"log         {told.log.origin}, created {told.log.created_at:%Y-%m-%d %H:%M} UTC"
    for key in told.log.keys.views:
        first, *more = key_lines(key)
        yield "\n  ".join([f"key         {first}", *more])
    yield f"entries     {told.log.size}, and {told.waiting} waiting"
    if told.checkpoint:
        yield f"checkpoint  {told.checkpoint.size}, signed {told.checkpoint.signed_at:%F %R} UTC"
    for view in told.anchors:
        yield f"anchor      {_anchored(view)}"


def _outside(uow: UnitOfWork, config: Config) -> Iterator[str]:
    """What authority, chain and witnesses say, and the faults of each."""
    asked, reached, fault = stamped.authority(uow, config.tsa_url), reach(uow), cosigned.policy_fault(uow)
    if asked and asked.error:
        yield f"timestamps  FAULT {asked.error}"
    if reached.stale:
        yield f"chain       last seen {reached.last_look_ok_at}"
    for witness in cosigned.witnesses(uow):
        yield f"witness     {_said(witness)}"
    if fault:
        yield f"witnesses   FAULT {fault}"
    for piece in cosigned.fork_evidence(uow):
        yield (
            f"FORK        {piece.witness} showed {piece.size} entries, root {encode_base64(piece.root)},"
            f" signed by this log's key and not its own; found {piece.found_at:%F %R} UTC"
        )


@ledger.command("sequence")
def sequence() -> None:
    """Give indices to what waits, and sign, now."""
    try:
        done = sequencer.run(_config(), clock.now())
    except LogRefuses as refused:
        _refuse(refused)
    click.echo(f"{done.sequenced} sequenced; signed {done.signed_size or 'nothing new'}")


@ledger.command("publish")
@click.option("--check", is_flag=True, help="Read every file; put again what is missing or differs.")
def publish(check: bool) -> None:
    """Bring the published copy (DATA_DIR/files/ledger, or S3) to the newest checkpoint, now."""
    storage: Storage = current_app.extensions["coi.storage"]
    try:
        done = publication.publish(_config(), storage, clock.now(), say=click.echo, check=check)
    except (publication.Busy, LogRefuses, StorageUnavailable, StorageFull) as refused:
        _refuse(refused)
    click.echo(f"{done.files} files put; published {done.size or 'nothing yet'}")


@ledger.command("anchor")
@click.option("--deploy", is_flag=True, help="Deploy the contract if this chain has none for this log.")
def anchor(deploy: bool) -> None:
    """Bring the newest published and cosigned checkpoint to the chain, and have it stamped, now."""
    config = _config()
    if not (config.evm_rpc_url or config.tsa_url):
        _refuse("EVM_RPC_URL and TSA_URL are empty: there is neither a chain nor a time stamp authority")
    faults = [fault for fault in (_anchored_now(config, deploy=deploy), _stamped_now(config)) if fault]
    if faults:
        _refuse("; ".join(faults))


@ledger.command("fsck")
def fsck() -> None:
    """Recompute everything from the entries; look at every published file and at every body that was
    sealed; exit 1 and name the first bad index when something differs."""
    storage: Storage = current_app.extensions["coi.storage"]
    with unit_of_work(read_only=True) as uow:
        found = audit.recompute(uow, _config(), say=click.echo)
        outside = outside_audit.compare(uow, found)
        bodies = kept_bodies.compare(uow, found)
    try:
        published = published_audit.compare(found, storage, say=click.echo)
    except StorageUnavailable as away:
        _refuse(away)
    for finding in found.findings:
        click.echo(finding)
    if found.first_bad_index is not None:
        click.echo(f"first bad index: {found.first_bad_index}")
    if found.findings:
        sys.exit(1)
    click.echo(f"{found.entries} entries and {found.checkpoints} checkpoints hold together")
    click.echo(f"{outside} cosignatures, later signatures, anchors and time stamps belong to them")
    click.echo(f"{published} published files and {bodies} sealed bodies are as they should be")


def _anchored_now(config: Config, *, deploy: bool) -> str | None:
    """Why the chain has not got it, or None."""
    if not config.evm_rpc_url:
        return None
    try:
        standing = anchoring.advance(connect(config), clock.now(), deploy=deploy)
    except (ChainDown, ChainRefuses, ChainWaits, LogRefuses) as refused:
        return str(refused)
    click.echo(
        "the newest that may be anchored stands on the chain" if standing else "sent; waits for a block"
    )
    return None


def _stamped_now(config: Config) -> str | None:
    """Why there is no time stamp, or None. The interval is not waited for."""
    if not config.tsa_url:
        return None
    try:
        size = stamping.advance(authority(config), clock.now(), every=timedelta())
    except (AuthorityDown, AuthorityRefuses) as refused:
        stamping.record_fault(config.tsa_url, str(refused), clock.now())
        return str(refused)
    click.echo(f"stamped {size} entries" if size else "nothing new may be stamped")
    return None


def _anchored(view: OutsideAnchor) -> str:
    doubt = "" if view.independent else " (the operator's own: proves nothing to others)"
    return (
        f"{view.checkpoint_size} by {view.kind} {view.name}{doubt}, {view.external_id} at {view.at:%F %R} UTC"
    )


def _said(witness: WitnessView) -> str:
    size, at = witness.size, witness.signed_at
    seen = f"cosigned {size} at {at:%F %R} UTC" if at else "cosigned nothing yet"
    here = " (on this machine: not independent)" if witness.on_this_machine else ""
    return f"{witness.name}{here} {seen}{f'; {witness.error}' if witness.error else ''}"


def _refuse(told: object) -> NoReturn:
    click.echo(f"refused: {told}", err=True)
    sys.exit(1)


def _config() -> Config:
    config: Config = current_app.extensions["coi.config"]
    return config
