"""Label sheets and the serials printed on them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, new_id


class LabelSheet(Base):
    """Labels of one lot, ordered at once. Without `pdf_key` it is not printed yet."""

    __tablename__ = "label_sheet"
    __table_args__ = (
        UniqueConstraint("organisation_id", "client_id"),
        CheckConstraint("count BETWEEN 1 AND 1000", name="count"),
        CheckConstraint("unit_weight_g > 0", name="unit_weight"),
        CheckConstraint("(pdf_key IS NULL) = (ready_at IS NULL)", name="ready"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), index=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    right_id: Mapped[UUID | None] = mapped_column(ForeignKey("use_right.id"))  # None: no mark on it
    count: Mapped[int]
    unit_weight_g: Mapped[int]
    client_id: Mapped[UUID]
    ordered_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    ordered_at: Mapped[datetime]
    pdf_key: Mapped[str | None] = mapped_column(String(120))
    checkpoint_size: Mapped[int | None]  # of the checkpoint printed at its foot
    ready_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]  # last try that could not be stored; it is tried again
    simulated: Mapped[bool] = mapped_column(default=False)


class Serial(Base):
    """One label: its typed code, and whether goods wear it."""

    __tablename__ = "serial"
    __table_args__ = (
        UniqueConstraint("sheet_id", "position"),
        CheckConstraint("state IN ('printed', 'packed', 'void')", name="state"),
        CheckConstraint("(state = 'void') = (voided_at IS NOT NULL)", name="void"),
        CheckConstraint("state <> 'packed' OR pack_id IS NOT NULL", name="packed"),
        Index("ix_serial_lot", "lot_id", "state"),
    )

    serial: Mapped[str] = mapped_column(String(10), primary_key=True)
    sheet_id: Mapped[UUID] = mapped_column(ForeignKey("label_sheet.id"))
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"))
    position: Mapped[int]  # on the sheet, from 0
    state: Mapped[str] = mapped_column(String(10))
    pack_id: Mapped[UUID | None] = mapped_column(index=True)  # no foreign key: packs stand above labels
    voided_at: Mapped[datetime | None]
    voided_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
