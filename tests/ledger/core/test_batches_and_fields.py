"""Readings and single members: shown one by one, provably whole, and erased without looking tampered."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis.strategies import booleans, composite, data, datetimes, integers, just, lists, none, text

from ledger.core import batch, fields, jcs, tree
from ledger.core.batch import Batch, ErasedWindow, Reading
from ledger.core.disclosures import Erased
from ledger.core.entry import BATCH_TYPE
from ledger.core.errors import CommitmentDiffers, MalformedJSON, MalformedProof, NotIncluded
from ledger.core.fields import ErasedField, Field
from ledger.core.instants import write_instant
from ledger.core.policy import Policy
from ledger.core.proofs import read_bundle
from ledger.core.report import Outcome, State
from ledger.core.verify import verify_bundle
from tests.ledger.core.memory_log import DAY

KEY = bytes(range(32))
SALT = bytes(16)


def readings(count):
    return [
        Reading(at=DAY + timedelta(minutes=10 * i), value=2731 - i, unit="10*-2.Cel", flag=1)
        for i in range(count)
    ]


def sealed(count):
    return batch.seal("0195a1b2-1111-7000-8000-000000000001", readings(count), KEY, gap_count=0)


@given(
    datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=just(UTC)),
    integers(-jcs.LARGEST_INTEGER, jcs.LARGEST_INTEGER),
    text(),
    integers(0, 9),
    integers(0, 10**9),
)
def test_a_leaf_is_the_hash_of_canonical_json(at, value, unit, flag, index):
    told = {"i": index, "t": write_instant(at), "v": value, "u": unit, "q": flag, "salt": fields.b64url(SALT)}
    assert Reading(at=at, value=value, unit=unit, flag=flag).leaf(index, SALT) == tree.leaf_hash(
        batch.READING_CONTEXT + jcs.canonicalize(told)
    )


def test_a_value_that_canonical_json_cannot_write_has_no_leaf():
    with pytest.raises(MalformedJSON):
        Reading(at=DAY, value=2**53, unit="Cel", flag=1).leaf(0, SALT)


@composite
def windows(draw):
    count = draw(integers(1, 40))
    begin = draw(integers(0, count - 1))
    return count, begin, draw(integers(begin + 1, count))


@given(windows())
def test_a_window_of_a_batch_is_what_was_sealed(case):
    count, begin, end = case
    batch.check_window(sealed(count), batch.window(readings(count), KEY, begin, end))


@given(windows(), data())
def test_a_window_with_a_reading_left_out_or_changed_is_refused(case, draw):
    count, begin, end = case
    window = batch.window(readings(count), KEY, begin, end)
    hole = draw.draw(integers(0, end - begin - 1))
    shown = list(window.readings)
    reading, salt = shown[hole]
    for spoilt in (
        shown[:hole] + shown[hole + 1 :],
        [*shown[:hole], (replace(reading, value=reading.value + 1), salt), *shown[hole + 1 :]],
        [*shown[:hole], (replace(reading, flag=4), salt), *shown[hole + 1 :]],
        [*shown[:hole], (reading, bytes(16)), *shown[hole + 1 :]],
    ):
        with pytest.raises(NotIncluded):
            batch.check_window(sealed(count), replace(window, readings=tuple(spoilt)))


def test_one_salt_tells_nothing_of_another_reading():
    salts = {batch.salt(KEY, index) for index in range(100)}
    assert len(salts) == 100
    assert all(len(salt) == 16 for salt in salts)


def test_a_batch_out_of_order_is_not_sealed():
    with pytest.raises(ValueError, match="sorted"):
        batch.seal("x", readings(3)[::-1], KEY, gap_count=0)


def test_the_body_of_a_batch_has_one_spelling():
    body = sealed(3).to_body()
    assert Batch.read(body) == sealed(3)
    for other in (
        body + b" ",
        body.replace(b"rfc6962", b"rfc9999"),
        b"[]",
        b"{}",
        body.replace(b"3,", b"3.5,"),
    ):
        with pytest.raises(MalformedProof):
            Batch.read(other)


@given(text(max_size=20), none() | booleans() | integers(-(2**53) + 1, 2**53 - 1) | text() | lists(text()))
def test_a_field_is_the_one_that_was_committed_to(name, value):
    field = Field(name, value, SALT)
    fields.check_field(field, field.commitment.hex())
    with pytest.raises(CommitmentDiffers):
        fields.check_field(replace(field, value=[value, "other"]), field.commitment.hex())
    with pytest.raises(CommitmentDiffers):
        fields.check_field(replace(field, salt=b"x" * 16), field.commitment.hex())


class TestInABundle:
    def verify(self, log, disclosure, index):
        bundle = read_bundle(log.bundle(replace(log.item(index), disclosure=disclosure)).to_bytes())
        return verify_bundle(bundle, trust=Policy(logs=(log.key.verifier,)))

    def batch_item(self, log):
        index = log.seal(sealed(20).to_body(), kind=BATCH_TYPE, subject="datastream:1")
        return index, log.opened[index]

    def test_readings_are_checked_against_their_batch(self, fresh_log):
        index, opened = self.batch_item(fresh_log)
        shown = replace(opened, window=batch.window(readings(20), KEY, 4, 9))
        report = self.verify(fresh_log, shown, index)
        assert report.outcome is Outcome.VERIFIED
        told = next(s.text for s in report.steps if s.name == f"readings {index}")
        assert "4 to 8 of 20" in told
        assert "2026-03-07T03:10:00+00:00 to 2026-03-07T03:50:00+00:00" in told

    def test_a_batch_without_readings_says_that_they_are_kept_back(self, fresh_log):
        index, opened = self.batch_item(fresh_log)
        report = self.verify(fresh_log, opened, index)
        told = next(s.text for s in report.steps if s.name == f"commitment {index}")
        assert report.outcome is Outcome.VERIFIED
        assert "kept back: none is in this file of 20 readings of 0195a1b2" in told

    def test_a_changed_reading_is_refused_and_the_step_is_named(self, fresh_log):
        index, opened = self.batch_item(fresh_log)
        window = batch.window(readings(20), KEY, 4, 9)
        reading, salt = window.readings[2]
        window = replace(
            window, readings=(*window.readings[:2], (replace(reading, value=0), salt), *window.readings[3:])
        )
        report = self.verify(fresh_log, replace(opened, window=window), index)
        assert report.outcome is Outcome.REFUSED
        assert [s.name for s in report.steps if s.state is State.REFUSED] == [f"readings {index}"]

    def test_erased_readings_are_erased_and_not_tampered(self, fresh_log):
        index, opened = self.batch_item(fresh_log)
        report = self.verify(fresh_log, replace(opened, window=ErasedWindow()), index)
        assert report.outcome is Outcome.VERIFIED
        assert next(s for s in report.steps if s.name == f"readings {index}").text.startswith("erased")

    def test_fields_are_shown_kept_back_or_erased(self, fresh_log):
        shown = Field("coi:product", "Abamectin 3.6EC", SALT)
        gone, kept = Field("coi:dose", "20 ml", b"1" * 16), Field("coi:place", "lô 3", b"2" * 16)
        commitments = {field.name: field.commitment.hex() for field in (shown, gone, kept)}
        index = fresh_log.seal(jcs.canonicalize({"type": "ObjectEvent", fields.MEMBER: commitments}))
        opened = replace(fresh_log.opened[index], fields=(shown, ErasedField("coi:dose")))
        report = self.verify(fresh_log, opened, index)
        told = {s.name: (s.state, s.text.split(":")[0]) for s in report.steps if s.name.startswith("field ")}
        assert report.outcome is Outcome.VERIFIED
        assert told == {
            f"field {index} coi:product": (State.OK, "the value is the one that was sealed"),
            f"field {index} coi:dose": (State.NOT_CHECKED, "erased"),
            f"field {index} coi:place": (State.NOT_CHECKED, "kept back"),
        }

    def test_a_field_that_was_never_sealed_is_refused(self, fresh_log):
        index = fresh_log.seal(jcs.canonicalize({"type": "ObjectEvent"}))
        for field in (Field("coi:dose", "20 ml", SALT), ErasedField("coi:dose")):
            report = self.verify(fresh_log, replace(fresh_log.opened[index], fields=(field,)), index)
            assert report.outcome is Outcome.REFUSED


class TestBetweenBatches:
    """Five days in a row, a reading an hour; files that show some of them."""

    STREAM = "0195a1b2-1111-7000-8000-000000000001"
    START = DAY.replace(hour=17, minute=0)  # midnight at the plot, 8 March

    def day(self, number, hours=24, first=0):
        start = self.START + timedelta(days=number, hours=first)
        return [Reading(at=start + timedelta(hours=i), value=i, unit="1", flag=1) for i in range(hours)]

    def shown(self, log, told, begin=None, end=None, stream=STREAM):
        made = batch.seal(stream, told, KEY, gap_count=0)
        index = log.seal(made.to_body(), kind=BATCH_TYPE, subject=f"urn:uuid:{stream}")
        window = None if begin is None else batch.window(told, KEY, begin, end)
        return replace(log.item(index), disclosure=replace(log.opened[index], window=window))

    def words(self, log, *items):
        items = [replace(item, proof=log.item(item.index).proof) for item in items]
        report = verify_bundle(log.bundle(*items), trust=Policy(logs=(log.key.verifier,)))
        assert report.outcome is Outcome.VERIFIED
        return [s.text for s in report.steps if s.name.startswith("days ") and s.state is State.NOT_CHECKED]

    def test_days_without_a_batch_are_listed(self, fresh_log):
        items = [self.shown(fresh_log, self.day(n), 0, 24) for n in (4, 0, 2)]
        (told,) = self.words(fresh_log, *items)
        assert "no batch of 2026-03-09, 2026-03-11 is in this file" in told
        assert "not shown" not in told

    def test_days_in_a_row_are_told_and_not_called_whole(self, fresh_log):
        (told,) = self.words(fresh_log, *(self.shown(fresh_log, self.day(n), 0, 24) for n in range(3)))
        assert "a batch of each day of 2026-03-08 to 2026-03-10 is here" in told
        assert "between two batches nothing is proven to be whole" in told

    def test_readings_kept_back_inside_are_listed_and_those_outside_are_not(self, fresh_log):
        middle = self.shown(fresh_log, self.day(1))
        items = [
            self.shown(fresh_log, self.day(0), 4, 20),
            middle,
            self.shown(fresh_log, self.day(2), 6, 10),
        ]
        (told,) = self.words(fresh_log, *items)
        assert (
            "not shown though sealed: 4 from 2026-03-08T12:00:00+00:00 to 2026-03-08T16:00:00+00:00" in told
        )
        assert "24 from 2026-03-08T17:00:00+00:00" in told
        assert "6 from 2026-03-09T17:00:00+00:00" in told
        assert told.count(" from 2026") == 3

    def test_a_supplement_of_the_same_day_is_no_further_day(self, fresh_log):
        day = self.day(0)
        items = [self.shown(fresh_log, day, 0, 11), self.shown(fresh_log, self.day(0, 2, 3), 0, 2)]
        (told,) = self.words(fresh_log, *items)
        assert "a batch of each day of 2026-03-08 to 2026-03-08 is here" in told
        assert "not shown" not in told

    def test_a_batch_whose_content_is_gone_may_be_of_any_day(self, fresh_log):
        items = [self.shown(fresh_log, self.day(n), 0, 24) for n in (0, 1, 2)]
        items[1] = replace(items[1], disclosure=Erased())
        (told,) = self.words(fresh_log, *items)
        assert "no batch of 2026-03-09 is in this file (days at UTC+07:00); 1 more without content" in told

    def test_one_batch_or_one_of_each_datastream_has_nothing_between(self, fresh_log):
        items = [self.shown(fresh_log, self.day(0), 0, 24), self.shown(fresh_log, self.day(3), stream="x")]
        assert self.words(fresh_log, *items) == []

    def test_a_long_list_is_cut_and_the_end_of_time_is_a_day(self, fresh_log):
        items = [self.shown(fresh_log, self.day(2 * n), 0, 24) for n in range(30)]
        last = [replace(one, at=one.at.replace(year=9999, month=12, day=31)) for one in self.day(0, 3)]
        (told,) = self.words(fresh_log, *items, self.shown(fresh_log, last, 0, 3))
        assert "and 10 more" in told
