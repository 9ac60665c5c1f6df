"""An economics office and its people: opened by the operator, staffed by its administrator.

Commands: they never commit. Communes and the company prefix were checked by `app.registry`.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import pyotp
from sqlalchemy import select, update

from app.identity import commands, credentials, login, queries
from app.identity.access import Actor
from app.identity.models import Membership, OfficeUnit, Organisation, OrganisationKind, Person, Role
from app.identity.places import Place
from app.identity.queries import in_force
from app.kernel.calendar import local_day
from app.kernel.config import Config
from app.kernel.db import new_id
from app.kernel.problems import Conflict, Forbidden, Invalid, NotFound
from app.kernel.text import tidy
from app.kernel.uow import UnitOfWork

OFFICE_ROLES: Final = (Role.OFFICER, Role.APPROVING_OFFICER, Role.AUDITOR, Role.ADMINISTRATOR)


class UnitTaken(Conflict):
    """Another office answers for this commune today; one commune has one office."""

    type = "office-unit-taken"


class NoUnits(Invalid):
    """An office answers for at least one commune."""

    type = "office-without-units"


class NoRole(Invalid):
    """An officer has at least one of the office's roles."""

    type, field = "officer-without-role", "roles"


class NotOneself(Forbidden):
    """Nobody ends or renews his own login here: an office would lose its last administrator."""

    type = "officer-is-oneself"


@dataclass(frozen=True, kw_only=True)
class OpenOffice:
    """An office as its decision names it; `phone` is E.164, `communes` were in force on the day."""

    name: str
    phone: str
    communes: tuple[Place, ...]
    gs1_company_prefix: str | None = None  # None: none yet, or as before


@dataclass(frozen=True)
class OpenedOffice:
    """The office, whether it is new, and how many communes were added."""

    id: UUID
    is_new: bool
    added: int


@dataclass(frozen=True)
class Officer:
    """One person of an office with his roles of today."""

    person_id: UUID
    name: str
    login_name: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class NewLogin:
    """What an officer needs for the first login; shown once, kept nowhere in the clear."""

    login_name: str
    password: str
    otpauth: str


def open_office(uow: UnitOfWork, wanted: OpenOffice, *, now: datetime) -> OpenedOffice:
    """The office of this name with this telephone, prefix and at least these communes.

    A repeat changes nothing; a commune that the office has already and that is not named stays.
    Raises NameMissing, NoUnits, UnitTaken.
    """
    name = tidy(wanted.name)
    if len(name) < 2:
        raise commands.NameMissing
    if not wanted.communes:
        raise NoUnits
    today = local_day(now)
    row = uow.session.scalar(
        select(Organisation).where(Organisation.kind == OrganisationKind.ECONOMICS_OFFICE,
                                   Organisation.name == name, in_force(Organisation, today))
    )  # fmt: skip
    is_new = row is None
    if row is None:
        row = Organisation(
            id=new_id(),
            kind=OrganisationKind.ECONOMICS_OFFICE,
            name=name,
            public_code=commands.free_code(uow, "V"),
            commune_code=wanted.communes[0].code,
            commune_valid_from=wanted.communes[0].valid_from,
            valid_from=today,
        )
        uow.add(row)
    row.phone = wanted.phone
    row.gs1_company_prefix = wanted.gs1_company_prefix or row.gs1_company_prefix
    added = sum(_answers_for(uow, row, commune, now) for commune in wanted.communes)
    uow.session.flush()
    if is_new:
        commands.audit(uow, None, "office.opened", row.id, now)
    return OpenedOffice(row.id, is_new, added)


def _answers_for(uow: UnitOfWork, office: Organisation, commune: Place, now: datetime) -> bool:
    """Whether the commune is new to the office. Raises UnitTaken."""
    today = local_day(now)
    holder = queries.office_for(uow, commune.code, today)
    if holder is not None and holder != office.id:
        other = queries.organisation(uow, holder).name
        raise UnitTaken(commune=commune.name, office=other)
    if holder is not None:
        return False
    uow.add(
        OfficeUnit(organisation_id=office.id, commune_code=commune.code,
                   commune_valid_from=commune.valid_from, valid_from=today)
    )  # fmt: skip
    return True


def unnamed(config: Config) -> str | None:
    """What pages lack of the office, for /readyz: only the settings know its name and number."""
    missing = {"office_name", "office_phone"} - config.model_fields_set
    if config.demo or not missing:
        return None
    return f"{', '.join(sorted(missing)).upper()} not set: pages do not say whom to call"


def offices(uow: UnitOfWork, now: datetime) -> list[tuple[UUID, str, int]]:
    """Offices that stand today with the number of their communes, by name."""
    today = local_day(now)
    rows = uow.session.execute(
        select(Organisation.id, Organisation.name, OfficeUnit.id)
        .outerjoin(OfficeUnit, (OfficeUnit.organisation_id == Organisation.id) & in_force(OfficeUnit, today))
        .where(Organisation.kind == OrganisationKind.ECONOMICS_OFFICE, in_force(Organisation, today))
        .order_by(Organisation.name)
    ).all()
    found = dict.fromkeys((office_id, name) for office_id, name, _ in rows)
    return [
        (office_id, name, sum(1 for row in rows if row[0] == office_id and row[2] is not None))
        for office_id, name in found
    ]


def officers(uow: UnitOfWork, office_id: UUID, now: datetime) -> list[Officer]:
    """The people who have a role in the office today, by name."""
    rows = uow.session.execute(
        select(Person.id, Person.full_name, Person.login_name, Membership.role)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organisation_id == office_id, Person.erased_at.is_(None),
               in_force(Membership, local_day(now)))
        .order_by(Person.full_name, Person.id, Membership.role)
    ).all()  # fmt: skip
    people = {row[0]: (row[1] or "", row[2] or "") for row in rows}
    return [
        Officer(person_id, name, login_name, tuple(row[3] for row in rows if row[0] == person_id))
        for person_id, (name, login_name) in people.items()
    ]


def has_login(uow: UnitOfWork, office_id: UUID, login_name: str, now: datetime) -> bool:
    """Whether somebody of the office logs in under this name."""
    return any(one.login_name == login_name.strip().lower() for one in officers(uow, office_id, now))


def add_colleague(
    uow: UnitOfWork, *, full_name: str, login_name: str, roles: tuple[str, ...], actor: Actor, secret: str,
    now: datetime,
) -> NewLogin:  # fmt: skip
    """A further officer of the actor's office. Raises what `login.add_officer` raises, NoRole."""
    if not roles or not set(roles) <= set(OFFICE_ROLES):
        raise NoRole
    made = _fresh(login_name)
    wanted = login.NewOfficer(
        login_name=login_name, full_name=full_name, password=made[0].password, totp_secret=made[1],
        roles=roles,
    )  # fmt: skip
    login.add_officer(uow, actor.organisation_id, wanted, secret=secret, now=now, actor=actor)
    return made[0]


def renew_login(uow: UnitOfWork, person_id: UUID, *, actor: Actor, secret: str, now: datetime) -> NewLogin:
    """A new password and authenticator for a colleague who lost his; his sessions end.

    Raises NotFound (nobody of the actor's office), NotOneself.
    """
    person = _colleague(uow, person_id, actor, now)
    made, totp_secret = _fresh(person.login_name or "")
    person.password_hash = credentials.hash_password(made.password)
    person.totp_secret = credentials.encrypt_totp(secret, totp_secret)
    person.totp_last_step = None
    login.end_all_sessions(uow, person_id, now)
    uow.session.flush()
    commands.audit(uow, actor, "officer.renewed", person_id, now)
    return made


def end_colleague(uow: UnitOfWork, person_id: UUID, *, actor: Actor, now: datetime) -> None:
    """A colleague leaves the office: his roles there and his sessions end now; what he did stays.

    Raises NotFound, NotOneself.
    """
    _colleague(uow, person_id, actor, now)
    today = local_day(now)
    uow.session.execute(
        update(Membership)
        .where(Membership.person_id == person_id, Membership.organisation_id == actor.organisation_id,
               in_force(Membership, today))
        .values(valid_to=today - timedelta(days=1))
    )  # fmt: skip
    login.end_all_sessions(uow, person_id, now)
    commands.audit(uow, actor, "officer.ended", person_id, now)


def _colleague(uow: UnitOfWork, person_id: UUID, actor: Actor, now: datetime) -> Person:
    if all(one.person_id != person_id for one in officers(uow, actor.organisation_id, now)):
        raise NotFound(person=person_id)
    if person_id == actor.person_id:
        raise NotOneself
    return uow.session.get_one(Person, person_id)


def _fresh(login_name: str) -> tuple[NewLogin, str]:
    """A password that nobody chose, an authenticator's secret, and its address for the app."""
    totp_secret = pyotp.random_base32()
    return NewLogin(login_name.strip().lower(), secrets.token_urlsafe(12),
                    otpauth(login_name, totp_secret)), totp_secret  # fmt: skip


def otpauth(login_name: str, totp_secret: str) -> str:
    """The address that an authenticator app takes up, by QR code or by hand."""
    return str(pyotp.TOTP(totp_secret).provisioning_uri(name=login_name.strip().lower(), issuer_name="Cội"))
