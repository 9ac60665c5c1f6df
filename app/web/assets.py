"""Addresses of built files: logical name to content-hashed name, from the asset build's manifest."""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from flask import url_for

STATIC = Path(__file__).resolve().parents[2] / "static"


class AssetsNotBuilt(Exception):
    """`static/build/manifest.json` is missing: run `make assets`."""


@dataclass(frozen=True)
class _Build:
    """What one run of the asset build made."""

    files: dict[str, str]
    version: str


def _build() -> _Build:
    """The build as it lies there now: it may be made anew under a running server, with other names."""
    manifest = STATIC / "build" / "manifest.json"
    try:
        return _read(manifest, manifest.stat().st_mtime_ns)
    except FileNotFoundError as missing:
        raise AssetsNotBuilt("static/build/manifest.json is missing: run `make assets`") from missing


@lru_cache(maxsize=1)
def _read(manifest: Path, _written_ns: int) -> _Build:
    files: dict[str, str] = json.loads(manifest.read_text("utf-8"))
    named = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
    return _Build(files, named[:16])


def asset(name: str) -> str:
    """URL of a built file by its logical name (`css/public.css`). Raises KeyError when it was not built."""
    return url_for("static", filename=f"build/{_build().files[name]}")


def built_bytes(name: str) -> bytes | None:
    """The bytes of a built file by its logical name; None when it was not built."""
    file = _build().files.get(name)
    return (STATIC / "build" / file).read_bytes() if file else None


def version() -> str:
    """A name of this build: pages that were stored with another name other files."""
    return _build().version
