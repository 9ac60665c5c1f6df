"""The append-only event stream, its links to lots, and what of it erasure may destroy."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, append_only, new_id

SALT_BYTES = 16


@append_only
class EpcisEvent(Base):
    """One event as it was recorded: `body` are its canonical bytes, never rewritten.

    Members that a person typed are not in `body` but in `Disclosure.words`; what is sealed is both.
    `event_id` is the CBV hash (an error declaration has the one of the event that it declares wrong), or
    a UUID where there are words: a hash without salt would let anyone guess what was erased.
    `plot_id` is the place, where the event has one: a harvest, a work on the plot, its confirmation.
    """

    __tablename__ = "epcis_event"
    __table_args__ = (Index("ix_epcis_event_plot", "plot_id", "event_time"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    event_id: Mapped[str] = mapped_column(String(120), index=True)
    type: Mapped[str] = mapped_column(String(30))
    action: Mapped[str | None] = mapped_column(String(10))
    biz_step: Mapped[str | None] = mapped_column(String(60))
    event_time: Mapped[datetime]
    record_time: Mapped[datetime]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    corrects_id: Mapped[UUID | None] = mapped_column(ForeignKey("epcis_event.id"))
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    plot_id: Mapped[UUID | None] = mapped_column(ForeignKey("plot.id"))
    simulated: Mapped[bool] = mapped_column(default=False)


@append_only
class EpcisEventLot(Base):
    """A lot that an event is about. No foreign key: lots stand above events and name them."""

    __tablename__ = "epcis_event_lot"
    __table_args__ = (
        CheckConstraint("role IN ('input', 'output', 'subject')", name="role"),
        Index("ix_epcis_event_lot_lot", "lot_id", "event_id"),
    )

    event_id: Mapped[UUID] = mapped_column(ForeignKey("epcis_event.id"), primary_key=True)
    lot_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(String(10), primary_key=True)


class Disclosure(Base):
    """The salt of a sealed event and the words in it; erasure destroys both.

    `words` are the canonical bytes of the members that a person typed, None where there are none. Without
    the salt nobody can tie the leaf to the body, or try out what the words were.
    """

    __tablename__ = "disclosure"
    __table_args__ = (
        CheckConstraint("(salt IS NULL) = (erased_at IS NOT NULL)", name="salt_or_erased"),
        CheckConstraint("words IS NULL OR erased_at IS NULL", name="words_or_erased"),
    )

    event_id: Mapped[UUID] = mapped_column(ForeignKey("epcis_event.id"), primary_key=True)
    salt: Mapped[bytes | None] = mapped_column(LargeBinary(SALT_BYTES))
    words: Mapped[bytes | None]
    erased_at: Mapped[datetime | None]
