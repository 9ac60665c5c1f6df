"""What is shown of readings follows from what was sealed, or fsck names the first that does not."""

import json
import zlib
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Delete, Update, delete, select, update

from app.identity.access import Actor
from app.kernel.config import Config
from app.kernel.db import db
from app.kernel.uow import unit_of_work
from ledger import audit, kept_bodies, sequencer
from sensors_link.devices.queries import DatastreamView
from sensors_link.history.models import HourlyRollup, Observation
from sensors_link.sealing import commands, comparing, queries, rules
from sensors_link.sealing.comparing import Apart
from sensors_link.sealing.models import DayToSeal, SealedBatch, SealedReadings
from tests.scene.farm import plot_of
from tests.scene.ledger import behind_the_back, change
from tests.scene.people import NOW, farm_household
from tests.scene.station import DAY, END, HOUR, START, seal_all, soil_stream, take


@pytest.fixture
def farmer(app: Flask) -> Actor:
    return farm_household()


@pytest.fixture
def stream(farmer: Actor, config: Config) -> DatastreamView:
    """Two sealed days, every quarter of an hour."""
    made = soil_stream(farmer, plot_of(farmer))
    take(made, *(quarter / 4 for quarter in range(192)))
    seal(config)
    return made


def seal(config: Config) -> None:
    seal_all()
    sequencer.run(config, NOW)


def fsck(config: Config) -> list[str]:
    with unit_of_work(read_only=True) as uow:
        found = audit.recompute(uow, config)
        kept_bodies.compare(uow, found)
    return found.findings


def run(statement: Update | Delete) -> None:
    """Behind the application's back."""
    with db.engine.begin() as connection:
        connection.execute(statement)


def apart(stream: DatastreamView) -> list[Apart]:
    with unit_of_work(read_only=True) as uow:
        return comparing.first_apart(uow, stream.plot_id, START, END + timedelta(days=1))


def whole(stream: DatastreamView, config: Config) -> bool:
    return fsck(config) == [] and apart(stream) == []


class TestALegitimateChange:
    def test_by_nobody_is_none(self, stream: DatastreamView, config: Config) -> None:
        assert whole(stream, config)

    def test_by_a_late_reading_is_no_difference_before_and_after_its_supplement(
        self, stream: DatastreamView, config: Config
    ) -> None:
        take(stream, 5.1, 5.2, value="44.0")
        assert whole(stream, config)
        seal(config)
        assert whole(stream, config)

    def test_by_another_value_for_a_sealed_moment_is_no_difference(
        self, stream: DatastreamView, config: Config
    ) -> None:
        take(stream, 5, 5.25, value="44.0")
        assert whole(stream, config)

    def test_by_a_late_reading_that_is_contradicted_and_one_that_failed_is_no_difference(
        self, stream: DatastreamView, config: Config
    ) -> None:
        take(stream, 5.1, value="44.0")
        take(stream, 5.1, value="45.0")
        take(stream, 5.2, value="-3")
        assert whole(stream, config)
        seal(config)
        take(stream, 5.1, value="46.0")
        take(stream, 5.2, value="-4")
        assert whole(stream, config)

    def test_by_erasure_is_no_difference(self, stream: DatastreamView, config: Config) -> None:
        with unit_of_work() as uow:
            commands.erase(uow, stream.id, NOW)
        assert whole(stream, config)
        take(stream, 5, 60)
        seal(config)
        assert whole(stream, config)

    def test_by_a_silence_is_no_difference(self, farmer: Actor, config: Config) -> None:
        made = soil_stream(farmer, plot_of(farmer))
        take(made, 1, 2, 20, 70)
        seal(config)
        assert whole(made, config)


LATER = START + 30 * HOUR
HOURS, READINGS = update(HourlyRollup), update(Observation)


class TestAnHour:
    @pytest.mark.parametrize(
        ("statement", "told"),
        [
            (
                HOURS.values(
                    low=HourlyRollup.low + 300,
                    high=HourlyRollup.high + 300,
                    total=HourlyRollup.total + 300 * HourlyRollup.n,
                ),
                "from 601",
            ),
            (HOURS.values(n_good=0), "(0 good)"),
            (delete(HourlyRollup), "shown as without a reading"),
        ],
    )
    def test_that_is_not_what_was_sealed_is_named(
        self, stream: DatastreamView, config: Config, statement: Update | Delete, told: str
    ) -> None:
        run(statement.where(HourlyRollup.hour >= LATER))
        (finding,) = fsck(config)
        assert finding.startswith("entry 1: batch:")
        assert f"soil_moisture of Trạm 1: the hour from {LATER:%F %R} UTC is" in finding
        assert told in finding
        (found,) = apart(stream)
        assert (found.day, found.stream.id) == (DAY + timedelta(days=1), stream.id)

    def test_of_which_nothing_was_sealed_is_named_where_its_day_was(
        self, farmer: Actor, config: Config
    ) -> None:
        made = soil_stream(farmer, plot_of(farmer))
        take(made, 1, 2, 3)
        seal(config)
        run(HOURS.where(HourlyRollup.hour == START + 3 * HOUR).values(hour=START + 9 * HOUR))
        assert len(apart(made)) == 1

    def test_of_an_erased_day_is_not_compared(self, stream: DatastreamView, config: Config) -> None:
        run(update(SealedReadings).values(readings=None, batch_key=None, salt=None, erased_at=NOW))
        run(HOURS.values(high=HourlyRollup.high + 300))
        assert whole(stream, config)


class TestAReading:
    @pytest.mark.parametrize(
        ("statement", "told"),
        [
            (READINGS.values(result=Observation.result + 300), "kept is 601 with flag 1 and sealed was 301"),
            (READINGS.values(flag=4), "kept is 301 with flag 4 and sealed was 301 with flag 1"),
            (delete(Observation), "kept is none and sealed was 301"),
        ],
    )
    def test_that_is_not_the_sealed_one_is_named(
        self, stream: DatastreamView, config: Config, statement: Update | Delete, told: str
    ) -> None:
        run(statement.where(Observation.phenomenon_time >= LATER))
        (finding,) = fsck(config)
        assert finding.startswith("entry 1: batch:")
        assert f"Trạm 1: of the reading at {LATER:%F %T} UTC {told}" in finding

    def test_that_nobody_handed_in_is_named_and_its_hour(
        self, stream: DatastreamView, config: Config
    ) -> None:
        take(stream, 5.1, value="44.0")
        change("DELETE FROM day_to_seal")
        hour, reading = fsck(config)
        assert f"the hour from {START + 5 * HOUR:%F %R} UTC" in hour
        assert reading.endswith("kept is 440 with flag 1 and sealed was none")


def packed(told: object) -> bytes:
    return zlib.compress(json.dumps(told).encode())


class TestTheSealedReadings:
    def test_packed_anew_with_another_value_are_found(self, stream: DatastreamView, config: Config) -> None:
        with unit_of_work(read_only=True) as uow:
            first = queries.batches_of(uow, stream, DAY, DAY)[0]
        rows = [(one.at, one.value + 300, one.flag) for one in first.readings()]
        its = SealedReadings.batch_id == UUID(first.key.removeprefix(queries.KEY_PREFIX))
        run(update(SealedReadings).where(its).values(readings=rules.pack(rows)))
        (found,) = apart(stream)
        assert (found.key, found.day) == (first.key, DAY)
        assert fsck(config) == [f"entry 0: what is kept of {first.key} is not what was sealed"]

    @pytest.mark.parametrize(
        "spoilt",
        [
            b"no such thing",
            b"",
            rules.pack([(START, 1, 1)])[:-6],
            zlib.compress(b"no JSON"),
            zlib.compress(b"[" * 100_000),
            packed({"a": 1}),
            packed([[0, 1]]),
            packed([[0, 1.5, 1]]),
            packed([[10**40, 1, 1]]),
            packed([[0, 2**60, 1]]),
            packed([]),
        ],
    )
    def test_that_cannot_be_read_are_a_finding_and_no_proof(
        self, stream: DatastreamView, config: Config, spoilt: bytes
    ) -> None:
        change("UPDATE sealed_readings SET readings = :spoilt", spoilt=spoilt)
        assert len(fsck(config)) == 2
        assert apart(stream)[0].day == DAY

    def test_that_cannot_be_read_give_no_proof(self, stream: DatastreamView) -> None:
        change("UPDATE sealed_readings SET readings = :spoilt", spoilt=b"no such thing")
        with pytest.raises(rules.SealedReadingsDamaged), unit_of_work(read_only=True) as uow:
            queries.window_proof(uow, stream.id, START, END)

    def test_that_cannot_be_read_hold_up_no_other_day(self, stream: DatastreamView, config: Config) -> None:
        its = SealedReadings.batch_id.in_(select(SealedBatch.id).where(SealedBatch.day == DAY))
        run(update(SealedReadings).where(its).values(readings=b"no such thing"))
        take(stream, 5.1, 30.1, 60)
        seal(config)
        with unit_of_work(read_only=True) as uow:
            sealed = uow.session.execute(select(SealedBatch.day, SealedBatch.part)).all()
            assert uow.session.scalars(select(DayToSeal.day)).all() == [DAY]
        assert sorted(map(tuple, sealed))[1:] == [
            (DAY + timedelta(days=1), 0),
            (DAY + timedelta(days=1), 1),
            (DAY + timedelta(days=2), 0),
        ]

    @pytest.mark.parametrize("column", ["batch_key", "salt"])
    def test_with_a_key_or_salt_that_is_none_are_a_finding(
        self, stream: DatastreamView, config: Config, column: str
    ) -> None:
        change(f"UPDATE sealed_readings SET {column} = :spoilt", spoilt=b"short")
        assert len(fsck(config)) == 2
        assert len(apart(stream)) == 1

    def test_under_another_day_are_a_finding(self, stream: DatastreamView, config: Config) -> None:
        with behind_the_back("sealed_batch"):
            run(update(SealedBatch).where(SealedBatch.day == DAY).values(day=DAY - timedelta(days=1)))
        assert len(fsck(config)) == 1
