"""The sensor window of a lot: sixty days before the harvest, each series drawn, told and proved."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from app.kernel.calendar import day_bounds
from app.kernel.problems import NotFound
from app.kernel.uow import UnitOfWork
from ledger.queries import Fault
from sensors_link.devices.queries import datastreams_of_plot
from sensors_link.history import queries as history
from sensors_link.history.drawing import Shown, shown
from sensors_link.sealing import comparing
from sensors_link.sealing import queries as sealing
from sensors_link.sealing.queries import SealedDays
from traceability.lots.queries import LotView, find_lot
from traceability.trace_page.record import Record
from traceability.trace_page.rules import series_fault_key

WINDOW: Final = timedelta(days=60)


@dataclass(frozen=True)
class Measured:
    """One series of the page, and how much of it is under the log's seal."""

    datastream_id: UUID
    shown: Shown
    days: SealedDays


def measured_series(uow: UnitOfWork, record: Record) -> list[Measured]:
    """Every series of the lot's plot over its window."""
    start, end = _window(record.lot.harvested_on)
    found = history.series(uow, record.plot.id, start, end)
    sealed = sealing.sealed_days(uow, [one.datastream_id for one in found], start, end)
    return [
        Measured(
            one.datastream_id,
            shown(one, chart_id=f"series-{number}", start=start, end=end),
            sealed[one.datastream_id],
        )
        for number, one in enumerate(found)
    ]


def series_faults(uow: UnitOfWork, lot_id: UUID) -> list[Fault]:
    """The first day of each series of the lot that is not, or is not shown, as it was sealed."""
    lot = _lot(uow, lot_id)
    return [
        Fault(
            series_fault_key(apart.stream.observed_property, apart.day),
            f"{apart.stream.device_name.replace(';', ',')}: {apart.reason}",
        )
        for apart in comparing.first_apart(uow, lot.plot_id, *_window(lot.harvested_on))
    ]


def series_proof(
    uow: UnitOfWork, lot_id: UUID, datastream_id: UUID, *, start: datetime | None, end: datetime | None
) -> bytes | None:
    """The sealed readings of a datastream in the lot's window, or in a part of it, as a proof bundle.

    None when none is sealed there. Raises NotFound unless the datastream measures the lot's plot;
    SealedReadingsDamaged when what is kept of a day cannot be read.
    """
    lot = _lot(uow, lot_id)
    if datastream_id not in {stream.id for stream in datastreams_of_plot(uow, lot.plot_id)}:
        raise NotFound(datastream=datastream_id)
    first, last = _window(lot.harvested_on)
    return sealing.window_proof(uow, datastream_id, max(start or first, first), min(end or last, last))


def _window(harvested_on: date) -> tuple[datetime, datetime]:
    return day_bounds(harvested_on - WINDOW)[0], day_bounds(harvested_on)[1]


def _lot(uow: UnitOfWork, lot_id: UUID) -> LotView:
    lot = find_lot(uow, lot_id)
    if lot is None:
        raise NotFound(lot=lot_id)
    return lot
