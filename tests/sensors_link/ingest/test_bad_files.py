"""Files that are wrong in the ways of real files: each is named, and nothing is lost or doubled."""

import gzip
import io
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.identity.access import Actor
from app.kernel.uow import unit_of_work
from sensors_link.devices import commands as devices
from sensors_link.devices.queries import DatastreamView
from sensors_link.history.models import HourlyRollup, Observation, ReadingConflict
from sensors_link.ingest import commands as ingest
from sensors_link.ingest.decode import Decoded, Reason, UnknownColumns, WrongEncoding, decode_csv
from tests.scene.farm import plot_of
from tests.scene.people import NOW, farm_household, logs_in


@pytest.fixture
def farmer(app: Flask) -> Actor:
    return farm_household()


@pytest.fixture
def stream(farmer: Actor) -> DatastreamView:
    plot_id = plot_of(farmer)
    with unit_of_work() as uow:
        device, _ = devices.enrol(uow, devices.EnrolDevice(name="Trạm 1"), actor=farmer, now=NOW)
        wanted = devices.AddDatastream(
            device_id=device.id, plot_id=plot_id, code="T", observed_property="air_temperature"
        )
        return devices.add_datastream(uow, wanted, actor=farmer, now=NOW)


def real(name: str) -> bytes:
    """A file of the corpus as it was before it was packed."""
    corpus = os.environ.get("CORPUS")
    if not corpus:
        pytest.skip("skipped: no CORPUS")
    return gzip.decompress((Path(corpus) / "sensors" / f"waziup_{name}.csv.gz").read_bytes())


def take(stream: DatastreamView, told: Decoded, now: datetime = NOW) -> ingest.Taken:
    with unit_of_work() as uow:
        source = ingest.Source(device_id=stream.device_id, grade="file_upload", bad=len(told.bad))
        return ingest.take_readings(uow, told.readings, source=source, streams={None: stream}, now=now)


def hand_in(
    client: FlaskClient, stream: DatastreamView, raw: bytes, value_column: str = ""
) -> tuple[int, str]:
    data = {
        "datastream": str(stream.id),
        "file": (io.BytesIO(raw), "so-do.csv"),
        "value_column": value_column,
    }
    answer = client.post("/farm/sensors/upload", data=data, content_type="multipart/form-data")
    return answer.status_code, answer.get_data(as_text=True)


def rows(table: type) -> int:
    with unit_of_work(read_only=True) as uow:
        return uow.session.scalar(select(func.count()).select_from(table)) or 0


class TestOnThePage:
    @pytest.mark.parametrize("encoding", ["utf-16", "cp1258", "utf-16-le"])
    def test_another_encoding_is_named_and_nothing_is_kept(
        self, client: FlaskClient, farmer: Actor, stream: DatastreamView, encoding: str
    ) -> None:
        logs_in(client, farmer)
        text = "thời gian,giá trị\n2026-11-01T00:00:00Z,30\n"
        raw = text.replace("ờ", "ô").replace("ị", "i").encode(encoding)  # cp1258 builds those of two
        status, told = hand_in(client, stream, raw)
        assert status == 422
        assert "CSV UTF-8" in told
        assert rows(Observation) == 0

    def test_a_file_larger_than_the_door_gets_the_page_of_too_large(
        self, app: Flask, client: FlaskClient, farmer: Actor, stream: DatastreamView
    ) -> None:
        logs_in(client, farmer)
        line = b"2026-11-01T00:00:00Z,30.0\n"
        raw = b"time,value\n" + line * (app.config["MAX_CONTENT_LENGTH"] // len(line) + 1)
        status, told = hand_in(client, stream, raw)
        assert status == 413
        assert "quá lớn" in told
        assert rows(Observation) == 0

    @pytest.mark.parametrize(
        "raw", [b"", b"\n\n", b"only,words\n1,2\n", b'"time,value\n', b"\x89PNG\r\n\x1a\n"]
    )
    def test_what_is_no_table_of_readings_is_named(
        self, client: FlaskClient, farmer: Actor, stream: DatastreamView, raw: bytes
    ) -> None:
        logs_in(client, farmer)
        assert hand_in(client, stream, raw)[0] == 422

    def test_a_table_of_many_columns_asks_for_the_name_of_the_value_and_takes_it(
        self, client: FlaskClient, farmer: Actor, stream: DatastreamView
    ) -> None:
        logs_in(client, farmer)
        raw = b"recorded_at_utc,temp_c,bat_v\n2026-11-01 00:00:00,30.5,3.6\n"
        status, told = hand_in(client, stream, raw)
        assert status == 422
        assert "recorded_at_utc, temp_c, bat_v" in told
        assert hand_in(client, stream, raw, value_column="temp_c")[0] == 303
        assert rows(Observation) == 1

    def test_nan_and_words_are_left_out_by_line(
        self, client: FlaskClient, farmer: Actor, stream: DatastreamView
    ) -> None:
        logs_in(client, farmer)
        hour = "2026-11-01T0{}:00:00Z,{}\n"
        raw = "time,value\n" + "".join(
            hour.format(n, v) for n, v in enumerate(("30", "nan", "Infinity", "-", "3x"))
        )
        status, told = hand_in(client, stream, raw.encode())
        assert status == 200
        assert "Dòng 3: không có số" in told
        assert "Dòng 4: không phải số" in told
        assert "Dòng 6: không phải số" in told
        assert rows(Observation) == 1

    def test_times_of_the_future_are_counted_and_not_kept(
        self, client: FlaskClient, farmer: Actor, stream: DatastreamView
    ) -> None:
        logs_in(client, farmer)
        ahead = datetime.now(UTC) + timedelta(hours=1)
        raw = f"time,value\n2026-11-01T00:00:00Z,30\n{ahead:%Y-%m-%dT%H:%M:%SZ},31\n"
        status, told = hand_in(client, stream, raw.encode())
        assert status == 200
        assert "Thời gian ở tương lai" in told
        assert rows(Observation) == 1

    def test_the_same_file_twice_gives_its_readings_once(
        self, client: FlaskClient, farmer: Actor, stream: DatastreamView
    ) -> None:
        logs_in(client, farmer)
        raw = b"time,value\n2026-11-01T00:00:00Z,30\n2026-11-01T00:00:00Z,30\n"
        assert hand_in(client, stream, raw)[0] == 303
        assert hand_in(client, stream, raw)[0] == 303
        assert (rows(Observation), rows(HourlyRollup), rows(ReadingConflict)) == (1, 1, 0)


class TestRealFiles:
    def test_in_utf_16_are_refused_whole(self) -> None:
        with pytest.raises(WrongEncoding):
            decode_csv(real("UNB_Sensor12_PH").decode().encode("utf-16"))

    def test_cut_in_the_middle_lose_only_the_torn_row(self) -> None:
        raw = real("UNB_Sensor12_PH")
        torn = decode_csv(raw[: len(raw) // 2 - 7])
        whole = decode_csv(raw)
        assert whole.bad == ()
        assert len(torn.bad) <= 1
        assert torn.readings[:-1] == whole.readings[: len(torn.readings) - 1]

    def test_of_a_dead_station_hold_no_reading_and_name_every_row(self) -> None:
        told = decode_csv(real("UNB_Sensor25_TP"))
        assert told.readings == ()
        assert {row.reason for row in told.bad} <= {Reason.NO_VALUE, Reason.NOT_A_NUMBER}
        assert len(told.bad) == 114

    def test_with_several_values_a_row_need_to_be_told_which(self) -> None:
        raw = real("wide_5min_with_irrigation")
        with pytest.raises(UnknownColumns):
            decode_csv(raw)
        told = decode_csv(raw, value_column="Soil humidity 2")
        assert len(told.readings) > 10_000

    def test_delivered_twice_by_the_station_are_kept_once_and_again_once(
        self, stream: DatastreamView
    ) -> None:
        told = decode_csv(real("UGB-PILOTS_Sensor200_TP"))
        times = {reading.time for reading in told.readings}
        first = take(stream, told)
        assert first.taken == len(times) < len(told.readings)
        assert first.taken + first.duplicates + first.conflicts == len(told.readings)
        again = take(stream, told)
        assert (again.taken, again.duplicates + again.conflicts) == (0, len(told.readings))
        assert rows(Observation) == len(times)

    def test_of_a_clock_that_is_ahead_keep_only_what_has_been(self, stream: DatastreamView) -> None:
        told = decode_csv(real("UNB_Sensor12_WT"))
        now = told.readings[50].time
        taken = take(stream, told, now=now)
        due = sum(reading.time <= now + ingest.EARLIEST_AHEAD for reading in told.readings)
        assert taken.ahead == len(told.readings) - due > 0
        assert taken.taken + taken.duplicates == due
