"""`make tour OUT=DIR`: the main job in a real browser on a fresh installation; stops at the first fault.

Leaves numbered screenshots and tour.json in DIR. Exit 0 when every step went well, 1 when one did
not, 2 when DIR cannot be used.
"""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from scripts.walk.installation import installation
from scripts.walk.program import STEPS
from scripts.walk.record import play
from scripts.walk.stage import Stage
from tests.support.chromium import launch_arguments
from tests.support.processes import DidNotStart


def main(arguments: list[str]) -> int:
    """Play the tour into the named folder."""
    if len(arguments) != 1:
        print("coi: name a folder for the screenshots: make tour OUT=DIR", file=sys.stderr)
        return 2
    out = Path(arguments[0]).resolve()
    if not _made_empty(out):
        print(f"coi: {out} holds other things than a tour; name another folder", file=sys.stderr)
        return 2
    try:
        wrong = _tour(out)
    except DidNotStart as fault:
        wrong = str(fault)
    if wrong:
        print(f"coi: the tour stops. {wrong}", file=sys.stderr)
    return 1 if wrong else 0


def _tour(out: Path) -> str | None:
    corpus = os.environ.get("CORPUS")
    with (
        installation(out / "data") as house,
        sync_playwright() as playwright,
        playwright.chromium.launch(**launch_arguments()) as browser,
    ):
        return play(Stage(out, house, browser, Path(corpus) if corpus else None), STEPS)


def _made_empty(out: Path) -> bool:
    """An empty folder, or one of an earlier tour, emptied."""
    if out.is_dir() and any(out.iterdir()) and not (out / "data").is_dir():
        return False
    for old in (*out.glob("[0-9][0-9]*.png"), out / "tour.json"):
        old.unlink(missing_ok=True)
    shutil.rmtree(out / "data", ignore_errors=True)
    out.mkdir(parents=True, exist_ok=True)
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
