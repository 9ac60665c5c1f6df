"""The page of one datastream: its window, its owner, what it says of doubt and of silence."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from app.identity.access import Actor
from app.kernel.uow import unit_of_work
from sensors_link.devices import commands as devices
from sensors_link.devices.queries import DatastreamView
from sensors_link.history.rules import window, window_days
from sensors_link.ingest import commands as ingest
from sensors_link.ingest.decode import Reading
from tests.scene.farm import plot_of
from tests.scene.people import farm_household, logs_in

HOUR = timedelta(hours=1)
NOON = datetime(2026, 11, 20, 5, 17, tzinfo=UTC)


@pytest.fixture
def farmer(app: Flask) -> Actor:
    return farm_household()


def a_stream(farmer: Actor, prop: str = "soil_moisture", *, simulated: bool = False) -> DatastreamView:
    plot_id = plot_of(farmer)
    now = datetime.now(UTC)
    with unit_of_work() as uow:
        wanted = devices.EnrolDevice(
            name="Trạm 1", origin="mô phỏng" if simulated else "", simulated=simulated
        )
        device, _ = devices.enrol(uow, wanted, actor=farmer, now=now)
        return devices.add_datastream(
            uow,
            devices.AddDatastream(
                device_id=device.id, plot_id=plot_id, code=prop, observed_property=prop, interval_s=3600
            ),
            actor=farmer,
            now=now,
        )


def measures(stream: DatastreamView, last: datetime, *values: int | str) -> None:
    """Hourly values, the last one at `last`."""
    first = last - (len(values) - 1) * HOUR
    readings = [Reading(first + n * HOUR, Decimal(value)) for n, value in enumerate(values)]
    with unit_of_work() as uow:
        source = ingest.Source(device_id=stream.device_id, grade="gateway_push")
        ingest.take_readings(uow, readings, source=source, streams={None: stream}, now=last)


class TestThePage:
    def opens(self, client: FlaskClient, stream: DatastreamView, days: str = "7") -> tuple[int, str]:
        answer = client.get(f"/farm/sensors/{stream.id}?days={days}")
        return answer.status_code, answer.get_data(as_text=True)

    def test_shows_chart_days_doubts_and_batches(self, client: FlaskClient, farmer: Actor) -> None:
        stream = a_stream(farmer, simulated=True)
        measures(stream, datetime.now(UTC).replace(minute=0, second=0, microsecond=0), 30, 31, 82, "-1", 33)
        logs_in(client, farmer)
        status, text = self.opens(client, stream)
        assert status == 200
        assert "<svg" in text
        assert "mô phỏng" in text
        assert "từ 30 đến 82 %" in text
        assert "1 giờ có số đáng ngờ" in text
        assert "máy không đo được số này" in text
        assert "máy tự gửi" in text

    def test_says_of_a_moment_with_two_values_that_they_contradict(
        self, client: FlaskClient, farmer: Actor
    ) -> None:
        stream, now = a_stream(farmer), datetime.now(UTC)
        measures(stream, now, 30)
        measures(stream, now, 31)
        logs_in(client, farmer)
        assert "lần nộp sau có số khác" in self.opens(client, stream)[1]

    def test_of_rain_says_how_much_fell(self, client: FlaskClient, farmer: Actor) -> None:
        stream = a_stream(farmer, "rain")
        measures(stream, datetime.now(UTC).replace(minute=0, second=0, microsecond=0), 0, "1.2", "2.4", 0)
        logs_in(client, farmer)
        assert "tổng 3,6 mm" in self.opens(client, stream)[1]

    def test_of_a_station_that_is_over_ends_at_its_last_reading(
        self, client: FlaskClient, farmer: Actor
    ) -> None:
        stream = a_stream(farmer)
        measures(stream, datetime(2019, 4, 1, 8, tzinfo=UTC), 30, 31, 32)
        logs_in(client, farmer)
        status, text = self.opens(client, stream, "60")
        assert status == 200
        assert "dừng ở số đo cuối cùng" in text
        assert "01/04/2019" in text

    def test_calls_nothing_silence_that_lies_before_the_first_reading(
        self, client: FlaskClient, farmer: Actor
    ) -> None:
        stream = a_stream(farmer)
        measures(stream, datetime.now(UTC).replace(minute=0, second=0, microsecond=0), 30, 31, 32)
        logs_in(client, farmer)
        assert "mất tín hiệu" not in self.opens(client, stream)[1]

    def test_of_a_device_that_never_spoke_says_so(self, client: FlaskClient, farmer: Actor) -> None:
        stream = a_stream(farmer)
        logs_in(client, farmer)
        status, text = self.opens(client, stream)
        assert status == 200
        assert "Không có số đo" in text

    def test_of_another_farm_is_not_found(self, client: FlaskClient, farmer: Actor) -> None:
        stream = a_stream(farmer)
        logs_in(client, farm_household("Hộ bà Tư"))
        assert self.opens(client, stream)[0] == 404

    def test_takes_an_absurd_window_for_the_usual_one(self, client: FlaskClient, farmer: Actor) -> None:
        stream = a_stream(farmer)
        logs_in(client, farmer)
        assert self.opens(client, stream, "٧")[0] == 200

    def test_is_linked_from_the_list(self, client: FlaskClient, farmer: Actor) -> None:
        stream = a_stream(farmer)
        logs_in(client, farmer)
        assert f"/farm/sensors/{stream.id}" in client.get("/farm/sensors/").get_data(as_text=True)


class TestTheWindow:
    def test_ends_now_while_the_device_speaks(self) -> None:
        assert window(NOON - HOUR, days=7, now=NOON) == (NOON - timedelta(days=7), NOON)

    def test_ends_now_for_a_device_that_is_silent_for_a_while(self) -> None:
        assert window(NOON - timedelta(days=6), days=7, now=NOON)[1] == NOON

    @settings(deadline=None)  # the machine may be busy
    @given(st.datetimes(datetime(2015, 1, 1), datetime(2026, 11, 1), timezones=st.just(UTC)))
    def test_always_holds_the_last_reading(self, last_at: datetime) -> None:
        start, end = window(last_at, days=7, now=NOON)
        assert start < last_at < end

    @given(st.text(max_size=5) | st.none())
    def test_has_only_lengths_on_offer(self, asked: str | None) -> None:
        assert window_days(asked) in (7, 60)
