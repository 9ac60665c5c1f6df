"""People, organisations, who belongs where, consents, and server-side sessions."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, append_only, new_id


class OrganisationKind(StrEnum):
    """What an organisation is; the words are the glossary's."""

    FARM_HOUSEHOLD = "farm_household"
    COOPERATIVE = "cooperative"
    COOP_GROUP = "coop_group"
    COLLECTOR = "collector"
    PACKING_HOUSE = "packing_house"
    FARMERS_ASSOCIATION = "farmers_association"
    ECONOMICS_OFFICE = "economics_office"
    HELPER_TEAM = "helper_team"


class Role(StrEnum):
    """What a member may do for the organisation."""

    FARMER = "farmer"
    PACKER = "packer"
    SELLER = "seller"
    HELPER = "helper"
    OFFICER = "officer"
    APPROVING_OFFICER = "approving_officer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Person(Base):
    """A human being. Name and phone are erasable; everything else refers to the id."""

    __tablename__ = "person"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    full_name: Mapped[str | None] = mapped_column(String(120))
    phone: Mapped[str | None] = mapped_column(String(20), unique=True)  # E.164
    login_name: Mapped[str | None] = mapped_column(String(60), unique=True)  # officers
    password_hash: Mapped[str | None] = mapped_column(String(200))  # argon2id
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary)  # encrypted under SECRET_KEY
    totp_last_step: Mapped[int | None]  # a TOTP code works once
    language: Mapped[str] = mapped_column(String(8), default="vi")
    simulated: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


class Organisation(Base):
    """A household, cooperative, collector, office: who owns, packs, sells or decides."""

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint("(photo_key IS NULL) = (photo_sent_on IS NULL)", name="photo_has_its_day"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(30))
    name: Mapped[str] = mapped_column(String(160))
    public_code: Mapped[str] = mapped_column(String(20), unique=True)  # shown where a name may not be
    phone: Mapped[str | None] = mapped_column(String(20))
    commune_code: Mapped[str | None] = mapped_column(String(5))
    commune_valid_from: Mapped[date | None]
    hamlet: Mapped[str | None] = mapped_column(String(80))
    bank_bin: Mapped[str | None] = mapped_column(String(6))
    bank_account: Mapped[str | None] = mapped_column(String(19))
    bank_holder: Mapped[str | None] = mapped_column(String(120))
    photo_key: Mapped[str | None] = mapped_column(String(120), index=True)
    photo_taken_on: Mapped[date | None]  # as the camera wrote it
    photo_sent_on: Mapped[date | None]
    gs1_company_prefix: Mapped[str | None] = mapped_column(String(11))  # an office's own, for its GTINs
    simulated: Mapped[bool] = mapped_column(default=False)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    successor_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))


class OrganisationMember(Base):
    """An organisation inside another for a time: a household in its cooperative."""

    __tablename__ = "organisation_member"
    __table_args__ = (UniqueConstraint("organisation_id", "member_id", "valid_from"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class OfficeUnit(Base):
    """A commune that an office answers for, for a time."""

    __tablename__ = "office_unit"
    __table_args__ = (UniqueConstraint("organisation_id", "commune_code", "valid_from"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    commune_code: Mapped[str] = mapped_column(String(5))
    commune_valid_from: Mapped[date]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class Membership(Base):
    """A person's role in an organisation, for a time."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("person_id", "organisation_id", "role", "valid_from"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


@append_only
class Consent(Base):
    """A consent or its withdrawal, as given: the newest row of a purpose counts."""

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_latest", "organisation_id", "purpose", "given_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    purpose: Mapped[str] = mapped_column(String(40))  # show_name, show_photo, assisted_filing
    granted: Mapped[bool]
    text_version: Mapped[str] = mapped_column(String(20))
    given_at: Mapped[datetime]
    until: Mapped[datetime | None]
    given_to_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))  # the helper
    how: Mapped[str] = mapped_column(String(20))  # own_phone, phone_code, signed_paper
    client_id: Mapped[UUID | None] = mapped_column(unique=True)


class LoginCode(Base):
    """A one-time code sent to a phone: hashed, short-lived, few tries."""

    __tablename__ = "login_code"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    phone: Mapped[str] = mapped_column(String(20), index=True)
    purpose: Mapped[str] = mapped_column(String(30))
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


class LoginSession(Base):
    """A login on one device; the cookie holds a random token, the row its SHA-256."""

    __tablename__ = "login_session"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    token_sha256: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    acting_for_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    device: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Throttle(Base):
    """Tries of one subject (account, phone, address) inside one window."""

    __tablename__ = "throttle"
    __table_args__ = (CheckConstraint("count >= 0", name="count"),)

    subject: Mapped[str] = mapped_column(String(160), primary_key=True)
    window_start: Mapped[datetime]
    count: Mapped[int] = mapped_column(default=0)


class DevMessage(Base):
    """What the development gateway would have sent; read by /dev/inbox.json, in a demonstration only."""

    __tablename__ = "dev_message"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    to: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(30))
    code: Mapped[str | None] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    dedupe_key: Mapped[str] = mapped_column(String(200), unique=True)


@append_only
class AuditEntry(Base):
    """Who did what of consequence, on whose behalf; reading personal data included."""

    __tablename__ = "audit_entry"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    acting_for_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(120))
    details: Mapped[dict[str, Any]]
