"""One mark with its parties over time."""

from uuid import UUID

from app.kernel import clock
from app.kernel.calendar import local_day
from app.kernel.uow import unit_of_work
from app.web.pages import Answer, page, tagged
from trademarks.register.queries import record


def mark(mark_id: UUID) -> Answer:
    """A mark, its owner and manager over time, its regulation, and where each fact comes from."""
    with unit_of_work(read_only=True) as uow:
        found = record(uow, mark_id)
    return tagged(page("trademarks/register/mark.html", record=found, today=local_day(clock.now())))
