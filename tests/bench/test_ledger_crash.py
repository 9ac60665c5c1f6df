"""A real installation, killed at every named point once and as often at random, loses and doubles nothing."""

import json
import os

import pytest

from bench import ledger_crash
from bench._crash.points import POINTS

SERVER = os.environ.get("TEST_DATABASE_URL", "")


@pytest.mark.faults
def test_what_is_left_after_the_kills_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    database = ["--database", SERVER] if SERVER else []
    assert ledger_crash.main(["--kills", str(2 * len(POINTS)), "--json", *database]) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])["figures"]
    assert {point.name for point in POINTS} <= figures["points"].keys()
    assert [figures[name] for name in ("lost", "gaps", "forks", "doubled_anchors")] == [0, 0, 0, 0]
    assert figures["accepted"] > 0
