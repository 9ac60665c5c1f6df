"""Addresses of built files: logical name to content-hashed name, from the asset build's manifest."""

import hashlib
import json
from dataclasses import dataclass
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


_read: _Build | None = None
_read_at_ns = 0


def _build() -> _Build:
    """The build as it lies there now: it may be made anew under a running server, with other names."""
    global _read, _read_at_ns
    manifest = STATIC / "build" / "manifest.json"
    try:
        written_ns = manifest.stat().st_mtime_ns
        if _read is None or written_ns != _read_at_ns:
            files: dict[str, str] = json.loads(manifest.read_text("utf-8"))
            named = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
            _read, _read_at_ns = _Build(files, named[:16]), written_ns
    except FileNotFoundError as missing:
        if _read is None:
            raise AssetsNotBuilt("static/build/manifest.json is missing: run `make assets`") from missing
    return _read


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
