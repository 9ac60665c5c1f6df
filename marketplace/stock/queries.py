"""What is left, and which promises stand."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.kernel.uow import UnitOfWork
from marketplace.stock.models import Stock


@dataclass(frozen=True)
class StockView:
    """Units of one listing; `available + held + sold = offered`."""

    listing_id: UUID
    offered: int
    available: int
    held: int
    sold: int
    closed: bool


def stock_of(uow: UnitOfWork, listing_ids: Iterable[UUID]) -> dict[UUID, StockView]:
    """Counters of several listings in one statement."""
    rows = uow.session.execute(
        select(Stock.listing_id, Stock.offered, Stock.available, Stock.held, Stock.sold, Stock.closed)
        .where(Stock.listing_id.in_(set(listing_ids)))
    )  # fmt: skip
    return {row.listing_id: StockView(*row) for row in rows}
