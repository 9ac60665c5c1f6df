"""From a signed checkpoint to a head on a real chain, through everything that a chain does to us."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from app.kernel import relay
from app.kernel.config import Config
from app.kernel.outbox import Outbox, State
from app.kernel.uow import unit_of_work
from ledger import queries, sequencer, tasks
from ledger.anchors import anchoring, rows
from ledger.anchors.chain import ChainDown, ChainRefuses, ChainWaits, Head, Receipt
from ledger.anchors.connection import connect
from ledger.anchors.evm import EVMChain
from ledger.anchors.fees import STUCK_AFTER
from ledger.anchors.receipt import RPC
from ledger.models import Anchor, AnchorContract, AnchorState
from ledger.reach import reach
from ledger.refusals import ChainAhead
from tests.scene.ledger import NOW, hands_in, published
from tests.support.anvil import Chain as Node
from tests.support.anvil import anvil
from tests.support.ports import free_port

pytestmark = [pytest.mark.services, pytest.mark.usefixtures("app")]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with anvil(tmp_path) as running:
        yield running


@pytest.fixture
def config(config: Config, request: pytest.FixtureRequest) -> Config:
    """An installation that anchors: to `node`, or to a port where a test starts its own chain."""
    port = request.getfixturevalue("port") if "port" in request.fixturenames else None
    url = f"http://127.0.0.1:{port}" if port else request.getfixturevalue("node").url
    return config.model_copy(update={"evm_rpc_url": url})


@pytest.fixture
def port() -> int:
    return free_port()


def _anchors() -> list[Anchor]:
    with unit_of_work(read_only=True) as uow:
        found = list(uow.session.scalars(select(Anchor).order_by(Anchor.nonce, Anchor.prepared_at)))
        uow.session.expunge_all()
        return found


def _states() -> list[str]:
    return [anchor.state for anchor in _anchors()]


def _advance(config: Config) -> bool:
    return anchoring.advance(connect(config), NOW)


def _stands(config: Config) -> bool:
    """Advance until the checkpoint stands, as the worker does every two seconds; False after five."""
    return any(_advance(config) or threading.Event().wait(0.05) for _ in range(100))


def _nothing_waits() -> bool:
    """Sweep until every row is done: after a late block the anchor's own row asks again in two seconds."""
    for _ in range(100):
        relay.sweep()
        with unit_of_work(read_only=True) as uow:
            if uow.session.scalars(select(Outbox.id).where(Outbox.state != State.DONE)).first() is None:
                return True
        threading.Event().wait(0.05)
    return False


def _seal(key: str) -> queries.Seal:
    with unit_of_work(read_only=True) as uow:
        return queries.seal_of(uow, [key])[key]


def _three_stand(config: Config) -> None:
    for first in range(3):
        published(config, 1, first=first)
        assert _stands(config)


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
    _stands(config)
    node.hold_transactions(held=True)
    published(config, 1, first=1)
    assert not _advance(config)


def _the_block_leaves_and_all_is_forgotten(config: Config, node: Node) -> datetime:
    node.reorg(1)
    node.forget_waiting_transactions()
    node.hold_transactions(held=False)
    later = NOW + STUCK_AFTER * 2
    assert any(anchoring.advance(connect(config), later) for _ in range(5))
    return later


class TestTheWayThere:
    def test_the_worker_brings_a_checkpoint_to_the_chain_by_itself(self, config: Config) -> None:
        hands_in(3)
        relay.sweep()
        tasks.offer_anchor()
        relay.sweep()
        assert _stands(config)  # by the sweep alone where the chain mines at once
        anchored = _seal("e2").anchored
        assert anchored is not None
        assert (anchored.checkpoint_size, anchored.is_development) == (3, True)
        with unit_of_work(read_only=True) as uow:
            told = reach(uow, NOW)
        assert (told.kind, told.chain_name, told.stale) == ("anchor", "Anvil", False)

    def test_nothing_is_offered_again_until_the_log_grows(self, config: Config) -> None:
        published(config, 1)
        for _ in range(3):
            tasks.offer_anchor()
            relay.sweep()
            assert _stands(config)
        published(config, 1, first=1)
        tasks.offer_anchor()
        relay.sweep()
        assert _stands(config)
        with unit_of_work(read_only=True) as uow:
            offered = uow.session.scalars(select(Outbox.key).where(Outbox.kind == tasks.ANCHOR)).all()
        assert len(offered) == 2
        assert [anchor.checkpoint_size for anchor in _anchors()] == [1, 2]

    def test_a_replay_sends_nothing_and_changes_nothing(self, config: Config) -> None:
        published(config, 2)
        assert _stands(config)
        chain = connect(config)
        before = chain.next_nonce()
        assert _stands(config)
        assert chain.next_nonce() == before
        assert _states() == [AnchorState.MINED]

    def test_the_contract_holds_the_signed_head_and_heads_extend_each_other(self, config: Config) -> None:
        for first in range(3):
            published(config, 1, first=first)
            assert _stands(config)
        with unit_of_work(read_only=True) as uow:
            newest = queries.latest_checkpoint(uow)
        assert newest is not None
        last = _anchors()[-1]
        head = connect(config).head(last.contract, last.log_id)
        assert head == Head(newest.size, newest.root)

    def test_blocks_above_make_it_final(self, config: Config, node: Node) -> None:
        published(config, 1)
        _stands(config)
        node.mine(100)
        anchoring.look(connect(config), NOW)
        assert _states() == [AnchorState.FINAL]

    def test_two_workers_at_once_anchor_once(self, app: Flask, config: Config) -> None:
        published(config, 2)
        faults: list[BaseException] = []

        def work() -> None:
            with app.app_context():
                try:
                    for _ in range(3):
                        _advance(config)
                except Exception as fault:  # noqa: BLE001 - handed to the test's own thread
                    faults.append(fault)

        workers = [threading.Thread(target=work) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert faults == []
        assert _stands(config)
        assert [a.state for a in _anchors() if a.state != AnchorState.LOST] == [AnchorState.MINED]


class TestTheVerifier:
    @pytest.mark.parametrize("grown_since", [0, 5])
    def test_python_m_ledger_verify_agrees_with_the_chain(
        self, config: Config, node: Node, tmp_path: Path, grown_since: int
    ) -> None:
        published(config, 4)
        _stands(config)
        if grown_since:
            published(config, grown_since, first=4)
        with unit_of_work(read_only=True) as uow:
            parts = queries.bundle_parts(uow, ["e0", "e3"])
        assert parts is not None
        (tmp_path / "proof.json").write_bytes(parts.bundle({}).to_bytes())
        for anchor in parts.anchors:
            RPC(node.url).look(anchor)
        verify = (sys.executable, "-m", "ledger", "verify")
        told = subprocess.run(
            [*verify, tmp_path / "proof.json", "--policy", config.data_dir / "policy.txt", "--rpc", node.url],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.returncode == 0, told.stdout
        assert "anchor 31337" in told.stdout
        assert "development chain" in told.stdout

    def test_the_page_calls_a_development_chain_one(self, config: Config, client: FlaskClient) -> None:
        published(config, 1)
        _stands(config)
        assert "chuỗi thử nghiệm" in client.get("/ledger").text


class TestWhatAChainDoes:
    def test_a_block_that_leaves_the_chain_takes_its_anchor_back_and_it_is_sent_again(
        self, config: Config, node: Node
    ) -> None:
        published(config, 2)
        _stands(config)
        first = _anchors()[0]
        node.hold_transactions(held=True)
        node.reorg(1)
        anchoring.look(connect(config), NOW)
        assert _states() == [AnchorState.SENT]
        assert _seal("e0").anchored is None
        node.mine()
        anchoring.look(connect(config), NOW)
        again = _anchors()[0]
        assert again.state == AnchorState.MINED
        assert again.tx_hash == first.tx_hash
        assert again.block_hash != first.block_hash

    def test_even_a_block_that_was_called_final_may_leave_and_its_anchor_is_sent_again(
        self, config: Config, node: Node
    ) -> None:
        published(config, 2)
        _stands(config)
        node.mine(70)
        anchoring.look(connect(config), NOW)
        assert _states() == [AnchorState.FINAL]
        node.hold_transactions(held=True)
        node.reorg(71)
        anchoring.look(connect(config), NOW)
        assert _states() == [AnchorState.SENT]
        assert _seal("e0").anchored is None
        node.mine()
        anchoring.look(connect(config), NOW)
        assert _states() == [AnchorState.MINED]

    def test_the_pass_asks_for_the_newest_alone_and_the_look_of_the_minute_for_all(
        self, config: Config, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _three_stand(config)
        asked = _receipts_asked_for(monkeypatch)
        newest, everything = _anchors()[-1].tx_hash, {anchor.tx_hash for anchor in _anchors()}
        assert _advance(config)
        assert asked == [newest]
        asked.clear()
        anchoring.look(connect(config), NOW)
        assert set(asked) == everything

    def test_when_the_newest_leaves_its_block_those_below_it_are_asked_for_too(
        self, config: Config, node: Node
    ) -> None:
        _three_stand(config)
        before = [anchor.block_hash for anchor in _anchors()]
        node.hold_transactions(held=True)
        node.reorg(2)
        assert not _advance(config)
        assert _states() == [AnchorState.MINED, AnchorState.SENT, AnchorState.SENT]
        node.mine()
        node.hold_transactions(held=False)
        assert _stands(config)
        assert _states() == [AnchorState.MINED] * 3
        after = [anchor.block_hash for anchor in _anchors()]
        assert [old == new for old, new in zip(before, after, strict=True)] == [True, False, False]

    def test_a_dropped_transaction_is_sent_again(self, config: Config, node: Node) -> None:
        published(config, 1)
        _stands(config)
        published(config, 1, first=1)
        node.hold_transactions(held=True)
        assert not _advance(config)
        assert _states() == [AnchorState.MINED, AnchorState.SENT]
        node.forget_waiting_transactions()
        node.hold_transactions(held=False)
        assert _stands(config)
        assert _states() == [AnchorState.MINED, AnchorState.MINED]

    def test_an_anchor_whose_nonce_was_taken_by_a_block_that_left_lets_the_next_one_through(
        self, config: Config, node: Node
    ) -> None:
        _one_stands_and_one_waits(config, node)
        # What a worker writes that asked for the receipt before a block came, and for the nonce after it.
        rows.change(_anchors()[0].id, state=AnchorState.LOST)
        later = _the_block_leaves_and_all_is_forgotten(config, node)
        anchoring.look(connect(config), later)
        assert _states() == [AnchorState.MINED, AnchorState.MINED]

    def test_an_anchor_that_waits_for_a_transaction_nobody_has_is_begun_anew(
        self, config: Config, node: Node
    ) -> None:
        _one_stands_and_one_waits(config, node)
        with unit_of_work() as uow:  # a restored database, and a block that left the chain
            uow.session.execute(delete(Anchor).where(Anchor.checkpoint_size == 1))
        _the_block_leaves_and_all_is_forgotten(config, node)
        assert _states() == [AnchorState.MINED, AnchorState.LOST]
        assert [anchor.checkpoint_size for anchor in _anchors()] == [2, 2]

    def test_while_one_is_under_way_no_second_is_begun(self, config: Config, node: Node) -> None:
        published(config, 1)
        _stands(config)
        node.hold_transactions(held=True)
        for first in (1, 2):
            published(config, 1, first=first)
            assert not _advance(config)
        assert _states() == [AnchorState.MINED, AnchorState.SENT]
        node.mine()
        node.hold_transactions(held=False)
        assert _stands(config)
        assert [anchor.checkpoint_size for anchor in _anchors()] == [1, 2, 3]

    def test_an_anchor_that_the_chain_has_and_the_database_forgot_is_taken_over(self, config: Config) -> None:
        published(config, 3)
        _stands(config)
        chain, made = connect(config), _anchors()[0]
        with unit_of_work() as uow:
            uow.session.execute(delete(Anchor))
        nonce = chain.next_nonce()
        assert _stands(config)
        assert chain.next_nonce() == nonce
        assert _anchors()[0].tx_hash == made.tx_hash
        assert _states() == [AnchorState.MINED]

    def test_a_chain_that_knows_a_longer_log_raises_the_alarm(self, config: Config) -> None:
        published(config, 3)
        _stands(config)
        chain, made = connect(config), _anchors()[0]
        longer = chain.sign_anchor(
            made.contract, made.log_id, prev_size=3, head=Head(99, b"\x07" * 32), nonce=chain.next_nonce()
        )
        chain.send(longer.raw)
        published(config, 2, first=3)
        with pytest.raises(ChainAhead, match="holds a head of 99 entries, the signed log has only 5"):
            _advance(config)

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
        _stands(config)
        published(config, 1, first=1)
        node.rpc("anvil_setBalance", f"0x{connect(config).sender.hex()}", "0x0")
        with pytest.raises(ChainRefuses):
            _advance(config)
        node.rpc("anvil_setBalance", f"0x{connect(config).sender.hex()}", hex(10**18))
        assert _stands(config)


class TestMoney:
    """A stuck fee, a day's cap, another chain than the one that was meant."""

    KEY = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"  # anvil's second, public

    def held(self, config: Config, node: Node) -> Anchor:
        """A sent anchor that no block takes."""
        published(config, 1)
        assert _stands(config)
        published(config, 1, first=1)
        node.hold_transactions(held=True)
        assert not _advance(config)
        return _anchors()[-1]

    def test_a_stuck_transaction_is_replaced_by_a_dearer_one_of_its_nonce(
        self, config: Config, node: Node
    ) -> None:
        stuck = self.held(config, node)
        anchoring.advance(connect(config), NOW + STUCK_AFTER)
        assert _anchors()[-1].tx_hash == stuck.tx_hash  # not yet
        anchoring.advance(connect(config), NOW + STUCK_AFTER * 2)
        dearer = _anchors()[-1]
        assert dearer.nonce == stuck.nonce
        assert dearer.tx_hash != stuck.tx_hash
        assert dearer.max_fee_wei * 8 >= stuck.max_fee_wei * 9
        node.mine()
        node.hold_transactions(held=False)
        assert _stands(config)
        assert _states() == [AnchorState.MINED, AnchorState.MINED]

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
        assert _stands(config)
        assert _anchors()[-1].tx_hash == stuck.tx_hash
        assert _states() == [AnchorState.MINED, AnchorState.MINED]

    def test_when_the_days_money_is_spent_the_log_goes_on_unanchored(
        self, config: Config, node: Node
    ) -> None:
        published(config, 1)
        node.rpc("anvil_setChainId", 4242)
        paid = config.model_copy(update={"evm_private_key": self.KEY})
        anchoring.advance(connect(paid), NOW, deploy=True)
        assert _states() == [AnchorState.MINED]
        published(config, 1, first=1)
        spent = _anchors()[0].gas_used * _anchors()[0].max_fee_wei  # type: ignore[operator]  # it is mined
        poor = connect(paid.model_copy(update={"evm_daily_cap_wei": spent + 1}))
        with pytest.raises(ChainWaits, match="EVM_DAILY_CAP_WEI"):
            anchoring.advance(poor, NOW)
        assert _states() == [AnchorState.MINED]
        anchoring.advance(poor, NOW + timedelta(hours=25))
        assert _states() == [AnchorState.MINED, AnchorState.MINED]

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
            assert _stands(config)
            threading.Event().wait(2)  # the chain writes its state once a second
            assert _nothing_waits()
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
            _advance(config)
        with anvil(tmp_path, port=port, keep_state=True):
            assert _stands(config)
            assert _states() == [AnchorState.MINED, AnchorState.MINED]

    def test_a_chain_that_lost_its_state_gets_a_new_contract_and_a_new_anchor(
        self, config: Config, tmp_path: Path, port: int
    ) -> None:
        with anvil(tmp_path / "one", port=port):
            published(config, 2)
            _stands(config)
            published(config, 1, first=2)
            _stands(config)
        with anvil(tmp_path / "two", port=port):
            tasks.look_at_chain()
            assert _states() == [AnchorState.LOST, AnchorState.LOST]
            with unit_of_work(read_only=True) as uow:
                assert reach(uow).kind == "server"
            tasks.offer_anchor()
            relay.sweep()
            assert _stands(config)
            anchored = _seal("e0").anchored
            assert anchored is not None
            assert anchored.checkpoint_size == 3

    def test_a_chain_that_was_reset_and_used_by_others_gets_a_new_contract_too(
        self, config: Config, tmp_path: Path, port: int
    ) -> None:
        with anvil(tmp_path / "one", port=port):
            published(config, 2)
            _stands(config)
        with anvil(tmp_path / "two", port=port) as node:
            sender = f"0x{connect(config).sender.hex()}"
            for _ in range(3):
                node.rpc("eth_sendTransaction", {"from": sender, "to": sender, "value": "0x1"})
            assert not _advance(config)
            assert _stands(config)
            assert _states().count(AnchorState.MINED) == 1


@pytest.mark.parametrize("moment", ["deploying", "anchoring"])
def test_a_worker_killed_between_send_and_commit_sends_nothing_twice(
    config: Config, node: Node, moment: str
) -> None:
    published(config, 2)
    sends = {"deploying": 1, "anchoring": 2}[moment]
    killed = subprocess.run(
        [sys.executable, "-c", _DIES_AFTER_SENDING, str(sends)],
        cwd=ROOT,
        env={
            **os.environ,
            "DATA_DIR": str(config.data_dir),
            "DATABASE_URL": config.database_url,
            "SECRET_KEY": config.secret_key,
            "CELERY_BROKER_URL": "memory://",
            "EVM_RPC_URL": node.url,
            "EVM_PRIVATE_KEY": "",
        },
        check=False,
    )
    assert killed.returncode == -9
    with unit_of_work(read_only=True) as uow:
        assert uow.session.scalar(select(AnchorContract.address)) is not None
    assert _states() == ([AnchorState.PREPARED] if moment == "anchoring" else [])
    assert _stands(config)
    assert connect(config).next_nonce() == 2  # one deployment, one anchor
    assert _states() == [AnchorState.MINED]


_DIES_AFTER_SENDING = """
import os, signal, sys
from app.factory import create_app
from app.kernel import clock
from ledger.anchors import anchoring, connection, evm

sends, sent = int(sys.argv[1]), 0
really_send = evm.EVMChain.send

def send_and_perhaps_die(chain, raw):
    global sent
    really_send(chain, raw)
    sent += 1
    if sent == sends:
        os.kill(os.getpid(), signal.SIGKILL)

evm.EVMChain.send = send_and_perhaps_die
app = create_app()
with app.app_context():
    anchoring.advance(connection.connect(app.extensions["coi.config"]), clock.now())
"""


def test_sequencing_never_waits_for_the_chain(config: Config, node: Node) -> None:
    node.hold_transactions(held=True)
    hands_in(2)
    relay.sweep()
    tasks.offer_anchor()
    relay.sweep()
    hands_in(2, first=2)
    assert sequencer.run(config, NOW).signed_size == 4
