"""Readings and single members: shown one by one, provably whole, and erased without looking tampered."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis.strategies import booleans, composite, data, datetimes, integers, just, lists, none, text

from ledger.core import batch, fields, jcs, tree
from ledger.core.batch import Batch, ErasedWindow, Reading
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
        assert "4 to 8 of 20" in next(s.text for s in report.steps if s.name == f"readings {index}")

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
