"""An entry is handed in once; what is not an entry stays outside."""

import threading
from contextlib import suppress

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.kernel.config import Config
from app.kernel.db import new_id
from app.kernel.outbox import Outbox
from app.kernel.uow import unit_of_work
from ledger import creation, queries, sequencer
from ledger.commands import SEQUENCE, EntryRefused, KeyReused, submit
from ledger.core.tiles import LONGEST_ENTRY
from ledger.core.tree import leaf_hash
from ledger.models import LogEntry, Submission
from ledger.waiting import take_waiting
from tests.scene.ledger import NOW, an_entry, hands_in

pytestmark = pytest.mark.usefixtures("app")


def _count(table: type) -> int:
    with unit_of_work(read_only=True) as uow:
        return uow.session.scalar(select(func.count()).select_from(table)) or 0


def test_the_same_entry_handed_in_twice_stands_once(config: Config) -> None:
    entry = an_entry()
    for _ in range(2):
        with unit_of_work() as uow:
            submit(uow, entry, key="event:1", now=NOW)
    sequencer.run(config, NOW)
    with unit_of_work() as uow:
        submit(uow, entry, key="event:1", now=NOW)
    sequencer.run(config, NOW)
    assert _count(LogEntry) == 1
    with unit_of_work(read_only=True) as uow:
        assert queries.seal_of(uow, ["event:1"])["event:1"].index == 0


def test_the_same_entry_handed_in_while_the_sequencer_takes_it_stands_once(
    app: Flask, config: Config
) -> None:
    entry = hands_in(1)["e0"]
    creation.opened_log(config, NOW)

    def hand_in_again() -> None:
        with app.app_context(), unit_of_work() as uow:
            submit(uow, entry, key="e0", now=NOW)

    with unit_of_work() as uow:
        take_waiting(uow, NOW)
        again = threading.Thread(target=hand_in_again)
        again.start()
        again.join(0.3)
        assert again.is_alive()  # it waits for us, or it would stand in the queue beside the log
        uow.session.rollback()
    again.join()
    assert (_count(Submission), _count(LogEntry)) == (1, 0)

    with unit_of_work() as uow:
        take_waiting(uow, NOW)
        again = threading.Thread(target=hand_in_again)
        again.start()
        again.join(0.3)
    again.join()
    assert (_count(Submission), _count(LogEntry)) == (0, 1)


@pytest.mark.parametrize("already_sequenced", [False, True])
def test_a_key_with_other_bytes_is_refused_and_the_first_stays(
    config: Config, already_sequenced: bool
) -> None:
    hands_in(1)
    if already_sequenced:
        sequencer.run(config, NOW)
    with unit_of_work() as uow, pytest.raises(KeyReused):  # caught inside: the unit commits all the same
        submit(uow, an_entry("something else"), key="e0", now=NOW)
    assert (_count(Submission), _count(LogEntry)) == ((0, 1) if already_sequenced else (1, 0))


@pytest.mark.parametrize(
    "entry",
    [
        b"",
        b"{}",
        b"\xff",
        b" " + an_entry(),
        an_entry().replace(b'"subject":"lot-1"', b'"subject":"lo\xcc\x82t"'),
        an_entry().replace(b'"v":1', b'"v":1.0'),
        b"x" * (LONGEST_ENTRY + 1),
    ],
)
def test_bytes_that_are_no_entry_are_refused(entry: bytes) -> None:
    with pytest.raises(EntryRefused), unit_of_work() as uow:
        submit(uow, entry, key="bad", now=NOW)
    assert _count(Submission) == 0


@pytest.mark.parametrize("key", ["", "k" * 201])
def test_a_key_is_neither_empty_nor_endless(key: str) -> None:
    with pytest.raises(EntryRefused), unit_of_work() as uow:
        submit(uow, an_entry(), key=key, now=NOW)


def test_one_transaction_wakes_the_sequencer_once(app: Flask) -> None:
    hands_in(5)
    hands_in(5, first=5)
    with unit_of_work(read_only=True) as uow:
        assert uow.session.scalars(select(Outbox.key).where(Outbox.kind == SEQUENCE)).all() == ["e0", "e5"]


def test_an_entry_that_commits_late_behind_newer_ones_is_neither_missed_nor_put_before_them(
    config: Config,
) -> None:
    early = new_id()  # given out before the others, and committed after they were sequenced
    hands_in(2)
    sequencer.run(config, NOW)
    entry = an_entry("late")
    with unit_of_work() as uow:
        uow.add(Submission(id=early, key="late", leaf_hash=leaf_hash(entry), entry=entry, submitted_at=NOW))
    hands_in(1, first=2)
    assert sequencer.run(config, NOW).signed_size == 4
    with unit_of_work(read_only=True) as uow:
        keys = uow.session.scalars(select(LogEntry.key).order_by(LogEntry.leaf_index)).all()
    assert keys == ["e0", "e1", "late", "e2"]


def test_a_rolled_back_submission_leaves_no_gap(config: Config) -> None:
    class Refused(Exception):
        pass

    hands_in(2)
    with suppress(Refused), unit_of_work() as uow:
        submit(uow, an_entry("never"), key="never", now=NOW)
        raise Refused
    hands_in(2, first=2)
    sequencer.run(config, NOW)
    with unit_of_work(read_only=True) as uow:
        rows = uow.session.execute(
            select(LogEntry.leaf_index, LogEntry.key).order_by(LogEntry.leaf_index)
        ).all()
    assert [tuple(row) for row in rows] == [(0, "e0"), (1, "e1"), (2, "e2"), (3, "e3")]
