"""Marks, their parties over time, and the versions of their regulations on use."""

from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, new_id


class MarkKind(StrEnum):
    """What the law calls the mark."""

    COLLECTIVE = "collective"
    CERTIFICATION = "certification"
    GEO_INDICATION = "geo_indication"


class MarkStatus(StrEnum):
    """What our sources say of the mark; never more than they say."""

    LISTED = "listed"  # named on an official list, without a number or a date
    ANNOUNCED = "announced"  # its grant was announced; number not found
    TERM_OVER = "term_over"  # ten years from filing are over, a renewal was not found
    OWNER_DISSOLVED = "owner_dissolved"  # owner dissolved, transfer pending


class PartyRole(StrEnum):
    """What a party is to the mark; the owner is not the managing body."""

    OWNER = "owner"
    MANAGING_BODY = "managing_body"
    GRANTING_BODY = "granting_body"
    SIGNATORY = "signatory"


class Mark(Base):
    """A mark or geographical indication. NULL means: not found in the named source."""

    __tablename__ = "mark"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(80), unique=True)  # slug of the name: a reload finds its row
    name: Mapped[str] = mapped_column(String(160))
    search: Mapped[str] = mapped_column(String(400))  # folded name, goods and area
    kind: Mapped[str] = mapped_column(String(20))
    application_no: Mapped[str | None] = mapped_column(String(40))
    filed_on: Mapped[date | None]
    registration_no: Mapped[str | None] = mapped_column(String(40))
    registered_on: Mapped[date | None]
    decision_no: Mapped[str | None] = mapped_column(String(60))
    decided_on: Mapped[date | None]
    announced: Mapped[str | None] = mapped_column(String(10))  # as exact as the source: 2019-06
    goods: Mapped[str | None] = mapped_column(Text)
    crops: Mapped[list[Any]]  # crop keys that it covers
    area: Mapped[str | None] = mapped_column(String(160))  # as the source names it
    area_codes: Mapped[list[Any]]  # codes of today's communes, where the area is known
    status: Mapped[str] = mapped_column(String(20))
    status_note: Mapped[str] = mapped_column(Text, default="")
    source_url: Mapped[str] = mapped_column(Text)
    source_read_on: Mapped[date]
    confidence: Mapped[str] = mapped_column(String(20))


class MarkParty(Base):
    """A party to a mark for a time; open ends are NULL, as is a beginning that nobody found."""

    __tablename__ = "mark_party"
    __table_args__ = (
        UniqueConstraint("mark_id", "role", "name"),
        CheckConstraint("valid_to IS NULL OR valid_from IS NULL OR valid_from <= valid_to", name="validity"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    mark_id: Mapped[UUID] = mapped_column(ForeignKey("mark.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(160))
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    successor: Mapped[str | None] = mapped_column(String(160))
    note: Mapped[str] = mapped_column(Text, default="")
    simulated: Mapped[bool] = mapped_column(default=False)


class UseRegulation(Base):
    """One version of a mark's regulation on use: where its text is, and how long a right lasts by it."""

    __tablename__ = "use_regulation"
    __table_args__ = (
        UniqueConstraint("mark_id", "version"),
        CheckConstraint("right_months > 0", name="right_months"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    mark_id: Mapped[UUID] = mapped_column(ForeignKey("mark.id"), index=True)
    version: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    document_no: Mapped[str | None] = mapped_column(String(60))
    in_force_from: Mapped[date]
    in_force_to: Mapped[date | None]
    right_months: Mapped[int]  # how long a granted right is valid
    text_ref: Mapped[str | None] = mapped_column(Text)  # address or storage key of the text
    summary: Mapped[str] = mapped_column(Text, default="")
    simulated: Mapped[bool] = mapped_column(default=False)
