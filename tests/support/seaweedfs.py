"""A real S3 server (SeaweedFS) for tests, on free ports, with its own data folder."""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.kernel.storage import S3Storage, StorageUnavailable
from tests.support.ports import free_ports
from tests.support.processes import DidNotStart, running

_KEY, _SECRET = "test-key", "test-secret"


@dataclass(frozen=True)
class S3Server:
    """Where the server is and how to sign for it; the fields are the values of `S3_ENDPOINT` and so on."""

    endpoint: str
    bucket: str
    key: str
    secret: str

    def environment(self) -> dict[str, str]:
        """Return the settings with which a whole installation uses this server."""
        return {
            "S3_ENDPOINT": self.endpoint,
            "S3_BUCKET": self.bucket,
            "S3_KEY": self.key,
            "S3_SECRET": self.secret,
        }


@contextmanager
def seaweedfs(folder: Path, *, bucket: str = "coi-test") -> Iterator[S3Server]:
    """Run SeaweedFS in `folder` until the block ends; its bucket is made."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data").mkdir()
    ports = free_ports(8)
    server = S3Server(f"http://127.0.0.1:{ports[0]}", bucket, _KEY, _SECRET)
    # Go's AWS code stops with an obscure message when this names a file that it cannot use.
    env = {name: "" for name in ("AWS_CA_BUNDLE",) if name in os.environ}
    with running(
        _command(folder, ports), answers=server.endpoint, log=folder / "weed.log", env=env, within_s=60
    ):
        _wait_for_the_bucket(server)
        yield server


def _command(folder: Path, ports: list[int]) -> list[str | Path]:
    s3, s3_grpc, master, master_grpc, volume, volume_grpc, filer, filer_grpc = ports
    identity = {
        "name": "tests",
        "credentials": [{"accessKey": _KEY, "secretKey": _SECRET}],
        "actions": ["Admin", "Read", "List", "Tagging", "Write"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    return [
        Path(sys.prefix) / "bin" / "weed", "-logtostderr", "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
        f"-dir={folder / 'data'}", "-volume.max=20", "-master.volumeSizeLimitMB=64",
        "-master.telemetry=false",
        f"-master.port={master}", f"-master.port.grpc={master_grpc}",
        f"-volume.port={volume}", f"-volume.port.grpc={volume_grpc}",
        f"-filer.port={filer}", f"-filer.port.grpc={filer_grpc}",
        "-s3", f"-s3.port={s3}", f"-s3.port.grpc={s3_grpc}", f"-s3.config={folder / 's3.json'}",
        "-s3.port.iceberg=0", "-s3.port.lance=0",
    ]  # fmt: skip


def _wait_for_the_bucket(server: S3Server) -> None:
    # The S3 door opens a moment before the volume server has joined.
    storage = S3Storage(endpoint=server.endpoint, bucket=server.bucket, key=server.key, secret=server.secret)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            storage.make_bucket()
            storage.put_at("ready", b"ready", "text/plain")
        except StorageUnavailable:
            time.sleep(0.2)
        else:
            return
    raise DidNotStart("SeaweedFS takes no files after 60 s")
