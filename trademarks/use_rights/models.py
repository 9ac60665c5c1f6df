"""Rights of use, their history, and the label quota that hangs on them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, append_only, new_id


class UseRight(Base):
    """A household's or cooperative's right to use a mark on some crops, for a time.

    `state` is what the last act left; the state that counts is computed with the day (rules.state_at),
    since a term ends and an emergency suspension lapses without anybody writing.
    """

    __tablename__ = "use_right"
    __table_args__ = (
        CheckConstraint("valid_from <= valid_to", name="validity"),
        CheckConstraint("state IN ('active', 'suspended', 'revoked', 'expired')", name="state"),
        CheckConstraint("state = 'suspended' OR lapses_at IS NULL", name="lapses"),
        Index("ix_use_right_holder", "organisation_id", "state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    certificate_no: Mapped[str] = mapped_column(String(30), unique=True)
    mark_id: Mapped[UUID] = mapped_column(ForeignKey("mark.id"), index=True)
    regulation_id: Mapped[UUID | None] = mapped_column(ForeignKey("use_regulation.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    office_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))  # that verified it
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), unique=True)
    crops: Mapped[list[Any]]
    valid_from: Mapped[date]
    valid_to: Mapped[date]  # last day on which it holds
    state: Mapped[str] = mapped_column(String(10))
    state_since: Mapped[datetime]
    lapses_at: Mapped[datetime | None]  # an emergency suspension that nobody has ratified
    suspended_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    revocation_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))  # first of two persons
    revocation_at: Mapped[datetime | None]
    revocation_code: Mapped[str | None] = mapped_column(String(30))
    revocation_text: Mapped[str | None] = mapped_column(Text)
    facts: Mapped[str] = mapped_column(Text)  # canonical JSON that the certificate's signature covers
    granted_at: Mapped[datetime]
    granted_by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    key_id: Mapped[str | None] = mapped_column(String(16))
    signature: Mapped[str | None] = mapped_column(String(128))  # Ed25519, hex
    pdf_key: Mapped[str | None] = mapped_column(String(120))
    simulated: Mapped[bool] = mapped_column(default=False)


@append_only
class UseRightChange(Base):
    """One act on a right: who, when, for which reason of the list, and the state that it left."""

    __tablename__ = "use_right_change"
    __table_args__ = (Index("ix_use_right_change_history", "right_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    right_id: Mapped[UUID] = mapped_column(ForeignKey("use_right.id"))
    act: Mapped[str] = mapped_column(String(30))
    at: Mapped[datetime]  # from when it counts
    recorded_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10))
    scope: Mapped[list[Any]]  # crop keys that the act touches
    lapses_at: Mapped[datetime | None]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))  # None: the clock
    reason_code: Mapped[str | None] = mapped_column(String(30))
    labels: Mapped[int] = mapped_column(default=0)  # that the act added to the quota


class UseRightWords(Base):
    """What an officer wrote beside an act, and the letter to the holder; erasure deletes the row."""

    __tablename__ = "use_right_words"

    change_id: Mapped[UUID] = mapped_column(ForeignKey("use_right_change.id"), primary_key=True)
    reason_text: Mapped[str] = mapped_column(Text)
    letter: Mapped[str] = mapped_column(Text)


class RightSeal(Base):
    """The salt of an act's entry in the log; erasure destroys it. Without it nobody ties entry and act."""

    __tablename__ = "right_seal"
    __table_args__ = (
        CheckConstraint("(salt IS NULL) = (erased_at IS NOT NULL)", name="salt_or_erased"),
        Index("ix_right_seal_erased", "erased_at"),
    )

    change_id: Mapped[UUID] = mapped_column(ForeignKey("use_right_change.id"), primary_key=True)
    salt: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    erased_at: Mapped[datetime | None]


class LabelQuota(Base):
    """How many labels with the mark the holder may print, and has drawn."""

    __tablename__ = "label_quota"
    __table_args__ = (
        CheckConstraint("granted >= 0", name="granted"),
        CheckConstraint("drawn >= 0 AND drawn <= granted", name="drawn"),
    )

    right_id: Mapped[UUID] = mapped_column(ForeignKey("use_right.id"), primary_key=True)
    granted: Mapped[int]
    drawn: Mapped[int] = mapped_column(default=0)


@append_only
class QuotaDraw(Base):
    """Labels drawn for one sheet; a sheet draws once."""

    __tablename__ = "quota_draw"
    __table_args__ = (
        UniqueConstraint("sheet_id"),
        CheckConstraint("count > 0", name="count"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    right_id: Mapped[UUID] = mapped_column(ForeignKey("use_right.id"), index=True)
    sheet_id: Mapped[UUID]
    count: Mapped[int]
    at: Mapped[datetime]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))


class CertificateCounter(Base):
    """The last certificate number of a year; one row a year, counted up under its lock."""

    __tablename__ = "certificate_counter"

    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]
