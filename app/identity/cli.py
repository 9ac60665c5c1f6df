"""`flask identity`: officers, and erasing a person."""

import sys
import uuid
from pathlib import Path
from typing import NoReturn

import click
import pyotp
from flask import current_app
from flask.cli import AppGroup

from app.identity.commands import erase_person
from app.identity.login import NewOfficer, add_officer
from app.identity.models import Role
from app.identity.offices import otpauth
from app.kernel import clock
from app.kernel.config import secret_key
from app.kernel.problems import DomainError
from app.kernel.uow import UnitOfWork, unit_of_work

identity = AppGroup("identity", help="People and their logins.")

PASSWORD_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def password_from(file: Path | None) -> str:
    """The first line of a file, or what is typed twice on the terminal."""
    if file is not None:
        return next(iter(file.read_text("utf-8").splitlines()), "")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


def first_login(
    uow: UnitOfWork, organisation_id: uuid.UUID, login_name: str, full_name: str, password: str,
    roles: tuple[str, ...],
) -> str:  # fmt: skip
    """A new officer; returns the otpauth address, which is printed once and kept encrypted only."""
    totp = pyotp.random_base32()
    wanted = NewOfficer(
        login_name=login_name, full_name=full_name, password=password, totp_secret=totp, roles=roles
    )
    secret = secret_key(current_app.extensions["coi.config"])
    add_officer(uow, organisation_id, wanted, secret=secret, now=clock.now())
    return otpauth(login_name, totp)


def refuse(refusal: DomainError) -> NoReturn:
    """Say what is wrong, with the values, and leave with 1."""
    click.echo(str(refusal), err=True)
    sys.exit(1)


@identity.command("add-officer")
@click.argument("organisation_id", type=click.UUID)
@click.argument("login_name")
@click.argument("full_name")
@click.option(
    "--role", "roles", multiple=True, type=click.Choice([str(role) for role in Role]), required=True
)
@click.option("--password-file", type=PASSWORD_FILE, help="Its first line; without it the terminal asks.")
def add(
    organisation_id: uuid.UUID,
    login_name: str,
    full_name: str,
    roles: tuple[str, ...],
    password_file: Path | None,
) -> None:
    """Add an officer; prints the authenticator's address once."""
    password = password_from(password_file)
    try:
        with unit_of_work() as uow:
            address = first_login(uow, organisation_id, login_name, full_name, password, roles)
    except DomainError as refusal:
        refuse(refusal)
    click.echo(address)


@identity.command("erase")
@click.argument("person_id", type=click.UUID)
@click.confirmation_option(prompt="This cannot be undone. Erase this person?")
def erase(person_id: uuid.UUID) -> None:
    """Forget a person in every room."""
    try:
        with unit_of_work() as uow:
            erase_person(uow, person_id, actor=None, now=clock.now())
    except DomainError as refusal:
        refuse(refusal)
    click.echo("erased")
