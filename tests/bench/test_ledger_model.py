"""The seeded model of the ledger: it keeps its promises, and it is able to see each of them broken."""

import pytest

from bench._model.schedule import BUGS, events_of, shrunk, violation_of

# A seed whose history shows the fault. When the draws change, `--mutate NAME` finds another.
SHOWN_BY = {
    "sign-before-commit": 38,
    "indices-in-two-steps": 4,
    "no-second-copy": 2,
    "no-published-compare": 60,
    "signs-while-away": 228,
    "checkpoint-first": 0,
    "believes-its-row": 0,
    "trusts-files-ahead": 8560,
    "prunes-too-early": 0,
    "witness-answers-first": 268,
    "anchors-unpublished": 63,
    "anchors-twice-at-once": 20,
    "never-looks-back": 9,
}


def test_a_few_hundred_histories_break_no_promise() -> None:
    broken = {seed: told for seed in range(250) if (told := violation_of(seed, events_of(seed)))}
    assert broken == {}


def test_every_planted_fault_has_a_history_that_shows_it() -> None:
    assert SHOWN_BY.keys() == BUGS.keys()


@pytest.mark.parametrize("fault", BUGS)
def test_a_planted_fault_is_found_and_without_it_the_same_history_is_sound(fault: str) -> None:
    seed = SHOWN_BY[fault]
    events = events_of(seed)
    assert violation_of(seed, events, [fault])
    assert violation_of(seed, events) is None


def test_what_broke_a_promise_shrinks_to_events_that_are_all_needed() -> None:
    seed = SHOWN_BY["no-second-copy"]
    fewest = shrunk(seed, events_of(seed), ["no-second-copy"])
    assert len(fewest) < len(events_of(seed)) / 2
    for left_out in range(len(fewest)):
        fewer = fewest[:left_out] + fewest[left_out + 1 :]
        assert violation_of(seed, fewer, ["no-second-copy"]) is None
