"""`flask ledger create|status|sequence|publish|anchor|fsck|keys`: the log by hand."""

import sys
from typing import NoReturn

import click
from flask import current_app
from flask.cli import AppGroup

from app.kernel import clock
from app.kernel.config import Config
from app.kernel.storage import Storage, StorageFull, StorageUnavailable
from app.kernel.uow import unit_of_work
from ledger import audit, cosigned, creation, publication, published_audit, queries, sequencer
from ledger.anchors import anchoring
from ledger.anchors.chain import ChainDown, ChainRefuses, ChainWaits
from ledger.anchors.connection import connect
from ledger.cosigned import WitnessView
from ledger.key_cli import keys
from ledger.key_cli import told as key_lines
from ledger.reach import reach
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
        told, reached = queries.status(uow), reach(uow)
        seen, evidence = cosigned.witnesses(uow), cosigned.fork_evidence(uow)
        policy_fault = cosigned.policy_fault(uow)
    if told.log is None:
        click.echo(f"no log yet; {told.waiting} entries wait")
        return
    click.echo(f"log         {told.log.origin}, created {told.log.created_at:%Y-%m-%d %H:%M} UTC")
    for key in told.log.keys.views:
        first, *more = key_lines(key)
        click.echo("\n  ".join([f"key         {first}", *more]))
    click.echo(f"entries     {told.log.size}, and {told.waiting} waiting")
    if told.checkpoint:
        click.echo(f"checkpoint  {told.checkpoint.size}, signed {told.checkpoint.signed_at:%F %R} UTC")
    for view in told.anchors:
        kind = "development chain " if view.is_development else ""
        click.echo(
            f"anchor      {view.checkpoint_size} on {kind}{view.chain_name}, block {view.block_number}"
        )
    if reached.stale:
        click.echo(f"chain       last seen {reached.last_look_ok_at}")
    for witness in seen:
        click.echo(f"witness     {_said(witness)}")
    if policy_fault:
        click.echo(f"witnesses   FAULT {policy_fault}")
    for piece in evidence:
        click.echo(
            f"FORK        {piece.witness} showed {piece.size} entries, root {piece.root.hex()},"
            f" signed by this log's key and not its own; found {piece.found_at:%F %R} UTC"
        )
    if refused := sequencer.refusal(_config()):
        _refuse(refused)


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
    """Bring the latest checkpoint to the chain, now."""
    config = _config()
    if not config.evm_rpc_url:
        _refuse("EVM_RPC_URL is empty: there is no chain to anchor to")
    try:
        standing = anchoring.advance(connect(config), clock.now(), deploy=deploy)
    except (ChainDown, ChainRefuses, ChainWaits, LogRefuses) as refused:
        _refuse(refused)
    click.echo("the latest checkpoint stands on the chain" if standing else "sent; waits for a block")


@ledger.command("fsck")
def fsck() -> None:
    """Recompute everything from the entries, and look at every published file; exit 1 and name the first
    bad index when something differs."""
    storage: Storage = current_app.extensions["coi.storage"]
    with unit_of_work(read_only=True) as uow:
        found = audit.recompute(uow, _config(), say=click.echo)
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
    click.echo(f"{published} published files are as they should be")


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
