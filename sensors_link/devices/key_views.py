"""A device's page for whoever owns it and for his office: a new key after a leak, and the end of its use."""

from uuid import UUID

from flask import g, request, url_for

from app.identity.access import Actor, allowed, check, current_actor
from app.identity.queries import organisation
from app.kernel import clock
from app.kernel.paging import Page
from app.kernel.uow import unit_of_work
from app.web.forms import Form
from app.web.i18n import gettext
from app.web.pages import Answer, page, see_other
from sensors_link.devices import commands, queries


def _room() -> str:
    return "sensors_office" if request.path.startswith("/office/") else "sensors_farm"


def _check_room() -> Actor:
    """Who may see to a device's key: at the desk its office, on the phone its owner."""
    return check(g.get("actor"), "device.office" if _room() == "sensors_office" else "device.key")


@allowed("device.office")
def office_devices() -> Answer:
    """The devices that measure in the communes of the office."""
    with unit_of_work(read_only=True) as uow:
        found = queries.devices_in(uow, current_actor().commune_codes, Page.asked(request.args.get("page")))
    return page("sensors_link/devices/office_list.html", devices=found)


def device(device_id: UUID) -> Answer:
    """One device: whose, since when, and what to do when its key got into other hands."""
    _check_room()
    return _device(device_id, Form(), 200)


def _device(device_id: UUID, form: Form, status: int) -> Answer:
    with unit_of_work(read_only=True) as uow:
        found = queries.device_in_reach(uow, current_actor(), device_id)
        owner = organisation(uow, found.organisation_id).name
    return page("sensors_link/devices/device.html", status=status, device=found, owner=owner, form=form,
                room=_room())  # fmt: skip


def rotate(device_id: UUID) -> Answer:
    """A new key, shown this once; the old one stops at once."""
    form, actor = Form(), _check_room()
    try:
        with unit_of_work() as uow:
            key = commands.rotate_key(uow, device_id, actor=actor, now=clock.now())
            found = queries.device_in_reach(uow, actor, device_id)
    except commands.DeviceRetired as refusal:
        return _device(device_id, form.refused(refusal), int(refusal.status))
    return page("sensors_link/devices/new_key.html", device=found, key=key, room=_room(),
                push=url_for("sensors_api.push"))  # fmt: skip


def retire(device_id: UUID) -> Answer:
    """Take the device out of use."""
    actor = _check_room()
    with unit_of_work() as uow:
        commands.retire(uow, device_id, actor=actor, now=clock.now())
    return see_other(url_for(f"{_room()}.device", device_id=device_id),
                     gettext("Máy đo đã ngừng dùng. Số đo cũ vẫn còn."))  # fmt: skip
