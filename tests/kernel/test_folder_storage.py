"""The folder storage keeps the contract, and tells a full disk and a damaged file by name."""

import errno
import os
from datetime import timedelta
from pathlib import Path

import pytest

from app.kernel.storage import Damaged, FolderStorage, NotStored, Storage, StorageFull, StorageUnavailable
from tests.support.storage_contract import StorageContract


class TestFolderStorage(StorageContract):
    def fetch(self, storage: Storage, url: str) -> tuple[bytes, str]:
        assert isinstance(storage, FolderStorage)
        return storage.signed_blob(url.rsplit("/", 1)[1])

    def test_a_signed_address_ends_with_its_time(self, storage: FolderStorage) -> None:
        url = storage.url(storage.put(b"x", "a/b"), ttl=timedelta(0), content_type="a/b")
        with pytest.raises(NotStored):
            self.fetch(storage, url)

    def test_a_changed_byte_under_a_content_address_is_told(
        self, storage: FolderStorage, tmp_path: Path
    ) -> None:
        key = storage.put(b"sealed", "text/plain")
        (tmp_path / key).write_bytes(b"seaLed")
        with pytest.raises(Damaged):
            storage.read(key)

    def test_no_part_of_a_file_is_left_behind(self, storage: FolderStorage, tmp_path: Path) -> None:
        storage.put_at("a/checkpoint", b"1", "text/plain")
        storage.put_at("a/checkpoint", b"2", "text/plain", if_absent=True)
        assert [path.name for path in (tmp_path / "a").iterdir()] == ["checkpoint"]


class TestAFullDisk:
    def test_is_told_by_name_and_leaves_the_old_file_whole(
        self, storage: FolderStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        storage.put_at("sheet.pdf", b"old", "application/pdf")
        monkeypatch.setattr(os, "fsync", _refusing(errno.ENOSPC))
        with pytest.raises(StorageFull):
            storage.put_at("sheet.pdf", b"new" * 1000, "application/pdf")
        assert storage.read("sheet.pdf") == b"old"
        assert [path.name for path in tmp_path.iterdir()] == ["sheet.pdf"]

    def test_another_fault_of_the_disk_is_told_with_its_reason(
        self, storage: FolderStorage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "fsync", _refusing(errno.EIO))
        with pytest.raises(StorageUnavailable, match="Input/output error"):
            storage.put_at("sheet.pdf", b"new", "application/pdf")


def _refusing(number: int):
    def fsync(_: int) -> None:
        raise OSError(number, os.strerror(number))

    return fsync


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    return FolderStorage(tmp_path, secret="a secret of the tests")  # not a real one
