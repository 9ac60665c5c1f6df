"""A web process starts without the chain's library: importing it costs two seconds."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_building_the_application_does_not_import_web3(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import sys, wsgi; print({'web3', 'eth_account'} & set(sys.modules))"],
        cwd=ROOT,
        env={"DATA_DIR": str(tmp_path), "CELERY_BROKER_URL": "memory://", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "set()"
