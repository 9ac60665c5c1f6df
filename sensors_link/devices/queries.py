"""Devices by owner and by key, datastreams of a plot."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from app.identity.access import Actor
from app.kernel.paging import Page, Paged, paged
from app.kernel.problems import NotFound
from app.kernel.uow import UnitOfWork
from app.registry.models import Plot
from sensors_link.devices.models import Datastream, Device


@dataclass(frozen=True)
class DeviceView:
    """A device as its owner sees it."""

    id: UUID
    organisation_id: UUID
    name: str
    origin: str
    simulated: bool
    created_at: datetime
    retired_at: datetime | None


@dataclass(frozen=True)
class DatastreamView:
    """A datastream; spans are integers at its scale."""

    id: UUID
    device_id: UUID
    plot_id: UUID
    code: str
    observed_property: str
    unit: str
    scale: int
    interval_s: int
    sensor_low: int
    sensor_high: int
    site_low: int | None
    site_high: int | None
    good_low: int | None
    good_high: int | None
    device_name: str
    origin: str
    simulated: bool


_DEVICE = (
    Device.id,
    Device.organisation_id,
    Device.name,
    Device.origin,
    Device.simulated,
    Device.created_at,
    Device.retired_at,
)


def streams() -> Select[*tuple[Any, ...]]:
    """The columns of a DatastreamView, for queries that add their own conditions."""
    return select(
        Datastream.id,
        Datastream.device_id,
        Datastream.plot_id,
        Datastream.code,
        Datastream.observed_property,
        Datastream.unit,
        Datastream.scale,
        Datastream.interval_s,
        Datastream.sensor_low,
        Datastream.sensor_high,
        Datastream.site_low,
        Datastream.site_high,
        Datastream.good_low,
        Datastream.good_high,
        Device.name,
        Device.origin,
        Device.simulated,
    ).join(Device, Device.id == Datastream.device_id)


def device_by_key(uow: UnitOfWork, key: str) -> DeviceView | None:
    """The device in use that pushes with this key, or None."""
    hashed = hashlib.sha256(key.encode()).digest()
    row = uow.session.execute(
        select(*_DEVICE).where(Device.key_sha256 == hashed, Device.retired_at.is_(None))
    ).one_or_none()
    return DeviceView(*row) if row else None


def get_device(uow: UnitOfWork, actor: Actor, device_id: UUID) -> DeviceView:
    """A device of the actor's organisation. Raises NotFound."""
    row = uow.session.execute(
        select(*_DEVICE).where(Device.id == device_id, Device.organisation_id == actor.organisation_id)
    ).one_or_none()
    if row is None:
        raise NotFound(device=device_id)
    return DeviceView(*row)


def device(uow: UnitOfWork, device_id: UUID) -> DeviceView:
    """One device, for an operator. Raises NotFound."""
    row = uow.session.execute(select(*_DEVICE).where(Device.id == device_id)).one_or_none()
    if row is None:
        raise NotFound(device=device_id)
    return DeviceView(*row)


def device_in_reach(uow: UnitOfWork, actor: Actor, device_id: UUID) -> DeviceView:
    """A device of the actor's organisation, or one that measures in a commune of his office.

    Raises NotFound.
    """
    found = device(uow, device_id)
    if found.organisation_id == actor.organisation_id:
        return found
    if uow.session.scalar(_in(actor.commune_codes).where(Device.id == device_id).limit(1)) is None:
        raise NotFound(device=device_id)
    return found


def devices_in(uow: UnitOfWork, commune_codes: Iterable[str], page: Page) -> Paged[DeviceView]:
    """Devices that measure on plots of these communes, those in use first (2 statements)."""
    return paged(
        uow,
        _in(commune_codes).order_by(Device.retired_at.is_not(None), Device.name, Device.id),
        page,
        row=DeviceView,
    )


def _in(commune_codes: Iterable[str]) -> Select[*tuple[Any, ...]]:
    here = (
        select(Datastream.device_id)
        .join(Plot, Plot.id == Datastream.plot_id)
        .where(Plot.commune_code.in_(sorted(commune_codes)))
    )
    return select(*_DEVICE).where(Device.id.in_(here))


def datastream_of_code(uow: UnitOfWork, device_id: UUID, code: str) -> DatastreamView:
    """The datastream that a device calls by this code. Raises NotFound."""
    row = uow.session.execute(
        streams().where(Datastream.device_id == device_id, Datastream.code == code)
    ).one_or_none()
    if row is None:
        raise NotFound(datastream=code)
    return DatastreamView(*row)


def datastreams_of_device(uow: UnitOfWork, device_id: UUID) -> dict[str, DatastreamView]:
    """Datastreams of a device by its own codes."""
    rows = uow.session.execute(streams().where(Datastream.device_id == device_id).order_by(Datastream.code))
    return {view.code: view for view in (DatastreamView(*row) for row in rows)}


def datastream(uow: UnitOfWork, datastream_id: UUID) -> DatastreamView:
    """One datastream, for an operator. Raises NotFound."""
    row = uow.session.execute(streams().where(Datastream.id == datastream_id)).one_or_none()
    if row is None:
        raise NotFound(datastream=datastream_id)
    return DatastreamView(*row)


def get_datastream(uow: UnitOfWork, actor: Actor, datastream_id: UUID) -> DatastreamView:
    """A datastream of the actor's organisation. Raises NotFound."""
    row = uow.session.execute(
        streams().where(Datastream.id == datastream_id, Device.organisation_id == actor.organisation_id)
    ).one_or_none()
    if row is None:
        raise NotFound(datastream=datastream_id)
    return DatastreamView(*row)


def datastreams_of(uow: UnitOfWork, organisation_id: UUID) -> list[DatastreamView]:
    """Datastreams of an organisation, by device: what a form lets its people choose from."""
    rows = uow.session.execute(
        streams().where(Device.organisation_id == organisation_id).order_by(Device.name, Datastream.code)
    )
    return [DatastreamView(*row) for row in rows]


def datastreams_of_plot(uow: UnitOfWork, plot_id: UUID) -> list[DatastreamView]:
    """Datastreams of a plot, soil first."""
    rows = uow.session.execute(
        streams()
        .where(Datastream.plot_id == plot_id)
        .order_by(Datastream.observed_property.desc(), Device.name)
    )
    return [DatastreamView(*row) for row in rows]
