"""`Idempotency-Key` for write APIs: a replay gets the first answer again."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import LargeBinary, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, new_id
from app.kernel.problems import Conflict, Invalid
from app.kernel.uow import UnitOfWork

LONGEST: Final = 200  # characters of a key


class IdempotencyKey(Base):
    """The first answer to one key of one caller."""

    __tablename__ = "idempotency_key"
    __table_args__ = (UniqueConstraint("caller", "key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    caller: Mapped[str] = mapped_column(String(120))
    key: Mapped[str] = mapped_column(String(LONGEST))
    request_sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    status: Mapped[int]
    answer: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class KeyReused(Conflict):
    """The same key came with another request."""

    type = "idempotency-key-reused"


class KeyTooLong(Invalid):
    """A key is a UUID or the like, not a text."""

    type = "idempotency-key-too-long"


@dataclass(frozen=True)
class Answer:
    """Status and JSON body of an answer."""

    status: int
    body: dict[str, Any]


def first_answer(uow: UnitOfWork, *, caller: str, key: str, request: bytes) -> Answer | None:
    """The answer this key had before, or None. Raises KeyTooLong, or KeyReused when the request differs."""
    if len(key) > LONGEST:
        raise KeyTooLong(longest=LONGEST)
    kept = uow.session.scalar(
        select(IdempotencyKey).where(IdempotencyKey.caller == caller, IdempotencyKey.key == key)
    )
    if kept is None:
        return None
    if kept.request_sha256 != hashlib.sha256(request).digest():
        raise KeyReused(key=key)
    return Answer(kept.status, kept.answer)


def remember(
    uow: UnitOfWork, answer: Answer, *, caller: str, key: str, request: bytes, now: datetime
) -> None:
    """Keep the answer in the transaction that made it."""
    uow.insert_if_new(
        IdempotencyKey,
        id=new_id(),
        caller=caller,
        key=key,
        request_sha256=hashlib.sha256(request).digest(),
        status=answer.status,
        answer=answer.body,
        at=now,
    )
