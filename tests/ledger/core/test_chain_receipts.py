"""What a receipt says of an anchor, and that the reader knows the contract as it was compiled."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.anchors import receipt as chain
from ledger.core.errors import AnchorDiffers, AnchorUnreachable, Malformed
from tests.ledger.core.command import ledger

ROOT = Path(__file__).resolve().parents[3]
CONTRACT = json.loads((ROOT / "contracts/anchor.json").read_text("utf-8"))


class TestAReceipt:
    """The shape of a real receipt (anvil); tests/services asks a running chain."""

    def of(self, anchor, **changes):
        log = {
            "address": "0x" + anchor.contract.hex().upper(),
            "topics": [chain.EVENT_TOPIC, f"0x{anchor.log_id.hex()}", f"0x{anchor.size:064x}"],
            "data": f"0x{anchor.root.hex()}{0:064x}",
        }
        receipt = {
            "transactionHash": f"0x{anchor.tx_hash.hex()}",
            "status": "0x1",
            "blockNumber": "0x7",
            "logs": [log | changes.pop("log", {})],
        }
        return json.dumps({"jsonrpc": "2.0", "id": 1, "result": receipt | changes}).encode()

    def test_that_holds_the_anchors_event_agrees(self, log, file, policy, tmp_path):
        path = tmp_path / "receipt.json"
        path.write_bytes(self.of(log.anchor()))
        code, text = ledger(file, "--policy", policy, "--anchor-receipt", path)
        assert code == 0, text
        assert "anchor 31337: ok" in text
        assert f"contract 0x{log.anchor().contract.hex()}: compare it with the one that you know" in text

    def test_calls_the_chain_by_its_number_and_its_name_the_word_of_the_file(self, log, file, policy):
        boast = replace(log.anchor(), chain_name="Ethereum", development=False)
        file.write_bytes(log.bundle(anchors=(boast,)).to_bytes())
        _, text = ledger(file, "--policy", policy)
        assert "anchor 31337: NOT CHECKED: Ethereum, as the file calls it" in text

    @pytest.mark.parametrize(
        "changes",
        [
            {"status": "0x0"},
            {"blockNumber": "0x8"},
            {"blockNumber": None},
            {"logs": []},
            {"log": {"address": "0x" + "00" * 20}},
            {"log": {"topics": []}},
            {"log": {"data": "0x" + "00" * 64}},
            {"log": {"data": "0xzz"}},
        ],
        ids=str,
    )
    def test_that_says_something_else_refuses(self, log, changes):
        anchor = log.anchor()
        with pytest.raises(AnchorDiffers):
            chain.ReceiptFile.read(self.of(anchor, **changes)).look(anchor)

    def test_of_another_transaction_says_nothing(self, log):
        anchor = log.anchor()
        with pytest.raises(AnchorUnreachable):
            chain.ReceiptFile.read(self.of(anchor, transactionHash="0x" + "11" * 32)).look(anchor)

    def test_that_is_no_receipt_is_malformed(self):
        with pytest.raises(Malformed):
            chain.ReceiptFile.read(b'{"result": null}')


def test_the_constants_of_the_reader_are_those_of_the_contract():
    assert CONTRACT["event_topic"] == chain.EVENT_TOPIC
    assert CONTRACT["selectors"]["head_size(bytes32)"] == chain.HEAD_SIZE
    assert CONTRACT["selectors"]["head_root(bytes32)"] == chain.HEAD_ROOT


def test_the_committed_contract_is_what_its_source_compiles_to():
    done = subprocess.run(
        [sys.executable, "-m", "scripts.build_contract", "--check"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
