"""The published copy: whole, never ahead of what it promises, and mended when somebody loses a file."""

import itertools
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.factory import create_app
from app.kernel import relay
from app.kernel.config import Config
from app.kernel.db import db
from app.kernel.storage import FolderStorage
from app.kernel.uow import unit_of_work
from ledger import proving, publication, queries, sequencer, tasks
from ledger.core.checkpoint import Checkpoint
from ledger.core.note import SigningKey, note_text, sign_note
from ledger.core.tiles import TileAddress, TileTree, required_tiles, unpack_entries
from ledger.core.tree import leaf_hash
from ledger.log_folder import LogFolder
from ledger.models import PublishedHead, SignedCheckpoint
from ledger.refusals import (
    CheckpointDamaged,
    CopyUnreachable,
    ForeignCopy,
    Forked,
    RestoredBackup,
    TreeDamaged,
)
from ledger.signed_files import narrow_tiles, new_full_tiles
from tests.scene.ledger import (
    NOW,
    an_entry,
    behind_the_back,
    change,
    hands_in,
    published,
    published_log,
    sealed,
)

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def storage(app: Flask) -> FolderStorage:
    kept: FolderStorage = app.extensions["coi.storage"]
    return kept


@pytest.fixture
def copy(config: Config) -> Path:
    """The folder of the published copy."""
    return config.data_dir / "files" / "ledger"


def _publish(config: Config, storage: FolderStorage, **how: bool) -> publication.Published:
    return publication.publish(config, storage, NOW, **how)


def _row() -> PublishedHead:
    with unit_of_work(read_only=True) as uow:
        return uow.session.get_one(PublishedHead, 1)


def _files(copy: Path) -> set[str]:
    return {str(path.relative_to(copy)) for path in copy.rglob("*") if path.is_file()}


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


class TestWhatIsPublished:
    @pytest.mark.parametrize("count", [1, 255, 256, 700])
    def test_a_stranger_rebuilds_the_log_from_the_files_alone(
        self, config: Config, storage: FolderStorage, copy: Path, count: int
    ) -> None:
        given = sealed(config, count)
        _publish(config, storage)
        size, entries = published_log(config, storage)
        assert (size, entries) == (count, list(given.values()))
        assert _files(copy) == {"checkpoint", *map(str, required_tiles(count))}

    def test_the_files_are_the_bytes_that_the_site_serves(
        self, config: Config, storage: FolderStorage, copy: Path, client: FlaskClient
    ) -> None:
        for first in (0, 200):
            sealed(config, 200, first=first)
            _publish(config, storage)
        for name in _files(copy):
            assert client.get(f"/ledger/{name}").data == (copy / name).read_bytes(), name

    @pytest.mark.parametrize("sizes", [[1], [255, 256, 257], [65_535, 65_536, 70_000], [300, 200_000]])
    def test_step_by_step_every_required_file_is_named_once(self, sizes: list[int]) -> None:
        made: list[TileAddress] = []
        for old, size in itertools.pairwise([0, *sizes]):
            made += new_full_tiles(old, size)
        assert len(made) == len(set(made))
        assert {*made, *narrow_tiles(sizes, sizes[-1])} >= set(required_tiles(sizes[-1]))

    def test_nothing_is_published_before_the_first_checkpoint(
        self, config: Config, storage: FolderStorage
    ) -> None:
        assert _publish(config, storage) == publication.Published(0, 0)
        assert not publication.is_behind(storage)

    def test_only_what_is_new_is_put(self, config: Config, storage: FolderStorage) -> None:
        sealed(config, 600)
        _publish(config, storage)
        sealed(config, 1, first=600)
        assert _publish(config, storage).files == 3  # tile, entry bundle, checkpoint
        assert _publish(config, storage).files == 0
        assert not publication.is_behind(storage)

    def test_the_worker_publishes_what_was_handed_in(self, config: Config, storage: FolderStorage) -> None:
        hands_in(3)
        relay.sweep()
        assert published_log(config, storage)[0] == 3


class TestNarrowTiles:
    def test_those_of_every_signed_size_stay_until_the_full_one_was_published(
        self, config: Config, storage: FolderStorage, copy: Path
    ) -> None:
        for first in (0, 100, 200):  # signed at 100, 200, 300; published at 200 and 300
            sealed(config, 100, first=first)
            if first:
                _publish(config, storage)
                for width in (100, 200):
                    assert (copy / f"tile/0/000.p/{width}").exists()
                    assert (copy / f"tile/entries/000.p/{width}").exists()
        sealed(config, 1, first=300)
        _publish(config, storage)
        assert not [name for name in _files(copy) if name.startswith(("tile/0/000.p", "tile/entries/000.p"))]
        assert (copy / "tile/0/000").exists()
        assert (copy / "tile/0/001.p/44").exists()
        assert _row().pruned_size == 300


class TestALostOrSpoiltCopy:
    def test_a_folder_from_an_older_backup_is_brought_up_again(
        self, config: Config, storage: FolderStorage, copy: Path, tmp_path: Path
    ) -> None:
        sealed(config, 300)
        _publish(config, storage)
        shutil.copytree(copy, tmp_path / "backup")
        given = sealed(config, 500, first=300)
        _publish(config, storage)
        shutil.rmtree(copy)
        shutil.copytree(tmp_path / "backup", copy)
        assert publication.is_behind(storage)
        tasks.publish_what_is_behind()
        size, entries = published_log(config, storage)
        assert size == 800
        assert entries[300:] == list(given.values())

    def test_a_folder_that_is_gone_is_made_again(
        self, config: Config, storage: FolderStorage, copy: Path
    ) -> None:
        sealed(config, 300)
        _publish(config, storage)
        before = _files(copy)
        shutil.rmtree(copy)
        _publish(config, storage)
        assert _files(copy) == before

    def test_a_folder_restored_while_a_publication_was_cut_short_gets_its_full_tiles_again(
        self, config: Config, storage: FolderStorage, copy: Path
    ) -> None:
        sealed(config, 100)
        _publish(config, storage)
        given = sealed(config, 300, first=100)
        change("UPDATE published_head SET files_size = 400")  # killed before the checkpoint, then restored
        assert not (copy / "tile/0/000").exists()
        _publish(config, storage)
        assert (copy / "tile/0/000").read_bytes()[-32:] == leaf_hash(list(given.values())[155])
        assert published_log(config, storage)[0] == 400

    def test_check_finds_and_mends_missing_and_changed_files(
        self, app: Flask, config: Config, storage: FolderStorage, copy: Path
    ) -> None:
        sealed(config, 300)
        _publish(config, storage)
        before = {name: (copy / name).read_bytes() for name in _files(copy)}
        (copy / "tile/0/000").unlink()
        (copy / "tile/entries/001.p/44").write_bytes(b"half")
        told = app.test_cli_runner().invoke(args=["ledger", "publish", "--check"])
        assert told.exit_code == 0
        assert "tile/0/000: missing, put again" in told.output
        assert "tile/entries/001.p/44: differs, put again" in told.output
        assert {name: (copy / name).read_bytes() for name in _files(copy)} == before
        again = app.test_cli_runner().invoke(args=["ledger", "publish", "--check"])
        assert again.output == "0 files put; published 300\n"

    def test_a_spoilt_checkpoint_is_written_again(
        self, config: Config, storage: FolderStorage, copy: Path
    ) -> None:
        sealed(config, 3)
        _publish(config, storage)
        good = (copy / "checkpoint").read_bytes()
        (copy / "checkpoint").write_bytes(good[:40])
        tasks.publish_what_is_behind()
        assert (copy / "checkpoint").read_bytes() == good


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
            _publish(config, storage)
        newest = (copy / "checkpoint").read_bytes()
        self._forget(config, 3)
        hands_in(1, first=50)
        with pytest.raises(RestoredBackup, match="a checkpoint of 6 entries was signed"):
            _publish(config, storage)
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
            _publish(config, storage)
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
        _publish(config, storage)
        key = LogFolder(config.data_dir).key("demo.coi.invalid/ledger")
        other = Checkpoint(key.name, 2, b"\x07" * 32)
        (copy / "checkpoint").write_bytes(sign_note(other.to_text(), [key]))
        with pytest.raises(Forked):
            _publish(config, storage)

    @pytest.mark.parametrize("origin", ["demo.coi.invalid/ledger", "other.example/log"])
    def test_the_copy_of_another_log_is_not_written_over(
        self, config: Config, storage: FolderStorage, copy: Path, origin: str
    ) -> None:
        sealed(config, 3)
        theirs = sign_note(Checkpoint(origin, 2, b"\x07" * 32).to_text(), [SigningKey.generate(origin)])
        storage.put_at("ledger/checkpoint", theirs, "text/plain")
        with pytest.raises(ForeignCopy, match="another log is published to the same place"):
            _publish(config, storage)
        assert _files(copy) == {"checkpoint"}
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
                _publish(config, storage)
        assert refused.value.index == (300 if table == "log_entry" else 256)
        assert "checkpoint" not in _files(copy)

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
                _publish(config, storage)
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
                _publish(config, storage)
        assert "checkpoint" not in _files(copy)

    def test_a_complaint_about_what_was_mended_meanwhile_is_looked_at_again(
        self, config: Config, storage: FolderStorage
    ) -> None:
        published(config, 1)
        publication._remember("the row was spoilt")
        tasks.publish_what_is_behind()
        assert _row().error is None

    def test_one_publication_at_a_time(self, config: Config, storage: FolderStorage) -> None:
        sealed(config, 1)
        with publication._alone(config), pytest.raises(publication.Busy):
            _publish(config, storage)
        assert _publish(config, storage).size == 1


class TestFsckOfTheCopy:
    @pytest.mark.parametrize(
        ("name", "index"), [("tile/0/000", 5), ("tile/entries/001.p/44", 256), ("tile/1/000.p/1", 0)]
    )
    def test_a_changed_published_file_is_named_with_its_first_bad_index(
        self, app: Flask, config: Config, storage: FolderStorage, copy: Path, name: str, index: int
    ) -> None:
        sealed(config, 300)
        _publish(config, storage)
        content = bytearray((copy / name).read_bytes())
        content[5 * 32 if name == "tile/0/000" else 10] ^= 1
        (copy / name).write_bytes(content)
        told = app.test_cli_runner().invoke(args=["ledger", "fsck"])
        assert told.exit_code == 1
        assert f"the published {name} differs" in told.output
        assert f"first bad index: {index}\n" in told.output

    def test_a_missing_file_and_an_older_checkpoint_are_told(
        self, app: Flask, config: Config, storage: FolderStorage, copy: Path
    ) -> None:
        sealed(config, 3)
        _publish(config, storage)
        old = (copy / "checkpoint").read_bytes()
        sealed(config, 3, first=3)
        _publish(config, storage)
        (copy / "checkpoint").write_bytes(old)
        (copy / "tile/0/000.p/6").unlink()
        told = app.test_cli_runner().invoke(args=["ledger", "fsck"])
        assert told.exit_code == 1
        assert "published checkpoint: 3 entries, but 6 were published" in told.output
        assert "published tile/0/000.p/6: missing" in told.output


def test_a_published_tree_gives_the_proofs_that_the_database_gives(
    config: Config, storage: FolderStorage
) -> None:
    sealed(config, 700)
    _publish(config, storage)

    def read(level: int, index: int, width: int) -> bytes:
        return storage.read(f"ledger/{TileAddress(level, index, width)}")

    with unit_of_work(read_only=True) as uow:
        parts = proving.bundle_parts(uow, ["e300"])
    assert parts is not None
    assert TileTree(700, read).inclusion_path(300) == list(parts.items["e300"].proof)
    assert len(unpack_entries(storage.read("ledger/tile/entries/001"))) == 256
