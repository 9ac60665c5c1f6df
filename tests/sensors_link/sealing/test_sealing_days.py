"""A closed day is one entry of the log; late readings are a supplement; erased is never tampered."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.identity.access import Actor
from app.kernel.config import Config
from app.kernel.uow import unit_of_work
from ledger import audit, kept_bodies, sequencer
from ledger.core.batch import Window
from ledger.core.checksum import with_checksum
from ledger.core.disclosures import Disclosure, Erased
from ledger.core.note import parse_vkey
from ledger.core.policy import Policy
from ledger.core.proofs import Bundle, read_bundle
from ledger.core.report import Outcome
from ledger.core.verify import verify_bundle
from ledger.models import Submission
from sensors_link.devices.queries import DatastreamView
from sensors_link.history.models import HourlyRollup, Observation
from sensors_link.sealing import commands, queries, rules
from sensors_link.sealing.models import DayToSeal, SealedBatch
from tests.scene.farm import plot_of
from tests.scene.ledger import change
from tests.scene.people import NOW, farm_household
from tests.scene.station import DAY, END, HOUR, START, seal_all, soil_stream, take


@pytest.fixture
def farmer(app: Flask) -> Actor:
    return farm_household()


@pytest.fixture
def stream(farmer: Actor) -> DatastreamView:
    return soil_stream(farmer, plot_of(farmer))


def batches() -> list[SealedBatch]:
    with unit_of_work(read_only=True) as uow:
        return list(uow.session.scalars(select(SealedBatch).order_by(SealedBatch.day, SealedBatch.part)))


def proof(stream: DatastreamView, start: datetime = START, end: datetime = END) -> Bundle:
    with unit_of_work(read_only=True) as uow:
        made = queries.window_proof(uow, stream.id, start, end)
    assert made is not None
    return read_bundle(made)


def verdict(bundle: Bundle) -> Outcome:
    return verify_bundle(bundle, trust=Policy(logs=(parse_vkey(bundle.vkey),))).outcome


class TestADay:
    def test_is_sealed_once_it_is_closed_and_not_before(self, stream: DatastreamView) -> None:
        take(stream, *range(24))
        seal_all(END + timedelta(days=1) - timedelta(seconds=1))
        assert batches() == []
        seal_all(END + timedelta(days=1))
        (batch,) = batches()
        assert (batch.day, batch.part, batch.count, batch.gap_count) == (DAY, 0, 24, 0)

    def test_is_sealed_once_however_often_somebody_asks(self, stream: DatastreamView) -> None:
        take(stream, 1, 2)
        seal_all()
        take(stream, 1, 2)  # seen before
        seal_all()
        assert len(batches()) == 1
        with unit_of_work(read_only=True) as uow:
            assert uow.session.scalar(select(func.count()).select_from(DayToSeal)) == 0

    def test_belongs_to_the_place_of_the_plot_and_not_to_greenwich(self, stream: DatastreamView) -> None:
        take(stream, 0, 23, 24)
        seal_all()
        assert [(batch.day, batch.count) for batch in batches()] == [(DAY, 2), (DAY + timedelta(days=1), 1)]

    def test_tells_its_silences(self, stream: DatastreamView) -> None:
        take(stream, *range(8), *range(15, 24))
        seal_all()
        assert batches()[0].gap_count == 1

    def test_that_is_sealed_takes_late_readings_as_a_supplement(self, stream: DatastreamView) -> None:
        take(stream, 1, 2)
        seal_all()
        take(stream, 3, 4, 5)
        seal_all()
        assert [(batch.part, batch.count) for batch in batches()] == [(0, 2), (1, 3)]

    def test_is_one_entry_of_the_log_and_its_own_transaction(self, stream: DatastreamView) -> None:
        take(stream, 1, 2)
        with unit_of_work() as uow:
            assert commands.seal_day(uow, stream.id, DAY, NOW) is not None
            uow.session.rollback()
        assert batches() == []
        seal_all()
        with unit_of_work(read_only=True) as uow:
            assert uow.session.scalars(select(Submission.key)).all() == [queries.key_of(batches()[0].id)]


class TestAProof:
    def test_of_a_window_verifies_and_shows_its_readings(
        self, config: Config, stream: DatastreamView
    ) -> None:
        take(stream, *range(24))
        seal_all()
        sequencer.run(config, NOW)
        bundle = proof(stream, START + 3 * HOUR, START + 7 * HOUR)
        assert verdict(bundle) is Outcome.VERIFIED
        opened = bundle.items[0].disclosure
        assert isinstance(opened, Disclosure)
        assert isinstance(opened.window, Window)
        assert [reading.value for reading, _ in opened.window.readings] == [301] * 4
        assert opened.window.readings[0][0].unit.startswith("10*-1.")

    def test_without_a_reading_inside_its_window_is_refused(
        self, config: Config, stream: DatastreamView
    ) -> None:
        take(stream, *range(24))
        seal_all()
        sequencer.run(config, NOW)
        told = json.loads(proof(stream).to_bytes())
        del told["items"][0]["disclosure"]["window"]["readings"][5], told["sha256"]
        assert verdict(read_bundle(with_checksum(told))) is Outcome.REFUSED

    def test_shows_what_was_sealed_and_not_what_the_table_says_now(
        self, config: Config, stream: DatastreamView
    ) -> None:
        take(stream, *range(24))
        seal_all()
        sequencer.run(config, NOW)
        take(stream, 5, value="45.0")  # contradicts: the live reading becomes suspect
        assert verdict(proof(stream)) is Outcome.VERIFIED

    def test_of_days_and_supplements_holds_them_all(self, config: Config, stream: DatastreamView) -> None:
        take(stream, 1, 2, 30)
        seal_all()
        take(stream, 3)
        seal_all()
        sequencer.run(config, NOW)
        bundle = proof(stream, START, END + timedelta(days=1))
        assert len(bundle.items) == 3
        assert verdict(bundle) is Outcome.VERIFIED

    def test_is_none_before_a_checkpoint_covers_it(self, stream: DatastreamView) -> None:
        take(stream, 1, 2)
        seal_all()
        with unit_of_work(read_only=True) as uow:
            assert queries.window_proof(uow, stream.id, START, END) is None


class TestErasure:
    def test_destroys_readings_and_keys_and_the_verdict_says_erased(
        self, config: Config, stream: DatastreamView
    ) -> None:
        take(stream, *range(24))
        seal_all()
        sequencer.run(config, NOW)
        before = proof(stream)
        with unit_of_work() as uow:
            assert commands.erase(uow, stream.id, NOW) == 1
        after = proof(stream)
        assert after.items[0].disclosure == Erased()
        assert verdict(after) is Outcome.VERIFIED
        assert verdict(before) is Outcome.VERIFIED  # what somebody downloaded before cannot be called back
        with unit_of_work(read_only=True) as uow:
            for table in (Observation, HourlyRollup):
                assert uow.session.scalar(select(func.count()).select_from(table)) == 0

    def test_leaves_nothing_to_seal_again(self, stream: DatastreamView) -> None:
        take(stream, 1, 2)
        seal_all()
        with unit_of_work() as uow:
            commands.erase(uow, stream.id, NOW)
        seal_all()
        assert len(batches()) == 1


def test_how_much_of_a_window_is_sealed_counts_days_under_a_checkpoint(
    config: Config, stream: DatastreamView
) -> None:
    take(stream, 1, 25, 49)

    def counted() -> queries.SealedDays:
        with unit_of_work(read_only=True) as uow:
            return queries.sealed_days(uow, [stream.id], START, END + timedelta(days=2))[stream.id]

    assert counted() == queries.SealedDays(measured=3, sealed=0, erased=0)
    seal_all()
    assert counted().sealed == 0
    sequencer.run(config, NOW)
    assert counted() == queries.SealedDays(measured=3, sealed=3, erased=0)


@given(
    st.lists(
        st.tuples(
            st.datetimes(
                min_value=datetime(1970, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)
            ),
            st.integers(-(2**53) + 1, 2**53 - 1),
            st.sampled_from([1, 2, 3, 4, 9]),
        )
    )
)
def test_packed_readings_come_back_as_they_were(rows: list[tuple[datetime, int, int]]) -> None:
    read = rules.unpack(rules.pack(rows), "Cel")
    assert [(one.at, one.value, one.flag) for one in read] == rows


class TestTheWholeCheck:
    """`flask ledger fsck` makes every batch again from the readings that are kept."""

    def test_finds_sealed_and_erased_days_in_order(self, stream: DatastreamView, config: Config) -> None:
        take(stream, 1, 2, 30)
        seal_all()
        sequencer.run(config, NOW)
        assert fsck(config) == []
        with unit_of_work() as uow:
            commands.erase(uow, stream.id, NOW)
        assert fsck(config) == []

    @pytest.mark.parametrize("readings", [rules.pack([(START, 1, 1)]), b"no such thing"])
    def test_finds_readings_that_are_not_the_sealed_ones(
        self, stream: DatastreamView, config: Config, readings: bytes
    ) -> None:
        take(stream, 1, 2)
        seal_all()
        sequencer.run(config, NOW)
        change("UPDATE sealed_readings SET readings = :readings", readings=readings)
        (batch,) = batches()
        assert fsck(config) == [f"entry 0: what is kept of {queries.key_of(batch.id)} is not what was sealed"]


def fsck(config: Config) -> list[str]:
    with unit_of_work(read_only=True) as uow:
        found = audit.recompute(uow, config)
        kept_bodies.compare(uow, found)
    return found.findings
