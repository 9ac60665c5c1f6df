"""Promise units of a listing, take the promise back, or let them leave: atomic, and harmless to repeat.

Each change of a counter is one conditional UPDATE: the database compares and takes in one step, so
two buyers of the last crate cannot both have it, on SQLite and on PostgreSQL alike. Callers put it
last in their transaction, since it locks the row on which everybody waits.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.dml import Update

from app.kernel.problems import Conflict
from app.kernel.uow import UnitOfWork
from marketplace.stock.models import Stock, StockReservation

HELD, COMMITTED, RELEASED = "held", "committed", "released"


class NotEnoughLeft(Conflict):
    """Fewer units are left than were asked for; somebody else was faster, or selling has stopped."""

    type, field = "not-enough-left", "units"


def open_stock(uow: UnitOfWork, listing_id: UUID, units: int) -> None:
    """Start the counter of a new listing."""
    uow.add(Stock(listing_id=listing_id, offered=units, available=units, held=0, sold=0))


def close_stock(uow: UnitOfWork, listing_id: UUID) -> None:
    """Promise nothing more of a listing; what is promised stays promised."""
    _changed(uow, update(Stock).where(Stock.listing_id == listing_id).values(closed=True))


def note_reservation(
    uow: UnitOfWork,
    *,
    order_line_id: UUID,
    listing_id: UUID,
    units: int,
    expires_at: datetime | None,
    now: datetime,
) -> None:
    """Write down a promise; `reserve` with the same figures must follow in the same transaction."""
    uow.add(
        StockReservation(
            order_line_id=order_line_id, listing_id=listing_id, units=units, state=HELD,
            expires_at=expires_at, made_at=now,
        )
    )  # fmt: skip


def reserve(uow: UnitOfWork, listing_id: UUID, units: int) -> None:
    """Take units off what can be promised, in one conditional statement. Raises NotEnoughLeft."""
    taken = _changed(
        uow,
        update(Stock)
        .where(Stock.listing_id == listing_id, Stock.available >= units, Stock.closed.is_(False))
        .values(available=Stock.available - units, held=Stock.held + units),
    )
    if not taken:
        raise NotEnoughLeft(listing=listing_id, units=units)


def keep(uow: UnitOfWork, order_line_id: UUID) -> bool:
    """Let a promise no longer lapse, since it is paid; False when it was released before."""
    return _changed(
        uow,
        update(StockReservation)
        .where(StockReservation.order_line_id == order_line_id, StockReservation.state == HELD)
        .values(expires_at=None),
    )


def reserve_again(uow: UnitOfWork, order_line_id: UUID, *, now: datetime) -> None:
    """Renew a promise that was released, for money that came late. Raises NotEnoughLeft."""
    row = _end(uow, order_line_id, RELEASED, HELD, ended_at=None)
    if row is not None:
        reserve(uow, *row)


def release(uow: UnitOfWork, order_line_id: UUID, *, now: datetime) -> bool:
    """Give promised units back; a repeat gives nothing back and answers False."""
    return _off_hold(uow, order_line_id, RELEASED, Stock.available, now)


def hand_over(uow: UnitOfWork, order_line_id: UUID, *, now: datetime) -> bool:
    """Count promised units as sold, since they left; a repeat answers False."""
    return _off_hold(uow, order_line_id, COMMITTED, Stock.sold, now)


def _off_hold(
    uow: UnitOfWork, order_line_id: UUID, after: str, to: InstrumentedAttribute[int], now: datetime
) -> bool:
    """End a promise and count its units in another column; False when it had ended before."""
    row = _end(uow, order_line_id, HELD, after, ended_at=now)
    if row is None:
        return False
    listing_id, units = row
    return _changed(
        uow,
        update(Stock)
        .where(Stock.listing_id == listing_id, Stock.held >= units)
        .values({to: to + units, Stock.held: Stock.held - units}),
    )


def _end(
    uow: UnitOfWork, order_line_id: UUID, before: str, after: str, *, ended_at: datetime | None
) -> tuple[UUID, int] | None:
    """Move a promise from one state to another exactly once; its listing and units, or None."""
    found = uow.session.execute(
        update(StockReservation)
        .where(StockReservation.order_line_id == order_line_id, StockReservation.state == before)
        .values(state=after, ended_at=ended_at, expires_at=None)
        .returning(StockReservation.listing_id, StockReservation.units)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return None if found is None else (found.listing_id, found.units)


def _changed(uow: UnitOfWork, statement: Update) -> bool:
    done = uow.session.execute(statement.execution_options(synchronize_session=False))
    return isinstance(done, CursorResult) and done.rowcount == 1
