"""The label quota of a right: what a sheet draws from it, and what is left.

An officer extends it (`commands.extend_quota`); the holder's sheets draw.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from app.identity.access import Actor
from app.kernel.db import new_id
from app.kernel.uow import UnitOfWork
from trademarks.use_rights import rules
from trademarks.use_rights.changes import locked
from trademarks.use_rights.models import LabelQuota, QuotaDraw, UseRight
from trademarks.use_rights.queries import NoSuchRight, histories
from trademarks.use_rights.rules import RightState


def draw_quota(
    uow: UnitOfWork,
    right_id: UUID,
    count: int,
    *,
    sheet_id: UUID,
    actor: Actor,
    now: datetime,
    crop: str | None = None,
) -> int:
    """Take labels from the quota for one sheet, in the sheet's transaction; returns how many are left.

    A sheet draws once: a repeat changes nothing. Two draws at the same time never take more than there
    is. Raises NoSuchRight (also of another organisation), BadLabelCount, RightNotInForce, QuotaExceeded.
    """
    row = locked(uow, right_id)
    if row.organisation_id != actor.organisation_id:
        raise NoSuchRight(right_id=right_id)
    if drawn_for(uow, sheet_id):
        return quota_left(uow, right_id)
    rules.check_labels(count)
    _check_in_force(uow, row, crop, now)
    taken = uow.session.execute(
        update(LabelQuota)
        .where(LabelQuota.right_id == right_id, LabelQuota.drawn + count <= LabelQuota.granted)
        .values(drawn=LabelQuota.drawn + count)
        .returning(LabelQuota.granted, LabelQuota.drawn)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if taken is None:
        raise rules.QuotaExceeded(count=count, left=quota_left(uow, right_id))
    uow.add(
        QuotaDraw(
            id=new_id(),
            right_id=right_id,
            sheet_id=sheet_id,
            count=count,
            at=now,
            person_id=actor.person_id,
        )
    )
    return int(taken.granted - taken.drawn)


def _check_in_force(uow: UnitOfWork, row: UseRight, crop: str | None, now: datetime) -> None:
    now_stands = rules.standing(
        histories(uow, [row.id])[row.id],
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        at=now,
        crop=crop,
    )
    covered = crop is None or crop in row.crops
    if now_stands is None or now_stands.state is not RightState.ACTIVE or not covered:
        raise rules.RightNotInForce(certificate_no=row.certificate_no)


def quota_left(uow: UnitOfWork, right_id: UUID) -> int:
    """Labels that may still be drawn."""
    row = uow.session.execute(
        select(LabelQuota.granted, LabelQuota.drawn).where(LabelQuota.right_id == right_id)
    ).one_or_none()
    return 0 if row is None else row.granted - row.drawn


def drawn_for(uow: UnitOfWork, sheet_id: UUID) -> int:
    """Labels that this sheet has drawn already."""
    return uow.session.scalar(select(QuotaDraw.count).where(QuotaDraw.sheet_id == sheet_id)) or 0
