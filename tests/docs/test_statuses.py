"""docs/statuses.md tells every status, in the order in which they win, in its colour."""

import re
from pathlib import Path

from traceability.scans.rules import NETWORKS_A_DAY, SCANS_A_DAY
from traceability.trace_page.rules import LOOK_GROWS_OLD_AFTER, TONES, Status

PAGE = Path(__file__).resolve().parents[2] / "docs/statuses.md"
_ROW = re.compile(r"^\| `([a-z-]+)` \| ([a-z]+)", re.MULTILINE)
_NUMBERS = {6: "six", 40: "forty"}


def test_every_status_stands_in_the_order_of_the_rules() -> None:
    assert [name for name, _ in _ROW.findall(PAGE.read_text("utf-8"))] == [status.value for status in Status]


def test_colours_are_those_of_the_rules() -> None:
    assert dict(_ROW.findall(PAGE.read_text("utf-8"))) == {
        status.value: tone for status, tone in TONES.items()
    }


def test_limits_are_those_of_the_rules() -> None:
    text = PAGE.read_text("utf-8")
    assert f"{_NUMBERS[NETWORKS_A_DAY]} networks" in text
    assert f"{_NUMBERS[SCANS_A_DAY]} times" in text
    assert f"{LOOK_GROWS_OLD_AFTER.seconds // 60} minutes" in text
