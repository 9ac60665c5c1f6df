"""From a signed checkpoint to a head on a real chain, and what a verifier is told of it."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.kernel import relay
from app.kernel.config import Config
from app.kernel.outbox import Outbox
from app.kernel.uow import unit_of_work
from ledger import proving, queries, sequencer, tasks
from ledger.anchors import anchoring
from ledger.anchors.chain import Head
from ledger.anchors.connection import connect
from ledger.anchors.receipt import RPC
from ledger.models import AnchorContract, AnchorState
from ledger.reach import reach
from tests.scene.anchors import advance, anchors, seal, stands, states
from tests.scene.ledger import NOW, hands_in, published
from tests.support.anvil import Chain as Node

pytestmark = [pytest.mark.services, pytest.mark.usefixtures("app")]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def config(config: Config, node: Node) -> Config:
    """An installation that anchors to `node`."""
    return config.model_copy(update={"evm_rpc_url": node.url})


class TestTheWayThere:
    def test_the_worker_brings_a_checkpoint_to_the_chain_by_itself(self, config: Config) -> None:
        hands_in(3)
        relay.sweep()
        tasks.offer_anchor()
        relay.sweep()
        assert stands(config)  # by the sweep alone where the chain mines at once
        anchored = seal("e2").anchored
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
            assert stands(config)
        published(config, 1, first=1)
        tasks.offer_anchor()
        relay.sweep()
        assert stands(config)
        with unit_of_work(read_only=True) as uow:
            offered = uow.session.scalars(select(Outbox.key).where(Outbox.kind == tasks.ANCHOR)).all()
        assert len(offered) == 2
        assert [anchor.checkpoint_size for anchor in anchors()] == [1, 2]

    def test_a_replay_sends_nothing_and_changes_nothing(self, config: Config) -> None:
        published(config, 2)
        assert stands(config)
        chain = connect(config)
        before = chain.next_nonce()
        assert stands(config)
        assert chain.next_nonce() == before
        assert states() == [AnchorState.MINED]

    def test_the_contract_holds_the_signed_head_and_heads_extend_each_other(self, config: Config) -> None:
        for first in range(3):
            published(config, 1, first=first)
            assert stands(config)
        with unit_of_work(read_only=True) as uow:
            newest = queries.latest_checkpoint(uow)
        assert newest is not None
        last = anchors()[-1]
        head = connect(config).head(last.contract, last.log_id)
        assert head == Head(newest.size, newest.root)

    def test_blocks_above_make_it_final(self, config: Config, node: Node) -> None:
        published(config, 1)
        stands(config)
        node.mine(100)
        anchoring.look(connect(config), NOW)
        assert states() == [AnchorState.FINAL]

    def test_two_workers_at_once_anchor_once(self, app: Flask, config: Config) -> None:
        published(config, 2)
        faults: list[BaseException] = []

        def work() -> None:
            with app.app_context():
                try:
                    for _ in range(3):
                        advance(config)
                except Exception as fault:  # noqa: BLE001 - handed to the test's own thread
                    faults.append(fault)

        workers = [threading.Thread(target=work) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert faults == []
        assert stands(config)
        assert [a.state for a in anchors() if a.state != AnchorState.LOST] == [AnchorState.MINED]


class TestTheVerifier:
    @pytest.mark.parametrize("grown_since", [0, 5])
    def test_python_m_ledger_verify_agrees_with_the_chain(
        self, config: Config, node: Node, tmp_path: Path, grown_since: int
    ) -> None:
        published(config, 4)
        stands(config)
        if grown_since:
            published(config, grown_since, first=4)
        with unit_of_work(read_only=True) as uow:
            parts = proving.bundle_parts(uow, ["e0", "e3"])
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
        stands(config)
        assert "chuỗi thử nghiệm" in client.get("/ledger").text


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
    assert states() == ([AnchorState.PREPARED] if moment == "anchoring" else [])
    assert stands(config)
    assert connect(config).next_nonce() == 2  # one deployment, one anchor
    assert states() == [AnchorState.MINED]


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
