"""S3 keeps the same contract as the folder, on a real server (a mock lets forged addresses pass)."""

import pytest

from app.kernel.storage import S3Storage, StorageUnavailable
from tests.support.ports import free_port
from tests.support.seaweedfs import S3Server
from tests.support.storage_contract import StorageContract

pytestmark = pytest.mark.services


class TestS3Storage(StorageContract):
    def test_a_wrong_secret_is_refused(self, s3_server: S3Server) -> None:
        stranger = S3Storage(
            endpoint=s3_server.endpoint, bucket=s3_server.bucket, key=s3_server.key, secret="not the secret"
        )
        with pytest.raises(StorageUnavailable):
            stranger.put(b"x", "text/plain")

    def test_a_server_that_is_away_is_told_by_name(self) -> None:
        away = S3Storage(endpoint=f"http://127.0.0.1:{free_port()}", bucket="b", key="k", secret="s")
        with pytest.raises(StorageUnavailable):
            away.read("checkpoint")

    def test_a_missing_bucket_is_not_taken_for_a_missing_file(self, s3_server: S3Server) -> None:
        astray = S3Storage(
            endpoint=s3_server.endpoint, bucket="nowhere", key=s3_server.key, secret=s3_server.secret
        )
        with pytest.raises(StorageUnavailable):
            astray.read("checkpoint")


@pytest.fixture
def storage(s3_server: S3Server) -> S3Storage:
    return S3Storage(
        endpoint=s3_server.endpoint, bucket=s3_server.bucket, key=s3_server.key, secret=s3_server.secret
    )
