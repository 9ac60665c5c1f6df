"""Operator commands of the package: `flask trace`."""

import sys

import click
from flask.cli import AppGroup

from app.kernel.uow import unit_of_work
from traceability import projections

trace = AppGroup("trace", help="Lots, packs and their events.")


@trace.command("rebuild")
@click.option("--check", is_flag=True, help="Change nothing; exit 1 if a table differs from the events.")
def rebuild(check: bool) -> None:
    """Recompute lots, packs and bound serials from the events; exit 1 if something is left that differs."""
    with unit_of_work(read_only=check) as uow:
        report = projections.rebuild(uow, apply=not check, progress=click.echo)
    click.echo(report.summary())
    if not check and report.differences:
        with unit_of_work(read_only=True) as uow:
            report = projections.rebuild(uow, apply=False)
        click.echo(f"after mending:\n{report.summary()}")
    sys.exit(1 if report.differences else 0)
