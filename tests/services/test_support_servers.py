"""The servers that tests lean on do what the tests believe of them."""

from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from tests.support.anvil import anvil
from tests.support.postgres import HERE, own_cluster, throwaway_database

pytestmark = pytest.mark.services


class TestTheChain:
    def test_a_reorganisation_takes_a_confirmed_transaction_back(self, tmp_path: Path) -> None:
        with anvil(tmp_path) as chain:
            sent = send(chain)
            chain.mine(2)
            assert chain.rpc("eth_getTransactionReceipt", sent)
            chain.reorg(3)
            assert chain.rpc("eth_getTransactionReceipt", sent) is None

    def test_a_held_transaction_can_be_forgotten(self, tmp_path: Path) -> None:
        with anvil(tmp_path) as chain:
            chain.hold_transactions(held=True)
            sent = send(chain)
            chain.forget_waiting_transactions()
            chain.mine()
            assert chain.rpc("eth_getTransactionReceipt", sent) is None

    def test_the_next_start_goes_on_with_the_kept_state(self, tmp_path: Path) -> None:
        with anvil(tmp_path, keep_state=True) as chain:
            chain.mine(5)
        with anvil(tmp_path, keep_state=True) as chain:
            assert chain.height() == 5


class TestPostgreSQL:
    def test_a_cluster_of_our_own_starts_where_no_server_answers(self) -> None:
        with own_cluster() as server:
            assert server.port != make_url(HERE).port
            with throwaway_database(server) as url:
                plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
                with psycopg.connect(plain) as connection:
                    assert connection.execute("SELECT 1").fetchone() == (1,)


def send(chain) -> str:
    first, second = chain.rpc("eth_accounts")[:2]
    return chain.rpc("eth_sendTransaction", {"from": first, "to": second, "value": "0x1"})
