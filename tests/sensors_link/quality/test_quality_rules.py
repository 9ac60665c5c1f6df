"""Flags, gaps and coverage of readings."""

import gzip
import hashlib
import json
import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors_link.ingest.decode import decode_csv, scaled
from sensors_link.quality.rules import Flag, Gap, Span, aggregate, coverage, gaps, gross_range

T0 = datetime(2026, 11, 1, tzinfo=UTC)
TEN = timedelta(minutes=10)


def at(*minutes):
    return [T0 + timedelta(minutes=minute) for minute in minutes]


def test_the_range_test_tells_sensor_and_site_apart():
    flags = gross_range([-11, -10, 4, 5, 45, 46, 61, None], sensor=Span(-10, 60), site=Span(5, 45))
    assert flags == [4, 3, 3, 1, 1, 3, 4, 9]


def test_without_a_site_only_the_sensor_counts():
    assert gross_range([-11, 4, None], sensor=Span(-10, 60)) == [4, 1, 9]


def test_the_worst_flag_wins():
    assert aggregate([1, 1, 9, 2, 9], [3, 4, 4, 1, 9]) == [3, 4, 4, 1, 9]
    with pytest.raises(ValueError):
        aggregate([Flag.GOOD], [])
    with pytest.raises(ValueError, match="no test"):
        aggregate()


def test_a_span_upside_down_is_refused():
    with pytest.raises(ValueError, match="span"):
        Span(2, 1)


class TestGaps:
    def test_are_silences_of_more_than_an_interval_and_a_half(self):
        assert gaps(at(0, 10, 25, 34), expected=TEN) == []
        assert gaps(at(0, 10, 26), expected=TEN) == [Gap(*at(10, 26), missed=1)]

    def test_say_their_hours_and_what_is_missing(self):
        (gap,) = gaps(at(0, 10, 310, 320), expected=TEN)
        assert (gap.hours, gap.missed) == (5, 29)

    def test_count_the_silence_at_both_ends_of_a_window(self):
        start, end = at(-60, 60)
        found = gaps(at(0, 10), expected=TEN, start=start, end=end)
        assert [(gap.start, gap.end) for gap in found] == [tuple(at(-60, 0)), tuple(at(10, 60))]

    def test_of_a_window_without_values_is_the_window(self):
        start, end = at(0, 600)
        assert gaps([], expected=TEN, start=start, end=end) == [Gap(start, end, missed=59)]

    @given(st.lists(st.integers(0, 5_000), max_size=60).map(sorted))
    def test_never_overlap_and_never_hold_a_value(self, minutes):
        times = at(*minutes)
        for gap in gaps(times, expected=TEN, start=T0, end=T0 + timedelta(minutes=5_000)):
            assert gap.end - gap.start > TEN
            assert not any(gap.start < time < gap.end for time in times)

    def test_need_an_interval(self):
        with pytest.raises(ValueError, match="interval"):
            gaps([], expected=timedelta(0))


class TestCoverage:
    def test_counts_intervals_not_values(self):
        start, end = at(0, 60)
        assert coverage(at(0, 1, 2, 3, 25, 60, -1), expected=TEN, start=start, end=end) == (2, 6)

    @given(st.lists(st.integers(0, 999), max_size=200))
    def test_never_exceeds_what_is_due(self, minutes):
        got, due = coverage(at(*minutes), expected=TEN, start=T0, end=T0 + timedelta(minutes=995))
        assert 0 <= got <= due == 100


@pytest.mark.conformance
def test_ranges_agree_with_the_peer_on_every_series_without_missing_values():
    if not (corpus := os.environ.get("CORPUS")):
        pytest.skip("skipped: no CORPUS")
    expected = json.loads(Path(corpus, "sensors", "qc_expected.json").read_text("utf-8"))
    compared = 0
    for name, facts in expected["series"].items():
        if facts["tests"]["gross_range"]["counts"]["9"]:
            continue
        raw = gzip.decompress(Path(corpus, "sensors", name.partition("#")[0]).read_bytes())
        found = {}
        for reading in sorted(
            decode_csv(raw, value_column=facts["value_column"]).readings,
            key=lambda r: r.time.replace(microsecond=0),
        ):
            found.setdefault(reading.time.replace(microsecond=0), scaled(reading.value, 6))
        limits = expected["config"][facts["kind"]]
        sensor, site = (
            Span(*(scaled(Decimal(str(end)), 6) for end in limits[key])) for key in ("fail", "suspect")
        )
        flags = gross_range(list(found.values()), sensor=sensor, site=site)
        assert hashlib.sha256(bytes(flags)).hexdigest() == facts["tests"]["gross_range"]["sha256"], name
        compared += 1
    assert compared > 20
