"""Which lots are being called back."""

from uuid import UUID

from sqlalchemy import select

from app.kernel.uow import UnitOfWork
from traceability.recall.models import Recall


def recall_in_force(uow: UnitOfWork, lot_id: UUID) -> UUID | None:
    """The id of the recall in force for a lot, or None."""
    return uow.session.scalar(select(Recall.id).where(Recall.lot_id == lot_id, Recall.lifted_at.is_(None)))
