"""Everything that a real chain does to us: blocks leave, money ends, a node is away or was reset."""

import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from app.kernel import relay
from app.kernel.config import Config
from app.kernel.outbox import Outbox, State
from app.kernel.uow import unit_of_work
from ledger import queries, tasks
from ledger.anchors import anchoring, rows
from ledger.anchors.chain import ChainDown, ChainRefuses, ChainWaits, Head, Receipt
from ledger.anchors.connection import connect
from ledger.anchors.evm import EVMChain
from ledger.anchors.fees import STUCK_AFTER
from ledger.models import Anchor, AnchorState
from ledger.reach import reach
from ledger.refusals import ChainAhead
from tests.scene.anchors import advance, anchors, nothing_waits, seal, stands, states, three_stand
from tests.scene.ledger import NOW, published
from tests.support.anvil import Chain as Node
from tests.support.anvil import anvil

pytestmark = [pytest.mark.services, pytest.mark.usefixtures("app")]


@pytest.fixture
def config(config: Config, request: pytest.FixtureRequest) -> Config:
    """An installation that anchors: to `node`, or to a port where a test starts its own chain."""
    port = request.getfixturevalue("port") if "port" in request.fixturenames else None
    url = f"http://127.0.0.1:{port}" if port else request.getfixturevalue("node").url
    return config.model_copy(update={"evm_rpc_url": url})


def _receipts_asked_for(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    asked: list[bytes] = []
    receipt = EVMChain.receipt

    def noted(chain: EVMChain, tx_hash: bytes, contract: bytes, log_id: bytes) -> Receipt | None:
        asked.append(tx_hash)
        return receipt(chain, tx_hash, contract, log_id)

    monkeypatch.setattr(EVMChain, "receipt", noted)
    return asked


def _one_stands_and_one_waits(config: Config, node: Node) -> None:
    published(config, 1)
    stands(config)
    node.hold_transactions(held=True)
    published(config, 1, first=1)
    assert not advance(config)


def _the_block_leaves_and_all_is_forgotten(config: Config, node: Node) -> datetime:
    node.reorg(1)
    node.forget_waiting_transactions()
    node.hold_transactions(held=False)
    later = NOW + STUCK_AFTER * 2
    assert stands(config, later)
    return later


class TestWhatAChainDoes:
    def test_a_block_that_leaves_the_chain_takes_its_anchor_back_and_it_is_sent_again(
        self, config: Config, node: Node
    ) -> None:
        published(config, 2)
        stands(config)
        first = anchors()[0]
        node.hold_transactions(held=True)
        node.reorg(1)
        anchoring.look(connect(config), NOW)
        assert states() == [AnchorState.SENT]
        assert seal("e0").anchored is None
        node.mine()
        anchoring.look(connect(config), NOW)
        again = anchors()[0]
        assert again.state == AnchorState.MINED
        assert again.tx_hash == first.tx_hash
        assert again.block_hash != first.block_hash

    def test_even_a_block_that_was_called_final_may_leave_and_its_anchor_is_sent_again(
        self, config: Config, node: Node
    ) -> None:
        published(config, 2)
        stands(config)
        node.mine(70)
        anchoring.look(connect(config), NOW)
        assert states() == [AnchorState.FINAL]
        node.hold_transactions(held=True)
        node.reorg(71)
        anchoring.look(connect(config), NOW)
        assert states() == [AnchorState.SENT]
        assert seal("e0").anchored is None
        node.mine()
        anchoring.look(connect(config), NOW)
        assert states() == [AnchorState.MINED]

    def test_the_pass_asks_for_the_newest_alone_and_the_look_of_the_minute_for_all(
        self, config: Config, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        three_stand(config)
        asked = _receipts_asked_for(monkeypatch)
        newest, everything = anchors()[-1].tx_hash, {anchor.tx_hash for anchor in anchors()}
        assert advance(config)
        assert asked == [newest]
        asked.clear()
        anchoring.look(connect(config), NOW)
        assert set(asked) == everything

    def test_when_the_newest_leaves_its_block_those_below_it_are_asked_for_too(
        self, config: Config, node: Node
    ) -> None:
        three_stand(config)
        before = [anchor.block_hash for anchor in anchors()]
        node.hold_transactions(held=True)
        node.reorg(2)
        assert not advance(config)
        assert states() == [AnchorState.MINED, AnchorState.SENT, AnchorState.SENT]
        node.mine()
        node.hold_transactions(held=False)
        assert stands(config)
        assert states() == [AnchorState.MINED] * 3
        after = [anchor.block_hash for anchor in anchors()]
        assert [old == new for old, new in zip(before, after, strict=True)] == [True, False, False]

    def test_a_dropped_transaction_is_sent_again(self, config: Config, node: Node) -> None:
        published(config, 1)
        stands(config)
        published(config, 1, first=1)
        node.hold_transactions(held=True)
        assert not advance(config)
        assert states() == [AnchorState.MINED, AnchorState.SENT]
        node.forget_waiting_transactions()
        node.hold_transactions(held=False)
        assert stands(config)
        assert states() == [AnchorState.MINED, AnchorState.MINED]

    def test_an_anchor_whose_nonce_was_taken_by_a_block_that_left_lets_the_next_one_through(
        self, config: Config, node: Node
    ) -> None:
        _one_stands_and_one_waits(config, node)
        # What a worker writes that asked for the receipt before a block came, and for the nonce after it.
        rows.change(anchors()[0].id, state=AnchorState.LOST)
        later = _the_block_leaves_and_all_is_forgotten(config, node)
        anchoring.look(connect(config), later)
        assert states() == [AnchorState.MINED, AnchorState.MINED]

    def test_an_anchor_that_waits_for_a_transaction_nobody_has_is_begun_anew(
        self, config: Config, node: Node
    ) -> None:
        _one_stands_and_one_waits(config, node)
        with unit_of_work() as uow:  # a restored database, and a block that left the chain
            uow.session.execute(delete(Anchor).where(Anchor.checkpoint_size == 1))
        _the_block_leaves_and_all_is_forgotten(config, node)
        assert states() == [AnchorState.MINED, AnchorState.LOST]
        assert [anchor.checkpoint_size for anchor in anchors()] == [2, 2]

    def test_while_one_is_under_way_no_second_is_begun(self, config: Config, node: Node) -> None:
        published(config, 1)
        stands(config)
        node.hold_transactions(held=True)
        for first in (1, 2):
            published(config, 1, first=first)
            assert not advance(config)
        assert states() == [AnchorState.MINED, AnchorState.SENT]
        node.mine()
        node.hold_transactions(held=False)
        assert stands(config)
        assert [anchor.checkpoint_size for anchor in anchors()] == [1, 2, 3]

    def test_an_anchor_that_the_chain_has_and_the_database_forgot_is_taken_over(self, config: Config) -> None:
        published(config, 3)
        stands(config)
        chain, made = connect(config), anchors()[0]
        with unit_of_work() as uow:
            uow.session.execute(delete(Anchor))
        nonce = chain.next_nonce()
        assert stands(config)
        assert chain.next_nonce() == nonce
        assert anchors()[0].tx_hash == made.tx_hash
        assert states() == [AnchorState.MINED]

    def test_a_chain_that_knows_a_longer_log_raises_the_alarm(self, config: Config) -> None:
        published(config, 3)
        stands(config)
        chain, made = connect(config), anchors()[0]
        longer = chain.sign_anchor(
            made.contract, made.log_id, prev_size=3, head=Head(99, b"\x07" * 32), nonce=chain.next_nonce()
        )
        chain.send(longer.raw)
        published(config, 2, first=3)
        with pytest.raises(ChainAhead, match="holds a head of 99 entries, the signed log has only 5"):
            advance(config)

    def test_a_chain_that_needs_a_key_gets_no_development_key(self, config: Config, node: Node) -> None:
        node.rpc("anvil_setChainId", 4242)
        with pytest.raises(ChainRefuses, match="EVM_PRIVATE_KEY is missing for chain 4242"):
            connect(config)

    def test_elsewhere_a_contract_is_deployed_only_when_asked(self, config: Config, node: Node) -> None:
        published(config, 1)
        node.rpc("anvil_setChainId", 4242)
        key = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"  # anvil's second, public
        elsewhere = connect(config.model_copy(update={"evm_private_key": key}))
        with pytest.raises(ChainRefuses, match="anchor --deploy"):
            anchoring.advance(elsewhere, NOW)
        anchoring.advance(elsewhere, NOW, deploy=True)
        assert not elsewhere.is_development

    def test_an_empty_account_is_told_and_the_anchor_waits(self, config: Config, node: Node) -> None:
        published(config, 1)
        stands(config)
        published(config, 1, first=1)
        node.rpc("anvil_setBalance", f"0x{connect(config).sender.hex()}", "0x0")
        with pytest.raises(ChainRefuses):
            advance(config)
        node.rpc("anvil_setBalance", f"0x{connect(config).sender.hex()}", hex(10**18))
        assert stands(config)


class TestMoney:
    """A stuck fee, a day's cap, another chain than the one that was meant."""

    KEY = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"  # anvil's second, public

    def held(self, config: Config, node: Node) -> Anchor:
        """A sent anchor that no block takes."""
        published(config, 1)
        assert stands(config)
        published(config, 1, first=1)
        node.hold_transactions(held=True)
        assert not advance(config)
        return anchors()[-1]

    def test_a_stuck_transaction_is_replaced_by_a_dearer_one_of_its_nonce(
        self, config: Config, node: Node
    ) -> None:
        stuck = self.held(config, node)
        anchoring.advance(connect(config), NOW + STUCK_AFTER)
        assert anchors()[-1].tx_hash == stuck.tx_hash  # not yet
        anchoring.advance(connect(config), NOW + STUCK_AFTER * 2)
        dearer = anchors()[-1]
        assert dearer.nonce == stuck.nonce
        assert dearer.tx_hash != stuck.tx_hash
        assert dearer.max_fee_wei * 8 >= stuck.max_fee_wei * 9
        node.mine()
        node.hold_transactions(held=False)
        assert stands(config)
        assert states() == [AnchorState.MINED, AnchorState.MINED]

    def test_when_a_block_takes_the_replaced_one_after_all_that_one_counts(
        self, config: Config, node: Node
    ) -> None:
        stuck = self.held(config, node)
        node.forget_waiting_transactions()
        anchoring.advance(connect(config), NOW + STUCK_AFTER * 2)
        node.forget_waiting_transactions()  # the dearer one got lost, another node still held the first
        connect(config).send(stuck.raw_tx)
        node.mine()
        node.hold_transactions(held=False)
        assert stands(config)
        assert anchors()[-1].tx_hash == stuck.tx_hash
        assert states() == [AnchorState.MINED, AnchorState.MINED]

    def test_when_the_days_money_is_spent_the_log_goes_on_unanchored(
        self, config: Config, node: Node
    ) -> None:
        published(config, 1)
        node.rpc("anvil_setChainId", 4242)
        paid = config.model_copy(update={"evm_private_key": self.KEY})
        assert stands(paid, deploy=True)
        assert states() == [AnchorState.MINED]
        published(config, 1, first=1)
        spent = anchors()[0].gas_used * anchors()[0].max_fee_wei  # type: ignore[operator]  # it is mined
        poor = paid.model_copy(update={"evm_daily_cap_wei": spent + 1})
        with pytest.raises(ChainWaits, match="EVM_DAILY_CAP_WEI"):
            advance(poor)
        assert states() == [AnchorState.MINED]
        assert stands(poor, NOW + timedelta(hours=25))
        assert states() == [AnchorState.MINED, AnchorState.MINED]

    def test_a_node_of_another_chain_than_the_one_that_is_meant_is_refused(
        self, config: Config, node: Node
    ) -> None:
        meant = config.model_copy(update={"evm_chain_id": 31337})
        assert connect(meant).chain_id == 31337
        node.rpc("anvil_setChainId", 4242)
        with pytest.raises(ChainRefuses, match="speaks for chain 4242, EVM_CHAIN_ID is 31337"):
            connect(meant)


class TestAwayAndBack:
    def test_while_the_chain_is_away_the_log_goes_on_and_afterwards_catches_up(
        self, config: Config, tmp_path: Path, port: int, client: FlaskClient
    ) -> None:
        with anvil(tmp_path, port=port, keep_state=True):
            published(config, 2)
            tasks.offer_anchor()
            relay.sweep()
            assert stands(config)
            threading.Event().wait(2)  # the chain writes its state once a second
            assert nothing_waits()
        published(config, 2, first=2)
        tasks.offer_anchor()
        relay.sweep()
        tasks.look_at_chain()
        with unit_of_work(read_only=True) as uow:
            row = uow.session.scalars(select(Outbox).where(Outbox.state != State.DONE)).one()
            assert (row.kind, row.attempts) == (tasks.ANCHOR, 0)
            assert "does not answer" in (row.last_error or "")
            newest = queries.latest_checkpoint(uow)
            looked_at = reach(uow).last_look_ok_at
            assert looked_at is not None
            assert reach(uow, looked_at + timedelta(minutes=14)).stale is False
            assert reach(uow, looked_at + timedelta(minutes=16)).stale is True
        assert newest is not None
        assert newest.size == 4
        assert "does not answer" in client.get("/readyz").get_json()["degraded"]["ledger-chain"]
        with pytest.raises(ChainDown):
            advance(config)
        with anvil(tmp_path, port=port, keep_state=True):
            assert stands(config)
            assert states() == [AnchorState.MINED, AnchorState.MINED]

    def test_a_chain_that_lost_its_state_gets_a_new_contract_and_a_new_anchor(
        self, config: Config, tmp_path: Path, port: int
    ) -> None:
        with anvil(tmp_path / "one", port=port):
            published(config, 2)
            stands(config)
            published(config, 1, first=2)
            stands(config)
        with anvil(tmp_path / "two", port=port):
            tasks.look_at_chain()
            assert states() == [AnchorState.LOST, AnchorState.LOST]
            with unit_of_work(read_only=True) as uow:
                assert reach(uow).kind == "server"
            tasks.offer_anchor()
            relay.sweep()
            assert stands(config)
            anchored = seal("e0").anchored
            assert anchored is not None
            assert anchored.checkpoint_size == 3

    def test_a_chain_that_was_reset_and_used_by_others_gets_a_new_contract_too(
        self, config: Config, tmp_path: Path, port: int
    ) -> None:
        with anvil(tmp_path / "one", port=port):
            published(config, 2)
            stands(config)
        with anvil(tmp_path / "two", port=port) as node:
            sender = f"0x{connect(config).sender.hex()}"
            for _ in range(3):
                node.rpc("eth_sendTransaction", {"from": sender, "to": sender, "value": "0x1"})
            assert not advance(config)
            assert stands(config)
            assert states().count(AnchorState.MINED) == 1
