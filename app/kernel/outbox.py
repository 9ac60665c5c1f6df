"""The outbox: the only way out of the process, and the queue of record.

A row is written in the same transaction as the state change that wants it. The relay leases rows,
runs the handler of their kind and marks them done; handlers are idempotent, since a row may run
twice. A row that failed ten times is parked with its last error, where an officer sees it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, new_id
from app.kernel.register import Register


class State(StrEnum):
    """Where a row stands."""

    PENDING = "pending"
    LEASED = "leased"
    DONE = "done"
    PARKED = "parked"


class Outbox(Base):
    """One thing that must leave the process. `key` makes it once per kind."""

    __tablename__ = "outbox"
    __table_args__ = (UniqueConstraint("kind", "key"), Index("ix_outbox_due", "state", "next_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(200))
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(10), default=State.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    next_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    lease_by: Mapped[str | None] = mapped_column(String(80))
    last_error: Mapped[str | None] = mapped_column(Text)
    done_at: Mapped[datetime | None]


@dataclass(frozen=True)
class OutboxRow:
    """What a handler is given. `attempt` counts from 1."""

    id: UUID
    kind: str
    key: str
    payload: dict[str, Any]
    attempt: int


@dataclass(frozen=True)
class Handler:
    """A function for one kind of row, and how long it may hold the lease, in seconds.

    `urgent` rows go before all others: somebody waits for a login code with the phone in his hand.
    """

    run: Callable[[OutboxRow], None]
    lease_s: int
    urgent: bool = False


class TryAgain(Exception):
    """A handler asks for a later try without counting it as a failure: `after_s` seconds from now."""

    def __init__(self, reason: str, *, after_s: int) -> None:
        super().__init__(reason)
        self.after_s = after_s


HANDLERS: Register[Handler] = Register("outbox")


def handle(
    app: Flask, kind: str, run: Callable[[OutboxRow], None], *, lease_s: int = 60, urgent: bool = False
) -> None:
    """Bind the handler of one kind of row; called from a package's `init_app`."""
    HANDLERS.add(app, kind, Handler(run, lease_s, urgent))
