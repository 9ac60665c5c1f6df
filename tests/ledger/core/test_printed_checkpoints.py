"""A checkpoint on paper beside a proof: the command line and the single file say the same of it."""

import base64
import json
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ledger.__main__ import main
from ledger.core.encoding import encode_base64
from ledger.core.note import SigningKey
from ledger.core.proofs import TlogProof
from ledger.core.report import State
from ledger.core.witnessing import AddCheckpoint
from ledger.verifier_words import FILE_WORDS
from tests.ledger.core.memory_log import MemoryLog, log_of

ROOT = Path(__file__).resolve().parents[3]
NODE = shutil.which("node")
HAS_NODE = NODE is not None and (ROOT / "node_modules/@noble/ed25519").is_dir()
OTHER = encode_base64(bytes(32))


@dataclass(frozen=True)
class Paper:
    """A file, what paper shows beside it, and how it ends: the outcome, and the state of the step."""

    name: str
    data: bytes
    printed: tuple[str, str]
    outcome: str
    state: str | None  # None where no step is made of it
    vkey: str = ""


def _consistency(log: MemoryLog, size: int) -> AddCheckpoint:
    return AddCheckpoint(size, tuple(log.tree.consistency_path(size)), log.checkpoint())


def _papers(log: MemoryLog) -> list[Paper]:
    root, then = encode_base64(log.head().root), encode_base64(log.head(4).root)
    bundle, proof = log.bundle().to_bytes(), TlogProof.of(log.item(3), log.checkpoint()).to_bytes()
    joined = _consistency(log, 4)
    spoilt = replace(joined, proof=(bytes(32), *joined.proof[1:])).to_bytes()
    today = _consistency(log, 11).to_bytes()
    stranger = str(SigningKey.generate(log.key.name).verifier)
    return [
        Paper("a bundle of that size", bundle, ("11", root), "verified", "ok"),
        Paper("a bundle, another root", bundle, ("11", OTHER), "refused", "REFUSED"),
        Paper("a bundle of another size", bundle, ("4", then), "unusable", "LACKING"),
        Paper("a bundle of fewer entries", bundle, ("12", root), "unusable", "LACKING"),
        Paper("a bundle and nothing on paper", bundle, ("0", root), "unusable", "LACKING"),
        Paper("a bundle without paper", bundle, ("", ""), "verified", None),
        Paper("a bundle of an unknown key", bundle, ("11", root), "refused", None, stranger),
        Paper("a bundle and half a root", bundle, ("11", root[:8]), "unusable", None),
        Paper("a bundle and no size", bundle, ("", root), "unusable", None),
        Paper("a bundle and no root", bundle, ("11", ""), "unusable", None),
        Paper("a bundle and no number", bundle, ("1l", root), "unusable", None),
        Paper("a tlog-proof of that size", proof, ("11", root), "verified", "ok"),
        Paper("a tlog-proof, another root", proof, ("11", OTHER), "refused", "REFUSED"),
        Paper("a tlog-proof of another size", proof, ("4", then), "unusable", "LACKING"),
        Paper("a joined size", joined.to_bytes(), ("4", then), "verified", "ok"),
        Paper("a joined size, another root", joined.to_bytes(), ("4", OTHER), "refused", "REFUSED"),
        Paper("a spoilt join", spoilt, ("4", then), "refused", "REFUSED"),
        Paper("another size than the joined one", joined.to_bytes(), ("5", then), "unusable", "LACKING"),
        Paper("the newest one joined to itself", today, ("11", root), "verified", "ok"),
        Paper("a join of an unknown key", joined.to_bytes(), ("4", then), "refused", None, stranger),
        Paper("a cut join", joined.to_bytes().partition(b"\n\n")[0], ("4", then), "unusable", None),
        Paper(
            "a join of a zero", joined.to_bytes().replace(b"old 4", b"old 04"), ("4", then), "unusable", None
        ),
        Paper(
            "a join with a short hash", b"old 4\nAAAA\n\n" + log.checkpoint(), ("4", then), "unusable", None
        ),
        Paper("a join without paper", joined.to_bytes(), ("", ""), "unusable", "LACKING"),
    ]


LOG = log_of(11)
PAPERS = _papers(LOG)


def said_by_python(
    paper: Paper, file: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[str, dict[str, str]]:
    """The outcome and the state of every step; no steps where the command cannot use what it was given."""
    file.write_bytes(paper.data)
    printed = ["--printed", *paper.printed] if any(paper.printed) else []
    main(["verify", str(file), "--key", paper.vkey or str(LOG.key.verifier), *printed])
    lines = capsys.readouterr().out.splitlines()
    if lines[0].startswith("UNUSABLE"):
        return "unusable", {}
    steps = [line.split(": ")[:2] for line in lines[:-1] if not line.startswith("not checked here")]
    # What is lacking is told in its own words, without the word for it.
    return lines[-1].lower(), {name: state if state in set(State) else "LACKING" for name, state in steps}


def said_in_node() -> list[tuple[str, dict[str, str]]]:
    """The same of the single file's code."""
    key = str(LOG.key.verifier)
    return [
        (outcome, {name: state for name, state, _ in steps})
        for outcome, steps in asked_in_node([(each.data, each.vkey or key, each.printed) for each in PAPERS])
    ]


def asked_in_node(
    files: list[tuple[bytes, str, tuple[str, str]]],
) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Outcome and steps (name, state, code) of each file, with the trust and what was typed from paper."""
    asked = [
        {"file": base64.b64encode(data).decode(), "trust": trust, "printed": printed}
        for data, trust, printed in files
    ]
    question = json.dumps({"samples": asked, "flips": [], "corpus": None, "now": 1_800_000_000})
    script = Path(__file__).with_name("verify_in_node.mjs")
    command = [str(NODE), "--no-warnings", str(script), "noble"]
    done = subprocess.run(command, input=question.encode(), capture_output=True, check=True, timeout=60)
    return [(told["outcome"], told["steps"]) for told in json.loads(done.stdout)["samples"]]


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_the_command_line_says(paper: Paper, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome, steps = said_by_python(paper, tmp_path / "file", capsys)
    assert (outcome, steps.get("printed")) == (paper.outcome, paper.state if steps else None)


@pytest.mark.skipif(not HAS_NODE, reason="node or node_modules is missing")
def test_the_single_file_says_the_same_by_the_same_steps(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for paper, (outcome, steps) in zip(PAPERS, said_in_node(), strict=True):
        assert (outcome, steps.get("printed")) == (paper.outcome, paper.state), paper.name
        by_python = said_by_python(paper, tmp_path / "file", capsys)
        if by_python[1]:
            assert by_python == (outcome, steps), paper.name


@pytest.mark.skipif(not HAS_NODE, reason="node or node_modules is missing")
def test_the_single_file_calls_what_is_no_proof_by_its_name() -> None:
    problem = b'{"status":404,"title":"Not Found","type":"about:blank"}'
    given = {
        LOG.checkpoint(): "not-kept-checkpoint",
        problem: "not-server-page",
        problem + b"\n": "not-server-page",
        b"\n<!DOCTYPE html><title>502": "not-server-page",
        b'{"format":"coi/proof/1",': "not-json",
        b"trust me": "not-json",
    }
    answers = asked_in_node([(data, str(LOG.key.verifier), ("", "")) for data in given])
    for (outcome, steps), code in zip(answers, given.values(), strict=True):
        assert (outcome, steps) == ("unusable", [["file", "LACKING", code]])
    assert {"not-kept-checkpoint", "not-server-page"} <= FILE_WORDS.keys()


@pytest.mark.skipif(not HAS_NODE, reason="node or node_modules is missing")
def test_what_is_typed_is_read_as_the_log_page_reads_it() -> None:
    """Figures in groups and a root broken over two lines are the same figures and root."""
    script = """
        import { readPrinted } from "./static/js/verify/printed.js";
        const { size, root } = readPrinted(" 1.234 ", process.argv[1]);
        console.log(`${size} ${Buffer.from(root).toString("base64")}`);
    """
    root = encode_base64(LOG.head().root)
    command = [str(NODE), "--input-type=module", "--no-warnings", "-e", script, f"{root[:20]} \n{root[20:]} "]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60, cwd=ROOT)
    assert done.stdout.decode().split() == ["1234", root]
