"""Writing one act on a right: state, history, seal, letter, audit, and whoever else has to know.

Commands decide which act; this module is the one place that carries it out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.identity import commands as identity
from app.identity.access import Actor
from app.identity.queries import organisation
from app.kernel.calendar import day_bounds, local_day
from app.kernel.db import new_id
from app.kernel.register import Register
from app.kernel.uow import UnitOfWork
from trademarks.register.queries import mark
from trademarks.use_rights import sealing
from trademarks.use_rights.letters import letter
from trademarks.use_rights.models import UseRight, UseRightChange, UseRightWords
from trademarks.use_rights.queries import NoSuchRight
from trademarks.use_rights.rules import Act, Reason, RightState, after

RIGHT_CHANGED: Register[Callable[[UnitOfWork, UUID, UUID, Actor | None, datetime], None]] = Register(
    "right_changed"
)
"""Called (uow, right_id, organisation_id, actor, now) in every act's transaction; actor None: the clock."""


@dataclass(frozen=True)
class Because:
    """Why an officer acts: a reason of the act's list, and words for the holder."""

    code: Reason
    text: str


def locked(uow: UnitOfWork, right_id: UUID) -> UseRight:
    """The row, held until the end of the transaction. Raises NoSuchRight."""
    row = uow.session.get(UseRight, right_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NoSuchRight(right_id=right_id)
    return row


def settle(uow: UnitOfWork, row: UseRight, now: datetime) -> None:
    """Write down what the clock has done: a lapsed emergency suspension, a term that is over."""
    if row.state == RightState.SUSPENDED and row.lapses_at is not None and row.lapses_at <= now:
        write(uow, row, Act.LAPSED, actor=None, now=now, at=row.lapses_at)
    if row.state in {RightState.ACTIVE, RightState.SUSPENDED} and row.valid_to < local_day(now):
        write(uow, row, Act.EXPIRED, actor=None, now=now, at=day_bounds(row.valid_to)[1])


def write(
    uow: UnitOfWork,
    row: UseRight,
    act: Act,
    *,
    actor: Actor | None,
    now: datetime,
    at: datetime | None = None,
    because: Because | None = None,
    scope: tuple[str, ...] = (),
    lapses_at: datetime | None = None,
    labels: int = 0,
) -> None:
    """Carry out an act that the rules allow; `at` is from when it counts. Raises ActNotPossible."""
    before = RightState(row.state)
    row.state = before if act is Act.GRANTED else after(before, act)
    if row.state != before:
        row.state_since = at or now
    row.lapses_at = lapses_at
    told = preview(uow, row, act, at=at or now, because=because, labels=labels)
    change = UseRightChange(
        id=new_id(),
        right_id=row.id,
        act=act,
        at=at or now,
        recorded_at=now,
        state=row.state,
        scope=list(scope or row.crops),
        lapses_at=lapses_at,
        person_id=actor.person_id if actor else None,
        reason_code=because.code if because else None,
        labels=labels,
    )
    uow.add(change)
    sealing.seal(uow, row, change)
    if because or told:
        uow.add(UseRightWords(change_id=change.id, reason_text=because.text if because else "", letter=told))
    _tell(uow, row, told, change.id, now)
    reason = because.code if because else ""
    identity.audit(uow, actor, f"right.{act}", row.id, now, reason=reason, labels=labels)
    for hook in RIGHT_CHANGED.all().values():
        hook(uow, row.id, row.organisation_id, actor, now)


def preview(
    uow: UnitOfWork,
    row: UseRight,
    act: Act,
    *,
    at: datetime,
    because: Because | None = None,
    labels: int = 0,
) -> str:
    """The letter that the holder gets for an act; empty for one of which he is not told."""
    return letter(
        act,
        certificate_no=row.certificate_no,
        mark=mark(uow, row.mark_id).name,
        until=row.valid_to,
        at=at,
        reason=because.code if because else None,
        text=because.text if because else "",
        labels=labels,
    )


def _tell(uow: UnitOfWork, row: UseRight, text: str, change_id: UUID, now: datetime) -> None:
    phone = organisation(uow, row.organisation_id).phone
    if text and phone:
        identity.send_message(uow, to=phone, kind="right", text=text, key=f"right:{change_id}", now=now)
