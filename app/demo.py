"""Plays each package's part of the demonstration district, in order, all of it marked simulated."""

import json
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select

from app.kernel import clock
from app.kernel.config import Config
from app.kernel.demo_stage import DemoPart, Stage
from app.kernel.uow import unit_of_work

PACKAGES = (
    "app.identity",
    "app.registry",
    "sensors_link",
    "trademarks",
    "traceability",
    "marketplace",
)
"""In the order of play. A `demo.py` has PARTS: tuple of (name, function(stage))."""

Part = tuple[str, Callable[[Stage], None]]


def parts() -> list[Part]:
    """Every part of every package that has one."""
    found: list[Part] = []
    for package in PACKAGES:
        if find_spec(f"{package}.demo") is None:
            continue
        found += [(f"{package}:{name}", play) for name, play in import_module(f"{package}.demo").PARTS]
    return found


def load(say: Callable[[str], None]) -> None:
    """Play what has not been played, one transaction a part; then write DATA_DIR/demo.json."""
    config: Config = current_app.extensions["coi.config"]
    known: dict[str, Any] = {}
    now = clock.now()
    for name, play in parts():
        with unit_of_work() as uow:
            done = uow.session.get(DemoPart, name)
            if done is None:
                stage = Stage(uow, config, now, config.corpus, known)
                play(stage)
                uow.add(DemoPart(name=name, done_at=clock.now(), handed_on=stage.handed_on))
                known |= stage.handed_on
                say(f"demo: {name}")
            else:
                known |= done.handed_on
                now = min(now, done.done_at)
    _write_guide(config, known, now)


def guide_path() -> Path:
    """Where logins and example codes are told."""
    config: Config = current_app.extensions["coi.config"]
    return config.data_dir / "demo.json"


def _write_guide(config: Config, known: dict[str, Any], now: datetime) -> None:
    guide = {
        "base_url": config.site_url,
        "inbox_url": f"{config.site_url}/dev/inbox.json",
        "policy": str(config.data_dir / "policy.txt"),
        "logins": known.get("logins", {}),
        "traces": {status: config.site_url + path for status, path in known.get("traces", {}).items()},
        "loaded_at": now.isoformat(),
        "simulated": True,
    }
    kept = guide_path()
    fresh = kept.with_suffix(".json.new")
    fresh.write_text(json.dumps(guide, ensure_ascii=False, indent=2), "utf-8")
    fresh.replace(kept)


def missing() -> str | None:
    """None when every part is in, else what is not; /healthz waits for it."""
    with unit_of_work(read_only=True) as uow:
        done = set(uow.session.scalars(select(DemoPart.name)))
    left = [name for name, _ in parts() if name not in done]
    if not left and not guide_path().exists():
        left = ["demo.json"]
    return f"demonstration is not loaded yet: {', '.join(left)}" if left else None
