"""A web process starts without the libraries of chain and time stamps: the first costs two seconds."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENDORS = {"web3", "eth_account", "rfc3161_client"}


def test_building_the_application_imports_neither_of_them(tmp_path: Path) -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, wsgi; print({'web3', 'eth_account', 'rfc3161_client'} & set(sys.modules))",
        ],
        cwd=ROOT,
        env={"DATA_DIR": str(tmp_path), "CELERY_BROKER_URL": "memory://", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "set()"
