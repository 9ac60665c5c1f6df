"""Enrol a device, add datastreams, rotate its key, retire it."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.identity import commands as identity
from app.identity.access import Actor
from app.identity.queries import household_of_one
from app.kernel.calendar import local_day
from app.kernel.db import new_id
from app.kernel.problems import Conflict, Invalid
from app.kernel.uow import UnitOfWork
from app.registry import queries as registry
from sensors_link.devices import queries
from sensors_link.devices.models import Datastream, Device
from sensors_link.devices.properties import PROPERTIES
from sensors_link.devices.queries import DatastreamView, DeviceView


class NameTaken(Conflict):
    """The organisation has a device of this name already."""

    type, field = "device-name-taken", "name"


class DeviceRetired(Conflict):
    """The device is out of use: it gets no new key."""

    type = "device-retired"


class UnknownProperty(Invalid):
    """Not one of the properties that can be observed here."""

    type, field = "unknown-property", "observed_property"


@dataclass(frozen=True, kw_only=True)
class EnrolDevice:
    """A new device; `origin` says where its data come from when it is not the farm's own box."""

    name: str
    origin: str = ""
    simulated: bool = False


@dataclass(frozen=True, kw_only=True)
class AddDatastream:
    """One property that the device measures on a plot, under the code that the device uses."""

    device_id: UUID
    plot_id: UUID
    code: str
    observed_property: str
    interval_s: int = 600


def enrol(uow: UnitOfWork, wanted: EnrolDevice, *, actor: Actor, now: datetime) -> tuple[DeviceView, str]:
    """Enrol a device of the actor's organisation; the answer has its push key, shown this once.

    Raises NameTaken.
    """
    key = secrets.token_urlsafe(24)
    row_id = new_id()
    made = uow.insert_if_new(
        Device,
        id=row_id,
        organisation_id=actor.organisation_id,
        name=wanted.name,
        origin=wanted.origin,
        key_sha256=hashlib.sha256(key.encode()).digest(),
        simulated=wanted.simulated,
        created_at=now,
    )
    if not made:
        raise NameTaken(name=wanted.name)
    identity.audit(uow, actor, "device.enrol", str(row_id), now)
    return queries.get_device(uow, actor, row_id), key


def add_datastream(uow: UnitOfWork, wanted: AddDatastream, *, actor: Actor, now: datetime) -> DatastreamView:
    """Add a datastream to a device of the actor's organisation; a repeat of the code is the first one.

    Raises NotFound (device or plot of nobody the actor acts for), UnknownProperty.
    """
    device = queries.get_device(uow, actor, wanted.device_id)
    plot = registry.get_plot(uow, actor, wanted.plot_id)
    known = PROPERTIES.get(wanted.observed_property)
    if known is None:
        raise UnknownProperty(observed_property=wanted.observed_property)
    unit = 10**known.scale
    row_id = new_id()
    uow.insert_if_new(
        Datastream,
        id=row_id,
        device_id=device.id,
        plot_id=plot.id,
        code=wanted.code,
        observed_property=known.key,
        unit=known.unit,
        scale=known.scale,
        interval_s=wanted.interval_s,
        sensor_low=known.sensor[0] * unit,
        sensor_high=known.sensor[1] * unit,
        site_low=known.site[0] * unit if known.site else None,
        site_high=known.site[1] * unit if known.site else None,
        good_low=known.good[0] * unit if known.good else None,
        good_high=known.good[1] * unit if known.good else None,
        created_at=now,
    )
    return queries.datastream_of_code(uow, device.id, wanted.code)


def rotate_key(uow: UnitOfWork, device_id: UUID, *, actor: Actor | None, now: datetime) -> str:
    """Give the device a new push key; the old one stops at once.

    `actor` is None for the operator. Raises NotFound (not his, nor of his office), DeviceRetired.
    """
    device = _in_reach(uow, device_id, actor)
    if device.retired_at is not None:
        raise DeviceRetired(name=device.name)
    key = secrets.token_urlsafe(24)
    uow.session.get_one(Device, device.id).key_sha256 = hashlib.sha256(key.encode()).digest()
    identity.audit(uow, actor, "device.rotate-key", str(device.id), now)
    return key


def retire(uow: UnitOfWork, device_id: UUID, *, actor: Actor | None, now: datetime) -> None:
    """Take a device out of use; its history stays. A repeat changes nothing.

    `actor` is None for the operator. Raises NotFound (not his, nor of his office).
    """
    device = _in_reach(uow, device_id, actor)
    if device.retired_at is not None:
        return
    row = uow.session.get_one(Device, device.id)
    row.retired_at, row.key_sha256 = now, None
    identity.audit(uow, actor, "device.retire", str(device.id), now)


def _in_reach(uow: UnitOfWork, device_id: UUID, actor: Actor | None) -> DeviceView:
    return queries.device(uow, device_id) if actor is None else queries.device_in_reach(uow, actor, device_id)


def forget_person(uow: UnitOfWork, person_id: UUID, now: datetime) -> None:
    """Erasure: how a household of one called its devices, and where it got them. Their series stay.

    The devices go out of use: nobody is left who may push with their keys.
    """
    household_id = household_of_one(uow, person_id, local_day(now))
    if household_id is None:
        return
    for row in uow.session.scalars(select(Device).where(Device.organisation_id == household_id)).all():
        row.name, row.origin, row.key_sha256 = f"#{row.id.hex[-6:]}", "", None
        row.retired_at = row.retired_at or now
    uow.session.flush()
