"""The newest checkpoint gets a time stamp: from a real authority (`openssl ts`), whatever it does to us."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy.exc
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.kernel import clock, relay
from app.kernel.config import BadConfiguration, Config, load
from app.kernel.outbox import Outbox, State
from app.kernel.uow import unit_of_work
from ledger import stamped, tasks
from ledger.anchors import stamping
from ledger.anchors.authority import AuthorityDown, AuthorityRefuses
from ledger.anchors.connection import authority as connect
from tests.ledger.core.samples import flipped
from tests.scene.ledger import NOW, change, hands_in, published, sealed
from tests.scene.time_stamps import has_it_stamped, tokens
from tests.scene.witness import a_witness, names, served
from tests.support.ports import free_port
from tests.support.time_stamp_authority import Root, TimeStampAuthority, answering, needs_openssl

pytestmark = [pytest.mark.usefixtures("app"), needs_openssl]
ROOT = Path(__file__).resolve().parents[3]
HOUR, NEVER_WAITED = timedelta(hours=1), timedelta()


@pytest.fixture
def config(config: Config, authority: TimeStampAuthority) -> Config:
    """An installation that has its checkpoints stamped."""
    return config.model_copy(
        update={"tsa_url": authority.url, "tsa_ca_file": authority.ca_file, "tsa_every_hours": 1}
    )


def _row() -> Outbox:
    with unit_of_work(read_only=True) as uow:
        return uow.session.scalars(select(Outbox).where(Outbox.kind == tasks.STAMP)).one()


def _always_the_first() -> Callable[[bytes], bytes]:
    """An authority whose every answer is its first one."""
    answers: list[bytes] = []

    def first(answer: bytes) -> bytes:
        answers.append(answer)
        return answers[0]

    return first


def _settings(config: Config) -> dict[str, str]:
    """What a process of its own needs to run as this installation."""
    return {
        **os.environ,
        "DATA_DIR": str(config.data_dir),
        "DATABASE_URL": config.database_url,
        "SECRET_KEY": config.secret_key,
        "CELERY_BROKER_URL": "memory://",
        "TSA_URL": config.tsa_url,
        "TSA_CA_FILE": str(config.tsa_ca_file),
    }


class TestTheWayThere:
    def test_the_worker_has_the_published_checkpoint_stamped_by_itself(
        self, config: Config, authority: TimeStampAuthority
    ) -> None:
        hands_in(3)
        relay.sweep()
        tasks.offer_stamp()
        relay.sweep()
        (token,) = tokens()
        assert (token.checkpoint_size, token.authority) == (3, "Province time stamps")
        assert abs(token.stamped_at - clock.now()) < timedelta(minutes=1)
        assert (_row().state, authority.asked) == (State.DONE, 1)

    def test_at_most_one_in_an_interval_and_none_without_growth(
        self, config: Config, authority: TimeStampAuthority
    ) -> None:
        published(config, 1)
        assert has_it_stamped(config, every=HOUR) == 1
        published(config, 1, first=1)
        assert has_it_stamped(config, every=HOUR) is None
        tasks.offer_stamp()
        with unit_of_work(read_only=True) as uow:
            assert uow.session.scalars(select(Outbox).where(Outbox.kind == tasks.STAMP)).all() == []
            assert stamping.due(uow, authority.url, clock.now() + HOUR, every=HOUR) is not None
        assert has_it_stamped(config) == 2
        assert has_it_stamped(config) is None
        assert authority.asked == 2

    def test_one_row_waits_however_often_it_is_offered(self, config: Config) -> None:
        published(config, 1)
        for _ in range(3):
            tasks.offer_stamp()
        assert _row().state == State.PENDING

    def test_what_is_not_published_is_not_stamped(self, config: Config) -> None:
        sealed(config, 2)
        assert has_it_stamped(config) is None
        published(config, 1, first=2)
        sealed(config, 1, first=3)
        assert has_it_stamped(config) == 3

    def test_what_the_quorum_has_not_cosigned_is_not_stamped(self, config: Config, tmp_path: Path) -> None:
        published(config, 2)
        witness = a_witness(tmp_path / "w")
        with served(witness) as url:
            names(config, f"witness province {witness.key.verifier} {url}", quorum="province", now=NOW)
            assert has_it_stamped(config) is None
            tasks.offer_cosigning()
            relay.sweep()
            published(config, 1, first=2)  # nobody has cosigned this one
        assert has_it_stamped(config) == 2

    def test_two_workers_at_once_keep_one(self, app: Flask, config: Config) -> None:
        published(config, 2)
        faults: list[BaseException] = []

        def work() -> None:
            with app.app_context():
                try:
                    has_it_stamped(config)
                except Exception as fault:  # noqa: BLE001 - handed to the test's own thread
                    faults.append(fault)

        workers = [threading.Thread(target=work) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert faults == []
        assert len(tokens()) == 1

    def test_what_is_stored_nobody_changes(self, config: Config) -> None:
        published(config, 1)
        has_it_stamped(config)
        with pytest.raises(sqlalchemy.exc.DBAPIError, match="append-only"):
            change("UPDATE timestamp_token SET serial = '7'")


class TestAnAnswerThatIsNoTimeStampOfOurs:
    @pytest.mark.parametrize(
        ("spoil", "told"),
        [
            (lambda answer: answer[:-1], "no time stamp"),
            (lambda answer: answer[: len(answer) // 2], "no time stamp"),
            (lambda answer: b"", "no time stamp"),
            (lambda answer: b"<html>welcome</html>", "no time stamp"),
            (lambda answer: flipped(answer, len(answer) - 3), "the signature of the authority is not over"),
            (lambda answer: bytes(70_000), "does not answer"),
        ],
        ids=["cut", "half", "nothing", "a page", "flipped", "too large"],
    )
    def test_is_not_stored_and_kept_as_the_error(
        self,
        config: Config,
        client: FlaskClient,
        authority: TimeStampAuthority,
        spoil: Callable[[bytes], bytes],
        told: str,
    ) -> None:
        authority.spoil = spoil
        published(config, 1)
        tasks.offer_stamp()
        relay.sweep()
        assert tokens() == []
        with unit_of_work(read_only=True) as uow:
            seen = stamped.authority(uow, authority.url)
        assert seen is not None
        assert told in (seen.error or "")
        assert (seen.failures, _row().state) == (1, State.PENDING)
        page = client.get("/ledger").text
        assert "Lần xin dấu thời gian gần nhất không được" in page
        assert "Lỗi dấu thời gian" in page

    def test_certificates_that_openssl_left_unsorted_are_named_as_the_reason(
        self, config: Config, tmp_path: Path
    ) -> None:
        generous = TimeStampAuthority.made(tmp_path / "generous")
        settings = generous.folder / "tsa.cnf"
        settings.write_text(settings.read_text("utf-8") + f"certs = {generous.ca_file}\n", "utf-8")
        published(config, 1)
        with answering(generous) as other:
            asked = config.model_copy(update={"tsa_url": other.url, "tsa_ca_file": other.ca_file})
            with pytest.raises(AuthorityRefuses, match=r"not in the order that DER asks for.*signer alone"):
                has_it_stamped(asked)

    def test_an_answer_to_another_request_has_another_nonce(
        self, config: Config, authority: TimeStampAuthority
    ) -> None:
        published(config, 1)
        authority.spoil = _always_the_first()
        has_it_stamped(config)
        other = config.model_copy(update={"tsa_url": authority.url + "?again"})
        with pytest.raises(AuthorityRefuses, match=r"[Nn]once"):
            has_it_stamped(other)

    def test_a_stamp_of_an_earlier_checkpoint_is_over_something_else(
        self, config: Config, authority: TimeStampAuthority
    ) -> None:
        published(config, 1)
        authority.spoil = _always_the_first()
        has_it_stamped(config)
        published(config, 1, first=1)
        with pytest.raises(AuthorityRefuses, match="over something else than this checkpoint"):
            has_it_stamped(config)

    @pytest.mark.parametrize("days", [(-30, -1), (1, 30)], ids=["expired", "not yet valid"])
    def test_a_certificate_out_of_its_time_is_refused(
        self, config: Config, tmp_path: Path, days: tuple[int, int]
    ) -> None:
        published(config, 1)
        with answering(TimeStampAuthority.made(tmp_path / "old", days=days)) as old:
            other = config.model_copy(update={"tsa_url": old.url, "tsa_ca_file": old.ca_file})
            with pytest.raises(AuthorityRefuses, match="at the moment stamped"):
                has_it_stamped(other)
        assert tokens() == []

    def test_a_certificate_of_another_root_is_refused(self, config: Config, tmp_path: Path) -> None:
        published(config, 1)
        (tmp_path / "other.pem").write_bytes(Root().pem)
        with pytest.raises(AuthorityRefuses, match="not that of the authority"):
            has_it_stamped(config.model_copy(update={"tsa_ca_file": tmp_path / "other.pem"}))

    def test_another_policy_than_the_one_that_is_asked_for_is_refused(self, config: Config) -> None:
        published(config, 1)
        with pytest.raises(AuthorityRefuses, match=r"TSA_POLICY is 1\.2\.3"):
            has_it_stamped(config.model_copy(update={"tsa_policy": "1.2.3"}))

    def test_a_clock_that_differs_from_ours_is_refused(self, config: Config) -> None:
        published(config, 1)
        with pytest.raises(AuthorityRefuses, match=r"it is 20.* here"):
            stamping.advance(connect(config), clock.now() - HOUR, every=NEVER_WAITED)
        assert tokens() == []

    def test_a_root_file_that_is_none_is_told(self, config: Config, tmp_path: Path) -> None:
        (tmp_path / "root.pem").write_text("not a certificate")
        with pytest.raises(AuthorityRefuses, match="TSA_CA_FILE"):
            connect(config.model_copy(update={"tsa_ca_file": tmp_path / "root.pem"}))


class TestAnAuthorityThatIsAway:
    def test_is_asked_again_later_and_later_while_the_log_goes_on(
        self, app: Flask, config: Config, client: FlaskClient, authority: TimeStampAuthority
    ) -> None:
        authority.status = 503
        published(config, 1)
        tasks.offer_stamp()
        waits = []
        for _ in range(3):
            relay.sweep()
            row = _row()
            waits.append((row.next_at - clock.now()).total_seconds())
            change("UPDATE outbox SET next_at = :now WHERE kind = 'ledger.stamp'", now=NOW)
            assert (row.state, row.attempts) == (State.PENDING, 0)  # no failure that would park it
        assert [round(wait / 15) for wait in waits] == [1, 2, 4]
        told = client.get("/readyz").get_json()["degraded"]["ledger-timestamps"]
        assert "answers 503" in told
        published(config, 1, first=1)
        authority.status = 200
        relay.sweep()
        assert [token.checkpoint_size for token in tokens()] == [2]
        assert "ledger-timestamps" not in client.get("/readyz").get_json().get("degraded", {})

    def test_costs_no_more_than_its_time_and_holds_nobody_up(
        self, app: Flask, config: Config, authority: TimeStampAuthority
    ) -> None:
        published(config, 1)
        authority.delay_s = 5  # a wait on the socket ends after three

        def ask() -> None:
            with app.app_context(), pytest.raises(AuthorityDown, match="does not answer"):
                has_it_stamped(config)

        began = time.monotonic()
        asking = threading.Thread(target=ask)
        asking.start()
        published(config, 1, first=1)  # the log goes on meanwhile
        asking.join()
        assert time.monotonic() - began < 15
        assert tokens() == []

    def test_that_nobody_hears_is_told(self, config: Config) -> None:
        published(config, 1)
        dead = config.model_copy(update={"tsa_url": f"http://127.0.0.1:{free_port()}/"})
        with pytest.raises(AuthorityDown, match="Connection"):
            has_it_stamped(dead)


class TestAKill:
    def test_between_answer_and_commit_loses_nothing_and_doubles_nothing(
        self, config: Config, authority: TimeStampAuthority
    ) -> None:
        published(config, 2)
        done = subprocess.run(
            [sys.executable, "-c", _DIES_WITH_THE_ANSWER_IN_HAND],
            env=_settings(config),
            cwd=ROOT,
            timeout=120,
            check=False,
        )
        assert done.returncode == -signal.SIGKILL
        assert (authority.asked, tokens()) == (1, [])
        assert has_it_stamped(config) == 2
        assert has_it_stamped(config) is None
        assert (authority.asked, len(tokens())) == (2, 1)

    def test_of_the_worker_leaves_a_row_that_another_worker_takes_up(
        self, config: Config, authority: TimeStampAuthority
    ) -> None:
        published(config, 2)
        tasks.offer_stamp()

        def kill(answer: bytes) -> bytes:
            authority.spoil = bytes
            os.kill(worker.pid, signal.SIGKILL)
            return answer

        authority.spoil = kill
        worker = subprocess.Popen([sys.executable, "-c", _ONE_SWEEP], env=_settings(config), cwd=ROOT)
        assert worker.wait(120) == -signal.SIGKILL
        assert (_row().state, tokens()) == (State.LEASED, [])
        change("UPDATE outbox SET lease_until = :past WHERE kind = 'ledger.stamp'", past=NOW)
        relay.sweep()
        assert (_row().state, len(tokens())) == (State.DONE, 1)


_DIES_WITH_THE_ANSWER_IN_HAND = """
import os, signal
from datetime import timedelta
from app.factory import create_app
from app.kernel import clock
from app.kernel.config import load
from ledger.anchors import connection, stamping
config = load()
asked = connection.authority(config)
class Dies:
    url, on_this_machine = asked.url, asked.on_this_machine
    def stamp(self, body):
        asked.stamp(body)
        os.kill(os.getpid(), signal.SIGKILL)
with create_app(config).app_context():
    stamping.advance(Dies(), clock.now(), every=timedelta())
"""

_ONE_SWEEP = """
from app.factory import create_app
from app.kernel import relay
with create_app().app_context():
    relay.sweep()
"""


class TestTheConfiguration:
    def test_an_authority_needs_a_root_that_is_there(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("TSA_URL", "https://tsa.example/tsr")
        for path in ("", str(tmp_path / "none.pem")):
            monkeypatch.setenv("TSA_CA_FILE", path)
            with pytest.raises(BadConfiguration, match="TSA_URL needs TSA_CA_FILE"):
                load()
        monkeypatch.setenv("TSA_CA_FILE", __file__)
        assert load().tsa_url == "https://tsa.example/tsr"

    @pytest.mark.parametrize(
        ("name", "value"),
        [("TSA_URL", "tsa.example"), ("TSA_POLICY", "1.2.x"), ("TSA_EVERY_HOURS", "0")],
    )
    def test_what_is_absurd_stops_the_start(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        monkeypatch.setenv(name, value)
        with pytest.raises(BadConfiguration, match=name):
            load()
