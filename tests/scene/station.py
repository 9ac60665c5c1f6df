"""A station of the scene: one datastream, what it sends, and how its days come under the seal."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from app.identity.access import Actor
from app.kernel.calendar import day_bounds
from app.kernel.uow import unit_of_work
from sensors_link.devices import commands as devices
from sensors_link.devices.queries import DatastreamView
from sensors_link.ingest import commands as ingest
from sensors_link.ingest.decode import Reading
from sensors_link.sealing.closing import close_some
from tests.scene.people import NOW

DAY = NOW.date() - timedelta(days=10)
START, END = day_bounds(DAY)
HOUR = timedelta(hours=1)


def soil_stream(farmer: Actor, plot_id: UUID) -> DatastreamView:
    """An hourly probe in the soil of a plot."""
    with unit_of_work() as uow:
        device, _ = devices.enrol(uow, devices.EnrolDevice(name="Trạm 1"), actor=farmer, now=NOW)
        wanted = devices.AddDatastream(
            device_id=device.id,
            plot_id=plot_id,
            code="SMC",
            observed_property="soil_moisture",
            interval_s=3600,
        )
        return devices.add_datastream(uow, wanted, actor=farmer, now=NOW)


def take(stream: DatastreamView, *hours: float, value: str = "30.1", now: datetime = NOW) -> None:
    """Readings so many hours after the beginning of the scene's day."""
    with unit_of_work() as uow:
        source = ingest.Source(device_id=stream.device_id, grade="gateway_push")
        readings = [Reading(START + hour * HOUR, Decimal(value)) for hour in hours]
        ingest.take_readings(uow, readings, source=source, streams={None: stream}, now=now)


def seal_all(now: datetime = NOW) -> None:
    """Close every day that is due."""
    while close_some(now):
        pass
