"""Set a seller's terms of delivery."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update

from app.identity.access import Actor
from app.identity.commands import audit
from app.kernel.text import tidy
from app.kernel.uow import UnitOfWork
from marketplace.delivery.models import DeliveryTerms
from marketplace.delivery.rules import Terms, check_terms


def set_terms(uow: UnitOfWork, terms: Terms, *, pickup_place: str, actor: Actor, now: datetime) -> None:
    """The terms for orders from now on; placed orders keep theirs. A repeat changes nothing.

    Raises AbsurdFee, NothingIsFree, AbsurdDays.
    """
    check_terms(terms)
    values = {
        "fee_vnd": terms.fee_vnd,
        "free_from_vnd": terms.free_from_vnd,
        "days": terms.days,
        "pickup_place": tidy(pickup_place)[:160],
        "changed_at": now,
    }
    if not uow.insert_if_new(DeliveryTerms, organisation_id=actor.organisation_id, **values):
        uow.session.execute(
            update(DeliveryTerms)
            .where(DeliveryTerms.organisation_id == actor.organisation_id)
            .values(**values)
            .execution_options(synchronize_session=False)
        )
    told = {"fee_vnd": terms.fee_vnd, "free_from_vnd": terms.free_from_vnd, "days": terms.days}
    audit(uow, actor, "delivery.terms_set", actor.organisation_id, now, **told)


def forget_place(uow: UnitOfWork, seller_id: UUID) -> None:
    """Blank where goods are fetched: it is somebody's home."""
    uow.session.execute(
        update(DeliveryTerms)
        .where(DeliveryTerms.organisation_id == seller_id)
        .values(pickup_place="")
        .execution_options(synchronize_session=False)
    )
