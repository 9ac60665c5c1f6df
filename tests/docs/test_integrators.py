"""The examples of docs/integrators.md work as they are printed."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.kernel import problems
from app.kernel.problems import DomainError
from app.kernel.uow import unit_of_work
from app.web.problems import SENTENCES
from sensors_link.devices import commands as devices
from sensors_link.ingest.decode import MOST_READINGS, Reason, decode_csv
from tests.scene import farm, people

PAGE = (Path(__file__).resolve().parents[2] / "docs/integrators.md").read_text("utf-8")


def example(name: str) -> Any:
    found = re.search(rf"<!-- example: {name} -->\n```json\n(.*?)```", PAGE, re.DOTALL)
    assert found, name
    return json.loads(found[1])


@pytest.fixture
def device(app: Flask) -> tuple[str, str]:
    """Id and key of the device that the example speaks of."""
    farmer = people.farm_household()
    plot_id = farm.plot_of(farmer)
    with unit_of_work() as uow:
        view, key = devices.enrol(uow, devices.EnrolDevice(name="Trạm 1"), actor=farmer, now=people.NOW)
        wanted = devices.AddDatastream(
            device_id=view.id, plot_id=plot_id, code="SMC", observed_property="soil_moisture"
        )
        devices.add_datastream(uow, wanted, actor=farmer, now=people.NOW)
    return str(view.id), key


def push(client: FlaskClient, key: str, **headers: str) -> tuple[int, Any]:
    answer = client.post(
        "/api/v1/sensors/readings",
        json=example("push"),
        headers={"Authorization": f"Bearer {key}", **headers},
    )
    return answer.status_code, answer.get_json()


def test_the_pushed_example_gets_the_answer_of_the_page(
    client: FlaskClient, device: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensors_link.ingest.api.clock.now", lambda: people.NOW)
    assert push(client, device[1]) == (202, example("answer") | {"device": device[0]})


def test_a_repeat_with_the_same_key_gets_the_first_answer(
    client: FlaskClient, device: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensors_link.ingest.api.clock.now", lambda: people.NOW)
    first = push(client, device[1], **{"Idempotency-Key": "2026-11-20T01:00"})
    assert push(client, device[1], **{"Idempotency-Key": "2026-11-20T01:00"}) == first


@pytest.mark.parametrize("text", re.findall(r"```csv\n(.*?)```", PAGE, re.DOTALL))
def test_every_shape_of_a_file_is_read(text: str) -> None:
    told = decode_csv(text.encode())
    assert [str(reading.value) for reading in told.readings] == ["30.1"]
    assert not told.bad
    assert told.readings[0].time.isoformat() == "2026-11-20T01:00:00+00:00"


def test_every_reason_and_limit_is_told() -> None:
    assert {reason.value for reason in Reason} <= set(re.findall(r"`([a-z-]+)`", PAGE))
    assert f"{MOST_READINGS:,}".replace(",", " ") in PAGE


def _classes(base: type[DomainError]) -> set[type[DomainError]]:
    return {base}.union(*(_classes(one) for one in base.__subclasses__()))


def test_every_error_of_the_table_exists_with_its_status(app: Flask) -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| ([0-9]{3}) \|", PAGE, re.MULTILINE)
    known = {one.type: int(one.status) for one in _classes(problems.DomainError)}
    assert {kind: int(status) for kind, status in rows} == {kind: known.get(kind) for kind, _ in rows}
    assert {kind for kind, _ in rows} <= set(SENTENCES.all())
