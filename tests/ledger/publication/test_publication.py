"""The published copy: whole, never ahead of what it promises, and mended when somebody loses a file."""

import itertools
import shutil
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.kernel import relay
from app.kernel.config import Config
from app.kernel.storage import FolderStorage
from app.kernel.uow import unit_of_work
from ledger import proving, publication, tasks
from ledger.core.tiles import TileAddress, TileTree, required_tiles, unpack_entries
from ledger.core.tree import leaf_hash
from ledger.signed_files import narrow_tiles, new_full_tiles
from tests.scene.ledger import (
    change,
    hands_in,
    published_log,
    sealed,
)
from tests.scene.publication import files_of, publish, published_head

pytestmark = pytest.mark.usefixtures("app")


class TestWhatIsPublished:
    @pytest.mark.parametrize("count", [1, 255, 256, 700])
    def test_a_stranger_rebuilds_the_log_from_the_files_alone(
        self, config: Config, storage: FolderStorage, copy: Path, count: int
    ) -> None:
        given = sealed(config, count)
        publish(config, storage)
        size, entries = published_log(config, storage)
        assert (size, entries) == (count, list(given.values()))
        assert files_of(copy) == {"checkpoint", *map(str, required_tiles(count))}

    def test_the_files_are_the_bytes_that_the_site_serves(
        self, config: Config, storage: FolderStorage, copy: Path, client: FlaskClient
    ) -> None:
        for first in (0, 200):
            sealed(config, 200, first=first)
            publish(config, storage)
        for name in files_of(copy):
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
        assert publish(config, storage) == publication.Published(0, 0)
        assert not publication.is_behind(storage)

    def test_only_what_is_new_is_put(self, config: Config, storage: FolderStorage) -> None:
        sealed(config, 600)
        publish(config, storage)
        sealed(config, 1, first=600)
        assert publish(config, storage).files == 3  # tile, entry bundle, checkpoint
        assert publish(config, storage).files == 0
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
                publish(config, storage)
                for width in (100, 200):
                    assert (copy / f"tile/0/000.p/{width}").exists()
                    assert (copy / f"tile/entries/000.p/{width}").exists()
        sealed(config, 1, first=300)
        publish(config, storage)
        assert not [
            name for name in files_of(copy) if name.startswith(("tile/0/000.p", "tile/entries/000.p"))
        ]
        assert (copy / "tile/0/000").exists()
        assert (copy / "tile/0/001.p/44").exists()
        assert published_head().pruned_size == 300


class TestALostOrSpoiltCopy:
    def test_a_folder_from_an_older_backup_is_brought_up_again(
        self, config: Config, storage: FolderStorage, copy: Path, tmp_path: Path
    ) -> None:
        sealed(config, 300)
        publish(config, storage)
        shutil.copytree(copy, tmp_path / "backup")
        given = sealed(config, 500, first=300)
        publish(config, storage)
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
        publish(config, storage)
        before = files_of(copy)
        shutil.rmtree(copy)
        publish(config, storage)
        assert files_of(copy) == before

    def test_a_folder_restored_while_a_publication_was_cut_short_gets_its_full_tiles_again(
        self, config: Config, storage: FolderStorage, copy: Path
    ) -> None:
        sealed(config, 100)
        publish(config, storage)
        given = sealed(config, 300, first=100)
        change("UPDATE published_head SET files_size = 400")  # killed before the checkpoint, then restored
        assert not (copy / "tile/0/000").exists()
        publish(config, storage)
        assert (copy / "tile/0/000").read_bytes()[-32:] == leaf_hash(list(given.values())[155])
        assert published_log(config, storage)[0] == 400

    def test_check_finds_and_mends_missing_and_changed_files(
        self, app: Flask, config: Config, storage: FolderStorage, copy: Path
    ) -> None:
        sealed(config, 300)
        publish(config, storage)
        before = {name: (copy / name).read_bytes() for name in files_of(copy)}
        (copy / "tile/0/000").unlink()
        (copy / "tile/entries/001.p/44").write_bytes(b"half")
        told = app.test_cli_runner().invoke(args=["ledger", "publish", "--check"])
        assert told.exit_code == 0
        assert "tile/0/000: missing, put again" in told.output
        assert "tile/entries/001.p/44: differs, put again" in told.output
        assert {name: (copy / name).read_bytes() for name in files_of(copy)} == before
        again = app.test_cli_runner().invoke(args=["ledger", "publish", "--check"])
        assert again.output == "0 files put; published 300\n"

    def test_a_spoilt_checkpoint_is_written_again(
        self, config: Config, storage: FolderStorage, copy: Path
    ) -> None:
        sealed(config, 3)
        publish(config, storage)
        good = (copy / "checkpoint").read_bytes()
        (copy / "checkpoint").write_bytes(good[:40])
        tasks.publish_what_is_behind()
        assert (copy / "checkpoint").read_bytes() == good


class TestFsckOfTheCopy:
    @pytest.mark.parametrize(
        ("name", "index"), [("tile/0/000", 5), ("tile/entries/001.p/44", 256), ("tile/1/000.p/1", 0)]
    )
    def test_a_changed_published_file_is_named_with_its_first_bad_index(
        self, app: Flask, config: Config, storage: FolderStorage, copy: Path, name: str, index: int
    ) -> None:
        sealed(config, 300)
        publish(config, storage)
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
        publish(config, storage)
        old = (copy / "checkpoint").read_bytes()
        sealed(config, 3, first=3)
        publish(config, storage)
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
    publish(config, storage)

    def read(level: int, index: int, width: int) -> bytes:
        return storage.read(f"ledger/{TileAddress(level, index, width)}")

    with unit_of_work(read_only=True) as uow:
        parts = proving.bundle_parts(uow, ["e300"])
    assert parts is not None
    assert TileTree(700, read).inclusion_path(300) == list(parts.items["e300"].proof)
    assert len(unpack_entries(storage.read("ledger/tile/entries/001"))) == 256
