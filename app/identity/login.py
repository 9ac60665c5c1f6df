"""Codes, officers' second factor, and server-side sessions. Commands: they never commit.

A session's cookie holds 256 random bits; the row holds their SHA-256. The token changes at every
login and at every change of organisation or of the farmer who is acted for.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, or_, select, update

from app.identity import commands, credentials, queries
from app.identity.access import Actor
from app.identity.models import LoginCode, LoginSession, Membership, Person, Role
from app.identity.sessions import token_hash
from app.kernel.calendar import local_day
from app.kernel.db import new_id
from app.kernel.problems import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from app.kernel.text import tidy
from app.kernel.uow import UnitOfWork

CODE_LIVES: Final = timedelta(minutes=10)
MOST_TRIES: Final = 5
OFFICE_SESSION: Final = timedelta(hours=12)
LONGEST_CONSENT: Final = timedelta(days=366)
LOGIN, ASSISTED = "login", "assisted_filing"
_LOGIN_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{2,59}")


class WrongCode(Invalid):
    """Not the code, or one that was used, is over, or was tried too often."""

    type, field = "wrong-code", "code"


class WrongLogin(Invalid):
    """Name, password or second factor do not fit; it is not said which."""

    type, field = "wrong-login", "password"


class LoginNameTaken(Conflict):
    """Somebody logs in under this name already."""

    type, field = "login-name-taken", "login_name"


class BadLoginName(Invalid):
    """A login name has 3 to 60 small letters, digits, dots, hyphens or underscores, to be typed anywhere."""

    type, field = "bad-login-name", "login_name"


class ConsentTooLong(Invalid):
    """A consent to file for somebody ends in the future, within a year."""

    type, field = "consent-too-long", "until"


@dataclass(frozen=True)
class NewSession:
    """What the cookie gets, and until when."""

    token: str
    expires_at: datetime


def send_code(
    uow: UnitOfWork, phone: str, *, text: str, secret: str, now: datetime, purpose: str = LOGIN
) -> None:
    """Make a code for a phone (E.164) and queue its message; `text` has `{code}` in it.

    Codes sent before for the same purpose lose their value.
    """
    code, row_id = credentials.new_code(), new_id()
    uow.session.execute(
        update(LoginCode)
        .where(LoginCode.phone == phone, LoginCode.purpose == purpose, LoginCode.used_at.is_(None))
        .values(used_at=now)
    )
    uow.add(
        LoginCode(
            id=row_id,
            phone=phone,
            purpose=purpose,
            code_hash=credentials.code_hash(secret, phone=phone, purpose=purpose, code=code),
            sent_at=now,
            expires_at=now + CODE_LIVES,
        )
    )
    commands.send_message(uow, to=phone, kind=purpose, text=text, code=code, key=f"code:{row_id}", now=now)


def code_is_right(
    uow: UnitOfWork, phone: str, typed: str, *, secret: str, now: datetime, purpose: str = LOGIN
) -> bool:
    """Whether this is the phone's code; counts the try, uses the code up, and is kept either way."""
    row = uow.session.scalar(
        select(LoginCode)
        .where(LoginCode.phone == phone, LoginCode.purpose == purpose, LoginCode.used_at.is_(None),
               LoginCode.expires_at > now, LoginCode.tries < MOST_TRIES)
        .order_by(LoginCode.sent_at.desc(), LoginCode.id.desc()).limit(1).with_for_update()
    )  # fmt: skip
    if row is None:
        return False
    row.tries += 1
    code = credentials.typed_code(typed)
    given = credentials.code_hash(secret, phone=phone, purpose=purpose, code=code or "")
    right = code is not None and secrets.compare_digest(given, row.code_hash)
    if right:
        row.used_at = now
    uow.session.flush()
    return right


def officer_id(
    uow: UnitOfWork, name: str, password: str, typed_totp: str, *, secret: str, now: datetime
) -> UUID | None:
    """The officer of this name, password and TOTP code, or None; uses the TOTP step up."""
    row = uow.session.scalar(
        select(Person).where(Person.login_name == name.strip().lower()[:60], Person.erased_at.is_(None))
    )
    fits = credentials.password_fits(row.password_hash if row else None, password)
    step = credentials.totp_step(secret, row.totp_secret if row else None, typed_totp, now)
    if row is None or not fits or step is None:
        return None
    return uow.session.scalar(
        update(Person)
        .where(Person.id == row.id, or_(Person.totp_last_step.is_(None), Person.totp_last_step < step))
        .values(totp_last_step=step)
        .returning(Person.id)
    )


def open_session(
    uow: UnitOfWork,
    person_id: UUID,
    *,
    now: datetime,
    lives: timedelta,
    device: str = "",
    organisation_id: UUID | None = None,
    acting_for_id: UUID | None = None,
) -> NewSession:
    """A session in the given organisation, or in the person's first one. Raises Forbidden without a role."""
    held = queries.roles_of(uow, person_id, local_day(now))
    if not held:
        raise Forbidden(action="login")
    chosen = organisation_id or held[0].organisation_id
    if chosen not in {r.organisation_id for r in held}:
        raise NotFound(organisation=chosen)
    made = NewSession(secrets.token_urlsafe(32), now + lives)
    uow.add(
        LoginSession(
            token_sha256=token_hash(made.token),
            person_id=person_id,
            organisation_id=chosen,
            acting_for_id=acting_for_id,
            device=device[:120],
            created_at=now,
            expires_at=made.expires_at,
        )
    )
    return made


def end_session(uow: UnitOfWork, token: str, now: datetime) -> None:
    """Log out: the token is worth nothing from now on."""
    uow.session.execute(
        update(LoginSession)
        .where(LoginSession.token_sha256 == token_hash(token), LoginSession.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def end_all_sessions(uow: UnitOfWork, person_id: UUID, now: datetime) -> None:
    """Log out everywhere."""
    uow.session.execute(
        update(LoginSession)
        .where(LoginSession.person_id == person_id, LoginSession.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def go_on_as(
    uow: UnitOfWork,
    token: str,
    *,
    now: datetime,
    organisation_id: UUID | None = None,
    acting_for_id: UUID | None = None,
) -> NewSession:
    """Rotate a session into another organisation, or to act for a farmer (None: for oneself again).

    The end of the session stays. Raises Unauthenticated, NotFound (no role there), Forbidden (the
    farmer has not consented).
    """
    row = uow.session.scalar(
        select(LoginSession).where(
            LoginSession.token_sha256 == token_hash(token),
            LoginSession.revoked_at.is_(None), LoginSession.expires_at > now,
        )
    )  # fmt: skip
    if row is None:
        raise Unauthenticated
    if acting_for_id is not None and not queries.helper_may_act(
        uow, helper_id=row.person_id, farmer_id=acting_for_id, now=now
    ):
        raise Forbidden(action="help.act")
    row.revoked_at = now
    return open_session(
        uow, row.person_id, now=now, lives=row.expires_at - now, device=row.device,
        organisation_id=organisation_id or row.organisation_id, acting_for_id=acting_for_id,
    )  # fmt: skip


def consent_to_helper(
    uow: UnitOfWork, farmer_id: UUID, *, helper: Actor, until: datetime, now: datetime
) -> None:
    """The farmer, by the code on his own phone, lets this helper file for him until a day.

    Raises ConsentTooLong, NotFound (no household).
    """
    if not now < until <= now + LONGEST_CONSENT:
        raise ConsentTooLong
    household = queries.household_of(uow, farmer_id, local_day(now))
    if household is None:
        raise NotFound(person=farmer_id)
    commands.grant_consent(
        uow, person_id=farmer_id, organisation_id=household.organisation_id, purpose=queries.ASSISTED_FILING,
        given_to_id=helper.person_id, until=until, how="phone_code", actor=helper, now=now,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class NewOfficer:
    """A person who logs in at the office: name, password, TOTP secret (base32), roles."""

    login_name: str
    full_name: str
    password: str
    totp_secret: str
    roles: tuple[str, ...]
    phone: str | None = None
    simulated: bool = False


def add_officer(
    uow: UnitOfWork,
    organisation_id: UUID,
    wanted: NewOfficer,
    *,
    secret: str,
    now: datetime,
    actor: Actor | None = None,
) -> UUID:
    """A new officer with his roles.

    Raises NotFound (no such organisation), BadLoginName, LoginNameTaken, NameMissing, PasswordTooShort,
    ValueError for a strange role.
    """
    queries.organisation(uow, organisation_id)
    login_name, full_name = wanted.login_name.strip().lower(), tidy(wanted.full_name)
    if not _LOGIN_NAME.fullmatch(login_name):
        raise BadLoginName(login_name=login_name[:60])
    if uow.session.scalar(select(Person.id).where(Person.login_name == login_name)) is not None:
        raise LoginNameTaken(login_name=login_name)
    if len(full_name) < 2:
        raise commands.NameMissing
    person = Person(
        id=new_id(),
        full_name=full_name,
        phone=wanted.phone,
        login_name=login_name,
        password_hash=credentials.hash_password(wanted.password),
        totp_secret=credentials.encrypt_totp(secret, wanted.totp_secret),
        created_at=now,
        simulated=wanted.simulated,
    )
    uow.add(person)
    for role in wanted.roles:
        uow.add(
            Membership(
                person_id=person.id,
                organisation_id=organisation_id,
                role=Role(role),
                valid_from=local_day(now),
            )
        )
    commands.audit(uow, actor, "officer.added", person.id, now)
    return person.id


def forget_old(uow: UnitOfWork, now: datetime) -> None:
    """Delete codes and sessions that ended more than 30 days ago."""
    before = now - timedelta(days=30)
    uow.session.execute(delete(LoginCode).where(LoginCode.expires_at < before))
    uow.session.execute(delete(LoginSession).where(LoginSession.expires_at < before))
