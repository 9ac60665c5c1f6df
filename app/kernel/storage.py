"""Blobs in a folder or on S3: one small interface, content addresses, and the one door to boto3.

A blob that is put without a name gets its SHA-256 as name, so that a repeated put is harmless and a
changed byte shows when it is read. Published files (tiles, checkpoints, pages) have names of their own.
"""

import errno
import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, Protocol

from itsdangerous import BadSignature, URLSafeSerializer
from typing_extensions import override

from app.kernel.config import Config, secret_key
from app.kernel.problems import Invalid, NotFound, Unavailable

_KEY: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*")
_ADDRESS: Final = re.compile(r"sha256/([0-9a-f]{2})/([0-9a-f]{2})/([0-9a-f]{64})")
_LONGEST_KEY: Final = 512  # characters; S3 allows 1024 bytes, file systems 255 a part


class NotStored(NotFound):
    """There is no blob of this name."""

    type, status = "not-stored", HTTPStatus.NOT_FOUND


class BadKey(Invalid):
    """The name of a blob is not one that a folder and S3 both take."""

    type, status = "bad-storage-key", HTTPStatus.UNPROCESSABLE_ENTITY


class StorageFull(Unavailable):
    """No room is left; nothing was written."""

    type, status = "storage-full", HTTPStatus.INSUFFICIENT_STORAGE


class StorageUnavailable(Unavailable):
    """The store does not answer or refuses us; whether a put was carried out is not known, repeat it."""

    type, status = "storage-unavailable", HTTPStatus.SERVICE_UNAVAILABLE


class Damaged(Unavailable):
    """The bytes under a content address are no longer those that were put there."""

    type, status = "storage-damaged", HTTPStatus.INTERNAL_SERVER_ERROR


class Storage(Protocol):
    """Where blobs are kept. Each method raises StorageUnavailable, and each put StorageFull."""

    def put(self, data: bytes, content_type: str) -> str:
        """Keep a blob under its content address `sha256/ab/cd/<hex>`, the answer; repeats are harmless."""

    def put_at(
        self, key: str, data: bytes, content_type: str, *, if_absent: bool = False, cache: str = ""
    ) -> bool:
        """Keep a blob under a given name, whole or not at all; True when these bytes were written.

        With `if_absent` an existing blob stays as it is and the answer is False: of two writers one wins.
        `cache` is the Cache-Control with which a public store serves it; a folder's web server sets its own.
        """

    def read(self, key: str) -> bytes:
        """Return the bytes. Raises NotStored; Damaged when they do not fit their content address."""

    def exists(self, key: str) -> bool:
        """Tell whether there is a blob of this name."""

    def delete(self, key: str) -> None:
        """Remove a blob; one that is not there is no fault."""

    def url(self, key: str, *, ttl: timedelta, content_type: str) -> str:
        """Return an address that shows this blob to whoever has it, until `ttl` is over."""


def address(data: bytes) -> str:
    """Return the content address of some bytes."""
    digest = hashlib.sha256(data).hexdigest()
    return f"sha256/{digest[:2]}/{digest[2:4]}/{digest}"


def address_of_digest(digest: str) -> str | None:
    """Return the content address of the bytes with this SHA-256 (hex, lower case), or None for no digest."""
    key = f"sha256/{digest[:2]}/{digest[2:4]}/{digest}"
    return key if _ADDRESS.fullmatch(key) else None


def checked(key: str) -> str:
    """Return the key when a folder and S3 both take it. Raises BadKey."""
    if len(key) > _LONGEST_KEY or not _KEY.fullmatch(key):
        raise BadKey(key=key[:_LONGEST_KEY])
    return key


def _sound(key: str, data: bytes) -> bytes:
    if _ADDRESS.fullmatch(key) and key != address(data):
        raise Damaged(key=key)
    return data


class FolderStorage(Storage):
    """Blobs as files below one folder; survives a power cut: temporary file, fsync, link or rename, fsync.

    A file keeps no content type, so that of a signed address travels in it; the site serves what `url` gave
    through `signed_blob`.
    """

    def __init__(self, root: Path, *, secret: str, site_url: str = "") -> None:
        self._root = root
        self._signer = URLSafeSerializer(secret, salt="storage.url")
        self._site_url = site_url

    @override
    def put(self, data: bytes, content_type: str) -> str:
        key = address(data)
        self.put_at(key, data, content_type, if_absent=True)
        return key

    @override
    def put_at(
        self, key: str, data: bytes, content_type: str, *, if_absent: bool = False, cache: str = ""
    ) -> bool:
        path = self._path(key)
        if if_absent and path.exists():
            return False
        with _disk_faults(key):
            path.parent.mkdir(parents=True, exist_ok=True)
            return self._write(path, data, if_absent=if_absent)

    @override
    def read(self, key: str) -> bytes:
        with _disk_faults(key):
            return _sound(key, self._path(key).read_bytes())

    @override
    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    @override
    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    @override
    def url(self, key: str, *, ttl: timedelta, content_type: str) -> str:
        until = int(time.time() + ttl.total_seconds())
        return f"{self._site_url}/files/{self._signer.dumps([checked(key), content_type, until])}"

    def signed_blob(self, token: str) -> tuple[bytes, str]:
        """Return bytes and content type behind the last part of a `url`. Raises NotStored when it is void."""
        try:
            key, content_type, until = self._signer.loads(token)
        except BadSignature as forged:
            raise NotStored(key="") from forged
        if time.time() >= until:
            raise NotStored(key="")
        return self.read(key), content_type

    def _path(self, key: str) -> Path:
        return self._root / checked(key)

    def _write(self, path: Path, data: bytes, *, if_absent: bool) -> bool:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if if_absent:
                os.link(name, path)  # fails when the name is taken, which a rename would not
            else:
                Path(name).replace(path)
        except FileExistsError:
            return False
        finally:
            Path(name).unlink(missing_ok=True)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # the name itself must survive a power cut
        finally:
            os.close(folder)
        return True


class S3Storage(Storage):
    """Blobs in one bucket of any S3 server, with path addressing and conditional puts."""

    def __init__(
        self, *, endpoint: str, bucket: str, key: str, secret: str, region: str = "us-east-1"
    ) -> None:
        # Not at the top: whoever keeps files in a folder need not wait for boto3 at every start.
        import boto3  # noqa: PLC0415
        from botocore.config import Config as ClientConfig  # noqa: PLC0415

        self._bucket = bucket
        self._client: Any = boto3.client(  # boto3 ships no types
            "s3",
            endpoint_url=endpoint,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            region_name=region,
            config=ClientConfig(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                connect_timeout=5,
                read_timeout=30,
                retries={"mode": "standard", "max_attempts": 3},
            ),
        )

    def make_bucket(self) -> None:
        """Make the bucket if it is missing."""
        with _s3_faults(self._bucket):
            buckets = self._client.list_buckets()["Buckets"]
            if self._bucket not in [bucket["Name"] for bucket in buckets]:
                self._client.create_bucket(Bucket=self._bucket)

    @override
    def put(self, data: bytes, content_type: str) -> str:
        key = address(data)
        self.put_at(key, data, content_type, if_absent=True)
        return key

    @override
    def put_at(
        self, key: str, data: bytes, content_type: str, *, if_absent: bool = False, cache: str = ""
    ) -> bool:
        options = {"IfNoneMatch": "*"} if if_absent else {}
        if cache:
            options["CacheControl"] = cache
        try:
            with _s3_faults(key):
                self._client.put_object(
                    Bucket=self._bucket, Key=checked(key), Body=data, ContentType=content_type, **options
                )
        except _Taken:
            return False
        return True

    @override
    def read(self, key: str) -> bytes:
        with _s3_faults(key):
            body: bytes = self._client.get_object(Bucket=self._bucket, Key=checked(key))["Body"].read()
        return _sound(key, body)

    @override
    def exists(self, key: str) -> bool:
        try:
            with _s3_faults(key):
                self._client.head_object(Bucket=self._bucket, Key=checked(key))
        except NotStored:
            return False
        return True

    @override
    def delete(self, key: str) -> None:
        with _s3_faults(key):
            self._client.delete_object(Bucket=self._bucket, Key=checked(key))

    @override
    def url(self, key: str, *, ttl: timedelta, content_type: str) -> str:
        asked = {"Bucket": self._bucket, "Key": checked(key), "ResponseContentType": content_type}
        signed: str = self._client.generate_presigned_url(
            "get_object", Params=asked, ExpiresIn=int(ttl.total_seconds())
        )
        return signed


def storage_from(config: Config) -> FolderStorage | S3Storage:
    """Return S3 when `S3_ENDPOINT` is given, else the folder `DATA_DIR/files`."""
    if config.s3_endpoint:
        return S3Storage(
            endpoint=config.s3_endpoint, bucket=config.s3_bucket, key=config.s3_key, secret=config.s3_secret
        )
    return FolderStorage(config.data_dir / "files", secret=secret_key(config), site_url=config.site_url)


class _Taken(Exception):
    """A conditional put found the name taken."""


@contextmanager
def _disk_faults(key: str) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as fault:
        raise NotStored(key=key) from fault
    except OSError as fault:
        if fault.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise StorageFull(key=key) from fault
        raise StorageUnavailable(key=key, reason=fault.strerror) from fault


@contextmanager
def _s3_faults(key: str) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as boto3 itself

    try:
        yield
    except ClientError as refused:
        status = refused.response["ResponseMetadata"].get("HTTPStatusCode")
        code = refused.response["Error"].get("Code", "")
        if status == HTTPStatus.NOT_FOUND and code != "NoSuchBucket":
            raise NotStored(key=key) from refused
        if status in (HTTPStatus.PRECONDITION_FAILED, HTTPStatus.CONFLICT):
            # 409 is the answer to the later of two conditional puts that run at the same time.
            raise _Taken from refused
        if status == HTTPStatus.INSUFFICIENT_STORAGE:
            raise StorageFull(key=key) from refused
        raise StorageUnavailable(key=key, reason=code) from refused
    except BotoCoreError as fault:
        raise StorageUnavailable(key=key, reason=str(fault)) from fault
