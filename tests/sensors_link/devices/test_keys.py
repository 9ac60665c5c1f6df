"""A leaked key: the owner or his office replaces it or ends the device, and the old key is worth nothing."""

from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.identity.access import Actor
from app.kernel.db import new_id
from app.kernel.uow import unit_of_work
from sensors_link.devices import commands
from sensors_link.devices.queries import device_by_key
from tests.scene.farm import plot_of
from tests.scene.people import NOW, farm_household, logs_in, office


@pytest.fixture
def farmer(app: Flask) -> Actor:
    return farm_household()


@pytest.fixture
def probe(farmer: Actor) -> tuple[UUID, str]:
    """A device of the farmer on a plot in Thanh An, and its push key."""
    plot_id = plot_of(farmer)
    with unit_of_work() as uow:
        device, key = commands.enrol(uow, commands.EnrolDevice(name="Hộp 1"), actor=farmer, now=NOW)
        commands.add_datastream(
            uow,
            commands.AddDatastream(
                device_id=device.id, plot_id=plot_id, code="t", observed_property="air_temperature"
            ),
            actor=farmer,
            now=NOW,
        )
    return device.id, key


def opens(key: str) -> bool:
    with unit_of_work(read_only=True) as uow:
        return device_by_key(uow, key) is not None


def shown_key(page: str) -> str:
    return page.split('class="readback code">')[1].split("<")[0]


class TestTheOwner:
    def test_gets_a_new_key_once_and_the_old_one_stops(self, client, farmer, probe) -> None:
        device_id, old = probe
        logs_in(client, farmer)
        page = f"/farm/sensors/devices/{device_id}"
        assert f'action="{page}/key"' in client.get(page).text
        new = shown_key(client.post(f"{page}/key").text)
        assert (opens(old), opens(new)) == (False, True)
        assert new not in client.get(page).text

    def test_retires_it_and_then_there_is_no_new_key(self, client, farmer, probe) -> None:
        device_id, old = probe
        logs_in(client, farmer)
        page = f"/farm/sensors/devices/{device_id}"
        assert client.post(f"{page}/retire").status_code == 303
        assert client.post(f"{page}/retire").status_code == 303
        assert not opens(old)
        refused = client.post(f"{page}/key")
        assert refused.status_code == 409
        assert "đã ngừng dùng nên không cấp khóa mới" in refused.text

    def test_finds_it_in_his_list(self, client, farmer, probe) -> None:
        assert f"/farm/sensors/devices/{probe[0]}" in logs_in(client, farmer).get("/farm/sensors/").text


class TestTheOffice:
    def test_stops_a_leaked_key_in_its_communes(self, client: FlaskClient, probe) -> None:
        device_id, old = probe
        logs_in(client, office())
        assert f"/office/sensors/devices/{device_id}" in client.get("/office/sensors/").text
        new = shown_key(client.post(f"/office/sensors/devices/{device_id}/key").text)
        assert (opens(old), opens(new)) == (False, True)


@pytest.mark.parametrize("act", ["", "/key", "/retire"])
def test_a_device_of_somebody_else_is_not_there(client: FlaskClient, probe, act: str) -> None:
    logs_in(client, farm_household("Hộ khác"))
    send = client.post if act else client.get
    assert send(f"/farm/sensors/devices/{probe[0]}{act}").status_code == 404
    assert opens(probe[1])


class TestTheOperator:
    def test_rotates_and_retires(self, app: Flask, probe) -> None:
        device_id, old = probe
        runner = app.test_cli_runner()
        said = runner.invoke(args=["sensors", "rotate-key", str(device_id), "--yes"])
        new = said.output.strip()
        assert (said.exit_code, opens(old), opens(new)) == (0, False, True)
        assert runner.invoke(args=["sensors", "retire", str(device_id), "--yes"]).exit_code == 0
        assert not opens(new)
        again = runner.invoke(args=["sensors", "rotate-key", str(device_id), "--yes"])
        assert (again.exit_code, "device-retired" in again.output) == (1, True)

    def test_is_told_when_there_is_no_such_device(self, app: Flask) -> None:
        said = app.test_cli_runner().invoke(args=["sensors", "retire", str(new_id()), "--yes"])
        assert (said.exit_code, "not-found" in said.output) == (1, True)
