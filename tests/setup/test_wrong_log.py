"""A key or an origin of another log stops the start: one sentence, and nothing that serves or signs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.kernel.config import Config
from ledger.core.note import SigningKey
from ledger.log_folder import LogFolder
from tests.scene.ledger import sealed
from tests.support.ports import free_port

pytestmark = pytest.mark.usefixtures("app")
ROOT = Path(__file__).resolve().parents[2]
WEB = ["-c", "import wsgi"]
WORKER = ["-m", "celery", "-A", "wsgi:celery", "worker", "--pool=solo", "--loglevel", "ERROR"]
RUN = ["scripts/run.py"]


def _starts(config: Config, command: list[str], **settings: str) -> subprocess.CompletedProcess[str]:
    own = {
        "DATA_DIR": str(config.data_dir),
        "DATABASE_URL": config.database_url,
        "SECRET_KEY": config.secret_key,
        "CELERY_BROKER_URL": "memory://",
        "EVM_RPC_URL": "http://127.0.0.1:9",
        "PORT": str(free_port()),
        "FLASK_APP": "wsgi",
    }
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, **own, **settings},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("command", [WEB, WORKER, RUN], ids=["web", "worker", "make run"])
@pytest.mark.parametrize("wrong", ["origin", "key"])
def test_it_stops_the_start_with_one_sentence(config: Config, command: list[str], wrong: str) -> None:
    sealed(config, 1)
    settings = {"LEDGER_ORIGIN": "other.example/ledger"} if wrong == "origin" else {}
    if wrong == "key":
        key = SigningKey.generate("demo.coi.invalid/ledger")
        LogFolder(config.data_dir).key_path.write_text(key.to_text())
    refused = _starts(config, command, **settings)
    told = {"origin": "LEDGER_ORIGIN is other.example/ledger, but", "key": "is not the key of log"}[wrong]
    assert refused.returncode == 1
    assert refused.stderr.startswith("coi: ")
    assert told in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_commands_run_with_it_so_that_the_fault_is_found(config: Config) -> None:
    sealed(config, 1)
    told = _starts(config, ["-m", "flask", "ledger", "status"], LEDGER_ORIGIN="other.example/ledger")
    assert "entries     1" in told.stdout
    assert "refused: LEDGER_ORIGIN is other.example/ledger" in told.stderr


def test_the_right_one_starts(config: Config) -> None:
    sealed(config, 1)
    assert _starts(config, WEB).returncode == 0
