"""`flask office`: the offices of this installation, their communes and their first administrator."""

from datetime import date
from pathlib import Path

import click
from flask.cli import AppGroup

from app.identity import offices
from app.identity.cli import PASSWORD_FILE, first_login, password_from, refuse
from app.identity.phones import parse_phone
from app.identity.places import Place
from app.kernel import clock
from app.kernel.calendar import local_day
from app.kernel.problems import DomainError
from app.kernel.uow import UnitOfWork, unit_of_work
from app.registry.commands import NoSuchCommune
from app.registry.gs1 import item_references
from app.registry.places import any_unit, unit_on

office = AppGroup("office", help="The economics offices that this installation serves.")


@office.command("create")
@click.argument("name")
@click.option("--phone", required=True, help="The office's telephone, in any spelling.")
@click.option(
    "--unit", "codes", multiple=True, required=True, help="Code of a commune it answers for; repeat it."
)
@click.option("--gs1-prefix", default=None, help="Its GS1 company prefix, 4 to 11 digits.")
@click.option("--admin-login", required=True, help="Login name of its first administrator.")
@click.option("--admin-name", required=True, help="The administrator's full name.")
@click.option("--password-file", type=PASSWORD_FILE, help="Its first line; without it the terminal asks.")
def create(
    name: str,
    phone: str,
    codes: tuple[str, ...],
    gs1_prefix: str | None,
    admin_login: str,
    admin_name: str,
    password_file: Path | None,
) -> None:
    """Open an office with its first administrator, or bring the one of this NAME up to what is said."""
    now = clock.now()
    try:
        with unit_of_work(read_only=True) as uow:
            wanted = _checked(uow, name, phone, codes, gs1_prefix, local_day(now))
            known = next((one for one in offices.offices(uow, now) if one[1] == name.strip()), None)
            has_admin = known is not None and offices.has_login(uow, known[0], admin_login, now)
        password = "" if has_admin else password_from(password_file)
        with unit_of_work() as uow:
            opened = offices.open_office(uow, wanted, now=now)
            address = (
                None
                if has_admin
                else first_login(uow, opened.id, admin_login, admin_name, password, ("administrator",))
            )
    except DomainError as refusal:
        refuse(refusal)
    click.echo(f"{opened.id} {'opened' if opened.is_new else 'was there'}; {opened.added} communes added")
    if address is None:
        click.echo(f"{admin_login} has a login there already; nothing is printed again")
    else:
        click.echo(f"for {admin_login}'s authenticator, shown this once: {address}")


@office.command("list")
def show() -> None:
    """List the offices with their ids and how many communes each answers for."""
    with unit_of_work(read_only=True) as uow:
        for office_id, name, communes in offices.offices(uow, clock.now()):
            click.echo(f"{office_id} {name} ({communes} communes)")


def _checked(
    uow: UnitOfWork, name: str, phone: str, codes: tuple[str, ...], gs1_prefix: str | None, on: date
) -> offices.OpenOffice:
    """What was typed, held against the table of units of that day.

    Raises NotAPhone, NoSuchCommune, BadCompanyPrefix; click.UsageError when no units are loaded.
    """
    if not any_unit(uow):
        raise click.UsageError("no administrative units are loaded; run `flask registry load-units` first")
    if gs1_prefix is not None:
        item_references(gs1_prefix)
    communes = []
    for code in dict.fromkeys(codes):
        unit = unit_on(uow, code, on)
        if unit is None or unit.level != "commune":
            raise NoSuchCommune(commune_code=code[:10])
        communes.append(Place(unit.code, unit.valid_from, unit.full_name))
    return offices.OpenOffice(
        name=name, phone=parse_phone(phone), communes=tuple(communes), gs1_company_prefix=gs1_prefix
    )
