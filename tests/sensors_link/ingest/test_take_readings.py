"""Readings come in once, contradictions are kept, bad rows are named, roll-ups follow."""

import gzip
import io
import json
import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.identity.access import Actor
from app.kernel.db import new_id
from app.kernel.uow import unit_of_work
from app.registry.models import Plot
from sensors_link.devices import commands as devices
from sensors_link.devices.queries import DatastreamView
from sensors_link.history import queries as history
from sensors_link.history.models import HourlyRollup, Observation
from sensors_link.ingest import commands as ingest
from sensors_link.ingest.decode import Reading
from tests.scene.people import NOW, SINCE, THANH_AN, farm_household, logs_in

START = datetime(2026, 11, 1, 0, 0, tzinfo=UTC)


def plot_of(actor: Actor) -> UUID:
    row = Plot(
        id=new_id(),
        organisation_id=actor.organisation_id,
        name="Vườn sau nhà",
        crop="mangosteen",
        commune_code=THANH_AN,
        commune_valid_from=SINCE,
        geometry={"type": "Point", "coordinates": [106.4, 11.3]},
        area_m2=5000,
        area_from="declared",
        client_id=new_id(),
        created_at=NOW,
    )
    with unit_of_work() as uow:
        uow.add(row)
    return row.id


@pytest.fixture
def farmer(app: Flask) -> Actor:
    return farm_household()


@pytest.fixture
def soil(farmer: Actor) -> tuple[DatastreamView, str]:
    """A soil probe and its push key."""
    plot_id = plot_of(farmer)
    with unit_of_work() as uow:
        device, key = devices.enrol(uow, devices.EnrolDevice(name="Trạm 1"), actor=farmer, now=NOW)
        wanted = devices.AddDatastream(
            device_id=device.id, plot_id=plot_id, code="SMC", observed_property="soil_moisture"
        )
        return devices.add_datastream(uow, wanted, actor=farmer, now=NOW), key


def take(stream: DatastreamView, *readings: Reading) -> ingest.Taken:
    with unit_of_work() as uow:
        source = ingest.Source(device_id=stream.device_id, grade="gateway_push")
        return ingest.take_readings(uow, readings, source=source, streams={None: stream}, now=NOW)


def at(minute: int, value: str) -> Reading:
    return Reading(START + timedelta(minutes=minute), Decimal(value))


class TestReadings:
    def test_that_come_twice_change_nothing(self, soil: tuple[DatastreamView, str]) -> None:
        stream, _ = soil
        first = take(stream, at(0, "30.1"), at(10, "30.2"))
        again = take(stream, at(0, "30.1"), at(10, "30.2"))
        assert (first.taken, again.taken, again.duplicates) == (2, 0, 2)

    def test_that_contradict_are_kept_and_make_the_moment_suspect(
        self, soil: tuple[DatastreamView, str]
    ) -> None:
        stream, _ = soil
        take(stream, at(0, "30.1"))
        assert take(stream, at(0, "31.0")).conflicts == 1
        with unit_of_work(read_only=True) as uow:
            assert uow.session.scalars(select(Observation.flag)).all() == [3]
            assert uow.session.scalars(select(Observation.result)).all() == [301]

    def test_outside_the_sensors_span_are_kept_flagged_and_not_averaged(
        self, soil: tuple[DatastreamView, str]
    ) -> None:
        stream, _ = soil
        take(stream, at(0, "30"), at(10, "-105"), at(20, "196"))
        with unit_of_work(read_only=True) as uow:
            flags = uow.session.scalars(select(Observation.flag).order_by(Observation.phenomenon_time)).all()
            rollup = uow.session.scalars(select(HourlyRollup)).one()
        assert flags == [1, 4, 4]
        assert (rollup.n, rollup.low, rollup.high, rollup.total) == (1, 300, 300, 300)

    def test_from_the_future_are_not_kept(self, soil: tuple[DatastreamView, str]) -> None:
        stream, _ = soil
        taken = take(stream, Reading(NOW + timedelta(hours=1), Decimal(30)))
        assert (taken.taken, taken.ahead) == (0, 1)

    def test_show_silence_as_a_gap(self, soil: tuple[DatastreamView, str]) -> None:
        stream, _ = soil
        take(stream, at(0, "30"), at(60, "31"), at(60 * 9, "32"))
        with unit_of_work(read_only=True) as uow:
            (series,) = history.series(uow, stream.plot_id, START, START + timedelta(hours=10))
        assert [point.mean for point in series.points] == [30, 31, 32]
        assert [gap.hours for gap in series.gaps] == [8]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    values=st.dictionaries(st.integers(0, 600), st.integers(0, 1000), min_size=1, max_size=40),
    cut=st.integers(0, 40),
)
def test_a_rollup_is_the_same_however_its_readings_arrived(
    farmer: Actor, values: dict[int, int], cut: int
) -> None:
    plot_id = plot_of(farmer_again := farm_household())
    with unit_of_work() as uow:
        device, _ = devices.enrol(uow, devices.EnrolDevice(name="Trạm 2"), actor=farmer_again, now=NOW)
        wanted = [
            devices.AddDatastream(
                device_id=device.id, plot_id=plot_id, code=code, observed_property="soil_moisture"
            )
            for code in ("whole", "parts")
        ]
        whole, parts = (devices.add_datastream(uow, one, actor=farmer_again, now=NOW) for one in wanted)
    readings = [at(minute, str(Decimal(value) / 10)) for minute, value in values.items()]
    take(whole, *readings)
    take(parts, *readings[:cut])
    take(parts, *readings[cut:], *readings[:cut])
    columns = (HourlyRollup.hour, HourlyRollup.n, HourlyRollup.n_good, HourlyRollup.low, HourlyRollup.total)
    with unit_of_work(read_only=True) as uow:
        found = [
            uow.session.execute(
                select(*columns).where(HourlyRollup.datastream_id == one.id).order_by(HourlyRollup.hour)
            ).all()
            for one in (whole, parts)
        ]
    assert found[0] == found[1]


class TestThePushDoor:
    def push(
        self, client: FlaskClient, key: str, body: object, **headers: str
    ) -> tuple[int, dict[str, object]]:
        answer = client.post(
            "/api/v1/sensors/readings",
            data=json.dumps(body),
            headers={"Authorization": f"Bearer {key}", **headers},
        )
        return answer.status_code, answer.get_json(force=True)

    def test_takes_readings_and_says_what_became_of_them(
        self, client: FlaskClient, soil: tuple[DatastreamView, str]
    ) -> None:
        stream, key = soil
        readings = [
            {"datastream": "SMC", "time": "2026-11-01T00:00:00Z", "value": 30.1},
            {"datastream": "SMC", "time": "yesterday", "value": 30.1},
            {"datastream": "none", "time": "2026-11-01T00:00:00Z", "value": 1},
        ]
        status, told = self.push(client, key, {"device": str(stream.device_id), "readings": readings})
        assert status == 202
        assert (told["accepted"], told["unknown_datastream"]) == (1, 1)
        assert [row["reading"] for row in told["bad"]] == [2]  # type: ignore[attr-defined]
        assert told["sealed"] is False

    def test_answers_a_replay_with_the_first_answer(
        self, client: FlaskClient, soil: tuple[DatastreamView, str]
    ) -> None:
        _, key = soil
        reading = {"datastream": "SMC", "time": "2026-11-01T00:00:00Z", "value": 30}
        body = {"device": "Trạm 1", "readings": [reading]}
        first = self.push(client, key, body, **{"Idempotency-Key": "k1"})
        assert self.push(client, key, body, **{"Idempotency-Key": "k1"}) == first
        other = {"device": "Trạm 1", "readings": []}
        assert self.push(client, key, other, **{"Idempotency-Key": "k1"})[0] == 409

    def test_keeps_no_key_that_is_longer_than_its_column(
        self, client: FlaskClient, soil: tuple[DatastreamView, str]
    ) -> None:
        reading = {"datastream": "SMC", "time": "2026-11-01T00:00:00Z", "value": 30}
        body = {"device": "Trạm 1", "readings": [reading]}
        status, told = self.push(client, soil[1], body, **{"Idempotency-Key": "k" * 201})
        assert (status, told["longest"]) == (422, 200)

    @pytest.mark.parametrize("key", ["wrong", ""])
    def test_refuses_a_key_that_no_device_has(self, client: FlaskClient, key: str) -> None:
        status, told = self.push(client, key, {"device": "x", "readings": []})
        assert status == 401
        assert str(told["type"]).endswith("wrong-device-key")


class TestTheFilePage:
    def hand_in(self, client: FlaskClient, stream: DatastreamView, raw: bytes) -> tuple[int, str]:
        data = {"datastream": str(stream.id), "file": (io.BytesIO(raw), "readings.csv")}
        answer = client.post("/farm/sensors/upload", data=data, content_type="multipart/form-data")
        return answer.status_code, answer.get_data(as_text=True)

    def test_says_of_an_empty_file_that_it_is_empty(
        self, client: FlaskClient, farmer: Actor, soil: tuple[DatastreamView, str]
    ) -> None:
        logs_in(client, farmer)
        status, text = self.hand_in(client, soil[0], b"\n")
        assert status == 422
        assert "Tệp này trống" in text

    def test_names_a_bad_row_by_its_line_and_keeps_the_rest(
        self, client: FlaskClient, farmer: Actor, soil: tuple[DatastreamView, str]
    ) -> None:
        logs_in(client, farmer)
        raw = b"date_received,timestamp,value\n,2026-11-01T00:00:00Z,30\n,2026-11-01T00:10:00Z,abc\n"
        status, text = self.hand_in(client, soil[0], raw)
        assert status == 200
        assert "Dòng 3" in text
        with unit_of_work(read_only=True) as uow:
            assert uow.session.scalar(select(func.count()).select_from(Observation)) == 1

    def test_says_how_to_mend_a_file_in_another_encoding(
        self, client: FlaskClient, farmer: Actor, soil: tuple[DatastreamView, str]
    ) -> None:
        logs_in(client, farmer)
        status, text = self.hand_in(client, soil[0], "time,value\n".encode("utf-16"))
        assert status == 422
        assert "CSV UTF-8" in text

    def test_refuses_the_datastream_of_another_farm(
        self, client: FlaskClient, soil: tuple[DatastreamView, str]
    ) -> None:
        logs_in(client, farm_household())
        status, _ = self.hand_in(client, soil[0], b"time,value\n2026-11-01T00:00:00Z,30\n")
        assert status in (404, 422)
        with unit_of_work(read_only=True) as uow:
            assert uow.session.scalar(select(func.count()).select_from(Observation)) == 0


def test_the_command_says_how_to_name_the_column_that_it_cannot_guess(
    app: Flask, soil: tuple[DatastreamView, str], tmp_path: Path
) -> None:
    file = tmp_path / "two.csv"
    file.write_text("time,inside,outside\n2026-11-01T00:00:00Z,30,31\n", "utf-8")
    asked = ["sensors", "import", str(file), "--datastream", str(soil[0].id)]
    refused = app.test_cli_runner().invoke(args=asked)
    assert refused.exit_code == 2
    assert "--value-column" in refused.output
    assert app.test_cli_runner().invoke(args=[*asked, "--value-column", "outside"]).exit_code == 0


def test_a_real_file_is_imported_by_the_command(app: Flask, soil: tuple[DatastreamView, str]) -> None:
    corpus = os.environ.get("CORPUS")
    if not corpus:
        pytest.skip("skipped: no CORPUS")
    file = Path(corpus) / "sensors" / "waziup_FL_Sensor36_SMC.csv.gz"
    stream = soil[0]
    runner = app.test_cli_runner()
    first = runner.invoke(args=["sensors", "import", str(file), "--datastream", str(stream.id)])
    assert "taken" in first.output
    again = runner.invoke(args=["sensors", "import", str(file), "--datastream", str(stream.id)])
    assert again.output.startswith("0 taken") or "\n0 taken" in again.output
    assert len(gzip.decompress(file.read_bytes()).splitlines()) > 100
