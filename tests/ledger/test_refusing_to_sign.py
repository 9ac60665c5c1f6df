"""What was signed is never taken back: a log that does not extend it stands still and says why."""

import shutil
import stat
import threading
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.factory import create_app
from app.kernel import relay
from app.kernel.config import Config
from app.kernel.db import db
from app.kernel.outbox import Outbox, State
from app.kernel.uow import unit_of_work
from ledger import creation, queries, sequencer
from ledger.core.note import SigningKey
from ledger.log_folder import LogFolder
from ledger.models import SignedCheckpoint, SignedHead
from ledger.refusals import (
    CheckpointDamaged,
    CopyUnreadable,
    Forked,
    KeyMissing,
    RestoredBackup,
    WrongKey,
    WrongOrigin,
)
from tests.scene.ledger import NOW, behind_the_back, change, hands_in, sealed

pytestmark = pytest.mark.usefixtures("app")


def _back_to_yesterday(size: int) -> None:
    """What a restored backup looks like: rows above `size` are not there, and neither is their head."""
    with behind_the_back("log_entry", "checkpoint"):
        with unit_of_work(read_only=True) as uow:
            root = uow.session.scalars(
                select(SignedCheckpoint.root).where(SignedCheckpoint.size == size)
            ).one()
        change("DELETE FROM log_entry WHERE leaf_index >= :size", size=size)
        change("DELETE FROM checkpoint WHERE size > :size", size=size)
        change("UPDATE log_head SET size = :size, root = :root", size=size, root=root)
        change("UPDATE signed_head SET size = :size, root = :root", size=size, root=root)
        with unit_of_work() as uow:
            hashes = uow.session.connection().exec_driver_sql("SELECT hashes FROM log_tile").scalar_one()
        change("UPDATE log_tile SET hashes = :hashes", hashes=bytes(hashes)[: 32 * size])


def _signed_sizes() -> list[int]:
    with unit_of_work(read_only=True) as uow:
        return list(uow.session.scalars(select(SignedCheckpoint.size).order_by(SignedCheckpoint.size)))


def test_a_database_from_yesterdays_backup_is_not_signed(config: Config) -> None:
    sealed(config, 3)
    sealed(config, 4, first=3)
    _back_to_yesterday(3)
    hands_in(1, first=50)
    with pytest.raises(RestoredBackup, match="a checkpoint of 7 entries was signed"):
        sequencer.run(config, NOW)
    assert _signed_sizes() == [3]
    with unit_of_work(read_only=True) as uow:
        assert queries.status(uow).waiting == 1  # no index was given away


def test_a_restored_database_that_grew_past_the_signed_size_is_a_fork_and_not_signed(config: Config) -> None:
    sealed(config, 3)
    sealed(config, 2, first=3)
    _back_to_yesterday(3)
    hands_in(9, first=50)
    sequencer.sequence_batch(NOW)
    key = creation.opened_log(config, NOW)
    with pytest.raises(Forked):
        sequencer.sign_head(LogFolder(config.data_dir), key, NOW)
    assert _signed_sizes() == [3]


def test_the_alarm_is_seen_and_the_row_waits_instead_of_being_parked(
    config: Config, client: FlaskClient
) -> None:
    sealed(config, 3)
    sealed(config, 4, first=3)
    relay.sweep()
    _back_to_yesterday(3)
    hands_in(1, first=50)
    relay.sweep()
    told = client.get("/readyz").get_json()
    assert told["status"] == "degraded"
    assert "restored from an old backup" in told["degraded"]["ledger-alarm"]
    with unit_of_work(read_only=True) as uow:
        row = uow.session.scalars(select(Outbox).where(Outbox.key == "e50")).one()
        assert row.state == State.PENDING
        assert row.attempts == 0
        assert "restored" in (row.last_error or "")


def test_an_empty_database_beside_an_old_folder_creates_no_second_log(config: Config, tmp_path: Path) -> None:
    sealed(config, 3)
    for table in ("signed_head", "log_head"):
        change(f"DELETE FROM {table}")
    with pytest.raises(RestoredBackup):
        creation.opened_log(config, NOW)


def test_another_origin_is_refused_in_a_clear_sentence(config: Config) -> None:
    sealed(config, 1)
    other = config.model_copy(update={"ledger_origin": "other.example/ledger"})
    with pytest.raises(WrongOrigin, match=r"LEDGER_ORIGIN is other\.example/ledger, but"):
        sequencer.run(other, NOW)


def test_another_key_is_refused(config: Config) -> None:
    sealed(config, 1)
    LogFolder(config.data_dir).key_path.write_text(SigningKey.generate("demo.coi.invalid/ledger").to_text())
    hands_in(1, first=1)
    with pytest.raises(WrongKey, match="bring the right one back"):
        sequencer.run(config, NOW)


def test_a_missing_key_is_never_made_anew(config: Config) -> None:
    sealed(config, 1)
    LogFolder(config.data_dir).key_path.unlink()
    with pytest.raises(KeyMissing):
        sequencer.run(config, NOW)
    assert not LogFolder(config.data_dir).key_path.exists()


def test_a_spoilt_copy_is_told_and_a_deleted_one_is_written_again(config: Config) -> None:
    sealed(config, 2)
    copy = LogFolder(config.data_dir).copy_path
    good = copy.read_bytes()
    copy.write_bytes(good.replace(b"\n2\n", b"\n3\n"))
    with pytest.raises(CopyUnreadable):
        sequencer.run(config, NOW)
    copy.unlink()
    sequencer.run(config, NOW)
    assert copy.read_bytes() == good


def test_a_lost_copy_is_not_made_from_a_spoilt_row(config: Config) -> None:
    sealed(config, 3)
    folder = LogFolder(config.data_dir)
    folder.copy_path.unlink()
    with behind_the_back("checkpoint"):
        change("UPDATE checkpoint SET note = replace(note, :was, :forged)", was="\n3\n", forged="\n4\n")
        with pytest.raises(CheckpointDamaged):
            sequencer.run(config, NOW)
        assert not folder.copy_path.exists()
        change("UPDATE checkpoint SET note = replace(note, :forged, :was)", was="\n3\n", forged="\n4\n")
    sequencer.run(config, NOW)
    assert folder.copy_path.exists()


def test_a_changed_tile_stops_the_sequencer_instead_of_being_built_upon(config: Config) -> None:
    sealed(config, 2)
    change("UPDATE log_tile SET hashes = :hashes", hashes=b"\x07" * 64)
    hands_in(1, first=2)
    with pytest.raises(Forked):
        sequencer.run(config, NOW)


def test_a_head_that_was_signed_meanwhile_is_not_signed_again(config: Config) -> None:
    sealed(config, 2)
    with unit_of_work() as uow:
        signed = uow.session.get_one(SignedHead, 1)
        uow.session.expunge(signed)
        signed.root = b"\x01" * 32  # what a stale reader would hold
        with pytest.raises(Forked):
            sequencer._compare_and_set(uow, signed, uow.session.get_one(sequencer.LogHead, 1))


class TestCreation:
    def test_the_key_is_for_its_owner_alone_and_the_policy_names_it(self, config: Config) -> None:
        key = creation.opened_log(config, NOW)
        kept = config.data_dir / "ledger" / "log.key"
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert (config.data_dir / "policy.txt").read_text() == f"log {key.verifier}\nquorum none\n"

    def test_two_processes_at_once_make_one_log(self, app: Flask, config: Config) -> None:
        twin = create_app(config)
        made: list[str] = []

        def create(which: Flask) -> None:
            with which.app_context():
                made.append(str(creation.opened_log(config, NOW).verifier))

        threads = [threading.Thread(target=create, args=(each,)) for each in (app, twin, app, twin)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(made) == 4
        assert len(set(made)) == 1
        with twin.app_context():
            db.engine.dispose()

    def test_a_stop_between_key_and_row_goes_on_with_the_same_key(self, config: Config) -> None:
        key = LogFolder(config.data_dir).make_key("demo.coi.invalid/ledger")
        assert creation.opened_log(config, NOW).verifier == key.verifier

    def test_the_origin_is_kept_when_the_environment_says_nothing_later(self, config: Config) -> None:
        named = config.model_copy(update={"ledger_origin": "coi.example.vn/log/2026"})
        creation.opened_log(named, NOW)
        creation.opened_log(config, NOW)
        with unit_of_work(read_only=True) as uow:
            log = queries.log(uow)
        assert log is not None
        assert log.origin == "coi.example.vn/log/2026"

    def test_a_folder_of_another_log_is_refused(self, config: Config) -> None:
        LogFolder(config.data_dir).make_key("old.example/log")
        with pytest.raises(WrongOrigin):
            creation.opened_log(config, NOW)
        with unit_of_work(read_only=True) as uow:
            assert uow.session.scalar(select(func.count()).select_from(SignedHead)) == 0
        shutil.rmtree(config.data_dir / "ledger")
        creation.opened_log(config, NOW)
