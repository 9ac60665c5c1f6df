"""Plays the steps in order, photographs each, and keeps `tour.json` true after every one."""

import json
import re
import time
from collections.abc import Iterable
from pathlib import Path

from playwright.sync_api import Error

from scripts.walk.person import Person, Wrong
from scripts.walk.stage import Stage, Step
from tests.support.processes import DidNotStart

FAULTS = (Wrong, Error, AssertionError, DidNotStart)
"""What a step raises when something is wrong with the house; anything else is a fault of the tour."""


def play(stage: Stage, steps: Iterable[tuple[str, Step]]) -> str | None:
    """Play until the end or the first wrong thing, and return that; tour.json tells how far it came."""
    told: list[dict[str, object]] = []
    for n, (name, step) in enumerate(steps, 1):
        began, taps = time.monotonic(), stage.taps()
        wrong, person = _play(stage, step)
        row = {
            "n": n,
            "name": name,
            "ok": wrong is None,
            "seconds": round(time.monotonic() - began, 1),
            "taps": stage.taps() - taps,
            "screenshot": _photograph(stage.out, n, name, person),
        }
        told.append(row)
        _write(stage, told, ok=wrong is None)
        mark = "ok " if wrong is None else "BAD"
        print(f"{n:3} {mark} {name} ({row['seconds']} s, {row['taps']} taps)", flush=True)
        if wrong:
            return f"step {n}, {name}: {wrong}"
    return None


def _play(stage: Stage, step: Step) -> tuple[str | None, Person | None]:
    person = None
    try:
        person = step(stage)
        for one in stage.people.values():
            if one.faults:
                raise Wrong(f"the browser of {one.who} complains: {one.faults[0]}")
    except FAULTS as wrong:
        return str(wrong), person or next(reversed(stage.people.values()), None)
    return None, person


def _photograph(out: Path, n: int, name: str, person: Person | None) -> str | None:
    if person is None:
        return None
    file = f"{n:02}-{re.sub('[^a-z0-9]+', '-', name.lower()).strip('-')}.png"
    try:
        person.page.screenshot(path=out / file, full_page=person.whole_page)
    except Error as refused:
        print(f"    no screenshot: {str(refused).splitlines()[0]}", flush=True)
        return None
    return file


def _write(stage: Stage, steps: list[dict[str, object]], *, ok: bool) -> None:
    told = {"ok": ok, "steps": steps, "files": stage.files}
    (stage.out / "tour.json").write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", "utf-8")
