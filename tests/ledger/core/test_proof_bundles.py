"""One verdict for one file: Python and the browser's code agree, on good bundles and on spoilt ones."""

import base64
import json
import os
import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis.strategies import binary

from ledger.core.encoding import encode_base64
from ledger.core.errors import AnchorDiffers, AnchorUnreachable, Malformed, MalformedProof
from ledger.core.heads import Other, read_other, trust_keys
from ledger.core.note import SigningKey, WitnessKey, sign_note
from ledger.core.policy import Policy, parse_policy
from ledger.core.proofs import LARGEST_FILE, TLOG_PROOF, TlogProof, read_bundle, read_tlog_proof
from ledger.core.report import Outcome, Report, State
from ledger.core.verify import verify_bundle, verify_checkpoint, verify_tlog_proof
from ledger.core.witnessing import AddCheckpoint
from tests.ledger.core.memory_log import DAY, log_of
from tests.ledger.core.tampering import samples, small_files

ROOT = Path(__file__).resolve().parents[3]
NODE = shutil.which("node")
HAS_NODE = NODE is not None and (ROOT / "node_modules/@noble/ed25519").is_dir()
in_node = pytest.mark.skipif(not HAS_NODE, reason="node or node_modules is missing")
SAMPLES = samples()
NOW = DAY + timedelta(days=40)


def report_of(data: bytes, trust: str) -> Report | None:
    """As the command line decides; None for what it cannot use."""
    try:
        policy = (
            None
            if not trust
            else parse_policy(trust.encode())
            if " " in trust
            else trust_keys(*trust.split())
        )
        if data.startswith(TLOG_PROOF.encode()):
            return verify_tlog_proof(read_tlog_proof(data), trust=policy, now=NOW)
        return verify_bundle(read_bundle(data), trust=policy, now=NOW)
    except Malformed:
        return None


def verdict(data: bytes, trust: str) -> str:
    report = report_of(data, trust)
    return report.outcome if report else "unusable"


def trusting(log):
    return Policy(logs=(log.key.verifier,))


def step(report, name):
    return next(step for step in report.steps if step.name == name)


def ask_node(means, *, files=(), flips=(), corpus=None):
    """What the browser's code answers."""

    def told(some):
        return [{"file": base64.b64encode(s.data).decode(), "trust": s.trust} for s in some]

    question = {"samples": told(files), "flips": told(flips), "corpus": corpus, "now": int(NOW.timestamp())}
    script = Path(__file__).with_name("verify_in_node.mjs")
    done = subprocess.run(
        [NODE, "--no-warnings", script, means],
        input=json.dumps(question).encode(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_python_gives_the_verdict(sample):
    assert verdict(sample.data, sample.trust) == sample.outcome


@in_node
@pytest.mark.parametrize("means", ["subtle", "noble"])
def test_the_browsers_code_gives_the_same_verdicts_by_the_same_steps(means):
    answers = dict(zip((s.name for s in SAMPLES), ask_node(means, files=SAMPLES)["samples"], strict=True))
    assert {name: told["outcome"] for name, told in answers.items()} == {s.name: s.outcome for s in SAMPLES}
    for sample in SAMPLES:
        if report := report_of(sample.data, sample.trust):
            steps = [(name, state) for name, state, _ in answers[sample.name]["steps"]]
            assert steps == [(one.name, one.state) for one in report.steps], sample.name


class TestWitnessesOnTheLogsOwnMachine:
    """Its operator could make them sign anything, and an old checkpoint anew today."""

    ROWS = (
        ("quorum met", State.OK, "", "2026-", "age"),
        (
            "quorum of witnesses beside the log",
            State.NOT_CHECKED,
            "none of them on another machine",
            "by a witness on the log's own machine",
            "age-here",
        ),
        (
            "quorum at the log's own name",
            State.NOT_CHECKED,
            "none of them on another machine",
            "by a witness on the log's own machine",
            "age-here",
        ),
        ("one witness beside the log", State.OK, "3 of 3", "days ago", "age"),
        ("witnesses at an address like the log's", State.OK, "3 of 3", "days ago", "age"),
        ("witnesses at a word before loopback", State.OK, "3 of 3", "days ago", "age"),
        ("a newer time beside the log", State.OK, "2 of 3", " 40 days ago", "age"),
        ("one time of the future", State.OK, "2 of 3", " 40 days ago", "age"),
        ("time of the future", State.OK, "2 of 3", "yet to come; it may be an old checkpoint", "age-ahead"),
    )

    @pytest.mark.parametrize(("name", "state", "quorum", "age", "code"), ROWS)
    def test_are_told_as_such_and_a_time_that_is_yet_to_come_is_none(self, name, state, quorum, age, code):
        sample = next(sample for sample in SAMPLES if sample.name == name)
        report = report_of(sample.data, sample.trust)
        assert step(report, "quorum").state is state
        assert quorum in step(report, "quorum").text
        assert age in step(report, "age").text

    @in_node
    def test_are_told_as_such_in_the_browser(self):
        wanted = {name: code for name, _, _, _, code in self.ROWS}
        asked = [sample for sample in SAMPLES if sample.name in wanted]
        told = {}
        for sample, answer in zip(asked, ask_node("subtle", files=asked)["samples"], strict=True):
            told[sample.name] = next(code for name, _, code in answer["steps"] if name == "age")
        assert told == wanted


@pytest.mark.faults
class TestEveryFlippedBit:
    """No file with one bit changed is accepted: what no signature covers is covered by the checksum."""

    @pytest.mark.parametrize("sample", small_files(), ids=lambda sample: sample.name)
    def test_is_refused_by_the_command_line(self, sample):
        for at in range(len(sample.data)):
            for bit in range(8):
                changed = bytearray(sample.data)
                changed[at] ^= 1 << bit
                assert verdict(bytes(changed), sample.trust) != "verified", (at, bit)

    @in_node
    def test_is_refused_by_the_browsers_code(self):
        files = small_files()
        outcomes = ask_node("subtle", flips=files)["flips"]
        assert [sum(told.values()) for told in outcomes] == [2 * len(sample.data) for sample in files]
        assert all("verified" not in told for told in outcomes)


@in_node
@pytest.mark.skipif(not os.environ.get("CORPUS"), reason="no CORPUS")
@pytest.mark.parametrize("means", ["subtle", "noble"])
def test_the_browsers_code_passes_the_published_vectors(means):
    told = ask_node(means, corpus=os.environ["CORPUS"])["corpus"]
    assert {stem: one["failed"] for stem, one in told.items()} == {stem: [] for stem in told}
    assert sum(one["cases"] for one in told.values()) > 1900


def test_a_file_larger_than_any_proof_is_not_read():
    assert verdict(b" " * (LARGEST_FILE + 1), "") == "unusable"


def test_a_bundle_is_read_as_it_was_written(log):
    bundle = replace(
        log.bundle(log.item(1), log.item(2, erased=True)),
        anchors=(log.anchor(size=5),),
        timestamps=(log.timestamp(size=4),),
        about={"lot": "x"},
    )
    assert read_bundle(bundle.to_bytes()) == bundle


@given(binary(max_size=100))
def test_any_bytes_are_a_bundle_or_one_named_error(data):
    for read in (read_bundle, read_tlog_proof):
        with pytest.raises(MalformedProof):
            read(data)


class TestWithoutAKey:
    def test_all_is_checked_and_nothing_is_promised(self, log):
        report = verify_bundle(log.bundle(), trust=None)
        assert report.outcome is Outcome.UNUSABLE
        assert step(report, "signer").text.startswith("NOT CHECKED against a key you hold")
        assert step(report, "inclusion 0").state is State.OK

    def test_a_spoilt_bundle_is_refused_all_the_same(self, log):
        item = replace(log.item(0), index=1)
        assert verify_bundle(log.bundle(item), trust=None).outcome is Outcome.REFUSED


class TestAQuorum:
    def test_that_is_not_met_refuses(self, log):
        witness = SigningKey.generate("witness.example").verifier
        text = f"log {log.key.verifier}\nwitness w {witness}\nquorum w\n"
        report = verify_bundle(log.bundle(), trust=parse_policy(text.encode()))
        assert report.outcome is Outcome.REFUSED
        assert step(report, "quorum").text.startswith("0 of 1")


class TestTheAge:
    def test_of_an_old_checkpoint_is_told_by_its_newest_cosignature(self, log):
        keys = [WitnessKey.generate(name) for name in ("a.example", "b.example")]
        head = log.head().to_text()
        lines = [key.cosign(head, DAY + timedelta(days=n)) for n, key in enumerate(keys)]
        bundle = replace(log.bundle(), checkpoint=log.checkpoint().decode() + "".join(lines))
        witnesses = {key.name: key.verifier for key in keys}
        trust = Policy(logs=(log.key.verifier,), witnesses=witnesses)
        told = step(verify_bundle(bundle, trust=trust, now=NOW), "age")
        assert told.state is State.NOT_CHECKED
        assert "2026-03-08T02:30:00+00:00, 39 days ago" in told.text

    def test_without_a_time_is_said_to_be_unknown(self, log):
        assert step(verify_bundle(log.bundle(), trust=trusting(log)), "age").text.startswith(
            "no time is known"
        )


class TestAgainstAnotherCheckpoint:
    def against(self, log, other):
        report = verify_bundle(log.bundle(), trust=trusting(log), against=other)
        return report.outcome, step(report, "against")

    def test_of_the_same_head_agrees(self, log):
        outcome, told = self.against(log, read_other(log.checkpoint()))
        assert (outcome, told.state) == (Outcome.VERIFIED, State.OK)

    def test_of_the_same_size_and_another_root_is_a_fork_with_both_roots(self, log):
        head = replace(log.head(), root=bytes(32))
        outcome, told = self.against(log, Other(sign_note(head.to_text(), [log.key])))
        assert outcome is Outcome.REFUSED
        assert told.text.startswith("FORK")
        assert encode_base64(log.head().root) in told.text
        assert encode_base64(bytes(32)) in told.text

    def test_of_another_size_gives_no_verdict_without_a_proof(self, log):
        other = read_other(sign_note(log.head(4).to_text(), [log.key]))
        outcome, told = self.against(log, other)
        assert (outcome, told.state) == (Outcome.UNUSABLE, State.LACKING)
        assert "NOT CHECKED: the other checkpoint is earlier, with 4 entries" in told.text
        for size in (4, len(log.entries)):  # one of them alone ties this file to nothing that was kept
            assert f"/ledger/checkpoints/{size}/consistency" in told.text

    def test_of_another_size_is_joined_by_following_the_advice(self, fresh_log):
        kept, bundle = fresh_log.checkpoint(), fresh_log.bundle()
        early = sign_note(fresh_log.head(4).to_text(), [fresh_log.key])
        fresh_log.seal(b"later")
        newest = []
        for note, size in ((early, 4), (kept, bundle.size)):
            path = tuple(fresh_log.tree.consistency_path(size))
            other = read_other(AddCheckpoint(size, path, fresh_log.checkpoint()).to_bytes())
            report = verify_checkpoint(note, trust=trusting(fresh_log), against=other)
            assert report.outcome is Outcome.VERIFIED
            newest.append(step(report, "against").text.split("root ")[1][:44])
        assert newest == [encode_base64(fresh_log.head().root)] * 2

    def test_that_a_consistency_file_joins_is_the_same_history(self, fresh_log):
        bundle, size = fresh_log.bundle(), len(fresh_log.entries)
        fresh_log.seal(b"later")
        path = tuple(fresh_log.tree.consistency_path(size))
        asked = AddCheckpoint(size, path, fresh_log.checkpoint())
        for proof, state in ((asked, State.OK), (replace(asked, proof=path[::-1] + path), State.REFUSED)):
            report = verify_bundle(bundle, trust=trusting(fresh_log), against=read_other(proof.to_bytes()))
            assert step(report, "against").state is state

    def test_that_the_log_did_not_sign_is_no_evidence(self, log):
        forged = sign_note(replace(log.head(), root=bytes(32)).to_text(), [SigningKey.generate(log.key.name)])
        outcome, told = self.against(log, Other(forged))
        assert (outcome, told.state) == (Outcome.UNUSABLE, State.LACKING)

    def test_of_another_log_gives_no_verdict(self, log):
        other = log_of(3, origin="other.example/log")
        trust = Policy(logs=(log.key.verifier, other.key.verifier))
        report = verify_bundle(log.bundle(), trust=trust, against=read_other(other.bundle().to_bytes()))
        assert step(report, "against").state is State.LACKING


class TestAnAnchor:
    def test_is_told_and_not_checked_when_no_chain_is_asked(self, log):
        report = verify_bundle(log.bundle(anchors=(log.anchor(),)), trust=trusting(log))
        assert report.outcome is Outcome.VERIFIED
        assert step(report, "anchor 31337").state is State.NOT_CHECKED
        assert "development chain" in step(report, "anchor 31337").text

    @pytest.mark.parametrize("size", [1, 4, 11])
    def test_of_an_earlier_head_is_tied_by_its_consistency_proof(self, log, size):
        bundle = log.bundle(anchors=(log.anchor(size=size),))
        report = verify_bundle(bundle, trust=trusting(log), look=lambda _: "block 7")
        assert report.outcome is Outcome.VERIFIED
        assert step(report, "anchor 31337").state is State.OK

    def test_of_an_earlier_head_without_a_proof_is_not_counted(self, log):
        bundle = log.bundle(anchors=(log.anchor(size=5, joined=False),))
        report = verify_bundle(bundle, trust=trusting(log), look=lambda _: "block 7")
        assert report.outcome is Outcome.UNUSABLE

    @pytest.mark.parametrize("change", [{"root": bytes(32)}, {"log_id": bytes(32)}, {"size": 10}])
    def test_of_another_tree_or_log_refuses(self, log, change):
        anchor = replace(log.anchor(), **change, consistency=())
        assert verify_bundle(log.bundle(anchors=(anchor,)), trust=trusting(log)).outcome is Outcome.REFUSED

    @pytest.mark.parametrize(
        ("error", "outcome"), [(AnchorDiffers, Outcome.REFUSED), (AnchorUnreachable, Outcome.UNUSABLE)]
    )
    def test_that_the_chain_denies_refuses_and_a_silent_chain_gives_no_verdict(self, log, error, outcome):
        def look(_anchor):
            raise error("so it is")

        bundle = log.bundle(anchors=(log.anchor(),))
        assert verify_bundle(bundle, trust=trusting(log), look=look).outcome is outcome

    def test_that_is_asked_for_and_not_there_gives_no_verdict(self, log):
        report = verify_bundle(log.bundle(), trust=trusting(log), look=lambda _: "block 7")
        assert report.outcome is Outcome.UNUSABLE


class TestATimestamp:
    def test_is_told_and_not_checked_when_nobody_trusts_its_authority(self, log):
        report = verify_bundle(log.bundle(timestamps=(log.timestamp(),)), trust=trusting(log))
        assert report.outcome is Outcome.VERIFIED
        told = step(report, "timestamp Province time stamps")
        assert told.state is State.NOT_CHECKED
        assert "its signature was not checked (give --tsa-ca)" in told.text

    def test_on_the_logs_own_machine_is_called_one(self, log):
        stamp = log.timestamp(on_this_machine=True)
        report = verify_bundle(log.bundle(timestamps=(stamp,)), trust=trusting(log))
        assert "on the log's own machine" in step(report, "timestamp Province time stamps").text

    def test_is_handed_the_body_of_the_head_that_it_is_over(self, log):
        seen = []

        def look(_stamp, body):
            seen.append(body.decode())
            return "so it is"

        bundle = log.bundle(timestamps=(log.timestamp(size=4),))
        report = verify_bundle(bundle, trust=trusting(log), look_at_timestamp=look)
        assert report.outcome is Outcome.VERIFIED
        assert seen == [log.head(4).to_text()]

    def test_that_is_asked_for_and_not_there_gives_no_verdict(self, log):
        report = verify_bundle(log.bundle(), trust=trusting(log), look_at_timestamp=lambda *_: "")
        assert report.outcome is Outcome.UNUSABLE
        assert step(report, "timestamp").state is State.LACKING


class TestATlogProof:
    def test_carries_our_entry_and_its_disclosure(self, log):
        proof = read_tlog_proof(TlogProof.of(log.item(3), log.checkpoint()).to_bytes())
        assert proof.item() == log.item(3)
        assert verify_tlog_proof(proof, trust=trusting(log)).outcome is Outcome.VERIFIED
        assert verify_tlog_proof(proof, trust=None).outcome is Outcome.UNUSABLE

    def test_of_a_stranger_needs_the_logged_data(self, log):
        item = log.item(3)
        proof = TlogProof(3, item.proof, log.checkpoint())
        assert verify_tlog_proof(proof, trust=trusting(log)).outcome is Outcome.UNUSABLE
        assert verify_tlog_proof(proof, trust=trusting(log), entry=item.entry).outcome is Outcome.VERIFIED
        assert verify_tlog_proof(proof, trust=trusting(log), entry=b"x").outcome is Outcome.REFUSED

    def test_with_a_spoilt_disclosure_is_refused(self, log):
        item = replace(log.item(3), disclosure=log.opened[4])
        proof = TlogProof.of(item, log.checkpoint())
        assert verify_tlog_proof(proof, trust=trusting(log)).outcome is Outcome.REFUSED
