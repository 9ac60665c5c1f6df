"""The asset build may run under a running server; pages then name the new files."""

import json
import os
from pathlib import Path

import pytest
from flask import Flask

from app.web import assets


def _builds(static: Path, name: str, at_ns: int) -> None:
    manifest = static / "build" / "manifest.json"
    manifest.parent.mkdir(exist_ok=True)
    manifest.write_text(json.dumps({"css/public.css": name}), "utf-8")
    (static / "build" / name).write_bytes(name.encode())
    os.utime(manifest, ns=(at_ns, at_ns))


@pytest.fixture
def static(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which the first build lies."""
    monkeypatch.setattr(assets, "STATIC", tmp_path)
    _builds(tmp_path, "public.1.css", 10**18)
    return tmp_path


def test_a_build_made_anew_is_named_at_once(app: Flask, static: Path) -> None:
    with app.test_request_context():
        assert assets.asset("css/public.css").endswith("/public.1.css")
        before = assets.version()
        _builds(static, "public.2.css", 10**18 + 1)
        assert assets.asset("css/public.css").endswith("/public.2.css")
        assert assets.built_bytes("css/public.css") == b"public.2.css"
        assert assets.version() != before


def test_between_two_builds_the_last_one_is_named(app: Flask, static: Path) -> None:
    with app.test_request_context():
        assert assets.asset("css/public.css").endswith("/public.1.css")
        (static / "build" / "manifest.json").unlink()
        assert assets.asset("css/public.css").endswith("/public.1.css")


def test_a_missing_build_says_what_to_type(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "STATIC", tmp_path)
    monkeypatch.setattr(assets, "_read", None)
    with app.test_request_context(), pytest.raises(assets.AssetsNotBuilt, match="make assets"):
        assets.asset("css/public.css")
