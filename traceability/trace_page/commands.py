"""Keep what a look at a code made: the page's body, the outcome of a check. And forget it again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from app.kernel.uow import UnitOfWork
from traceability.lots import upkeep as lots
from traceability.lots.models import Lot
from traceability.trace_page.body_tag import body_tag
from traceability.trace_page.checking import Check
from traceability.trace_page.models import LotCheck, TraceBody


def keep_check(uow: UnitOfWork, check: Check) -> None:
    """Write the newest outcome of a lot; an older one that comes late does not replace it."""
    values = {name: getattr(check, name) for name in Check.__dataclass_fields__}
    if uow.insert_if_new(LotCheck, **values):
        return
    row = uow.session.get_one(LotCheck, check.lot_id)
    if row.checked_at <= check.checked_at:
        for name, value in values.items():
            setattr(row, name, value)


def keep_body(
    uow: UnitOfWork,
    lot_id: UUID,
    language: str,
    *,
    revision: int,
    body: bytes,
    counts: dict[str, Any],
    key: bytes,
    now: datetime,
) -> None:
    """Store the page of one revision of a lot, tagged with the key of this build."""
    row: dict[str, Any] = {"revision": revision, "made_at": now, "body": body, "counts": counts}
    row["tag"] = body_tag(key, lot_id=lot_id, language=language, **row)
    if uow.insert_if_new(TraceBody, lot_id=lot_id, language=language, **row):
        return
    kept = uow.session.get_one(TraceBody, (lot_id, language))
    if kept.revision <= revision:
        for name, value in row.items():
            setattr(kept, name, value)


def make_anew(uow: UnitOfWork, organisation_id: UUID) -> None:
    """Delete the stored pages of a grower's lots: what everybody may see of the grower changed.

    Bound to identity's register. The revision is raised too: a page that is being made in this very
    moment still has the old name or photo, and must not be shown again.
    """
    own = list(uow.session.scalars(select(Lot.id).where(Lot.owner_id == organisation_id)))
    uow.session.execute(delete(TraceBody).where(TraceBody.lot_id.in_(own)))
    lots.touch_all(uow, own)
