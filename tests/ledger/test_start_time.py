"""What starts often loads little: no web process the chain's or stamps' library, no verifier a web client."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_building_the_application_imports_neither_of_them(tmp_path: Path) -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, wsgi; print({'eth_account', 'rfc3161_client'} & set(sys.modules))",
        ],
        cwd=ROOT,
        env={"DATA_DIR": str(tmp_path), "CELERY_BROKER_URL": "memory://", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "set()"


def test_the_verifier_loads_no_web_client_unless_it_is_to_ask_a_chain() -> None:
    code = (
        "import sys; from ledger.__main__ import main; main(['verify', 'nothing'])\n"
        "print({'http.client', 'urllib.request', 'ssl', 'flask', 'sqlalchemy'} & set(sys.modules))"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[-1] == "set()"
