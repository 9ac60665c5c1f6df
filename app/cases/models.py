"""The case file, its documents and its timeline. What anybody wrote in them can be erased."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, append_only, new_id


class CaseFile(Base):
    """One request to the office, from the first paper to the handed-over result.

    Once `erased_at` is set, title, facts, contact and reason are empty; number, dates and outcome stay.
    """

    __tablename__ = "case_file"
    __table_args__ = (Index("ix_case_file_inbox", "office_id", "state", "due_on"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(30), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(20))
    office_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    subject: Mapped[str] = mapped_column(String(120))  # what it is about: id of a mark, lot …
    title: Mapped[str] = mapped_column(String(200))
    facts: Mapped[dict[str, Any]]
    filed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    for_whom_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    contact_phone: Mapped[str | None] = mapped_column(String(20))
    opened_at: Mapped[datetime]
    due_on: Mapped[date | None]
    first_officer_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    second_officer_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decision: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(Text)
    client_id: Mapped[UUID | None] = mapped_column(unique=True)
    revision: Mapped[int] = mapped_column(default=1)  # the second of two officers in one record is told
    erased_at: Mapped[datetime | None]
    simulated: Mapped[bool] = mapped_column(default=False)


class CaseCounter(Base):
    """The last number that an office gave in a year; its row lock settles a race for the next."""

    __tablename__ = "case_counter"
    __table_args__ = (CheckConstraint("last >= 0", name="last"),)

    office_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(default=0)


@append_only
class CaseStep(Base):
    """One line of a case's timeline; what was said with it is a `CaseNote`."""

    __tablename__ = "case_step"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(30))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    acting_for_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))


class CaseNote(Base):
    """The words of a step, where there are any; erasure deletes the row."""

    __tablename__ = "case_note"

    step_id: Mapped[UUID] = mapped_column(ForeignKey("case_step.id"), primary_key=True)
    text: Mapped[str] = mapped_column(Text)


class CaseDocument(Base):
    """A file that came with a case; the bytes lie in storage."""

    __tablename__ = "case_document"
    __table_args__ = (UniqueConstraint("case_id", "sha256"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    content_type: Mapped[str] = mapped_column(String(60))
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    storage_key: Mapped[str] = mapped_column(String(120))  # what is shown: an image re-encoded without EXIF
    original_key: Mapped[str] = mapped_column(String(120))  # as it came, kept as evidence, shown to nobody
    received_at: Mapped[datetime]
    source: Mapped[str] = mapped_column(String(20))  # online, desk, paper
