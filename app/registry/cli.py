"""`flask registry`: administrative units."""

import click
from flask.cli import AppGroup

from app.kernel import clock
from app.kernel.calendar import local_day
from app.kernel.uow import unit_of_work
from app.registry import places
from app.registry.units import load_units

registry = AppGroup("registry", help="Administrative units, plots, trade items.")


@registry.command("load-units")
@click.option("--dry-run", is_flag=True, help="Say how many rows are new and change nothing.")
def load(dry_run: bool) -> None:
    """Bring the administrative units up to the committed table."""
    with unit_of_work() as uow:
        new = load_units(uow)
        if dry_run:
            uow.session.rollback()
    click.echo(f"{new} new rows" + (" (not kept)" if dry_run else ""))


@registry.command("find")
@click.argument("text")
def find(text: str) -> None:
    """Communes in force today whose name, or whose predecessor's name, has these words."""
    with unit_of_work(read_only=True) as uow:
        for unit in places.search_communes(uow, text, local_day(clock.now()), limit=50):
            click.echo(f"{unit.code} {unit.valid_from} {unit.full_name}")
