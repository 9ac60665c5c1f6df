"""The farm diary: what was done is for good, the words about it can be erased."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, append_only, new_id


@append_only
class DiaryEntry(Base):
    """One work on a plot, as the farmer says it; his words are `DiaryWords`."""

    __tablename__ = "diary_entry"
    __table_args__ = (
        UniqueConstraint("organisation_id", "client_id"),
        CheckConstraint("phi_days IS NULL OR phi_days BETWEEN 0 AND 365", name="phi_days"),
        Index("ix_diary_entry_plot", "plot_id", "done_on"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    plot_id: Mapped[UUID] = mapped_column(ForeignKey("plot.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[str] = mapped_column(String(20))
    done_on: Mapped[date]  # day at the plot
    phi_days: Mapped[int | None]
    client_id: Mapped[UUID]
    corrects_id: Mapped[UUID | None] = mapped_column(ForeignKey("diary_entry.id"), unique=True)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("epcis_event.id"))
    entered_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    acting_for: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime]
    simulated: Mapped[bool] = mapped_column(default=False)


class DiaryWords(Base):
    """What the farmer typed in an entry. What was used is sealed with its event as well; the note never is.

    An erased entry keeps the row, so that it says "erased" and not "nothing was said".
    """

    __tablename__ = "diary_words"
    __table_args__ = (
        CheckConstraint(
            "erased_at IS NULL OR (product IS NULL AND active_ingredient IS NULL AND dose IS NULL"
            " AND note IS NULL)",
            name="erased",
        ),
    )

    entry_id: Mapped[UUID] = mapped_column(ForeignKey("diary_entry.id"), primary_key=True)
    product: Mapped[str | None] = mapped_column(String(80))
    active_ingredient: Mapped[str | None] = mapped_column(String(80))
    dose: Mapped[str | None] = mapped_column(String(80))
    note: Mapped[str | None] = mapped_column(String(500))
    erased_at: Mapped[datetime | None]
