"""The stage on which packages play their part of the demonstration district.

Each part runs in one transaction together with the row that says it is done, so that an interrupted
load goes on where it stopped. Parts hand ids to later ones by name.
"""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.config import Config
from app.kernel.db import Base
from app.kernel.uow import UnitOfWork


class DemoPart(Base):
    """A part of the demonstration that is in, and the ids it handed on."""

    __tablename__ = "demo_part"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    done_at: Mapped[datetime]
    handed_on: Mapped[dict[str, Any]]


@dataclass
class Stage:
    """What a part is given: its unit of work, the day of the show, and what earlier parts handed on."""

    uow: UnitOfWork
    config: Config
    now: datetime
    corpus: Path | None
    known: dict[str, Any]
    handed_on: dict[str, Any] = field(default_factory=dict)

    def hand_on(self, name: str, value: uuid.UUID | str | int | list[Any] | dict[str, Any]) -> None:
        """Give a later part something by name."""
        self.handed_on[name] = str(value) if isinstance(value, uuid.UUID) else value

    def uuid(self, name: str) -> uuid.UUID:
        """An id that this or an earlier part handed on. Raises KeyError."""
        return uuid.UUID(self.value(name))

    def value(self, name: str) -> Any:
        """What this or an earlier part handed on. Raises KeyError."""
        return self.handed_on[name] if name in self.handed_on else self.known[name]
