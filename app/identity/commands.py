"""What changes people's records: consents, the photo, messages, the audit trail, sign-up, erasure.

Sessions and codes are in `login`. Commands never commit.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, update

from app.identity.access import Actor
from app.identity.models import (
    AuditEntry,
    Consent,
    LoginCode,
    LoginSession,
    Membership,
    Organisation,
    OrganisationKind,
    Person,
    Role,
)
from app.identity.queries import ASSISTED_FILING, SHOW_NAME, SHOW_PHOTO, household_of_one, may_show_photo
from app.kernel.calendar import local_day
from app.kernel.db import new_id
from app.kernel.problems import Conflict, Forbidden, Invalid, NotFound
from app.kernel.register import Register
from app.kernel.text import tidy
from app.kernel.uow import UnitOfWork

SEND = "message.send"
FORGET_PHOTO = "photo.forget"
TEXT_VERSION = "2026-11"
FIRST_PHOTO = date(2000, 1, 1)  # a camera that was never set says 1970 or 1980
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

ERASURE: Register[Callable[[UnitOfWork, UUID, datetime], None]] = Register("erasure")
"""Handlers (uow, person_id, now): each room forgets what it keeps of a person, in the same transaction.

They run while name and number are still known, so that they can be found in what others wrote.
"""

PUBLIC_FACE: Register[Callable[[UnitOfWork, UUID], None]] = Register("public-face")
"""Handlers (uow, organisation_id): what everybody may see of it changed; stored pages are made anew."""


class PhoneTaken(Conflict):
    """Somebody else is registered under this number."""

    type, field = "phone-taken", "phone"


class PhotoNotAgreed(Conflict):
    """A photo is kept only while the household agrees to show one."""

    type, field = "photo-not-agreed", "photo"


class NameMissing(Invalid):
    """A name of at least two letters is needed."""

    type, field = "name-missing", "full_name"


@dataclass(frozen=True, kw_only=True)
class SignUp:
    """A farmer who opens an account with a number that a code has proved."""

    phone: str  # E.164
    full_name: str
    commune_code: str
    commune_valid_from: date
    hamlet: str
    household_name: str = ""
    show_name: bool = False
    simulated: bool = False


def audit(
    uow: UnitOfWork, actor: Actor | None, action: str, subject: UUID | str, now: datetime, **details: object
) -> None:
    """Write one line of the audit trail. `details` are plain values without names or numbers of people."""
    uow.add(
        AuditEntry(
            at=now,
            person_id=actor.person_id if actor else None,
            acting_for_id=actor.acting_for_id if actor else None,
            organisation_id=actor.organisation_id if actor else None,
            action=action,
            subject=str(subject)[:120],
            details={key: v if isinstance(v, int | bool | None) else str(v) for key, v in details.items()},
        )
    )


def send_message(
    uow: UnitOfWork, *, to: str, kind: str, text: str, key: str, now: datetime, code: str | None = None
) -> None:
    """Queue a text for a phone (E.164); once per `key`.

    Where the code belongs, `text` has `{code}`: code and text are blanked in the queue once delivered.
    """
    payload = {"to": to, "kind": kind, "text": text, "code": code, "at": now.isoformat()}
    uow.emit(SEND, key=key, payload=payload, now=now)


def grant_consent(
    uow: UnitOfWork,
    *,
    person_id: UUID,
    purpose: str,
    now: datetime,
    organisation_id: UUID | None = None,
    given_to_id: UUID | None = None,
    until: datetime | None = None,
    how: str = "own_phone",
    client_id: UUID | None = None,
    actor: Actor | None = None,
) -> None:
    """Record that a person consents to a purpose; a repeat with the same `client_id` adds nothing."""
    _consent(uow, True, actor, now, person_id=person_id, purpose=purpose, organisation_id=organisation_id,
             given_to_id=given_to_id, until=until, how=how, client_id=client_id)  # fmt: skip


def withdraw_consent(
    uow: UnitOfWork,
    *,
    person_id: UUID,
    purpose: str,
    now: datetime,
    organisation_id: UUID | None = None,
    given_to_id: UUID | None = None,
    how: str = "own_phone",
    actor: Actor | None = None,
) -> None:
    """Record a withdrawal: from now on the purpose counts as refused. What was granted stays on record."""
    _consent(uow, False, actor, now, person_id=person_id, purpose=purpose, organisation_id=organisation_id,
             given_to_id=given_to_id, until=None, how=how, client_id=None)  # fmt: skip


def _consent(
    uow: UnitOfWork, granted: bool, actor: Actor | None, now: datetime, *, purpose: str, **values: object
) -> None:
    if purpose not in {SHOW_NAME, SHOW_PHOTO, ASSISTED_FILING}:
        raise Invalid(purpose=purpose)
    new = uow.insert_if_new(
        Consent,
        id=new_id(),
        granted=granted,
        purpose=purpose,
        text_version=TEXT_VERSION,
        given_at=now,
        **values,
    )
    if new:
        subject = values["organisation_id"] or values["person_id"]
        audit(uow, actor, "consent.granted" if granted else "consent.withdrawn", str(subject), now,
              purpose=purpose)  # fmt: skip
    organisation_id = values["organisation_id"]
    if new and isinstance(organisation_id, UUID) and purpose != ASSISTED_FILING:
        if purpose == SHOW_PHOTO and not granted:
            _let_go_of_photo(uow, organisation_id, now)
        _face_changed(uow, organisation_id)


def keep_photo(
    uow: UnitOfWork, photo_key: str, *, taken_on: date | None, actor: Actor, now: datetime
) -> None:
    """Show a stored picture as the household's photo, in place of the one before.

    `taken_on` is the camera's word; a day that cannot be is left out. Raises PhotoNotAgreed, and
    Forbidden for whoever acts for somebody else.
    """
    row = _own_household(uow, actor)
    if not may_show_photo(uow, row.id):
        raise PhotoNotAgreed
    today = local_day(now)
    if row.photo_key != photo_key:
        _let_go_of_photo(uow, row.id, now)
    row.photo_key, row.photo_sent_on = photo_key, today
    row.photo_taken_on = taken_on if taken_on and FIRST_PHOTO <= taken_on <= today else None
    uow.session.flush()
    audit(uow, actor, "photo.kept", row.id, now)
    _face_changed(uow, row.id)


def remove_photo(uow: UnitOfWork, *, actor: Actor, now: datetime) -> None:
    """Take the household's photo away; a repeat changes nothing. Raises Forbidden as `keep_photo` does."""
    row = _own_household(uow, actor)
    if row.photo_key is None:
        return
    _let_go_of_photo(uow, row.id, now)
    audit(uow, actor, "photo.removed", row.id, now)
    _face_changed(uow, row.id)


def _own_household(uow: UnitOfWork, actor: Actor) -> Organisation:
    """The actor's household under lock, so that of two changes of its photo none leaves a file behind."""
    row = uow.session.get(Organisation, actor.organisation_id, with_for_update=True)
    if actor.acting_for_id is not None or row is None or row.kind != OrganisationKind.FARM_HOUSEHOLD:
        raise Forbidden(action="photo.change")
    return row


def _let_go_of_photo(uow: UnitOfWork, organisation_id: UUID, now: datetime) -> None:
    """Forget which photo it was and ask for its file to be deleted."""
    row = uow.session.get_one(Organisation, organisation_id, with_for_update=True)
    if row.photo_key is not None:
        uow.emit(FORGET_PHOTO, key=f"{organisation_id}:{new_id()}", payload={"photo_key": row.photo_key},
                 now=now)  # fmt: skip
    row.photo_key = row.photo_taken_on = row.photo_sent_on = None
    uow.session.flush()


def _face_changed(uow: UnitOfWork, organisation_id: UUID) -> None:
    for handler in PUBLIC_FACE.all().values():
        handler(uow, organisation_id)


def sign_up(uow: UnitOfWork, wanted: SignUp, *, now: datetime) -> UUID:
    """A person with a household of his own, farmer, packer and seller in it. Returns the person's id.

    Raises PhoneTaken, NameMissing.
    """
    name = tidy(wanted.full_name)
    if len(name) < 2:
        raise NameMissing
    if uow.session.scalar(select(Person.id).where(Person.phone == wanted.phone)) is not None:
        raise PhoneTaken
    person = Person(
        id=new_id(), full_name=name, phone=wanted.phone, created_at=now, simulated=wanted.simulated
    )
    today = local_day(now)
    household = Organisation(
        id=new_id(),
        kind=OrganisationKind.FARM_HOUSEHOLD,
        name=tidy(wanted.household_name) or name,
        public_code=free_code(uow, "H"),
        phone=wanted.phone,
        commune_code=wanted.commune_code,
        commune_valid_from=wanted.commune_valid_from,
        hamlet=tidy(wanted.hamlet) or None,
        simulated=wanted.simulated,
        valid_from=today,
    )
    uow.add(person, household)
    uow.add(
        *(
            Membership(person_id=person.id, organisation_id=household.id, role=role, valid_from=today)
            for role in (Role.FARMER, Role.PACKER, Role.SELLER)
        )
    )
    answer = grant_consent if wanted.show_name else withdraw_consent
    answer(uow, person_id=person.id, organisation_id=household.id, purpose=SHOW_NAME, now=now)
    audit(uow, None, "person.signed_up", person.id, now)
    return person.id


def free_code(uow: UnitOfWork, letter: str) -> str:
    """A public code that nobody has, such as `H-7K3QM`: random, so that it tells no order of joining."""
    while True:
        code = f"{letter}-" + "".join(secrets.choice(CODE_LETTERS) for _ in range(5))
        if uow.session.scalar(select(Organisation.id).where(Organisation.public_code == code)) is None:
            return code


@dataclass(frozen=True, kw_only=True)
class BankAccount:
    """Where buyers' money goes: the bank's BIN (Napas, 6 digits), the account, and its holder."""

    bank_bin: str
    account: str
    holder: str


def change_bank_account(uow: UnitOfWork, account: BankAccount, *, actor: Actor, now: datetime) -> None:
    """Set where the organisation is paid. Raises Forbidden for whoever acts for somebody else."""
    if actor.acting_for_id is not None:
        raise Forbidden(action="bank_account.change")
    row = uow.session.get(Organisation, actor.organisation_id)
    if row is None:
        raise NotFound(organisation=actor.organisation_id)
    row.bank_bin, row.bank_account, row.bank_holder = account.bank_bin, account.account, tidy(account.holder)
    uow.session.flush()
    audit(uow, actor, "bank_account.changed", actor.organisation_id, now)


def erase_person(uow: UnitOfWork, person_id: UUID, *, actor: Actor | None, now: datetime) -> None:
    """Forget a person: name, number, secrets, sessions, household's name; other rooms by the register.

    A repeat changes nothing. Raises NotFound.
    """
    person = uow.session.get(Person, person_id)
    if person is None:
        raise NotFound(person=person_id)
    if person.erased_at is not None:
        return
    if person.phone:
        uow.session.query(LoginCode).filter(LoginCode.phone == person.phone).delete()
    household_id = household_of_one(uow, person_id, local_day(now))
    for lived_in in _households_ever(uow, person_id):
        _let_go_of_photo(uow, lived_in, now)  # whoever else lives there: the face may be this one
        _face_changed(uow, lived_in)
    for handler in ERASURE.all().values():
        handler(uow, person_id, now)
    if household_id is not None:
        _erase_household(uow, household_id)
    person.full_name = person.phone = person.login_name = person.password_hash = person.totp_secret = None
    person.erased_at = now
    uow.session.execute(
        update(LoginSession)
        .where(LoginSession.person_id == person_id, LoginSession.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    uow.session.flush()
    audit(uow, actor, "person.erased", person_id, now)


def _households_ever(uow: UnitOfWork, person_id: UUID) -> list[UUID]:
    of = Organisation.kind == OrganisationKind.FARM_HOUSEHOLD
    asked = select(Organisation.id).join(Membership, Membership.organisation_id == Organisation.id)
    return list(uow.session.scalars(asked.where(Membership.person_id == person_id, of).distinct()))


def _erase_household(uow: UnitOfWork, organisation_id: UUID) -> None:
    row = uow.session.get_one(Organisation, organisation_id)
    row.name, row.phone, row.hamlet = row.public_code, None, None
    row.bank_bin = row.bank_account = row.bank_holder = None
