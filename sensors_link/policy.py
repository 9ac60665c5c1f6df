"""Actions of the sensors room."""

from app.identity.access import role

ACTIONS = {
    "device.list": role("farmer", "packer"),
    "device.enrol": role("farmer"),
    "device.key": role("farmer"),
    "device.office": role("officer", "approving_officer"),
    "sensors.upload": role("farmer"),
}
