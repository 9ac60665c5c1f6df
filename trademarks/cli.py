"""Operator commands: `flask trademarks load`, `flask trademarks close-books`."""

import click
from flask.cli import AppGroup

from app.kernel import clock
from app.kernel.uow import unit_of_work
from trademarks.register.commands import load_marks
from trademarks.use_rights import commands

trademarks = AppGroup("trademarks", help="The register of marks, and rights of use.")


@trademarks.command("load")
def load() -> None:
    """Load the marks that come with the product; a repeat changes what has changed."""
    with unit_of_work() as uow:
        loaded = load_marks(uow)
    click.echo(f"{loaded.new} new marks, {loaded.changed} changed, {loaded.parties} new parties")


@trademarks.command("close-books")
def close_books() -> None:
    """Write down lapsed suspensions and terms that are over, without waiting for the worker."""
    with unit_of_work() as uow:
        done = commands.close_books(uow, clock.now())
    click.echo(f"{done} rights closed")
