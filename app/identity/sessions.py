"""Who is behind a session: in which organisation, with which roles, on whose behalf."""

import hashlib
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from app.identity.access import Actor
from app.identity.models import LoginSession, OfficeUnit, OrganisationKind, Person, Role
from app.identity.queries import FILERS, RoleIn, helper_may_act, household_of, in_force, person_name, roles_of
from app.kernel.calendar import local_day
from app.kernel.uow import UnitOfWork


def token_hash(token: str) -> bytes:
    """What the database keeps of a session token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def actor_of_session(uow: UnitOfWork, token: str, now: datetime) -> Actor | None:
    """Who is behind a session token: in which organisation, with which roles, on whose behalf.

    None for a token that is unknown, revoked or over, and for a person without any role today.
    """
    found = uow.session.execute(
        select(LoginSession.id, LoginSession.person_id, LoginSession.organisation_id,
               LoginSession.acting_for_id, Person.full_name)
        .join(Person, Person.id == LoginSession.person_id)
        .where(LoginSession.token_sha256 == token_hash(token), LoginSession.revoked_at.is_(None),
               LoginSession.expires_at > now, Person.erased_at.is_(None))
    ).one_or_none()  # fmt: skip
    if found is None:
        return None
    session_id, person_id, organisation_id, farmer_id, name = found
    held = roles_of(uow, person_id, local_day(now))
    place = next((r for r in held if r.organisation_id == organisation_id), held[0] if held else None)
    if place is None:
        return None
    if farmer_id is not None and FILERS.intersection(place.roles):
        return _helping(uow, session_id, person_id, name or "", farmer_id, now)
    return Actor(
        person_id=person_id,
        display_name=name or "",
        organisation_id=place.organisation_id,
        organisation_name=place.name,
        organisation_kind=place.kind,
        roles=frozenset(place.roles),
        commune_codes=_communes_of_office(uow, place, local_day(now)),
        session_id=session_id,
    )


def whose(actor: Actor) -> list[str]:
    """Person, and for whom: the owner of a form that is half written, as plain texts."""
    return [str(actor.person_id), str(actor.acting_for_id or actor.organisation_id)]


def whose_session(uow: UnitOfWork, token: str) -> list[str] | None:
    """The same of a session's token, also when the session is over; None for a token that nobody had."""
    row = uow.session.execute(
        select(LoginSession.person_id, LoginSession.acting_for_id, LoginSession.organisation_id).where(
            LoginSession.token_sha256 == token_hash(token)
        )
    ).one_or_none()
    return None if row is None else [str(row[0]), str(row[1] or row[2])]


def _helping(
    uow: UnitOfWork, session_id: UUID, helper_id: UUID, helper_name: str, farmer_id: UUID, now: datetime
) -> Actor | None:
    """Helper or officer as the farmer's hand: the household's farmer role, no packing, selling or account."""
    household = household_of(uow, farmer_id, local_day(now))
    if household is None or not helper_may_act(uow, helper_id=helper_id, farmer_id=farmer_id, now=now):
        return None
    return Actor(
        person_id=helper_id,
        display_name=helper_name,
        organisation_id=household.organisation_id,
        organisation_name=household.name,
        organisation_kind=household.kind,
        roles=frozenset({Role.FARMER}),
        session_id=session_id,
        acting_for_id=farmer_id,
        acting_for_name=person_name(uow, farmer_id),
    )


def _communes_of_office(uow: UnitOfWork, place: RoleIn, on: date) -> frozenset[str]:
    if place.kind != OrganisationKind.ECONOMICS_OFFICE:
        return frozenset()
    return frozenset(
        uow.session.scalars(
            select(OfficeUnit.commune_code).where(
                OfficeUnit.organisation_id == place.organisation_id, in_force(OfficeUnit, on)
            )
        )
    )
