"""The runner of published vectors: what it prints, when it fails, and the corpus where there is one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HASHER = {
    "id": "empty",
    "op": "empty_root",
    "want_hex": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
}


def run(directory):
    done = subprocess.run(
        [sys.executable, "scripts/conformance.py", directory],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    return done.returncode, done.stdout.splitlines()


def corpus(folder, **files):
    (folder / "merkle").mkdir()
    (folder / "merkle" / "SOURCES.md").write_text("prose")
    for stem, cases in files.items():
        (folder / "merkle" / f"{stem}.json").write_text(json.dumps({"cases": cases}))
    return folder


def test_a_suite_is_counted_and_an_unknown_file_is_listed(tmp_path):
    code, lines = run(corpus(tmp_path, hasher=[HASHER], unheard_of=[]))
    assert (code, lines) == (0, ["merkle/hasher: 1 of 1 (need 1)", "merkle/unheard_of: skipped"])


def test_a_failing_case_is_named_and_fails_the_run(tmp_path):
    code, lines = run(corpus(tmp_path, hasher=[HASHER | {"want_hex": "00"}]))
    assert (code, lines) == (1, ["merkle/hasher: 0 of 1 (need 1); failed: empty"])


def test_a_folder_without_suites_is_no_success(tmp_path):
    assert run(corpus(tmp_path, unheard_of=[]))[0] == 2


@pytest.mark.conformance
def test_the_corpus_passes():
    if not os.environ.get("CORPUS"):
        pytest.skip("no CORPUS")
    code, lines = run(os.environ["CORPUS"])
    assert code == 0, lines
