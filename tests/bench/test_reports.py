"""A benchmark ends in one JSON object, and the page of figures tells every promise; nothing here is timed."""

import json
import re
from pathlib import Path

import pytest

from bench._ledger.bounds import BOUNDS
from bench._ledger.entries import SIZE, an_entry
from bench._ledger.memory import grown
from bench._report import Bound, Measured, in_turn, machine, print_report, ratio
from ledger.core.entry import parse_entry
from ledger.core.tree import leaf_hash, root

PAGE = Path(__file__).resolve().parents[2] / "docs/performance.md"
_ROW = re.compile(r"^\| `([a-z0-9_]+)` \| ((?:<=|>=) [0-9.]+) \|", re.MULTILINE)


def test_the_page_tells_every_promise_with_its_limit() -> None:
    told = dict(_ROW.findall(PAGE.read_text("utf-8")))
    assert told == {name: str(bound) for name, bound in BOUNDS.items()}


@pytest.mark.parametrize("table", [False, True])
def test_the_last_line_is_the_json_object(capsys: pytest.CaptureFixture[str], *, table: bool) -> None:
    found = Measured(figures={"a": 1.23456}, peers={"b": None}, ratios={"a_over_b": 3}, reasons=["b: why"])
    print_report("one", found, {"a_over_b": Bound(2)}, machine(postgresql="15"), table=table)
    lines = capsys.readouterr().out.splitlines()
    told = json.loads(lines[-1])
    assert told.keys() == {"bench", "machine", "figures", "peers", "ratios"}
    assert (told["figures"], told["peers"], told["ratios"]) == ({"a": 1.235}, {"b": None}, {"a_over_b": 3})
    assert {"cpu", "cores", "python", "postgresql", "date"} <= told["machine"].keys()
    assert (len(lines) > 1) == table
    assert any("MISSED" in line for line in lines) == table


def test_a_ratio_is_the_median_of_the_rounds_so_one_busy_round_changes_nothing() -> None:
    ours, peer = in_turn(iter([2.0, 2.0, 200.0, 2.0, 2.0]).__next__, lambda: 1.0)
    assert ratio(ours, peer) == 2.0


def test_what_is_measured_is_the_log_that_the_product_makes() -> None:
    given = [an_entry(number) for number in range(700)]
    assert {len(entry) for entry in given} == {SIZE}
    assert [parse_entry(entry).to_bytes() for entry in given[::50]] == given[::50]
    assert grown(given, batch=100).root == root([leaf_hash(entry) for entry in given])
