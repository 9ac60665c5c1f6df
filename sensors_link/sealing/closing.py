"""Close what is due, a few days a transaction: for the worker's clock and the operator's hand."""

from datetime import datetime
from typing import Final

from app.kernel.calendar import local_day
from app.kernel.uow import unit_of_work
from sensors_link.sealing import commands, queries

_DAYS_A_UNIT: Final = 20  # a write unit is short: the farmers' pages wait for it on SQLite


def close_some(now: datetime) -> int:
    """Seal at most 20 closed days in one transaction; how many were looked at, 0 when none is due."""
    with unit_of_work(read_only=True) as uow:
        due = queries.due(uow, local_day(now), limit=_DAYS_A_UNIT)
    if due:
        with unit_of_work() as uow:
            for datastream_id, day in due:
                commands.seal_day(uow, datastream_id, day, now)
    return len(due)
