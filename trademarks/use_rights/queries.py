"""Who may use which mark on what, on which day: asked by labels, listings, trace page and desk."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, func, or_, select

from app.identity.models import Membership
from app.kernel.calendar import day_bounds, local_day
from app.kernel.problems import NotFound
from app.kernel.uow import UnitOfWork
from trademarks.register.models import Mark
from trademarks.register.queries import MarkView
from trademarks.register.queries import mark as mark_view
from trademarks.register.queries import marks as marks  # the front door's list of marks
from trademarks.use_rights.models import LabelQuota, UseRight, UseRightChange, UseRightWords
from trademarks.use_rights.rules import Act, Change, RightState, Standing, in_force_all_day, standing_on


class NoSuchRight(NotFound):
    """There is no such right among those that this actor may see."""

    type = "no-such-right"


@dataclass(frozen=True)
class RightView:
    """A right as it stands on a day. `quota_left` counts labels."""

    id: UUID
    certificate_no: str
    mark_id: UUID
    mark_name: str
    organisation_id: UUID
    crops: tuple[str, ...]
    valid_from: date
    valid_to: date
    state: RightState
    quota_left: int
    quota_granted: int
    lapses_at: datetime | None
    simulated: bool


@dataclass(frozen=True)
class RightStatus:
    """What a scan says of the right behind a label.

    `lawful_before`: the right is not active now, and it was on the packing day. `packed_in_force` is
    None when no packing day was given. `reason` is a code of `rules.Reason`, with its words in
    `sentences.REASONS`; what the officer wrote beside it is for the holder alone.
    """

    right_id: UUID
    certificate_no: str
    state: RightState
    since: datetime
    scope: tuple[str, ...]
    reason: str | None
    lawful_before: bool
    packed_on: date | None
    packed_in_force: bool | None
    lapses_at: datetime | None
    valid_from: date
    valid_to: date
    organisation_id: UUID
    mark: MarkView
    simulated: bool


def right_covering(uow: UnitOfWork, organisation_id: UUID, crop: str, on: date) -> RightView | None:
    """The right under which this organisation may mark this crop on this day, or None.

    Of several the one with the most labels left.
    """
    covering = [
        view
        for view in rights_of(uow, organisation_id, on=on, crop=crop)
        if view.state is RightState.ACTIVE and crop in view.crops and view.valid_from <= on <= view.valid_to
    ]
    return max(covering, key=lambda view: view.quota_left, default=None)


def rights_of(
    uow: UnitOfWork,
    organisation_id: UUID,
    *,
    on: date | None = None,
    crop: str | None = None,
    now: datetime | None = None,
) -> list[RightView]:
    """Every right of an organisation, newest first, as it stands on a day (2 statements).

    Without `on` and `now` the state is that which the last recorded act left.
    """
    rows = right_rows(uow, select(UseRight).where(UseRight.organisation_id == organisation_id))
    return right_views(uow, rows, on=on or (local_day(now) if now else None), crop=crop, now=now)


def right(uow: UnitOfWork, right_id: UUID, *, now: datetime) -> RightView:
    """One right as it stands now. Raises NoSuchRight."""
    rows = right_rows(uow, select(UseRight).where(UseRight.id == right_id))
    if not rows:
        raise NoSuchRight(right_id=right_id)
    return right_views(uow, rows, on=local_day(now), now=now)[0]


def right_status(
    uow: UnitOfWork,
    right_id: UUID,
    *,
    on: date,
    packed_on: date | None,
    now: datetime | None = None,
    packed_at: datetime | None = None,
    crop: str | None = None,
) -> RightStatus:
    """How a right stands on a day, and what that means for goods packed on another (4 statements).

    Give `now` when you have it: an emergency suspension lapses at an hour, not at midnight. Give
    `packed_at` when the hour of packing is recorded: then that hour counts, not its whole day. Give
    `crop` where a suspension may touch other crops only. Raises NoSuchRight.
    """
    row = uow.session.get(UseRight, right_id)
    if row is None:
        raise NoSuchRight(right_id=right_id)
    history = histories(uow, [right_id])[right_id]
    known = mark_view(uow, row.mark_id)
    return _status(row, history, known, on=on, packed_on=packed_on, packed_at=packed_at, now=now, crop=crop)


def statuses_of(uow: UnitOfWork, organisation_id: UUID, *, now: datetime) -> dict[UUID, RightStatus]:
    """How every right of an organisation stands now, by the right's id (a fixed number of statements)."""
    rows = uow.session.scalars(select(UseRight).where(UseRight.organisation_id == organisation_id)).all()
    known = {view.id: view for view in marks(uow)}
    history = histories(uow, [row.id for row in rows])
    return {
        row.id: _status(row, history[row.id], known[row.mark_id], on=local_day(now), now=now) for row in rows
    }


def _status(
    row: UseRight,
    history: Sequence[Change],
    known: MarkView,
    *,
    on: date,
    packed_on: date | None = None,
    packed_at: datetime | None = None,
    now: datetime | None = None,
    crop: str | None = None,
) -> RightStatus:
    term = {"valid_from": row.valid_from, "valid_to": row.valid_to}
    found = standing_on(history, **term, on=on, crop=crop, now=now)
    stands = found or Standing(RightState.ACTIVE, since=day_bounds(row.valid_from)[0])
    if packed_at is not None:
        packed_on = local_day(packed_at)
        then = standing_on(history, **term, on=packed_on, crop=crop, now=packed_at)
        packed: bool | None = then is not None and then.state is RightState.ACTIVE
    else:
        packed = None if packed_on is None else in_force_all_day(history, **term, on=packed_on, crop=crop)
    return RightStatus(
        right_id=row.id,
        certificate_no=row.certificate_no,
        state=stands.state,
        since=stands.since,
        scope=stands.scope,
        reason=stands.reason_code,
        lawful_before=stands.state is not RightState.ACTIVE and packed is True,
        packed_on=packed_on,
        packed_in_force=packed,
        lapses_at=stands.lapses_at,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        organisation_id=row.organisation_id,
        mark=known,
        simulated=row.simulated,
    )


def right_id_by_case(uow: UnitOfWork, case_id: UUID) -> UUID:
    """The right that a granted case made. Raises NoSuchRight."""
    found = uow.session.scalar(select(UseRight.id).where(UseRight.case_id == case_id))
    if found is None:
        raise NoSuchRight(case_id=case_id)
    return found


def belongs_to(uow: UnitOfWork, person_id: UUID, organisation_id: UUID, on: date) -> bool:
    """Whether a person has any role in an organisation on a day: such a one does not decide about it."""
    return (
        uow.session.scalar(
            select(Membership.id)
            .where(
                Membership.person_id == person_id,
                Membership.organisation_id == organisation_id,
                Membership.valid_from <= on,
                or_(Membership.valid_to.is_(None), Membership.valid_to >= on),
            )
            .limit(1)
        )
        is not None
    )


def lapsed(uow: UnitOfWork, now: datetime) -> list[UUID]:
    """Rights whose emergency suspension has lapsed and is not closed in the books yet."""
    return list(
        uow.session.scalars(
            select(UseRight.id).where(UseRight.state == RightState.SUSPENDED, UseRight.lapses_at <= now)
        )
    )


def run_out(uow: UnitOfWork, today: date) -> list[UUID]:
    """Rights whose term is over and whose books still say otherwise."""
    return list(
        uow.session.scalars(
            select(UseRight.id).where(
                UseRight.valid_to < today,
                UseRight.state.in_([RightState.ACTIVE, RightState.SUSPENDED]),
            )
        )
    )


def histories(uow: UnitOfWork, right_ids: Sequence[UUID]) -> dict[UUID, list[Change]]:
    """What happened to each right, oldest first (1 statement)."""
    found: dict[UUID, list[Change]] = defaultdict(list)
    rows = uow.session.execute(
        select(UseRightChange, func.coalesce(UseRightWords.reason_text, ""))
        .outerjoin(UseRightWords, UseRightWords.change_id == UseRightChange.id)
        .where(UseRightChange.right_id.in_(right_ids))
        .order_by(UseRightChange.at, UseRightChange.id)
    )
    for row, reason_text in rows:
        found[row.right_id].append(
            Change(
                Act(row.act),
                row.at,
                RightState(row.state),
                tuple(row.scope),
                row.lapses_at,
                row.reason_code,
                reason_text,
            )
        )
    return found


RightRow = tuple[UseRight, str, int, int]
"""A right, its mark's name, labels granted and drawn."""


def right_rows(uow: UnitOfWork, asked: Select[UseRight]) -> list[RightRow]:
    """Rights with what every list shows beside them, newest first (1 statement)."""
    joined = (
        asked.join(Mark, Mark.id == UseRight.mark_id)
        .outerjoin(LabelQuota, LabelQuota.right_id == UseRight.id)
        .add_columns(Mark.name, LabelQuota.granted, LabelQuota.drawn)
        .order_by(UseRight.granted_at.desc(), UseRight.id.desc())
    )
    return [
        (row, name, granted or 0, drawn or 0) for row, name, granted, drawn in uow.session.execute(joined)
    ]


def right_views(
    uow: UnitOfWork,
    rows: Iterable[RightRow],
    *,
    on: date | None,
    crop: str | None = None,
    now: datetime | None = None,
) -> list[RightView]:
    """Rows as they stand on a day (1 statement); without `on` as the last act left them."""
    rows = list(rows)
    known = histories(uow, [row.id for row, *_ in rows]) if on is not None else {}
    views = []
    for row, name, granted, drawn in rows:
        found = None
        if on is not None:
            found = standing_on(
                known.get(row.id, []),
                valid_from=row.valid_from,
                valid_to=row.valid_to,
                on=on,
                crop=crop,
                now=now,
            )
        views.append(
            RightView(
                id=row.id,
                certificate_no=row.certificate_no,
                mark_id=row.mark_id,
                mark_name=name,
                organisation_id=row.organisation_id,
                crops=tuple(row.crops),
                valid_from=row.valid_from,
                valid_to=row.valid_to,
                state=found.state if found else RightState(row.state),
                quota_left=granted - drawn,
                quota_granted=granted,
                lapses_at=found.lapses_at if found else row.lapses_at,
                simulated=row.simulated,
            )
        )
    return views
