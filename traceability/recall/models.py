"""Recalls."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, new_id


class Recall(Base):
    """One order to call a lot back; at most one in force for a lot."""

    __tablename__ = "recall"
    __table_args__ = (
        Index(
            "uq_recall_in_force",
            "lot_id",
            unique=True,
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), index=True)
    recall_class: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(600))
    document_no: Mapped[str] = mapped_column(String(60))
    ordered_by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    office_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    ordered_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    lift_reason: Mapped[str | None] = mapped_column(String(600))
