"""Sellers' terms of delivery."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.kernel.uow import UnitOfWork
from marketplace.delivery.models import DeliveryTerms
from marketplace.delivery.rules import Terms


@dataclass(frozen=True)
class TermsView(Terms):
    """Terms, and where goods are fetched in the seller's words, perhaps none."""

    pickup_place: str


def terms_of(uow: UnitOfWork, seller_ids: Iterable[UUID]) -> dict[UUID, TermsView]:
    """Terms by seller (1 statement); whoever has a listing has terms."""
    row = DeliveryTerms
    found = uow.session.execute(
        select(row.organisation_id, row.fee_vnd, row.free_from_vnd, row.days, row.pickup_place)
        .where(row.organisation_id.in_(set(seller_ids)))
    )  # fmt: skip
    return {row[0]: TermsView(row[1], row[2], row[3], row[4]) for row in found}
