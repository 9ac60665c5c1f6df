"""The link that a lot's trace page gets while the lot is for sale."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.kernel.calendar import local_day
from app.kernel.paging import Page
from app.kernel.uow import UnitOfWork
from marketplace.listings import queries
from marketplace.listings.models import Listing
from traceability.trace_page.queries import TraceLink

LABELS = {"vi": "Mua từ vườn này", "en": "Buy from this grower"}


def buy_from_this_grower(uow: UnitOfWork, lot_id: UUID, language: str, now: datetime) -> Sequence[TraceLink]:
    """One link to the product's page, or none. Stored pages are made again when the lot changes."""
    live = queries.live(uow, Page(size=1), local_day(now), Listing.lot_id == lot_id).rows
    return [TraceLink(LABELS.get(language, LABELS["vi"]), f"/products/{live[0].slug}")] if live else []
