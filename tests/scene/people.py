"""People of the scene: households, cooperatives, an office, and how they log in."""

import hashlib
import itertools
import secrets
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from flask.testing import FlaskClient

from app.identity.access import Actor
from app.identity.models import LoginSession, Membership, OfficeUnit, Organisation, OrganisationMember, Person
from app.kernel.db import new_id
from app.kernel.uow import unit_of_work
from app.registry.models import AdminUnit

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)  # 10:00 in Dầu Tiếng
SINCE = date(2025, 7, 1)
THANH_AN = "25807"
_numbers = itertools.count(1)


def commune(code: str = THANH_AN, name: str = "Xã Thanh An") -> None:
    """A commune and its province in the register, once."""
    with unit_of_work() as uow:
        for unit, level, called, parent in (
            ("79", "province", "TP. Hồ Chí Minh", "79"),
            (code, "commune", name, "79"),
        ):
            if uow.session.get(AdminUnit, (unit, SINCE)) is None:
                uow.add(
                    AdminUnit(
                        code=unit,
                        valid_from=SINCE,
                        level=level,
                        name=called,
                        name_en=None,
                        search=called.lower(),
                        province_code=parent,
                    )
                )


def member(
    kind: str, name: str, roles: Iterable[str], *, person: str = "Nguyễn Văn Thử", inside: UUID | None = None
) -> Actor:
    """A new organisation of a kind with one new person who holds these roles in it."""
    commune()
    number = next(_numbers)
    organisation = Organisation(
        id=new_id(),
        kind=kind,
        name=name,
        public_code=f"H-{number:04d}",
        phone=f"+8490{number:07d}",
        commune_code=THANH_AN,
        commune_valid_from=SINCE,
        valid_from=SINCE,
        bank_bin="970416",
        bank_account="257678859",
        bank_holder="NGUYEN VAN THU",
    )
    with unit_of_work() as uow:
        uow.add(organisation)
        if kind == "economics_office":
            uow.add(
                OfficeUnit(
                    organisation_id=organisation.id,
                    commune_code=THANH_AN,
                    commune_valid_from=SINCE,
                    valid_from=SINCE,
                )
            )
        if inside is not None:
            uow.add(OrganisationMember(organisation_id=inside, member_id=organisation.id, valid_from=SINCE))
    return colleague(organisation.id, roles, person=person)


def colleague(organisation_id: UUID, roles: Iterable[str], *, person: str = "Trần Thị Thử") -> Actor:
    """A further person in an organisation that exists."""
    number, held = next(_numbers), tuple(roles)
    who = Person(id=new_id(), full_name=person, phone=f"+8491{number:07d}", created_at=NOW, language="vi")
    with unit_of_work() as uow:
        organisation = uow.session.get_one(Organisation, organisation_id)
        uow.add(who)
        uow.add(
            *(
                Membership(person_id=who.id, organisation_id=organisation_id, role=r, valid_from=SINCE)
                for r in held
            )
        )
        office = organisation.kind == "economics_office"
        return Actor(
            person_id=who.id,
            display_name=person,
            organisation_id=organisation_id,
            organisation_name=organisation.name,
            organisation_kind=organisation.kind,
            roles=frozenset(held),
            commune_codes=frozenset({THANH_AN}) if office else frozenset(),
        )


def farm_household(name: str = "Hộ ông Ba", *, inside: UUID | None = None) -> Actor:
    """A farmer who harvests, packs and sells for his own household."""
    return member("farm_household", name, ("farmer", "packer", "seller"), inside=inside)


def cooperative(name: str = "HTX Thanh An") -> Actor:
    """A packer and seller of a cooperative."""
    return member("cooperative", name, ("packer", "seller"))


def office(name: str = "Phòng Kinh tế") -> Actor:
    """An officer of the office that answers for Thanh An."""
    return member("economics_office", name, ("officer",), person="Lê Thị Cán Bộ")


def logs_in(client: FlaskClient, actor: Actor) -> FlaskClient:
    """Give the client a session of this actor, as the login page would."""
    token = secrets.token_urlsafe(32)
    with unit_of_work() as uow:
        uow.add(
            LoginSession(
                token_sha256=hashlib.sha256(token.encode()).digest(),
                person_id=actor.person_id,
                organisation_id=actor.organisation_id,
                created_at=datetime.now(UTC),
                expires_at=datetime.now(UTC) + timedelta(days=1),
            )
        )
    client.set_cookie("coi_login", token)
    return client
