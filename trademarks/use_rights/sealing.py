"""Every act on a right becomes one entry of the log, in the act's own transaction.

The sealed body is made from the act's own row, which nobody may change, and from the facts that the
certificate's signature covers; so a changed byte of either shows. What an officer wrote is not in it.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, update

from app.kernel.uow import UnitOfWork
from ledger import commands as ledger
from ledger.core import jcs
from ledger.core.entry import EVENT_CONTEXT, SALT_SIZE, Entry, body_commit
from ledger.core.instants import write_instant
from ledger.core.jcs import JSONValue
from trademarks.use_rights.models import RightSeal, UseRight, UseRightChange
from trademarks.use_rights.rules import Act

ENTRY_TYPE: Final = "use_right.change"
KEY_PREFIX: Final = "right:"
FORMAT: Final = "coi/right-change/1"


def seal(uow: UnitOfWork, row: UseRight, change: UseRightChange) -> None:
    """Hand an act in to the log; its salt lies apart, where erasure reaches it."""
    salt = secrets.token_bytes(SALT_SIZE)
    uow.add(RightSeal(change_id=change.id, salt=salt))
    entry = entry_of(change, salt, body_of(row, change))
    ledger.submit(uow, entry, key=key_of(change.id), now=change.recorded_at)


def key_of(change_id: UUID) -> str:
    """The key under which an act is handed in to the ledger."""
    return f"{KEY_PREFIX}{change_id}"


def subject_of(right_id: UUID) -> str:
    """What the entries of a right are about."""
    return f"urn:uuid:{right_id}"


def body_of(row: UseRight, change: UseRightChange) -> bytes:
    """The sealed bytes of an act: identifiers, codes, days. The grant has the certificate's facts in it."""
    body: dict[str, JSONValue] = {
        "format": FORMAT,
        "id": str(change.id),
        "right": str(row.id),
        "certificate_no": row.certificate_no,
        "act": change.act,
        "at": write_instant(change.at),
        "recorded_at": write_instant(change.recorded_at),
        "state": change.state,
        "scope": list(change.scope),
        "lapses_at": write_instant(change.lapses_at) if change.lapses_at else None,
        "reason": change.reason_code,
        "labels": change.labels,
        "simulated": row.simulated,
    }
    if change.act == Act.GRANTED:
        body["certificate"] = row.facts
    return jcs.canonicalize(body)


def entry_of(change: UseRightChange, salt: bytes, body: bytes) -> bytes:
    """The ledger entry of an act, byte for byte."""
    return Entry(
        kind=ENTRY_TYPE,
        id=change.id,
        at=change.recorded_at,
        subject=subject_of(change.right_id),
        body_commit=body_commit(EVENT_CONTEXT, salt, body),
    ).to_bytes()


def erase(uow: UnitOfWork, right_ids: Sequence[UUID], *, now: datetime) -> None:
    """Destroy the salts of these rights' entries: what stays in the log can be tied to nobody any more."""
    acts = select(UseRightChange.id).where(UseRightChange.right_id.in_(right_ids))
    uow.session.execute(
        update(RightSeal)
        .where(RightSeal.change_id.in_(acts), RightSeal.erased_at.is_(None))
        .values(salt=None, erased_at=now)
        .execution_options(synchronize_session=False)
    )
