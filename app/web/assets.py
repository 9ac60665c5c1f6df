"""Addresses of built files: logical name to content-hashed name, from the asset build's manifest."""

import hashlib
import json
from functools import cache
from pathlib import Path

from flask import url_for

STATIC = Path(__file__).resolve().parents[2] / "static"


class AssetsNotBuilt(Exception):
    """`static/build/manifest.json` is missing: run `make assets`."""


@cache
def _manifest() -> dict[str, str]:
    try:
        kept: dict[str, str] = json.loads((STATIC / "build" / "manifest.json").read_text("utf-8"))
    except FileNotFoundError as missing:
        raise AssetsNotBuilt("static/build/manifest.json is missing: run `make assets`") from missing
    return kept


def asset(name: str) -> str:
    """URL of a built file by its logical name (`css/public.css`). Raises KeyError when it was not built."""
    return url_for("static", filename=f"build/{_manifest()[name]}")


def built_bytes(name: str) -> bytes | None:
    """The bytes of a built file by its logical name; None when it was not built."""
    file = _manifest().get(name)
    return (STATIC / "build" / file).read_bytes() if file else None


@cache
def version() -> str:
    """A name of this build: pages that were stored with another name other files."""
    return hashlib.sha256(json.dumps(_manifest(), sort_keys=True).encode()).hexdigest()[:16]
