"""Call a lot back, and end the recall."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.identity import commands as identity
from app.identity.access import Actor, check
from app.kernel.db import new_id
from app.kernel.problems import Conflict, NotFound
from app.kernel.uow import UnitOfWork
from traceability.lots import queries as lot_queries
from traceability.lots import rules
from traceability.lots import upkeep as lots
from traceability.recall import queries
from traceability.recall.models import Recall
from traceability.recall.rules import RecallClass


class AlreadyRecalled(Conflict):
    """The lot is being called back already."""

    type = "already-recalled"


@dataclass(frozen=True, kw_only=True)
class RecallLot:
    """An order to call a lot back: why, how grave, and the document that orders it."""

    lot_id: UUID
    recall_class: RecallClass
    reason: str
    document_no: str


def recall_lot(uow: UnitOfWork, order: RecallLot, *, actor: Actor, now: datetime) -> UUID:
    """Call a lot of the officer's communes back: no label, no sale, and every code of it says so.

    Raises Forbidden, NotFound, ReasonMissing, AlreadyRecalled, NoSuchStep.
    """
    check(actor, "lot.recall")
    lot = lot_queries.get_lot(uow, actor, order.lot_id)
    words = rules.check_reason(order.reason)
    if queries.recall_in_force(uow, lot.id) is not None:
        raise AlreadyRecalled(lot_no=lot.lot_no)
    row = Recall(
        id=new_id(),
        lot_id=lot.id,
        recall_class=order.recall_class,
        reason=words,
        document_no=order.document_no,
        ordered_by_id=actor.person_id,
        office_id=actor.organisation_id,
        ordered_at=now,
    )
    uow.add(row)
    lots.call_back(uow, lot.id, recall_id=row.id, recall_class=order.recall_class, actor=actor, now=now)
    identity.audit(uow, actor, "lot.recall", str(lot.id), now, document=order.document_no)
    return row.id


def lift(uow: UnitOfWork, lot_id: UUID, *, reason: str, actor: Actor, now: datetime) -> None:
    """End the recall of a lot; it stays closed. Raises Forbidden, NotFound, ReasonMissing."""
    check(actor, "lot.recall")
    lot = lot_queries.get_lot(uow, actor, lot_id)
    recall_id = queries.recall_in_force(uow, lot.id)
    if recall_id is None:
        raise NotFound(lot=lot_id)
    row = uow.session.get_one(Recall, recall_id)
    row.lifted_at, row.lifted_by_id, row.lift_reason = now, actor.person_id, rules.check_reason(reason)
    lots.end_call_back(uow, lot.id, recall_id=row.id, actor=actor, now=now)
    identity.audit(uow, actor, "lot.lift-recall", str(lot.id), now)
