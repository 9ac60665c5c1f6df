"""The outbox: a row is done at least once, an idempotent effect exactly once, a hopeless one is parked."""

import os
import signal
import subprocess
import sys
import textwrap
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.kernel import clock, outbox, relay
from app.kernel.config import Config
from app.kernel.outbox import Outbox, OutboxRow, State, TryAgain
from app.kernel.uow import unit_of_work

ROOT = Path(__file__).resolve().parents[2]


def emit(key: str = "one", kind: str = "test.effect") -> None:
    with unit_of_work() as uow:
        uow.emit(kind, key=key, payload={"n": 1}, now=clock.now())


def rows() -> list[Outbox]:
    with unit_of_work(read_only=True) as uow:
        return list(uow.session.scalars(select(Outbox).order_by(Outbox.id)))


class TestARow:
    def test_is_run_once_and_marked_done(self, app: Flask) -> None:
        ran: list[str] = []
        outbox.handle(app, "test.effect", lambda row: ran.append(row.key))
        emit()
        assert relay.sweep() == 1
        assert relay.sweep() == 0
        assert ran == ["one"]
        assert [row.state for row in rows()] == [State.DONE]

    def test_of_the_same_key_is_written_once(self, app: Flask) -> None:
        outbox.handle(app, "test.effect", lambda row: None)
        emit()
        emit()
        assert len(rows()) == 1

    def test_of_a_rolled_back_change_never_was(self, app: Flask) -> None:
        def refused() -> None:
            with unit_of_work() as uow:
                uow.emit("test.effect", key="one", payload={}, now=clock.now())
                raise RuntimeError

        with pytest.raises(RuntimeError):
            refused()
        assert rows() == []

    def test_waits_for_its_time(self, app: Flask) -> None:
        outbox.handle(app, "test.effect", lambda row: None)
        with unit_of_work() as uow:
            later = clock.now() + timedelta(hours=1)
            uow.emit("test.effect", key="later", payload={}, now=clock.now(), at=later)
        assert relay.sweep() == 0

    def test_whose_kind_nobody_handles_stays(self, app: Flask) -> None:
        emit(kind="test.unknown")
        assert relay.sweep() == 0
        assert [row.state for row in rows()] == [State.PENDING]


class TestAFailingRow:
    def test_is_kept_with_its_error_and_waits_longer_each_time(self, app: Flask) -> None:
        def fail(row: OutboxRow) -> None:
            raise ConnectionError("the chain is down")

        outbox.handle(app, "test.effect", fail)
        emit()
        relay.sweep()
        (row,) = rows()
        assert row.state == State.PENDING
        assert row.last_error == "ConnectionError: the chain is down"
        assert row.next_at > clock.now()
        assert relay.backoff(3) > relay.backoff(2)
        assert relay.backoff(50) == relay.LONGEST_WAIT

    def test_is_parked_after_ten_tries_and_can_be_tried_again(self, app: Flask) -> None:
        def fail(row: OutboxRow) -> None:
            raise ConnectionError("still down")

        outbox.handle(app, "test.effect", fail)
        emit()
        for _ in range(relay.PARK_AFTER):
            with unit_of_work() as uow:
                uow.session.scalars(select(Outbox)).one().next_at = clock.now()
            relay.sweep()
        (row,) = rows()
        assert (row.state, row.attempts) == (State.PARKED, relay.PARK_AFTER)
        assert relay.retry_parked(row.id, clock.now())
        assert rows()[0].state == State.PENDING

    def test_with_which_every_worker_ended_is_parked_with_that_reason(self, app: Flask) -> None:
        outbox.handle(app, "test.effect", lambda row: None, lease_s=60)
        emit()
        for _ in range(relay.PARK_AFTER):
            assert relay.lease(rows()[0].id, clock.now()) is not None
            assert relay.sweep() == 0  # while the lease runs, nobody judges
            assert rows()[0].state == State.LEASED
            with unit_of_work() as uow:
                uow.session.scalars(select(Outbox)).one().lease_until = clock.now() - timedelta(seconds=1)
        assert relay.sweep() == 0
        (row,) = rows()
        assert (row.state, row.last_error) == (State.PARKED, relay.ENDED)
        assert relay.retry_parked(row.id, clock.now())
        assert relay.sweep() == 1

    def test_that_only_asks_for_patience_is_not_counted(self, app: Flask) -> None:
        def patience(row: OutboxRow) -> None:
            raise TryAgain("no block yet", after_s=30)

        outbox.handle(app, "test.effect", patience)
        emit()
        relay.sweep()
        assert (rows()[0].attempts, rows()[0].state) == (0, State.PENDING)


def test_a_leased_row_is_left_alone_until_its_lease_runs_out(app: Flask) -> None:
    outbox.handle(app, "test.effect", lambda row: None)
    emit()
    now = clock.now()
    assert relay.lease(rows()[0].id, now) is not None
    assert relay.sweep() == 0
    assert list(relay.due_ids(now + timedelta(seconds=61), limit=5)) == [rows()[0].id]


WORKER = textwrap.dedent(
    """
    import sys, time
    from pathlib import Path
    from app.factory import create_app
    from app.kernel import outbox, relay
    from tests.conftest import config_for

    app = create_app(config_for(Path(sys.argv[1]), sys.argv[2]))
    note, slow = Path(sys.argv[3]), sys.argv[4] == "slow"

    def effect(row):
        if slow:
            print("inside", flush=True)
            time.sleep(60)
        with note.open("a") as kept:
            kept.write("done")

    with app.app_context():
        outbox.handle(app, "test.effect", effect, lease_s=1)
        while not relay.sweep():
            time.sleep(0.2)
    """
)


@pytest.mark.faults
def test_a_worker_killed_inside_a_job_loses_nothing(app: Flask, config: Config, tmp_path: Path) -> None:
    """kill -9 in the middle of the handler; the next worker finds the row and the effect happens once."""
    note = tmp_path / "effect"
    emit()

    def worker(pace: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", WORKER, str(config.data_dir), config.database_url, str(note), pace]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)

    first = worker("slow")
    assert first.stdout is not None
    assert first.stdout.readline() == "inside\n"
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    first.stdout.close()
    assert not note.exists()
    assert worker("quick").wait(timeout=180) == 0  # no promise: where the test gives up
    assert note.read_text() == "done"
    (row,) = rows()
    assert (row.state, row.attempts) == (State.DONE, 2)
    assert relay.sweep() == 0


def test_an_urgent_row_goes_before_those_that_waited_longer(app: Flask) -> None:
    ran: list[str] = []
    outbox.handle(app, "test.slow", lambda row: ran.append(row.key))
    outbox.handle(app, "test.code", lambda row: ran.append(row.key), urgent=True)
    emit("sheet-1", kind="test.slow")
    emit("sheet-2", kind="test.slow")
    emit("login code", kind="test.code")
    relay.sweep()
    assert ran == ["login code", "sheet-1", "sheet-2"]
