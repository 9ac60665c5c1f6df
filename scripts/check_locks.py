"""Lock gate: every package by hash, no address of any index in any lock, ranges and locks agree."""

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PYTHON_LOCKS = (
    "requirements.lock",
    "requirements-run.lock",
    "requirements-uv.lock",
    "requirements-node.lock",
)
ADDRESS = re.compile(r"https?://|file://|--(?:extra-)?index-url|--find-links|--trusted-host|git\+|ssh://")
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)")


def main() -> int:
    """Print each fault on a line; 1 when there is one."""
    faults = [fault for name in PYTHON_LOCKS for fault in python_lock_faults(name, (ROOT / name).read_text())]
    faults += range_faults(
        (ROOT / "pyproject.toml").read_text(), pins((ROOT / "requirements.lock").read_text())
    )
    faults += subset_faults(
        pins((ROOT / "requirements-run.lock").read_text()), pins((ROOT / "requirements.lock").read_text())
    )
    faults += npm_lock_faults((ROOT / "package.json").read_text(), (ROOT / "package-lock.json").read_text())
    for fault in faults:
        print(fault)
    return 1 if faults else 0


def entries(lock: str) -> list[str]:
    """The lock's requirements, each with its continuation lines joined."""
    lines = [line for line in lock.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return re.split(r"\n(?=\S)", "\n".join(lines)) if lines else []


def pins(lock: str) -> dict[str, str]:
    """Canonical name to version."""
    found = (PINNED.match(entry) for entry in entries(lock))
    return {canonicalize_name(pin[1]): pin[2] for pin in found if pin}


def python_lock_faults(name: str, lock: str) -> Iterator[str]:
    """Entries without a version or a hash, and addresses."""
    for entry in entries(lock):
        head = entry.split("\n", 1)[0].rstrip("\\ ")
        if not PINNED.match(entry):
            yield f"{name}: {head!r} is not a pinned package"
        elif "--hash=sha256:" not in entry:
            yield f"{name}: {head!r} has no hash"
    if found := ADDRESS.search(lock):
        yield f"{name}: names an address or an index ({found[0]!r})"


def range_faults(pyproject: str, locked: dict[str, str]) -> Iterator[str]:
    """Ranges of pyproject.toml that the lock does not satisfy, and those without a reason beside them."""
    told = tomllib.loads(pyproject)
    for text in told["project"]["dependencies"] + told["dependency-groups"]["dev"]:
        wanted = Requirement(text)
        version = locked.get(canonicalize_name(wanted.name))
        if version is None:
            yield f"requirements.lock: {wanted.name} of pyproject.toml is missing"
        elif not wanted.specifier.contains(version, prereleases=True):
            yield f"requirements.lock: {wanted.name} {version} is outside {wanted.specifier}"
        if not re.search(rf'^\s*"{re.escape(text)}",\s*# \S', pyproject, re.MULTILINE):
            yield f"pyproject.toml: {wanted.name} has no line that says why it is needed"


def subset_faults(run: dict[str, str], whole: dict[str, str]) -> Iterator[str]:
    """Packages that an installation would have in another version than the tests had."""
    for name, version in run.items():
        if whole.get(name) != version:
            yield f"requirements-run.lock: {name} {version}, but {whole.get(name)} in requirements.lock"


def npm_lock_faults(package: str, lock: str) -> Iterator[str]:
    """Packages without integrity, addresses, and ranges that differ between package.json and its lock."""
    told, locked = json.loads(package), json.loads(lock)["packages"]
    for kind in ("dependencies", "devDependencies"):
        if told.get(kind, {}) != locked[""].get(kind, {}):
            yield f"package-lock.json: {kind} differ from package.json"
    for path, entry in locked.items():
        if path and not entry.get("integrity", "").startswith("sha512-"):
            yield f"package-lock.json: {path} has no sha512 integrity"
        if "resolved" in entry:
            yield f"package-lock.json: {path} names the address {entry['resolved']!r}"


if __name__ == "__main__":
    sys.exit(main())
