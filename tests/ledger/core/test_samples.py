"""A sample is drawn by a public seed: the same everywhere, by nobody's choice, and no index is likelier."""

import base64
import hashlib
import hmac
import subprocess
import sys
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.errors import MalformedSample
from ledger.core.sample import LONGEST_SEED, MOST, draw

ROOT = Path(__file__).resolve().parents[3]
SEED = "Vé số Tây Ninh 27/11/2026: 482915"
HASH = bytes(range(32))
VECTOR = (445, 202, 836, 458, 611)


def as_documented(seed: str, size: int, root: bytes, count: int) -> list[int]:
    """The words of the module once more, in other code: what an auditor would write himself."""
    drawn, i = [], 0
    while len(drawn) < count:
        message = b"coi/sample/v1\n%d\n%s\n" % (size, base64.b64encode(root)) + i.to_bytes(8, "big")
        number = int(hmac.new(seed.encode(), message, hashlib.sha256).hexdigest()[:16], 16)
        if number < 2**64 - 2**64 % size and number % size not in drawn:
            drawn.append(number % size)
        i += 1
    return drawn


def test_draws_the_vector_of_the_documentation() -> None:
    assert draw(SEED, size=1000, root=HASH, count=5) == VECTOR
    assert " ".join(map(str, VECTOR)) in (ROOT / "docs/integrators.md").read_text("utf-8")


@given(
    st.text("abcxyzăâđêôơưốừỹẶ0123456789:/-₫果", min_size=1, max_size=16),
    st.integers(1, 2**40),
    st.binary(min_size=32, max_size=32),
    st.data(),
)
def test_draws_as_documented_for_any_seed_and_log(seed: str, size: int, root: bytes, data) -> None:
    count = data.draw(st.integers(1, min(size, 30)))
    drawn = draw(seed, size=size, root=root, count=count)
    assert list(drawn) == as_documented(seed, size, root, count)
    assert len(set(drawn)) == count
    assert all(0 <= index < size for index in drawn)


def test_a_larger_sample_begins_with_the_smaller_one() -> None:
    assert draw(SEED, size=1000, root=HASH, count=MOST)[:5] == VECTOR


def test_a_sample_of_the_whole_log_has_every_entry() -> None:
    assert sorted(draw(SEED, size=200, root=HASH, count=200)) == list(range(200))


def test_another_seed_size_or_root_draws_otherwise() -> None:
    others = [("x", 1000, HASH), (SEED, 1001, HASH), (SEED, 1000, bytes(32))]
    assert all(draw(seed, size=size, root=root, count=5) != VECTOR for seed, size, root in others)


def test_no_index_is_likelier_than_another() -> None:
    seen = Counter(draw(f"seed {n}", size=6, root=HASH, count=1)[0] for n in range(6000))
    assert all(850 < seen[index] < 1150 for index in range(6))


@pytest.mark.parametrize(
    ("seed", "size", "root", "count"),
    [
        ("", 10, HASH, 1),
        (" x", 10, HASH, 1),
        ("x\n", 10, HASH, 1),
        ("x\x00y", 10, HASH, 1),
        ("x" * (LONGEST_SEED + 1), 10, HASH, 1),
        (unicodedata.normalize("NFD", "Vé số"), 10, HASH, 1),
        ("\ud800", 10, HASH, 1),
        ("x", 10, HASH[:31], 1),
        ("x", 10, HASH, 0),
        ("x", 10, HASH, 11),
        ("x", 0, HASH, 1),
        ("x", 10_000, HASH, MOST + 1),
    ],
)
def test_what_is_no_seed_or_no_count_is_refused(seed: str, size: int, root: bytes, count: int) -> None:
    with pytest.raises(MalformedSample):
        draw(seed, size=size, root=root, count=count)


class TestTheCommand:
    def run(
        self, *arguments: object, module: str = "ledger", alone: bool = False
    ) -> tuple[int, list[str], str]:
        """Run it; `alone`: without any installed package."""
        first = [sys.executable, *(["-S", "-E"] if alone else []), "-m", module]
        words = ["sample"] if module == "ledger" else []
        done = subprocess.run(
            [*first, *words, *map(str, arguments)], capture_output=True, text=True, cwd=ROOT, check=False
        )
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout.split(), done.stderr

    def test_draws_from_size_and_root(self) -> None:
        root = base64.b64encode(HASH).decode()
        code, drawn, _ = self.run("--seed", SEED, "--count", 5, "--size", 1000, "--root", root)
        assert (code, drawn) == (0, [*map(str, VECTOR)])

    def test_needs_the_standard_library_alone(self) -> None:
        root = base64.b64encode(HASH).decode()
        asked = ("--seed", SEED, "--count", 5, "--size", 1000, "--root", root)
        code, drawn, _ = self.run(*asked, module="ledger.sample_command", alone=True)
        assert (code, drawn) == (0, [*map(str, VECTOR)])

    def test_draws_from_a_checkpoint_file_and_compares_a_bundle(self, log, tmp_path: Path) -> None:
        whole = log.bundle()
        (tmp_path / "checkpoint").write_text(whole.checkpoint, "utf-8")
        (tmp_path / "all.json").write_bytes(whole.to_bytes())
        size, root = whole.size, log.head().root
        drawn = draw("x", size=size, root=root, count=3)
        code, told, _ = self.run("--seed", "x", "--count", 3, "--checkpoint", tmp_path / "checkpoint")
        assert (code, told) == (0, [*map(str, drawn)])
        asked = ("--seed", "x", "--count", 3, "--bundle", tmp_path / "all.json")
        code, _, words = self.run(*asked)
        assert (code, "was not drawn" in words) == (1, True)

    @pytest.mark.parametrize(
        ("asked", "told"),
        [
            ((), "give --checkpoint"),
            (("--size", 10), "--size and --root go together"),
            (("--root", "AAAA"), "--size and --root go together"),
            (
                ("--size", 10, "--root", base64.b64encode(HASH).decode(), "--checkpoint", "c"),
                "without --checkpoint",
            ),
            (("--size", 10, "--root", "short"), "--root: not standard base64"),
            (("--bundle", "/nowhere"), "/nowhere: No such file"),
            (("--checkpoint", "README.md"), "README.md: a checkpoint has"),
            (("--checkpoint", "docs"), "docs: Is a directory"),
        ],
    )
    def test_says_what_it_cannot_use(self, asked: tuple[object, ...], told: str) -> None:
        code, drawn, words = self.run("--seed", "x", "--count", 1, *asked)
        assert (code, drawn, words.startswith("UNUSABLE")) == (2, [], True)
        assert told in words
