"""Time stamps of the scene: the worker's pass without a worker, and what it kept."""

from datetime import timedelta

from sqlalchemy import select

from app.kernel import clock
from app.kernel.config import Config
from app.kernel.uow import unit_of_work
from ledger.anchors import stamping
from ledger.anchors.connection import authority as connect
from ledger.models import TimestampToken


def has_it_stamped(config: Config, *, every: timedelta = timedelta()) -> int | None:
    """One pass of the worker: how many entries were stamped; None when nothing new may be."""
    return stamping.advance(connect(config), clock.now(), every=every)


def tokens() -> list[TimestampToken]:
    """The tokens that are kept, by size."""
    with unit_of_work(read_only=True) as uow:
        return list(uow.session.scalars(select(TimestampToken).order_by(TimestampToken.checkpoint_size)))
