"""Operator commands of the house: `flask doctor`, `flask outbox`, `flask storage`, `flask demo`."""

import sys
import uuid

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy import func, select

from app import demo
from app.kernel import clock, relay
from app.kernel.config import Config
from app.kernel.outbox import Outbox, State
from app.kernel.storage import S3Storage, StorageUnavailable
from app.kernel.uow import unit_of_work
from app.web import health

outbox = AppGroup("outbox", help="The queue of record.")
files = AppGroup("storage", help="Where files are kept.")
show = AppGroup("demo", help="The simulated district.")


@click.command("doctor")
@click.option("--start", is_flag=True, help="Only what stops the start of web and worker.")
def doctor(start: bool) -> None:
    """Say what is wrong with this installation; exit 1 when something is."""
    if start:
        unfit = health.unfit()
        click.echo(unfit or "web and worker may start")
        sys.exit(1 if unfit else 0)
    fault = health.database_fault()
    told = [fault] if fault else [f"{name}: {t}" for name, c in health.CHECKS.all().items() if (t := c())]
    for line in told or ["all is well"]:
        click.echo(line)
    sys.exit(1 if told else 0)


@outbox.command("status")
def outbox_status() -> None:
    """Count rows by kind and state."""
    with unit_of_work(read_only=True) as uow:
        rows = uow.session.execute(
            select(Outbox.kind, Outbox.state, func.count())
            .group_by(Outbox.kind, Outbox.state)
            .order_by(Outbox.kind)
        ).all()
    for kind, state, count in rows:
        click.echo(f"{kind:30} {state:8} {count}")


@outbox.command("run")
def outbox_run() -> None:
    """Run what is due now, without the worker."""
    click.echo(f"{relay.sweep(limit=10_000)} done")


@outbox.command("parked")
def outbox_parked() -> None:
    """List parked rows with their last error."""
    with unit_of_work(read_only=True) as uow:
        rows = uow.session.execute(
            select(Outbox.id, Outbox.kind, Outbox.key, Outbox.last_error).where(Outbox.state == State.PARKED)
        ).all()
    for row_id, kind, key, error in rows:
        click.echo(f"{row_id} {kind} {key}: {error}")


@outbox.command("retry")
@click.argument("row_id", type=click.UUID)
def outbox_retry(row_id: uuid.UUID) -> None:
    """Give a parked row new tries."""
    done = relay.retry_parked(row_id, clock.now())
    click.echo("will be tried again" if done else "no such parked row")
    sys.exit(0 if done else 1)


@files.command("prepare")
def storage_prepare() -> None:
    """Make the bucket when files are kept on S3 and it is missing; exit 1 when the server refuses."""
    kept = current_app.extensions["coi.storage"]
    if not isinstance(kept, S3Storage):
        click.echo("files are kept in a folder; nothing to prepare")
        return
    try:
        kept.make_bucket()
    except StorageUnavailable as fault:
        click.echo(f"the bucket cannot be made: {fault.values['reason']}")
        sys.exit(1)
    click.echo("the bucket is there")


@show.command("load")
def demo_load() -> None:
    """Load the simulated district; goes on where an interrupted load stopped."""
    demo.load(click.echo)


def init_app(app: Flask) -> None:
    """Add the groups, and let /healthz wait for the demonstration when there is one."""
    app.cli.add_command(doctor)
    app.cli.add_command(outbox)
    app.cli.add_command(files)
    app.cli.add_command(show)
    config: Config = app.extensions["coi.config"]
    if config.demo:
        health.STARTED.add(app, "demo", demo.missing)
