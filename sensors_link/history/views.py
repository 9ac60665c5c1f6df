"""The inventory of a farm's datastreams with their health, and one datastream with its chart."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from flask import request

from app.identity.access import allowed, current_actor, may
from app.kernel import clock
from app.kernel.paging import Page
from app.kernel.uow import unit_of_work
from app.registry import queries as registry
from app.web.pages import Answer, page
from sensors_link.devices import queries as devices
from sensors_link.devices.property_names import name_of, unit_of
from sensors_link.history import queries
from sensors_link.history.drawing import shown
from sensors_link.history.rules import WINDOWS, window, window_days

MOST_SHOWN: Final = 8  # doubtful readings and batches on a phone


@allowed("device.list")
def devices_list() -> Answer:
    """Datastreams of the actor's organisation: how many readings, and when the last came."""
    actor = current_actor()
    with unit_of_work(read_only=True) as uow:
        found = queries.inventory(uow, actor.organisation_id, Page.asked(request.args.get("page")))
    return page("sensors_link/devices/list.html", streams=found, name_of=name_of, unit_of=unit_of,
                keeps=may(actor, "device.enrol"))  # fmt: skip


@allowed("device.list")
def datastream(datastream_id: UUID) -> Answer:
    """One datastream over the last 7 or 60 days (`?days=`): chart, days, doubtful readings, batches."""
    actor, now, days = current_actor(), clock.now(), window_days(request.args.get("days"))
    with unit_of_work(read_only=True) as uow:
        stream = devices.get_datastream(uow, actor, datastream_id)
        plot = registry.plot(uow, stream.plot_id)
        last_at = queries.last_reading(uow, stream.id)
        start, end = window(last_at, days=days, now=now)
        series = queries.series_of(uow, stream, start, end)
        doubtful = queries.doubtful(uow, stream, start, end, limit=MOST_SHOWN)
        batches = queries.batches_of(uow, stream.device_id, limit=MOST_SHOWN)
    return page(
        "sensors_link/history/datastream.html",
        stream=stream,
        name=name_of(stream.observed_property),
        unit=unit_of(stream.unit),
        plot=plot,
        last_at=last_at,
        over=end < now - timedelta(hours=1),
        days=days,
        windows=WINDOWS,
        one=shown(series, chart_id="series", start=start, end=end) if series else None,
        doubtful=doubtful,
        batches=batches,
    )
