"""The state table, the moments at which a right holds, and the small checks."""

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.calendar import day_bounds
from trademarks.use_rights import rules
from trademarks.use_rights.rules import Act, Change, RightState

FROM, TO = date(2026, 1, 1), date(2026, 12, 31)
GRANTED = Change(Act.GRANTED, datetime(2026, 1, 1, 1, tzinfo=UTC), RightState.ACTIVE, ("mangosteen",))


def at(month: int, day: int, hour: int = 3) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def suspended(when: datetime, *, lapses: bool = False, scope: tuple[str, ...] = ("mangosteen",)) -> Change:
    until = when + rules.EMERGENCY_LASTS if lapses else None
    return Change(Act.SUSPENDED, when, RightState.SUSPENDED, scope, until, "origin", "lời viết")


def stands(*changes: Change, when: datetime, crop: str | None = None) -> rules.Standing | None:
    return rules.standing([GRANTED, *changes], valid_from=FROM, valid_to=TO, at=when, crop=crop)


EXPECTED = {
    "active": {
        "suspended": "suspended",
        "suspended_for_a_day": "suspended",
        "revocation_proposed": "active",
        "revoked": "revoked",
        "expired": "expired",
        "quota_extended": "active",
    },
    "suspended": {
        "ratified": "suspended",
        "reinstated": "active",
        "lapsed": "active",
        "revocation_proposed": "suspended",
        "revoked": "revoked",
        "expired": "expired",
    },
    "revoked": {},
    "expired": {},
}


@pytest.mark.parametrize(("state", "act"), list(itertools.product(RightState, Act)))
def test_every_state_knows_exactly_its_acts(state: RightState, act: Act) -> None:
    expected = EXPECTED[state.value].get(act.value)
    if expected is None:
        with pytest.raises(rules.ActNotPossible):
            rules.after(state, act)
    else:
        assert rules.after(state, act) == expected


class TestHowARightStands:
    def test_not_at_all_before_its_first_day(self) -> None:
        assert stands(when=datetime(2025, 12, 31, 16, 59, tzinfo=UTC)) is None

    def test_active_from_the_first_local_minute_of_its_first_day_to_the_last_of_its_last(self) -> None:
        for moment in (datetime(2025, 12, 31, 17, tzinfo=UTC), datetime(2026, 12, 31, 16, 59, tzinfo=UTC)):
            found = stands(when=moment)
            assert found is not None
            assert found.state is RightState.ACTIVE

    def test_expired_from_the_midnight_after_its_last_day_without_anybody_writing(self) -> None:
        found = stands(when=day_bounds(TO)[1])
        assert found == rules.Standing(RightState.EXPIRED, since=day_bounds(TO)[1])

    def test_a_suspension_carries_its_reason_and_scope(self) -> None:
        found = stands(suspended(at(3, 1)), when=at(3, 2))
        assert found is not None
        assert (found.state, found.since, found.reason_code) == (RightState.SUSPENDED, at(3, 1), "origin")
        assert found.scope == ("mangosteen",)

    def test_a_suspension_of_one_crop_leaves_the_others(self) -> None:
        other = stands(suspended(at(3, 1)), when=at(3, 2), crop="durian")
        assert other is not None
        assert other.state is RightState.ACTIVE

    def test_an_emergency_suspension_ends_after_exactly_24_hours(self) -> None:
        emergency = suspended(at(3, 1), lapses=True)
        last = stands(emergency, when=at(3, 2) - timedelta(microseconds=1))
        first = stands(emergency, when=at(3, 2))
        assert last is not None
        assert first is not None
        assert (last.state, first.state) == (RightState.SUSPENDED, RightState.ACTIVE)

    def test_a_ratified_suspension_stands_and_keeps_its_beginning(self) -> None:
        ratified = Change(Act.RATIFIED, at(3, 1, 9), RightState.SUSPENDED, ("mangosteen",))
        found = stands(suspended(at(3, 1), lapses=True), ratified, when=at(5, 1))
        assert found is not None
        assert (found.state, found.since, found.lapses_at) == (RightState.SUSPENDED, at(3, 1), None)

    def test_a_revocation_outlasts_the_term(self) -> None:
        revoked = Change(Act.REVOKED, at(4, 1), RightState.REVOKED, ("mangosteen",))
        found = stands(revoked, when=datetime(2027, 5, 1, tzinfo=UTC))
        assert found is not None
        assert found.state is RightState.REVOKED

    def test_without_an_hour_an_emergency_counts_for_the_whole_of_its_last_day(self) -> None:
        history = [GRANTED, suspended(at(3, 1), lapses=True)]
        term = {"valid_from": FROM, "valid_to": TO}
        last_day = rules.standing_on(history, **term, on=date(2026, 3, 2))
        with_hour = rules.standing_on(history, **term, on=date(2026, 3, 2), now=at(3, 2, 4))
        day_after = rules.standing_on(history, **term, on=date(2026, 3, 3))
        assert [s.state.value for s in (last_day, with_hour, day_after) if s] == [
            "suspended",
            "active",
            "active",
        ]

    def test_goods_packed_on_the_day_of_the_suspension_are_not_called_lawful(self) -> None:
        history, term = [GRANTED, suspended(at(3, 1))], {"valid_from": FROM, "valid_to": TO}
        assert rules.in_force_all_day(history, **term, on=date(2026, 2, 28))
        assert not rules.in_force_all_day(history, **term, on=date(2026, 3, 1))


@pytest.mark.parametrize(
    ("begins", "months", "ends"),
    [
        (date(2026, 3, 1), 1, date(2026, 3, 31)),
        (date(2026, 3, 15), 12, date(2027, 3, 14)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 12, 1), 24, date(2028, 11, 30)),
    ],
)
def test_a_term_ends_the_day_before_the_same_day(begins: date, months: int, ends: date) -> None:
    assert rules.valid_to(begins, months) == ends


@given(begins=st.dates(date(2000, 1, 1), date(2099, 1, 1)), months=st.integers(1, 240))
def test_a_term_is_never_empty_and_never_longer_than_asked(begins: date, months: int) -> None:
    ends = rules.valid_to(begins, months)
    assert begins <= ends
    assert (ends.year - begins.year) * 12 + ends.month - begins.month <= months


@given(moment=st.datetimes(datetime(2025, 6, 1), datetime(2027, 6, 1), timezones=st.just(UTC)))
def test_a_right_is_never_active_outside_its_term(moment: datetime) -> None:
    found = stands(suspended(at(3, 1), lapses=True), when=moment)
    inside = day_bounds(FROM)[0] <= moment < day_bounds(TO)[1]
    assert inside or found is None or found.state is not RightState.ACTIVE


def test_a_reason_is_one_of_the_acts_list_and_has_words() -> None:
    assert rules.check_reason(Act.SUSPENDED, "origin", "Không rõ vườn.") is rules.Reason.ORIGIN
    for code, text in (("corrected", "x"), ("origin", "  "), ("", "x"), ("origin", "x" * 501)):
        with pytest.raises(rules.ReasonMissing):
            rules.check_reason(Act.SUSPENDED, code, text)
