"""Organisations, roles, consents and names, as others may see them. Whoever is logged in is `sessions`.

A validity (`valid_from`, `valid_to`) holds on both its days; an open end is None.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from app.identity.models import (
    Consent,
    Membership,
    OfficeUnit,
    Organisation,
    OrganisationKind,
    OrganisationMember,
    Person,
    Role,
)
from app.kernel.problems import NotFound
from app.kernel.uow import UnitOfWork

SHOW_NAME, SHOW_PHOTO, ASSISTED_FILING = "show_name", "show_photo", "assisted_filing"
FILERS = frozenset({Role.HELPER, Role.OFFICER, Role.APPROVING_OFFICER})
"""Who may file for a farmer that consented; an officer does not decide what he filed."""


@dataclass(frozen=True)
class OrganisationView:
    """An organisation with what its own people and officers may see of it."""

    id: UUID
    kind: str
    name: str
    public_code: str
    phone: str | None
    commune_code: str | None
    commune_valid_from: date | None
    hamlet: str | None
    bank_bin: str | None
    bank_account: str | None
    bank_holder: str | None
    simulated: bool


@dataclass(frozen=True)
class PublicPhoto:
    """A household's photo that its consent lets everybody see; `drawn` when it only illustrates."""

    digest: str  # the SHA-256 under which it is stored, hex
    taken_on: date | None
    sent_on: date
    drawn: bool


@dataclass(frozen=True)
class PublicName:
    """What anybody may read of an organisation: its name, or a household's code; and its photo."""

    shown: str
    is_code: bool
    photo: PublicPhoto | None = None


@dataclass(frozen=True)
class RoleIn:
    """An organisation of a person, and what the person does there."""

    organisation_id: UUID
    name: str
    kind: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class ConsentView:
    """The state of one purpose: the newest consent or withdrawal."""

    purpose: str
    granted: bool
    given_at: datetime
    until: datetime | None
    given_to_id: UUID | None


_VIEW: tuple[Any, ...] = (
    Organisation.id, Organisation.kind, Organisation.name, Organisation.public_code, Organisation.phone,
    Organisation.commune_code, Organisation.commune_valid_from, Organisation.hamlet, Organisation.bank_bin,
    Organisation.bank_account, Organisation.bank_holder, Organisation.simulated,
)  # fmt: skip


def in_force(table: Any, on: date) -> ColumnElement[bool]:
    """The condition that a row with `valid_from` and `valid_to` holds that day."""
    return and_(table.valid_from <= on, or_(table.valid_to.is_(None), table.valid_to >= on))


def roles_of(uow: UnitOfWork, person_id: UUID, on: date) -> list[RoleIn]:
    """The organisations in which the person has a role that day, the oldest membership first."""
    rows = uow.session.execute(
        select(Organisation.id, Organisation.name, Organisation.kind, Membership.role)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.person_id == person_id, in_force(Membership, on), in_force(Organisation, on))
        .order_by(Membership.valid_from, Membership.id)
    ).all()
    found: dict[UUID, RoleIn] = {}
    for organisation_id, name, kind, role in rows:
        before = found.get(organisation_id)
        held = (*before.roles, role) if before else (role,)
        found[organisation_id] = RoleIn(organisation_id, name, kind, held)
    return list(found.values())


def household_of(uow: UnitOfWork, person_id: UUID, on: date) -> RoleIn | None:
    """The farm household in which the person is a farmer, or None."""
    held = roles_of(uow, person_id, on)
    return next((r for r in held if r.kind == "farm_household" and Role.FARMER in r.roles), None)


def household_of_one(uow: UnitOfWork, person_id: UUID, on: date) -> UUID | None:
    """The person's farm household when nobody else ever had a role in it: then it is personal data too."""
    household = household_of(uow, person_id, on)
    if household is None:
        return None
    others = uow.session.scalar(
        select(Membership.id)
        .where(Membership.organisation_id == household.organisation_id, Membership.person_id != person_id)
        .limit(1)
    )
    return None if others is not None else household.organisation_id


def organisation(uow: UnitOfWork, organisation_id: UUID) -> OrganisationView:
    """One organisation, whether it still stands or not. Raises NotFound."""
    row = uow.session.execute(select(*_VIEW).where(Organisation.id == organisation_id)).one_or_none()
    if row is None:
        raise NotFound(organisation=organisation_id)
    return OrganisationView(*row)


def organisation_names(uow: UnitOfWork, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names for people of the office; what the public may read is `public_names`."""
    wanted = set(ids)
    rows = uow.session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def public_names(uow: UnitOfWork, ids: Iterable[UUID]) -> dict[UUID, PublicName]:
    """What a page for everybody says of these organisations (2 statements).

    A household without a consent to show its name is its public code; other kinds show their name.
    """
    wanted = set(ids)
    rows = uow.session.execute(
        select(Organisation.id, Organisation.kind, Organisation.name, Organisation.public_code,
               Organisation.photo_key, Organisation.photo_taken_on, Organisation.photo_sent_on,
               Organisation.simulated).where(Organisation.id.in_(wanted))
    ).all()  # fmt: skip
    allowed = _granted(uow, wanted)
    return {
        organisation_id: PublicName(
            shown=name
            if (named := kind != "farm_household" or SHOW_NAME in allowed[organisation_id])
            else code,
            is_code=not named,
            photo=PublicPhoto(photo_key.rsplit("/", 1)[-1], taken_on, sent_on, simulated)
            if photo_key and sent_on and SHOW_PHOTO in allowed[organisation_id]
            else None,
        )
        for organisation_id, kind, name, code, photo_key, taken_on, sent_on, simulated in rows
    }


def photo_in_use(uow: UnitOfWork, photo_key: str) -> bool:
    """Whether a household still has this photo."""
    return uow.session.scalar(select(Organisation.id).where(Organisation.photo_key == photo_key)) is not None


def may_show_photo(uow: UnitOfWork, organisation_id: UUID) -> bool:
    """Whether the organisation consents now to show its photo."""
    return SHOW_PHOTO in _granted(uow, {organisation_id})[organisation_id]


def photo_is_public(uow: UnitOfWork, photo_key: str) -> bool:
    """Whether a household has this photo and consents to show it."""
    owners = set(uow.session.scalars(select(Organisation.id).where(Organisation.photo_key == photo_key)))
    return any(SHOW_PHOTO in allowed for allowed in _granted(uow, owners).values())


def _granted(uow: UnitOfWork, ids: set[UUID]) -> dict[UUID, set[str]]:
    """Purposes to which each organisation consents now; the newest row of a purpose counts."""
    rows = uow.session.execute(
        select(Consent.organisation_id, Consent.purpose, Consent.granted)
        .where(Consent.organisation_id.in_(ids), Consent.purpose.in_((SHOW_NAME, SHOW_PHOTO)))
        .order_by(Consent.given_at, Consent.id)
    )
    newest = {(organisation_id, purpose): granted for organisation_id, purpose, granted in rows}
    allowed: dict[UUID, set[str]] = {organisation_id: set() for organisation_id in ids}
    for (organisation_id, purpose), granted in newest.items():
        if granted and organisation_id is not None:
            allowed[organisation_id].add(purpose)
    return allowed


def consents_of(uow: UnitOfWork, organisation_id: UUID) -> dict[str, ConsentView]:
    """The newest consent or withdrawal of each purpose (of assisted filing: of the last helper)."""
    rows = uow.session.execute(
        select(Consent.purpose, Consent.granted, Consent.given_at, Consent.until, Consent.given_to_id)
        .where(Consent.organisation_id == organisation_id)
        .order_by(Consent.given_at, Consent.id)
    )
    return {row.purpose: ConsentView(*row) for row in rows}


def helper_may_act(uow: UnitOfWork, *, helper_id: UUID, farmer_id: UUID, now: datetime) -> bool:
    """Whether the farmer's newest word on this helper is a consent that still runs."""
    newest = uow.session.execute(
        select(Consent.granted, Consent.until)
        .where(Consent.person_id == farmer_id, Consent.given_to_id == helper_id,
               Consent.purpose == ASSISTED_FILING)
        .order_by(Consent.given_at.desc(), Consent.id.desc()).limit(1)
    ).one_or_none()  # fmt: skip
    return newest is not None and newest.granted and (newest.until is None or newest.until > now)


def cooperative_of(uow: UnitOfWork, organisation_id: UUID, on: date) -> OrganisationView | None:
    """The cooperative or group in which the organisation is a member that day, or None."""
    row = uow.session.execute(
        select(*_VIEW)
        .join(OrganisationMember, OrganisationMember.organisation_id == Organisation.id)
        .where(OrganisationMember.member_id == organisation_id, in_force(OrganisationMember, on),
               Organisation.kind.in_((OrganisationKind.COOPERATIVE, OrganisationKind.COOP_GROUP)))
        .order_by(OrganisationMember.valid_from.desc(), Organisation.id).limit(1)
    ).one_or_none()  # fmt: skip
    return None if row is None else OrganisationView(*row)


def member_ids(uow: UnitOfWork, organisation_id: UUID, on: date) -> list[UUID]:
    """The organisations inside this one that day, the oldest member first."""
    return list(
        uow.session.scalars(
            select(OrganisationMember.member_id)
            .where(OrganisationMember.organisation_id == organisation_id, in_force(OrganisationMember, on))
            .order_by(OrganisationMember.valid_from, OrganisationMember.id)
        )
    )


def person_name(uow: UnitOfWork, person_id: UUID) -> str:
    """A person's name, empty when the person is unknown or erased."""
    return uow.session.scalar(select(Person.full_name).where(Person.id == person_id)) or ""


def person_names(uow: UnitOfWork, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names of several people in one statement; an erased person has an empty one."""
    rows = uow.session.execute(select(Person.id, Person.full_name).where(Person.id.in_(set(ids))))
    return {person_id: name or "" for person_id, name in rows}


def person_by_phone(uow: UnitOfWork, phone: str) -> UUID | None:
    """The person who has this E.164 number, or None."""
    return uow.session.scalar(select(Person.id).where(Person.phone == phone, Person.erased_at.is_(None)))


def phone_of(uow: UnitOfWork, person_id: UUID) -> str | None:
    """The number under which a person is reached, or None."""
    return uow.session.scalar(select(Person.phone).where(Person.id == person_id))


def gs1_prefix_of(uow: UnitOfWork, organisation_id: UUID) -> str | None:
    """The GS1 company prefix of an office, None when it has none yet."""
    return uow.session.scalar(
        select(Organisation.gs1_company_prefix).where(Organisation.id == organisation_id)
    )


def office_for(uow: UnitOfWork, commune_code: str, on: date) -> UUID | None:
    """The economics office that answers for a commune that day, or None."""
    return uow.session.scalar(
        select(OfficeUnit.organisation_id)
        .join(Organisation, Organisation.id == OfficeUnit.organisation_id)
        .where(OfficeUnit.commune_code == commune_code, in_force(OfficeUnit, on),
               in_force(Organisation, on), Organisation.kind == OrganisationKind.ECONOMICS_OFFICE)
        .order_by(OfficeUnit.valid_from.desc()).limit(1)
    )  # fmt: skip


def served_communes(uow: UnitOfWork, on: date) -> set[str]:
    """Codes of all communes that some office of this installation answers for that day."""
    return set(uow.session.scalars(select(OfficeUnit.commune_code).where(in_force(OfficeUnit, on))))


def any_office(uow: UnitOfWork) -> UUID | None:
    """The oldest economics office of this installation, for what belongs to no commune."""
    return uow.session.scalar(
        select(Organisation.id)
        .where(Organisation.kind == OrganisationKind.ECONOMICS_OFFICE, Organisation.valid_to.is_(None))
        .order_by(Organisation.valid_from, Organisation.id)
        .limit(1)
    )
