"""The headline is the first that applies; nothing unverified is ever green."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traceability.trace_page.rules import ORDER, Standing, Status, applying, tone

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)

ALONE = {
    Status.RECALLED: {"recalled": True},
    Status.MISMATCH: {"mismatch": True},
    Status.VOID: {"void": True},
    Status.HELD: {"held": True},
    Status.RIGHT_SUSPENDED: {"right": "suspended"},
    Status.RIGHT_REVOKED: {"right": "revoked"},
    Status.RIGHT_EXPIRED: {"right": "expired"},
    Status.POSSIBLE_COPY: {"possible_copy": True},
    Status.NOT_PACKED: {"packed": False},
    Status.NOT_SEALED: {"sealed": False},
    Status.CHAIN_UNREACHABLE: {"anchored": True, "last_look": NOW - timedelta(minutes=16)},
    Status.UNCHANGED: {},
}


@pytest.mark.parametrize("status", ALONE)
def test_each_status_shows_when_it_alone_applies(status: Status) -> None:
    assert applying(Standing(**ALONE[status]), now=NOW) == [status]  # type: ignore[arg-type]


@given(st.sets(st.sampled_from([s for s in ALONE if s is not Status.UNCHANGED]), min_size=1))
def test_the_headline_is_the_first_that_applies_and_the_others_stay(wanted: set[Status]) -> None:
    rights = [s for s in wanted if s.startswith("right-")]
    wanted -= set(rights[1:])  # a right has one state
    facts: dict[str, object] = {}
    for status in wanted:
        facts |= ALONE[status]
    assert applying(Standing(**facts), now=NOW) == [s for s in ORDER if s in wanted]  # type: ignore[arg-type]


def test_a_recent_look_at_the_chain_is_enough() -> None:
    fresh = Standing(anchored=True, last_look=NOW - timedelta(minutes=14))
    assert applying(fresh, now=NOW) == [Status.UNCHANGED]


def test_a_lot_without_an_anchor_does_not_wait_for_a_chain() -> None:
    assert applying(Standing(anchored=False, last_look=None), now=NOW) == [Status.UNCHANGED]


@pytest.mark.parametrize("status", [s for s in Status if s is not Status.UNCHANGED])
def test_nothing_but_an_unchanged_record_is_ever_green(status: Status) -> None:
    assert tone(status, verified_in_date=9) != "green"


def test_green_needs_a_fact_that_another_party_verified() -> None:
    assert tone(Status.UNCHANGED, verified_in_date=0) == "grey"
    assert tone(Status.UNCHANGED, verified_in_date=1) == "green"


def test_only_a_recall_for_safety_is_red() -> None:
    assert tone(Status.RECALLED, verified_in_date=0, recall_class="safety") == "red"
    assert tone(Status.RECALLED, verified_in_date=0, recall_class="label") == "amber"
