"""Days at the farm and working days of the office."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.calendar import (
    Exceptions,
    day_bounds,
    due_at,
    due_on,
    is_working_day,
    local_day,
    working_days_between,
)


def test_the_local_day_begins_at_17_utc():
    assert local_day(datetime(2026, 11, 14, 16, 59, tzinfo=UTC)) == date(2026, 11, 14)
    assert local_day(datetime(2026, 11, 14, 17, 0, tzinfo=UTC)) == date(2026, 11, 15)


def test_a_naive_moment_has_no_day():
    with pytest.raises(ValueError, match="naive"):
        local_day(datetime(2026, 11, 14))


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 86_399))
def test_every_moment_between_the_bounds_is_that_day(day, second):
    start, end = day_bounds(day)
    assert end - start == timedelta(days=1)
    assert local_day(start + timedelta(seconds=second)) == day
    assert local_day(end) == day + timedelta(days=1)


@pytest.mark.parametrize("day", [date(2026, 2, 17), date(2026, 4, 30), date(2026, 9, 2), date(2026, 11, 22)])
def test_holidays_and_sundays_are_not_worked(day):
    assert not is_working_day(day)


def test_exceptions_win_over_the_calendar():
    saturday, monday = date(2026, 11, 21), date(2026, 11, 23)
    told = Exceptions(closed=frozenset({monday}), worked=frozenset({saturday}))
    assert is_working_day(saturday, exceptions=told)
    assert not is_working_day(monday, exceptions=told)


def test_a_due_date_skips_tet():
    # Friday 2026-02-13 + 1: the new year of 2026 is kept from 16 to 20 February.
    assert due_on(date(2026, 2, 13), 1) == date(2026, 2, 23)


def test_due_in_no_days_is_today_or_the_next_working_day():
    assert due_on(date(2026, 11, 20), 0) == date(2026, 11, 20)
    assert due_on(date(2026, 11, 21), 0) == date(2026, 11, 23)


def test_due_at_is_the_close_of_office():
    received = datetime(2026, 11, 19, 3, 0, tzinfo=UTC)
    assert due_at(received, 1) == datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


@given(st.dates(date(2024, 1, 1), date(2030, 1, 1)), st.integers(1, 60))
def test_counting_back_gives_the_days_that_were_asked(start, days):
    assert working_days_between(start, due_on(start, days)) == days


def test_a_due_date_never_lies_behind():
    with pytest.raises(ValueError, match="ahead"):
        due_on(date(2026, 1, 1), -1)
