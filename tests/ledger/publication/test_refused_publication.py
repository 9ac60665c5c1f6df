"""Not over another log's copy, not what was spoilt, not what the copy does not lead to: refused, and told."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.factory import create_app
from app.kernel.config import Config
from app.kernel.db import db
from app.kernel.storage import FolderStorage
from app.kernel.uow import unit_of_work
from ledger import publication, queries, sequencer, tasks
from ledger.core.checkpoint import Checkpoint
from ledger.core.note import SigningKey, note_text, sign_note
from ledger.log_folder import LogFolder
from ledger.models import SignedCheckpoint
from ledger.refusals import (
    CheckpointDamaged,
    CopyUnreachable,
    ForeignCopy,
    Forked,
    RestoredBackup,
    TreeDamaged,
)
from tests.scene.ledger import (
    NOW,
    an_entry,
    behind_the_back,
    change,
    hands_in,
    published,
    sealed,
)
from tests.scene.publication import files_of, publish, published_head

pytestmark = pytest.mark.usefixtures("app")


def _origin() -> str:
    with unit_of_work(read_only=True) as uow:
        head = queries.log(uow)
    assert head is not None
    return head.origin


def _one_letter_of_the_root(note: str, _key: SigningKey) -> str:
    lines = note.split("\n")
    lines[2] = ("B" if lines[2][0] == "A" else "A") + lines[2][1:]
    return "\n".join(lines)


def _another_root_signed(_note: str, key: SigningKey) -> str:
    return sign_note(Checkpoint(key.name, 5, bytes(32)).to_text(), [key]).decode()


def _of_another_key(note: str, key: SigningKey) -> str:
    return sign_note(note_text(note.encode()), [SigningKey.generate(key.name)]).decode()


def _cut(note: str, _key: SigningKey) -> str:
    return note[:-5]


class TestRefusals:
    def _forget(self, config: Config, size: int) -> None:
        """A database and a DATA_DIR from the same old backup: only the published copy knows better."""
        with behind_the_back("log_entry", "checkpoint"):
            with unit_of_work(read_only=True) as uow:
                root, note = uow.session.execute(
                    select(SignedCheckpoint.root, SignedCheckpoint.note).where(SignedCheckpoint.size == size)
                ).one()
                tile = uow.session.connection().exec_driver_sql("SELECT hashes FROM log_tile").scalar_one()
            change("DELETE FROM log_entry WHERE leaf_index >= :size", size=size)
            change("DELETE FROM checkpoint WHERE size > :size", size=size)
            change("UPDATE log_head SET size = :size, root = :root", size=size, root=root)
            change("UPDATE signed_head SET size = :size, root = :root", size=size, root=root)
            change("UPDATE log_tile SET hashes = :hashes", hashes=bytes(tile)[: 32 * size])
            change(
                "UPDATE published_head SET size = :size, note = :note, files_size = 3", size=size, note=note
            )
        LogFolder(config.data_dir).keep_checkpoint(note.encode())

    def test_a_published_checkpoint_newer_than_the_database_stops_publishing_and_signing(
        self, config: Config, storage: FolderStorage, copy: Path, client: FlaskClient
    ) -> None:
        for first in (0, 3):
            sealed(config, 3, first=first)
            publish(config, storage)
        newest = (copy / "checkpoint").read_bytes()
        self._forget(config, 3)
        hands_in(1, first=50)
        with pytest.raises(RestoredBackup, match="a checkpoint of 6 entries was signed"):
            publish(config, storage)
        restarted = create_app(config)
        with restarted.app_context():
            with pytest.raises(RestoredBackup):
                sequencer.run(config, NOW)
            with unit_of_work(read_only=True) as uow:
                assert queries.status(uow).waiting == 1
            db.engine.dispose()
        assert (copy / "checkpoint").read_bytes() == newest
        told = client.get("/readyz").get_json()["degraded"]
        assert "restored from an old backup" in told["ledger-publication"]

    def test_a_process_that_starts_while_the_copy_cannot_be_asked_signs_nothing_until_it_can(
        self, config: Config, storage: FolderStorage, copy: Path
    ) -> None:
        for first in (0, 3):
            sealed(config, 3, first=first)
            publish(config, storage)
        newest = (copy / "checkpoint").read_bytes()
        self._forget(config, 3)
        (copy / "checkpoint").unlink()
        (copy / "checkpoint").symlink_to("checkpoint")  # a loop: the disk gives an error
        hands_in(1, first=50)
        restarted = create_app(config)
        with restarted.app_context():
            with pytest.raises(CopyUnreachable, match="it is tried again"):
                sequencer.run(config, NOW)
            (copy / "checkpoint").unlink()
            (copy / "checkpoint").write_bytes(newest)
            with pytest.raises(RestoredBackup):
                sequencer.run(config, NOW)
            db.engine.dispose()

    def test_another_root_for_a_published_size_stops_it(
        self, config: Config, storage: FolderStorage, copy: Path
    ) -> None:
        sealed(config, 3)
        publish(config, storage)
        key = LogFolder(config.data_dir).key("demo.coi.invalid/ledger")
        other = Checkpoint(key.name, 2, b"\x07" * 32)
        (copy / "checkpoint").write_bytes(sign_note(other.to_text(), [key]))
        with pytest.raises(Forked):
            publish(config, storage)

    @pytest.mark.parametrize("origin", ["demo.coi.invalid/ledger", "other.example/log"])
    def test_the_copy_of_another_log_is_not_written_over(
        self, config: Config, storage: FolderStorage, copy: Path, origin: str
    ) -> None:
        sealed(config, 3)
        theirs = sign_note(Checkpoint(origin, 2, b"\x07" * 32).to_text(), [SigningKey.generate(origin)])
        storage.put_at("ledger/checkpoint", theirs, "text/plain")
        with pytest.raises(ForeignCopy, match="another log is published to the same place"):
            publish(config, storage)
        assert files_of(copy) == {"checkpoint"}
        assert (copy / "checkpoint").read_bytes() == theirs

    @pytest.mark.parametrize("table", ["log_entry", "log_tile"])
    def test_what_was_changed_behind_our_back_is_named_and_not_published(
        self, config: Config, storage: FolderStorage, copy: Path, table: str
    ) -> None:
        sealed(config, 600)
        with behind_the_back("log_entry"):
            if table == "log_entry":
                change("UPDATE log_entry SET entry = :entry WHERE leaf_index = 300", entry=an_entry("forged"))
            else:
                with unit_of_work(read_only=True) as uow:
                    told = uow.session.connection().exec_driver_sql(
                        "SELECT hashes FROM log_tile WHERE level = 0 AND tile_index = 1"
                    )
                    tile = bytearray(told.scalar_one())
                tile[44 * 32] ^= 1
                change(
                    "UPDATE log_tile SET hashes = :new WHERE level = 0 AND tile_index = 1", new=bytes(tile)
                )
            with pytest.raises(TreeDamaged, match="is not published") as refused:
                publish(config, storage)
        assert refused.value.index == (300 if table == "log_entry" else 256)
        assert "checkpoint" not in files_of(copy)

    @pytest.mark.parametrize("spoil", [_one_letter_of_the_root, _another_root_signed, _of_another_key, _cut])
    def test_a_spoilt_checkpoint_row_is_not_published_and_all_goes_on_when_it_is_mended(
        self,
        app: Flask,
        client: FlaskClient,
        config: Config,
        storage: FolderStorage,
        copy: Path,
        spoil: Callable[[str, SigningKey], str],
    ) -> None:
        published(config, 3)
        before = (copy / "checkpoint").read_bytes()
        sealed(config, 2, first=3)
        with unit_of_work(read_only=True) as uow:
            note = uow.session.get_one(SignedCheckpoint, 5).note
        key = LogFolder(config.data_dir).key(_origin())
        with behind_the_back("checkpoint"):
            change("UPDATE checkpoint SET note = :note WHERE size = 5", note=spoil(note, key))
            with pytest.raises(CheckpointDamaged, match="checkpoint of 5 entries is not published"):
                publish(config, storage)
            assert publication.is_behind(storage)
            tasks.publish_what_is_behind()  # a worker goes on without a word
            assert (copy / "checkpoint").read_bytes() == before
            for path in ("checkpoint", "entries/0/proof?size=5", "checkpoints/3/consistency"):
                answer = client.get(f"/ledger/{path}", headers={"Accept": "application/json"})
                assert answer.status_code == 503, path
                assert answer.get_json()["type"].endswith("ledger-checkpoint-damaged")
                assert answer.headers["Cache-Control"] == "no-cache"
            assert "5 entries is not published" in client.get("/readyz").text
            assert "không còn là dấu đã ký" in client.get("/ledger").text
            change("UPDATE checkpoint SET note = :note WHERE size = 5", note=note)
        tasks.publish_what_is_behind()
        assert (copy / "checkpoint").read_text() == note
        assert client.get("/ledger/checkpoint").text == note
        assert "is not published" not in client.get("/readyz").text

    def test_a_row_that_was_forged_with_its_note_joins_no_tree_and_is_not_published(
        self, config: Config, storage: FolderStorage, copy: Path
    ) -> None:
        sealed(config, 3)
        key = LogFolder(config.data_dir).key(_origin())
        forged = sign_note(Checkpoint(key.name, 3, bytes(32)).to_text(), [key]).decode()
        with behind_the_back("checkpoint"):
            change("UPDATE checkpoint SET note = :note, root = :root", note=forged, root=bytes(32))
            with pytest.raises(Forked):
                publish(config, storage)
        assert "checkpoint" not in files_of(copy)

    def test_a_complaint_about_what_was_mended_meanwhile_is_looked_at_again(
        self, config: Config, storage: FolderStorage
    ) -> None:
        published(config, 1)
        publication._remember("the row was spoilt")
        tasks.publish_what_is_behind()
        assert published_head().error is None

    def test_one_publication_at_a_time(self, config: Config, storage: FolderStorage) -> None:
        sealed(config, 1)
        with publication._alone(config), pytest.raises(publication.Busy):
            publish(config, storage)
        assert publish(config, storage).size == 1
