"""Secret gate: nothing looks like a key or a password but what somebody looked at (`.secrets.baseline`)."""

import json
import subprocess
import sys
from pathlib import Path

from detect_secrets.core import baseline
from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import transient_settings

ROOT = Path(__file__).resolve().parents[1]
BASELINE = ROOT / ".secrets.baseline"
UNREAD = (".lock", "package-lock.json", ".secrets.baseline", ".svg", ".po", ".pot", "anchor.json")


def main() -> int:
    """Print file and line of each new find; 1 when there is one. `--accept` puts them into the baseline."""
    kept = json.loads(BASELINE.read_text())
    with transient_settings({key: kept[key] for key in ("plugins_used", "filters_used")}):
        found = SecretsCollection(root=str(ROOT))
        for name in _files():
            found.scan_file(name)
        if "--accept" in sys.argv[1:]:
            baseline.save_to_file(found, str(BASELINE))
            return 0
        known = {(name, each["hashed_secret"]) for name, all_ in kept["results"].items() for each in all_}
        new = [
            (name, secret)
            for name, secret in found
            if (name, secret.secret_hash) not in known and not _invented(name, secret.type)
        ]
    for name, secret in new:
        print(f"{name}:{secret.line_number}: {secret.type}; remove it, or look at it and run with --accept")
    return 1 if new else 0


def _invented(name: str, kind: str) -> bool:
    # Tests and the demo name passwords of invented people; a key in a vendor's form is told there too.
    return kind == "Secret Keyword" and (name.startswith(("tests/", "bench/")) or name.endswith("demo.py"))


def _files() -> list[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in told.splitlines() if not name.endswith(UNREAD) and (ROOT / name).is_file()]


if __name__ == "__main__":
    sys.exit(main())
