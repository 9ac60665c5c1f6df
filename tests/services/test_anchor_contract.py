"""The anchor contract on a running chain, and the verifier's reader asking that chain."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from eth_account.typed_transactions import TypedTransaction
from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import ContractLogicError

from ledger.anchors import evm
from ledger.anchors.chain import ChainRefuses, Head
from ledger.anchors.receipt import RPC
from ledger.core.anchors import Anchor
from ledger.core.errors import AnchorDiffers, AnchorUnreachable
from tests.support.anvil import anvil

pytestmark = pytest.mark.services
BUILT = json.loads((Path(__file__).resolve().parents[2] / "contracts/anchor.json").read_text("utf-8"))
LOG_ID = hashlib.sha256(b"demo.coi.invalid/ledger").digest()


def root(size):
    return hashlib.sha256(b"root %d" % size).digest()


@pytest.fixture(scope="module")
def chain(tmp_path_factory):
    with anvil(tmp_path_factory.mktemp("anvil")) as running:
        yield running


class Deployed:
    """A fresh contract and its owner."""

    def __init__(self, url):
        self.web3 = Web3(Web3.HTTPProvider(url))
        self.owner, self.stranger = self.web3.eth.accounts[:2]
        factory = self.web3.eth.contract(abi=BUILT["abi"], bytecode=BUILT["bytecode"])
        made = self.web3.eth.wait_for_transaction_receipt(
            factory.constructor().transact({"from": self.owner})
        )
        self.contract = self.web3.eth.contract(made["contractAddress"], abi=BUILT["abi"])
        self.address = bytes.fromhex(self.contract.address[2:])

    def anchor(self, prev, size, value, sender=None):
        call = self.contract.functions.anchor(LOG_ID, prev, size, value)
        return self.web3.eth.wait_for_transaction_receipt(call.transact({"from": sender or self.owner}))

    def head(self):
        views = self.contract.functions
        return views.head_size(LOG_ID).call(), views.head_root(LOG_ID).call()

    def as_anchor(self, receipt, size):
        return Anchor(
            chain_id=31337,
            chain_name="anvil",
            development=True,
            contract=self.address,
            tx_hash=bytes(receipt["transactionHash"]),
            block_number=receipt["blockNumber"],
            log_id=LOG_ID,
            size=size,
            root=root(size),
        )


@pytest.fixture
def deployed(chain):
    return Deployed(chain.url)


class TestTheContract:
    def test_holds_the_newest_head_and_tells_it(self, deployed):
        deployed.anchor(0, 5, root(5))
        receipt = deployed.anchor(5, 9, root(9))
        assert deployed.head() == (9, root(9))
        (event,) = deployed.contract.events.Anchored().process_receipt(receipt)
        assert dict(event["args"]) == {"log_id": LOG_ID, "size": 9, "root": root(9), "prev_size": 5}

    def test_takes_the_same_head_again_and_says_nothing(self, deployed):
        deployed.anchor(0, 5, root(5))
        assert deployed.anchor(0, 5, root(5))["logs"] == []
        assert deployed.head() == (5, root(5))

    @pytest.mark.parametrize(
        ("prev", "size", "value", "reason"),
        [
            (5, 4, root(4), "size"),
            (5, 5, root(6), "size"),
            (0, 9, root(9), "prev"),
            (4, 9, root(9), "prev"),
        ],
        ids=["rollback", "second root for a size", "wrong start", "gap"],
    )
    def test_refuses_what_an_append_only_log_cannot_do(self, deployed, prev, size, value, reason):
        deployed.anchor(0, 5, root(5))
        with pytest.raises(ContractLogicError, match=reason):
            deployed.anchor(prev, size, value)
        assert deployed.head() == (5, root(5))

    def test_obeys_its_owner_only(self, deployed):
        with pytest.raises(ContractLogicError, match="owner"):
            deployed.anchor(0, 5, root(5), sender=deployed.stranger)

    def test_starts_empty_and_refuses_an_empty_head(self, deployed):
        assert deployed.head() == (0, bytes(32))
        with pytest.raises(ContractLogicError, match="size"):
            deployed.anchor(0, 0, bytes(32))


class TestWhatWeSend:
    """Against web3, which shares nothing with our own encoding."""

    @pytest.fixture
    def ours(self, chain):
        return evm.connect(chain.url, "", chain_id=31337, daily_cap_wei=0)

    @pytest.mark.parametrize(("prev", "size"), [(0, 1), (5, 2**16), (2**64, 2**256 - 1)])
    def test_is_the_call_that_web3_encodes(self, ours, deployed, prev, size):
        if prev:
            deployed.anchor(0, prev, root(prev))
        head, nonce = Head(size, root(size)), ours.next_nonce()
        signed = ours.sign_anchor(deployed.address, LOG_ID, prev_size=prev, head=head, nonce=nonce)
        read = TypedTransaction.from_bytes(HexBytes(signed.raw)).as_dict()
        assert bytes(read["data"]) == bytes.fromhex(
            deployed.contract.encode_abi("anchor", args=[LOG_ID, prev, size, root(size)])[2:]
        )
        assert (bytes(read["to"]), read["nonce"], read["value"]) == (deployed.address, nonce, 0)
        assert (read["type"], read["chainId"], read["gas"]) == (2, 31337, signed.gas_limit)
        base = deployed.web3.eth.get_block("latest")["baseFeePerGas"]
        assert read["maxFeePerGas"] == 2 * base + read["maxPriorityFeePerGas"]

    def test_is_what_the_contract_holds_and_what_is_found_again(self, chain, ours, deployed):
        head = Head(9, root(9))
        signed = ours.sign_anchor(deployed.address, LOG_ID, prev_size=0, head=head, nonce=ours.next_nonce())
        ours.send(signed.raw)
        chain.mine()  # the node answers before its block is made
        assert ours.head(deployed.address, LOG_ID) == Head(*deployed.head()) == head
        receipt = ours.receipt(signed.tx_hash, deployed.address, LOG_ID)
        assert (receipt.succeeded, receipt.heads) == (True, (head,))
        found = ours.find_anchored(deployed.address, LOG_ID, 9)
        assert (found.tx_hash, found.nonce) == (signed.tx_hash, signed.nonce)

    @pytest.mark.parametrize("nonce", [0, 1, 127, 128, 255, 256, 2**40])
    def test_a_contract_will_stand_where_the_chain_puts_it(self, chain, nonce):
        key = hashlib.sha256(b"an account of its own, %d" % nonce).hexdigest()
        account = evm.connect(chain.url, key, chain_id=31337, daily_cap_wei=0)
        for method, value in (("anvil_setBalance", 10**18), ("anvil_setNonce", nonce)):
            chain.rpc(method, f"0x{account.sender.hex()}", hex(value))
        signed, address = account.sign_deployment(nonce)
        account.send(signed.raw)
        chain.mine()
        assert account.has_code(address)

    def test_a_call_that_would_revert_is_refused_before_it_is_signed(self, ours, deployed):
        with pytest.raises(ChainRefuses, match=r"^the contract refuses: .*prev"):
            ours.sign_anchor(
                deployed.address,
                LOG_ID,
                prev_size=3,
                head=Head(9, root(9)),
                nonce=ours.next_nonce(),
            )


class TestTheVerifiersReader:
    def test_finds_the_anchor_on_the_chain(self, chain, deployed):
        anchor = deployed.as_anchor(deployed.anchor(0, 5, root(5)), 5)
        deployed.anchor(5, 9, root(9))
        assert RPC(chain.url).look(anchor).startswith(f"block {anchor.block_number}, 1 above it")

    @pytest.mark.parametrize(
        "changes",
        [
            {"root": root(6)},
            {"size": 6},
            {"block_number": 1},
            {"contract": bytes(20)},
            {"tx_hash": bytes(32)},
        ],
    )
    def test_finds_an_invented_anchor_out(self, chain, deployed, changes):
        anchor = deployed.as_anchor(deployed.anchor(0, 5, root(5)), 5)
        with pytest.raises(AnchorDiffers):
            RPC(chain.url).look(replace(anchor, **changes))

    def test_misses_an_anchor_that_a_reorg_took_away(self, chain, deployed):
        anchor = deployed.as_anchor(deployed.anchor(0, 5, root(5)), 5)
        chain.reorg(1)
        with pytest.raises(AnchorDiffers):
            RPC(chain.url).look(anchor)

    def test_says_when_it_asked_another_chain_or_nobody(self, chain, deployed):
        anchor = deployed.as_anchor(deployed.anchor(0, 5, root(5)), 5)
        with pytest.raises(AnchorUnreachable, match="serves chain 31337"):
            RPC(chain.url).look(replace(anchor, chain_id=1))
        for url in ("http://127.0.0.1:9/", "file:///etc/passwd", "nonsense"):
            with pytest.raises(AnchorUnreachable):
                RPC(url).look(anchor)
