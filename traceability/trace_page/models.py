"""Stored bodies of trace pages, and the last check of each lot's bytes."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base


class TraceBody(Base):
    """A page as bytes with places for what is of the moment; made from one revision of the lot."""

    __tablename__ = "trace_body"

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    revision: Mapped[int]
    made_at: Mapped[datetime]
    tag: Mapped[str] = mapped_column(String(64))  # over all of it, by this build of this server
    counts: Mapped[dict[str, Any]]  # grade -> number of facts, and what the status block tells
    body: Mapped[bytes] = mapped_column(LargeBinary)


class LotCheck(Base):
    """When the stored bytes of a lot were last compared with the log, and what was found."""

    __tablename__ = "lot_check"

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    revision: Mapped[int]
    checked_at: Mapped[datetime]
    ok_at: Mapped[datetime | None]  # the last check that found everything as sealed
    fault: Mapped[str | None] = mapped_column(Text)
    fault_since: Mapped[datetime | None]
    events: Mapped[int]
    unsealed: Mapped[int]
    sealed_at: Mapped[datetime | None]  # when the youngest of its events came under a checkpoint
    anchored: Mapped[bool]
    anchor_chain: Mapped[str | None] = mapped_column(String(80))
    anchor_development: Mapped[bool] = mapped_column(default=False)
