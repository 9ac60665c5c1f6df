"""What the sealed contents say is printed for a buyer, who asks whether they are about his lot."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import facts
from ledger.__main__ import main
from ledger.core import jcs
from ledger.core.disclosures import Disclosure, Erased
from ledger.core.errors import Malformed
from ledger.core.proofs import TlogProof
from ledger.facts import Lot
from tests.ledger.core.memory_log import DAY, log_of
from traceability.events.bodies import Goods, harvested, pack_uri

ROOT = Path(__file__).resolve().parents[2]
GTIN = "09521234000013"
MINE, OTHER = f"{GTIN}/MC260307-7K2F", f"{GTIN}/MC260308-AAAA"


def harvest(lot_no="MC260307-7K2F", grams=120_050, **more):
    body = harvested(
        Goods(GTIN, lot_no, grams), plot_id="1", by="2", picked_on=DAY.date(), now=DAY
    )  # the event of the market itself
    return jcs.canonicalize(body | more)


@pytest.fixture
def log():
    log = log_of(1)
    log.seal(harvest())
    return log


@pytest.fixture
def verify(tmp_path, log, capsys):
    """Exit code and lines for a file of these items of the log."""

    def run(*arguments, items=None, key=True, data=None):
        path = tmp_path / "proof"
        path.write_bytes(data or log.bundle(*(items or [log.item(1)])).to_bytes())
        trust = ["--key", str(log.key.verifier)] if key else []
        code = main(["verify", str(path), *trust, *map(str, arguments)])
        return code, capsys.readouterr().out.splitlines()

    return run


class TestALine:
    def test_says_what_was_sealed_of_which_lot(self, verify):
        _, lines = verify()
        when = "at 2026-03-07T02:30:00.000Z"
        told = f"content 1: ok: as it was sealed: commissioning, {when}, lot {MINE} 120.05 kg"
        assert lines[lines.index(told) - 1].startswith("inclusion 1: ok")

    def test_counts_items_and_tells_of_an_error_that_was_declared(self, log, verify):
        serials = [pack_uri(GTIN, str(n)) for n in range(40)]
        index = log.seal(harvest(epcList=serials, errorDeclaration={"reason": "incorrect_data"}))
        _, lines = verify(items=[log.item(index)])
        assert f"40 items, the first {serials[0]}, DECLARED WRONG" in next(
            one for one in lines if one.startswith("content")
        )

    def test_names_the_act_on_a_right(self, log, verify):
        body = {"format": "coi/right-change/1", "act": "granted", "state": "active", "certificate_no": "CC-1"}
        index = log.seal(jcs.canonicalize(body), kind="use_right.change")
        _, lines = verify(items=[log.item(index)])
        told = "as it was sealed: coi/right-change/1, act granted, state active, certificate_no CC-1"
        assert f"content {index}: ok: {told}" in lines

    @pytest.mark.parametrize(
        "body", [b"{}", b"[]", b"\xff", b'{"bizStep":1,"bizStep":2}', b'{"format":"x"}', b"1e999"]
    )
    def test_is_missing_for_what_is_no_event(self, log, verify, body):
        index = log.seal(body)
        code, lines = verify(items=[log.item(index)])
        assert (code, [one for one in lines if one.startswith("content")]) == (0, [])

    def test_cannot_pass_for_words_of_the_verifier_nor_steer_a_terminal(self, log, verify):
        index = log.seal(harvest(bizStep=f"x, lot {MINE} 9 kg\nVERIFIED \u202e\x1b[31m ộ", eventTime=["\n"]))
        _, lines = verify(items=[log.item(index)])
        line = next(one for one in lines if one.startswith("content"))
        assert '"x, lot' in line
        assert "\\nVERIFIED" in line
        assert line.isascii()
        assert line.isprintable()

    def test_is_not_printed_before_the_seal_holds(self, log, verify):
        opened = log.opened[1]
        spoilt = replace(
            log.item(1), disclosure=Disclosure(opened.salt, opened.body.replace(b"120050", b"920050"))
        )
        code, lines = verify("--lot", MINE, items=[log.item(0), spoilt])
        assert code == 1
        assert not [one for one in lines if one.startswith(("content", "lot"))]

    def test_is_the_word_of_the_file_where_no_key_is_trusted(self, verify):
        code, lines = verify("--lot", MINE, key=False)
        assert code == 2
        (told,) = [one for one in lines if one.startswith("content 1: ")]
        assert told.startswith("content 1: NOT CHECKED: as the file has it, under no key of yours: ")


class TestTheLotThatABuyerHolds:
    @pytest.mark.parametrize(
        "typed",
        [
            MINE,
            MINE.removeprefix("0"),
            f"https://market.example/01/{GTIN}/10/MC260307-7K2F/21/2345678923",
            f"https://id.gs1.org/01/{GTIN}/10/MC260307%2D7K2F?linkType=all",
        ],
    )
    def test_is_named_by_its_proof(self, verify, typed):
        code, lines = verify("--lot", typed)
        assert code == 0
        assert f"lot: ok: {MINE} is named by 1 of the 1 entries" in lines

    @pytest.mark.parametrize("typed", [OTHER, MINE.lower(), f"https://id.gs1.org/01/{GTIN}/10/MC260307-7K2"])
    def test_is_refused_when_the_file_is_about_another_one(self, verify, typed):
        code, lines = verify("--lot", typed)
        assert (code, lines[-1]) == (1, "REFUSED")
        (told,) = [one for one in lines if one.startswith("lot: REFUSED: no verified content names")]
        assert told.endswith(f"other lots that are named: {MINE}")

    @pytest.mark.parametrize("gone", [None, Erased()])
    def test_is_refused_where_nothing_shows_it(self, log, verify, gone):
        code, lines = verify("--lot", MINE, items=[replace(log.item(1), disclosure=gone)])
        assert code == 1
        assert f"lot: REFUSED: no verified content names {MINE}; 0 of 1 contents could be read" in lines

    def test_is_looked_for_in_a_tlog_proof_too(self, log, verify):
        data = TlogProof.of(log.item(1), log.checkpoint()).to_bytes()
        assert [verify("--lot", lot, data=data)[0] for lot in (MINE, OTHER)] == [0, 1]

    @pytest.mark.parametrize(
        "typed", ["", "x", GTIN, f"{GTIN}/", "09521234000014/A", f"{GTIN}/Măng", f"https://x/01/{GTIN}/21/1"]
    )
    def test_mistyped_gives_no_verdict(self, verify, typed):
        code, lines = verify("--lot", typed)
        assert (code, lines[-1].startswith("UNUSABLE: --lot: ")) == (2, True)

    def test_is_not_asked_of_a_checkpoint(self, log, verify):
        code, lines = verify("--lot", MINE, data=log.checkpoint())
        assert (code, "names no lot" in lines[-1]) == (2, True)


@given(st.text(max_size=60) | st.from_regex(facts._LINK))
def test_any_text_is_a_lot_or_malformed(text):
    try:
        lot = facts.read_lot(text)
    except Malformed:
        return
    assert facts.read_lot(str(lot)) == lot


def test_a_link_that_is_too_long_is_not_read_by_its_beginning():
    uri = f"https://id.gs1.org/01/{GTIN}/10/A?{'x' * 3000}"
    with pytest.raises(Malformed):
        facts.read_lot(uri)
    assert facts.read_lot(uri[:100]) == Lot(GTIN, "A")


def test_the_folder_alone_is_enough(tmp_path, log):
    shutil.copytree(ROOT / "ledger", tmp_path / "ledger", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "proof.json").write_bytes(log.bundle(log.item(1)).to_bytes())
    command = [
        sys.executable,
        "-m",
        "ledger",
        "verify",
        "proof.json",
        "--key",
        str(log.key.verifier),
        "--lot",
    ]
    for lot, code in ((MINE, 0), (OTHER, 1)):
        done = subprocess.run([*command, lot], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (code, "")
