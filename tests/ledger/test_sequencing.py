"""One sequencer: no gap, no fork, nothing signed that is not committed, nothing signed twice."""

import itertools
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.exc import DatabaseError

from app.kernel import relay
from app.kernel.config import Config
from app.kernel.db import db
from app.kernel.uow import unit_of_work
from ledger import creation, queries, sequencer, stored_tiles
from ledger.core.checkpoint import parse_checkpoint
from ledger.core.note import open_note, parse_vkey
from ledger.core.tiles import TileTree
from ledger.core.tree import leaf_hash, root, verify_consistency, verify_inclusion
from ledger.keys import locked_head
from ledger.log_folder import LogFolder
from ledger.models import LogEntry, LogHead, SignedCheckpoint, Submission
from ledger.refusals import WaitingChanged
from ledger.waiting import LARGEST_BATCH
from tests.scene.ledger import NOW, change, hands_in, sealed

pytestmark = pytest.mark.usefixtures("app")
ROOT = Path(__file__).resolve().parents[2]


def _entries() -> list[bytes]:
    with unit_of_work(read_only=True) as uow:
        rows = uow.session.execute(
            select(LogEntry.leaf_index, LogEntry.entry).order_by(LogEntry.leaf_index)
        ).all()
    assert [row.leaf_index for row in rows] == list(range(len(rows)))
    return [row.entry for row in rows]


def _checkpoint() -> queries.CheckpointView:
    with unit_of_work(read_only=True) as uow:
        newest = queries.latest_checkpoint(uow)
    assert newest is not None
    return newest


def test_the_checkpoint_is_a_note_that_the_log_signed_over_all_entries(config: Config) -> None:
    sealed(config, 5)
    with unit_of_work(read_only=True) as uow:
        log = queries.log(uow)
    assert log is not None
    told = parse_checkpoint(open_note(_checkpoint().note.encode(), [parse_vkey(log.vkey)]).text)
    assert (told.origin, told.size) == ("demo.coi.invalid/ledger", 5)
    assert told.root == root([leaf_hash(entry) for entry in _entries()])


@pytest.mark.parametrize("count", [1, 7, 256, 600])
def test_every_entry_is_included_in_the_signed_root(config: Config, count: int) -> None:
    sealed(config, count)
    signed = _checkpoint()
    with unit_of_work(read_only=True) as uow:
        tree = TileTree(signed.size, stored_tiles.reader(uow))
        for index, entry in enumerate(_entries()):
            verify_inclusion(leaf_hash(entry), index, signed.size, tree.inclusion_path(index), signed.root)


def test_more_than_one_batch_is_taken_in_the_order_of_handing_in(config: Config) -> None:
    given = sealed(config, LARGEST_BATCH + 30)
    assert _entries() == list(given.values())


def test_each_checkpoint_extends_the_one_before(config: Config) -> None:
    for first in (0, 3, 10, 250):
        sealed(config, 7 if first < 250 else 300, first=first * 10)
    with unit_of_work(read_only=True) as uow:
        heads = uow.session.execute(
            select(SignedCheckpoint.size, SignedCheckpoint.root).order_by(SignedCheckpoint.size)
        ).all()
        for (old, old_root), (new, new_root) in itertools.pairwise(heads):
            path = TileTree(new, stored_tiles.reader(uow)).consistency_path(old)
            verify_consistency(old, new, old_root, new_root, path)
    assert len(heads) == 4


def test_nothing_new_signs_nothing(config: Config) -> None:
    sealed(config, 3)
    assert sequencer.run(config, NOW) == sequencer.Progress(0, None)
    assert not sequencer.has_work()


def test_a_stop_between_sequencing_and_signing_is_made_up_for(config: Config) -> None:
    creation.opened_log(config, NOW)
    hands_in(4)
    assert sequencer.sequence_batch(NOW) == 4
    with unit_of_work(read_only=True) as uow:
        assert queries.latest_checkpoint(uow) is None
        assert queries.seal_of(uow, ["e0"])["e0"] == queries.Seal(index=0)
    assert sequencer.has_work()
    assert sequencer.run(config, NOW).signed_size == 4


def test_a_stop_after_the_copy_was_written_and_before_the_row_is_made_up_for(config: Config) -> None:
    sealed(config, 2)
    earlier = _checkpoint().note
    hands_in(3, first=2)
    sequencer.sequence_batch(NOW)
    key = creation.opened_log(config, NOW)

    class Killed(Exception):
        pass

    class Folder(LogFolder):
        def keep_checkpoint(self, note: bytes) -> None:
            super().keep_checkpoint(note)
            raise Killed

    with pytest.raises(Killed):
        sequencer.sign_head(Folder(config.data_dir), key, NOW)
    assert _checkpoint().note == earlier
    assert sequencer.run(config, NOW).signed_size == 5


def test_the_clock_may_jump_back(config: Config) -> None:
    sealed(config, 2)
    hands_in(2, first=2)
    assert sequencer.run(config, NOW - timedelta(days=1)).signed_size == 4


def test_two_sequencers_at_once_leave_no_gap_and_no_fork(app: Flask, config: Config) -> None:
    creation.opened_log(config, NOW)
    faults: list[BaseException] = []

    def work() -> None:
        with app.app_context():
            try:
                for _ in range(10):
                    sequencer.run(config, NOW)
            except Exception as fault:  # noqa: BLE001 - handed to the test's own thread
                faults.append(fault)

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for n in range(20):
        hands_in(5, first=5 * n)
    for worker in workers:
        worker.join()
    assert faults == []
    sequencer.run(config, NOW)
    assert len(_entries()) == 100
    with unit_of_work(read_only=True) as uow:
        head = uow.session.get_one(LogHead, 1)
        assert head.root == root([leaf_hash(entry) for entry in _entries()])


def test_who_waits_for_the_head_holds_no_entry_yet(app: Flask, config: Config) -> None:
    creation.opened_log(config, NOW)
    hands_in(3)

    def sequence() -> None:
        with app.app_context():
            sequencer.sequence_batch(NOW)

    another = threading.Thread(target=sequence)
    with unit_of_work() as uow:
        locked_head(uow)
        another.start()
        another.join(0.3)
        assert another.is_alive()
        waiting = select(Submission.key).with_for_update(nowait=True)  # PostgreSQL: refused if it did
        assert len(uow.session.scalars(waiting).all()) == 3
    another.join()
    assert len(_entries()) == 3


@contextmanager
def _another_run_signs_after_the_first_look_at_the_head(app: Flask, config: Config) -> Iterator[None]:
    def sign() -> None:
        with app.app_context():
            sealed(config, 2, first=3)

    another = threading.Thread(target=sign)

    def looked(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if "log_head" in statement and another.ident is None:
            another.start()
            another.join()

    event.listen(db.engine, "after_cursor_execute", looked)
    try:
        yield
    finally:
        event.remove(db.engine, "after_cursor_execute", looked)
    assert _checkpoint().size == 5


def test_what_another_run_signs_meanwhile_is_no_restored_backup(app: Flask, config: Config) -> None:
    sealed(config, 3)
    with _another_run_signs_after_the_first_look_at_the_head(app, config):
        assert sequencer.refusal(config) is None


def test_who_signs_meanwhile_is_let_go_first(app: Flask, config: Config) -> None:
    sealed(config, 3)
    signers = creation.opened_log(config, NOW)
    with _another_run_signs_after_the_first_look_at_the_head(app, config):
        assert sequencer.sign_head(LogFolder(config.data_dir), signers, NOW) is None


@pytest.mark.faults
def test_a_sequencer_that_is_killed_anywhere_loses_and_doubles_nothing(config: Config) -> None:
    environment = {
        **os.environ,
        "DATA_DIR": str(config.data_dir),
        "DATABASE_URL": config.database_url,
        "SECRET_KEY": config.secret_key,
        "CELERY_BROKER_URL": "memory://",
        "EVM_RPC_URL": "",
        "LEDGER_ORIGIN": "",
    }
    given = {}
    for attempt, delay in enumerate((0.01, 0.06)):
        given |= hands_in(1500, first=1500 * attempt)
        child = subprocess.Popen(
            [sys.executable, "-c", _FOREVER], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        threading.Event().wait(delay)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    sequencer.run(config, NOW)
    assert _entries() == list(given.values())
    assert _checkpoint().root == root([leaf_hash(entry) for entry in _entries()])


_FOREVER = """
from app.factory import create_app
from app.kernel import clock
from ledger import sequencer
app = create_app()
with app.app_context():
    config = app.extensions["coi.config"]
    print("ready", flush=True)
    while True:
        sequencer.run(config, clock.now())
"""


def test_the_outbox_row_of_a_submission_seals_it(app: Flask) -> None:
    hands_in(2)
    relay.sweep()
    assert _checkpoint().size == 2


@pytest.mark.parametrize(
    "statement",
    ["UPDATE {} SET {} = 7 WHERE {} = 1", "DELETE FROM {0} WHERE {2} = 1"],
)
@pytest.mark.parametrize(("table", "column"), [("log_entry", "leaf_index"), ("checkpoint", "size")])
def test_the_database_itself_refuses_to_change_history(
    config: Config, statement: str, table: str, column: str
) -> None:
    for first in range(2):
        sealed(config, 1, first=first)
    with pytest.raises(DatabaseError, match="append-only"):
        change(statement.format(table, column, column))


def test_an_entry_that_was_changed_while_it_waited_is_not_sealed(config: Config) -> None:
    hands_in(3)
    change("UPDATE submission SET entry = :other WHERE key = 'e1'", other=b"{}")
    with pytest.raises(WaitingChanged, match="e1"):
        sequencer.run(config, NOW)
    assert _entries() == []
