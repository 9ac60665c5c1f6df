"""`python -m ledger verify` as an auditor types it: exit codes, words, and no server underneath."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.core.checksum import MEMBER, with_checksum
from ledger.core.disclosures import Disclosure
from ledger.core.encoding import encode_base64
from ledger.core.note import WitnessKey, sign_note
from ledger.core.proofs import TlogProof
from ledger.core.verify import NEVER_CHECKED
from ledger.core.witnessing import AddCheckpoint
from tests.ledger.core.command import ledger

ROOT = Path(__file__).resolve().parents[3]


def test_a_good_bundle_is_verified_by_policy_and_by_key(file, policy, log):
    for trust in (["--policy", policy], ["--key", log.key.verifier]):
        code, text = ledger(file, *trust)
        assert (code, text.splitlines()[-1]) == (0, "VERIFIED")
        for words in ("signature: ok", "inclusion 10: ok", "commitment 10: ok", "anchor 31337: NOT CHECKED"):
            assert words in text
        assert all(claim in text for claim in NEVER_CHECKED)


def test_a_changed_body_is_refused_in_words(file, policy, log):
    opened = log.opened[10]
    spoilt = replace(
        log.item(10), disclosure=Disclosure(opened.salt, opened.body.replace(b"120000", b"920000"))
    )
    file.write_bytes(log.bundle(spoilt).to_bytes())
    code, text = ledger(file, "--policy", policy)
    assert (code, text.splitlines()[-1]) == (1, "REFUSED")
    assert "commitment 10: REFUSED: the content is not the one that was sealed" in text


def test_with_nothing_to_trust_every_step_is_checked_and_the_exit_is_2(file):
    code, text = ledger(file)
    assert code == 2
    assert "signer: NOT CHECKED against a key you hold" in text
    assert "inclusion 10: ok" in text


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff\xfe", b"c2sp.org/tlog-proof@v1\nindex x\n\nz\n"])
def test_what_is_no_proof_is_unusable(file, policy, data):
    file.write_bytes(data)
    code, text = ledger(file, "--policy", policy)
    assert code == 2
    assert text.startswith("UNUSABLE")


def test_a_bundle_may_come_through_a_pipe(file, policy):
    code, text = ledger("-", "--policy", policy, typed=file.read_text("utf-8"))
    assert (code, text.splitlines()[-1]) == (0, "VERIFIED")


class TestAMisshapenFile:
    """Whoever made it must be able to find the place."""

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            (lambda m: m.pop("vkey"), "`vkey` is missing or no text"),
            (
                lambda m: m["items"][0].update(index=4.5),
                "items, number 1: `index` is missing or no whole number",
            ),
            (
                lambda m: m["items"][0]["proof"].__setitem__(1, "?"),
                "number 1: proof, hash 2: not standard base64",
            ),
            (lambda m: m["anchors"][0].update(root="0x" + "AB" * 32), "`root`: not lower-case hexadecimal"),
        ],
    )
    def test_is_told_with_the_member(self, file, policy, change, told):
        members = json.loads(file.read_bytes())
        change(members)
        file.write_bytes(with_checksum({name: told for name, told in members.items() if name != MEMBER}))
        code, text = ledger(file, "--policy", policy)
        assert (code, told in text) == (2, True), text

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            (lambda data: data + b"\n", "formatted or saved anew"),
            (lambda data: data.replace(b'"format"', b'"size":1,"format"'), "the name 'size' stands twice"),
        ],
    )
    def test_is_told_when_its_spelling_was_changed(self, file, policy, change, told):
        file.write_bytes(change(file.read_bytes()))
        code, text = ledger(file, "--policy", policy)
        assert (code, told in text) == (2, True), text

    def test_is_no_key_of_a_log_when_it_is_a_witnesss(self, file):
        code, text = ledger(file, "--key", WitnessKey.generate("w.example").verifier)
        assert (code, "--key: a witness's key" in text) == (2, True), text


def test_a_file_that_was_cut_off_is_called_that(file, policy):
    file.write_bytes(file.read_bytes()[:-100])
    code, text = ledger(file, "--policy", policy)
    assert code == 2
    assert "cut off, or not strict JSON" in text


@pytest.mark.parametrize("data", [b"log x\nquorum none\n", b"null", b"\xef\xbb\xbf{}"])
def test_a_file_of_another_kind_is_told_in_an_auditors_words(file, policy, data):
    file.write_bytes(data)
    code, text = ledger(file, "--policy", policy)
    assert code == 2
    assert "neither a proof.json, nor a tlog-proof, nor a checkpoint" in text


@pytest.mark.parametrize("url", ["http://[bad", "http://a b/", "http://x:port/", "ftp://x", "http://ổ/"])
def test_an_address_that_no_node_can_have_gives_no_verdict(file, policy, url):
    code, text = ledger(file, "--policy", policy, "--rpc", url)
    assert (code, text.splitlines()[-1]) == (2, "UNUSABLE")
    assert "anchor 31337: NOT CHECKED" in text


def test_what_was_asked_for_and_cannot_be_checked_is_never_passed_over(tmp_path, file, policy, log):
    proof = tmp_path / "entry.tlog-proof"
    proof.write_bytes(TlogProof.of(log.item(7), log.checkpoint()).to_bytes())
    for arguments in ([proof, "--rpc", "http://127.0.0.1:9/"], [file, "--entry", file]):
        code, text = ledger(*arguments, "--policy", policy)
        assert code == 2, text
        assert text.startswith("UNUSABLE")


PROBLEM = b'{"title": "Not Found", "status": 404, "type": "about:blank"}'


@pytest.mark.parametrize(
    "page", [PROBLEM, PROBLEM + b"\n", b"<!doctype html>\n\n", b"\n<HTML><body>502"], ids=str
)
def test_an_error_page_of_the_server_is_called_that_wherever_it_is_given(tmp_path, file, policy, page):
    saved = tmp_path / "saved"
    saved.write_bytes(page)
    for asked in (
        [saved, "--policy", policy],
        [file, "--policy", policy, "--against", saved],
        [file, "--policy", saved],
    ):
        code, text = ledger(*asked)
        assert (code, "error page of the server" in text) == (2, True), text
        assert "canonical" not in text


class TestWhatIsNoVerdict:
    """Exit 1 says that somebody lied: nothing else may end with it."""

    def test_a_missing_package_is_named(self, file):
        script = (
            "import sys, runpy\nsys.modules['cryptography'] = None\n"
            f"sys.argv[1:] = ['verify', {str(file)!r}]\n"
            "runpy.run_module('ledger', run_name='__main__', alter_sys=True)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=False
        )
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
        assert done.stderr.startswith("UNUSABLE: install the Python package `cryptography`")

    def test_a_reader_who_has_gone_is_left_in_peace(self, file, policy):
        read, write = os.pipe()
        os.close(read)
        command = [sys.executable, "-m", "ledger", "verify", str(file), "--policy", str(policy)]
        done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, cwd=ROOT, check=False)
        os.close(write)
        assert (done.returncode, done.stderr) == (2, b"")

    def test_a_crash_of_the_verifier_is_its_own(self, file, policy):
        script = (
            "import sys, runpy, ledger.core.verify as v\n"
            "v.verify_bundle = lambda *_, **__: 1 / 0\n"
            f"sys.argv[1:] = ['verify', {str(file)!r}, '--policy', {str(policy)!r}]\n"
            "runpy.run_module('ledger', run_name='__main__', alter_sys=True)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=False
        )
        assert done.returncode == 2
        assert "ZeroDivisionError" in done.stderr
        assert done.stderr.endswith("which says nothing about the file\n")


@pytest.mark.parametrize("slip", ["=", "B=", "?="])
def test_a_root_with_a_wrong_last_letter_is_called_mistyped(file, policy, log, slip):
    root = encode_base64(log.head().root)
    code, text = ledger(file, "--policy", policy, "--printed", len(log.entries), root[:42] + slip)
    assert (code, "--printed: the root is mistyped" in text) == (2, True), text


class TestACheckpointThatSomebodyKept:
    """Noted from `/ledger/checkpoint` today: does the log of next year still begin with it?"""

    @pytest.fixture
    def kept(self, tmp_path, fresh_log):
        path = tmp_path / "kept"
        path.write_bytes(fresh_log.checkpoint())
        return path

    @pytest.fixture
    def joined(self, tmp_path, kept, fresh_log):
        size = len(fresh_log.entries)
        fresh_log.seal(b"later")
        path = tmp_path / "consistency.txt"
        hashes = tuple(fresh_log.tree.consistency_path(size))
        path.write_bytes(AddCheckpoint(size, hashes, fresh_log.checkpoint()).to_bytes())
        return path

    def test_is_verified_when_the_log_of_today_begins_with_it(self, kept, joined, fresh_log):
        code, text = ledger(kept, "--key", fresh_log.key.verifier, "--against", joined)
        assert (code, text.splitlines()[-1]) == (0, "VERIFIED")
        assert "against: ok: the other checkpoint is later" in text

    def test_is_refused_when_the_log_was_written_anew(self, kept, joined, fresh_log):
        rewritten = replace(fresh_log.head(len(fresh_log.entries) - 1), root=bytes(32))
        kept.write_bytes(sign_note(rewritten.to_text(), [fresh_log.key]))
        code, text = ledger(kept, "--key", fresh_log.key.verifier, "--against", joined)
        assert (code, text.splitlines()[-1]) == (1, "REFUSED")
        assert "against: REFUSED" in text

    def test_on_paper_is_typed_in(self, joined, fresh_log):
        size = len(fresh_log.entries) - 1
        for root, code in ((fresh_log.head(size).root, 0), (bytes(32), 1)):
            typed = ["--printed", size, encode_base64(root)]
            done, text = ledger(joined, "--key", fresh_log.key.verifier, *typed)
            assert done == code, text
            assert "printed: " in text

    @pytest.mark.parametrize(
        "typed", [[], ["11", "AAAAAAAA"], ["1_0", "A" * 43 + "="], ["3", "A" * 43 + "="]]
    )
    def test_on_paper_and_mistyped_gives_no_verdict(self, joined, fresh_log, typed):
        printed = ["--printed", *typed] if typed else []
        code, text = ledger(joined, "--key", fresh_log.key.verifier, *printed)
        assert (code, text.startswith("UNUSABLE") or text.endswith("UNUSABLE\n")) == (2, True)

    def test_alone_or_not_joined_gives_no_verdict(self, kept, joined, fresh_log, tmp_path):
        today = tmp_path / "today"
        today.write_bytes(fresh_log.checkpoint())
        for other in ([], ["--against", today]):
            code, text = ledger(kept, "--key", fresh_log.key.verifier, *other)
            assert (code, text.splitlines()[-1]) == (2, "UNUSABLE")
            assert "signature: ok" in text

    def test_shows_its_root_as_paper_does(self, kept, fresh_log):
        _, text = ledger(kept, "--key", fresh_log.key.verifier)
        assert f"root {encode_base64(fresh_log.head().root)}" in text


def test_a_missing_file_or_a_bad_key_is_unusable(file, tmp_path):
    assert ledger(tmp_path / "none.json")[0] == 2
    assert ledger(file, "--key", "no+key")[0] == 2
    assert ledger(file, "--policy", file)[0] == 2
    assert ledger(file, "--rpc", "http://127.0.0.1:9/")[0] == 2


@pytest.mark.parametrize(
    ("spoilt", "told"),
    [
        (lambda text: text.replace("\n", "\r\n"), "save it with LF alone"),
        (lambda text: text.replace("quorum none\n", ""), "no quorum line"),
    ],
)
def test_a_slip_in_ones_own_policy_accuses_nobody_and_says_what_to_do(file, policy, spoilt, told):
    policy.write_bytes(spoilt(policy.read_text("utf-8")).encode())
    code, text = ledger(file, "--policy", policy)
    assert code == 2
    assert told in text


def test_a_policy_without_a_log_is_named_as_the_reason(file, policy):
    policy.write_text("quorum none\n", "utf-8")
    _, text = ledger(file, "--policy", policy)
    assert "checkpoint: REFUSED: your policy names no log" in text


def test_a_tlog_proof_is_verified(tmp_path, policy, log):
    path = tmp_path / "entry.tlog-proof"
    path.write_bytes(TlogProof.of(log.item(7), log.checkpoint()).to_bytes())
    code, text = ledger(path, "--policy", policy)
    assert code == 0, text


def test_text_that_could_steer_a_terminal_is_shown_as_codes(file, policy, fresh_log):
    fresh_log.seal(b"{}", subject="lot:\u202e\u009b31m")
    file.write_bytes(fresh_log.bundle(fresh_log.item(5)).to_bytes())
    _, text = ledger(file, "--key", fresh_log.key.verifier)
    assert "lot:\\u202e\\x9b31m" in text


def test_it_runs_on_the_standard_library_and_cryptography_alone():
    """The whole program is loaded in a process of its own, which then names what else came with it."""
    script = (
        "import sys, ledger.__main__\n"
        "tops = {name.partition('.')[0] for name in sys.modules}\n"
        "known = {'ledger', 'cryptography', '_cffi_backend', '__main__', *sys.stdlib_module_names}\n"
        "print(sorted(top for top in tops - known if not top.startswith(('_', 'sitecustomize'))))\n"
        "print(sorted(name for name in sys.modules if name.startswith('ledger.')))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True
    )
    foreign, own = done.stdout.splitlines()
    assert foreign == "[]"
    assert not re.search(r"models|commands|queries|sequencer|evm", own)
