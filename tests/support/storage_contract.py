"""What every storage promises; the folder and the S3 server each run all of it."""

import threading
import urllib.error
import urllib.request
from datetime import timedelta
from uuid import uuid4

import pytest

from app.kernel.storage import BadKey, NotStored, Storage, address

TEXT = "text/plain; charset=utf-8"


class StorageContract:
    """Subclasses give a `storage` fixture."""

    def test_a_blob_is_named_by_its_content(self, storage: Storage) -> None:
        key = storage.put(b"mang cut", TEXT)
        assert key == address(b"mang cut")
        assert storage.read(key) == b"mang cut"

    def test_the_same_blob_put_twice_is_kept_once(self, storage: Storage) -> None:
        assert storage.put(b"twice", TEXT) == storage.put(b"twice", TEXT)

    def test_an_empty_and_a_large_blob_come_back_whole(self, storage: Storage) -> None:
        for data in (b"", bytes(range(256)) * 40_000):
            assert storage.read(storage.put(data, "application/octet-stream")) == data

    def test_a_name_that_was_never_put_is_not_stored(self, storage: Storage) -> None:
        with pytest.raises(NotStored):
            storage.read(f"tile/{uuid4().hex}")
        assert not storage.exists(f"tile/{uuid4().hex}")

    def test_a_folder_is_no_blob(self, storage: Storage) -> None:
        storage.put_at("tile/0/x001/000", b"t", TEXT)
        assert not storage.exists("tile/0/x001")
        with pytest.raises(NotStored):
            storage.read("tile/0/x001")

    def test_a_published_file_is_replaced_by_its_next_version(self, storage: Storage) -> None:
        assert storage.put_at("checkpoint", b"1", TEXT)
        assert storage.put_at("checkpoint", b"2", TEXT)
        assert storage.read("checkpoint") == b"2"

    def test_if_absent_never_overwrites(self, storage: Storage) -> None:
        name = f"tile/{uuid4().hex}"
        assert storage.put_at(name, b"first", TEXT, if_absent=True)
        assert not storage.put_at(name, b"second", TEXT, if_absent=True)
        assert storage.read(name) == b"first"

    def test_of_eight_writers_at_once_exactly_one_wins(self, storage: Storage) -> None:
        name, won = f"race/{uuid4().hex}", []

        def write(number: int) -> None:
            if storage.put_at(name, b"writer %d" % number, TEXT, if_absent=True):
                won.append(number)

        writers = [threading.Thread(target=write, args=(n,)) for n in range(8)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert len(won) == 1
        assert storage.read(name) == b"writer %d" % won[0]

    def test_a_deleted_blob_is_gone_and_deleting_it_again_is_no_fault(self, storage: Storage) -> None:
        key = storage.put(uuid4().bytes, TEXT)
        storage.delete(key)
        storage.delete(key)
        assert not storage.exists(key)

    @pytest.mark.parametrize(
        "key",
        ["", "/etc/passwd", "../up", "a/../b", "a//b", "a/", ".hidden", "a\\b", "măng", "a b", "x" * 513],
    )
    def test_a_name_that_could_leave_the_folder_is_refused(self, storage: Storage, key: str) -> None:
        for attempt in (storage.read, storage.exists, storage.delete):
            with pytest.raises(BadKey):
                attempt(key)
        with pytest.raises(BadKey):
            storage.put_at(key, b"x", TEXT)

    def test_a_signed_address_shows_the_blob_until_it_is_changed(self, storage: Storage) -> None:
        key = storage.put(b"a photograph", "image/webp")
        url = storage.url(key, ttl=timedelta(minutes=5), content_type="image/webp")
        assert self.fetch(storage, url) == (b"a photograph", "image/webp")
        # Not its last sign: in base64 that one carries bits that a reader drops.
        for place in (-5, -12):
            forged = url[:place] + ("0" if url[place] != "0" else "1") + url[place + 1 :]
            with pytest.raises((NotStored, urllib.error.HTTPError)):
                self.fetch(storage, forged)

    def fetch(self, storage: Storage, url: str) -> tuple[bytes, str]:
        """Follow a signed address as a browser would."""
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.read(), answer.headers["Content-Type"]
