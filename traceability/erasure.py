"""What the rooms of lots, labels and pages forget of an erased person, in the erasure's transaction.

A household of one is forgotten with everything that was typed about its lots; the lots, their grams and
their seals stay, under a public code. The words of a recall stand, for whoever has the goods at home;
name and numbers are struck out of them.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, delete, select, update

from app.identity import queries as identity
from app.identity.forgetting import striking_out
from app.kernel.blobs import forget_blob
from app.kernel.calendar import local_day
from app.kernel.uow import UnitOfWork
from traceability.diary import commands as diary
from traceability.events import commands as events
from traceability.events.models import EpcisEventLot
from traceability.labels.commands import make_anew
from traceability.labels.models import LabelSheet
from traceability.lots import upkeep
from traceability.lots.models import Lot, LotHold
from traceability.recall.models import Recall
from traceability.scans.models import CopySuspicion
from traceability.trace_page.models import TraceBody


def forget_person(uow: UnitOfWork, person_id: UUID, now: datetime) -> None:
    """Bound to the erasure register."""
    diary.forget_person(uow, person_id, now)
    household_id = identity.household_of_one(uow, person_id, local_day(now))
    if household_id is None:
        return
    lots = select(Lot.id).where(Lot.harvested_by_id == household_id)
    named = select(EpcisEventLot.event_id).where(EpcisEventLot.lot_id.in_(lots))
    events.forget_words(uow, named, now=now)
    _forget_reasons(uow, lots)
    _strike_recalls(uow, lots, person_id, now)
    _print_anew(uow, lots, now)
    uow.session.execute(
        delete(TraceBody).where(TraceBody.lot_id.in_(lots)).execution_options(synchronize_session=False)
    )
    upkeep.touch_all(uow, uow.session.scalars(lots).all())


def _forget_reasons(uow: UnitOfWork, lots: Select[UUID]) -> None:
    """Why lots were held, as somebody wrote it; the kind, the figures and who decided stay."""
    for hold in uow.session.scalars(select(LotHold).where(LotHold.lot_id.in_(lots))):
        hold.values = hold.values | {name: "" for name in ("product", "reason") if name in hold.values}
        hold.reason = None
    uow.session.flush()
    uow.session.execute(
        update(CopySuspicion)
        .where(CopySuspicion.lot_id.in_(lots))
        .values(clear_reason=None)
        .execution_options(synchronize_session=False)
    )


def _strike_recalls(uow: UnitOfWork, lots: Select[UUID], person_id: UUID, now: datetime) -> None:
    strike = striking_out(uow, person_id, now)
    for recall in uow.session.scalars(select(Recall).where(Recall.lot_id.in_(lots))):
        recall.reason = strike(recall.reason)
        recall.lift_reason = strike(recall.lift_reason) if recall.lift_reason else None
    uow.session.flush()


def _print_anew(uow: UnitOfWork, lots: Select[UUID], now: datetime) -> None:
    """Label sheets bear the grower's name where he agreed to that; the new ones bear his code."""
    sheets = select(LabelSheet).where(LabelSheet.lot_id.in_(lots), LabelSheet.pdf_key.is_not(None))
    for sheet in uow.session.scalars(sheets).all():
        if sheet.pdf_key is not None:
            forget_blob(uow, sheet.pdf_key, now=now)
        make_anew(uow, sheet.id, now=now)
