"""The newest checkpoint gets a time stamp: from a real authority (`openssl ts`), whatever it does to us."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
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
from ledger import queries, stamped, tasks
from ledger.anchors import stamping
from ledger.anchors.authority import AuthorityDown, AuthorityRefuses
from ledger.anchors.connection import authority as connect
from ledger.models import TimestampToken
from ledger.reach import reach
from tests.ledger.core.tampering import flipped
from tests.scene.ledger import NOW, behind_the_back, change, hands_in, published, sealed
from tests.scene.witness import a_witness, names, served
from tests.support.ports import free_port
from tests.support.time_stamp_authority import Root, TimeStampAuthority, answering, needs_openssl

pytestmark = [pytest.mark.usefixtures("app"), needs_openssl]
ROOT = Path(__file__).resolve().parents[3]
HOUR, NEVER_WAITED = timedelta(hours=1), timedelta()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TimeStampAuthority]:
    with answering(TimeStampAuthority.made(tmp_path_factory.mktemp("tsa"))) as made:
        yield made


@pytest.fixture
def authority(made: TimeStampAuthority) -> TimeStampAuthority:
    """The one authority of these tests at one address, which has been asked nothing yet."""
    made.asked, made.spoil, made.delay_s, made.status = 0, bytes, 0, 200
    return made


@pytest.fixture
def config(config: Config, authority: TimeStampAuthority) -> Config:
    """An installation that has its checkpoints stamped."""
    return config.model_copy(
        update={"tsa_url": authority.url, "tsa_ca_file": authority.ca_file, "tsa_every_hours": 1}
    )


def _stamp(config: Config, *, every: timedelta = NEVER_WAITED) -> int | None:
    return stamping.advance(connect(config), clock.now(), every=every)


def _tokens() -> list[TimestampToken]:
    with unit_of_work(read_only=True) as uow:
        return list(uow.session.scalars(select(TimestampToken).order_by(TimestampToken.checkpoint_size)))


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


def _of_another_machine() -> None:
    """As if the authority ran elsewhere: whatever address the tests can use is this machine's own."""
    with behind_the_back("timestamp_token"):
        change("UPDATE timestamp_token SET on_this_machine = :no", no=False)


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
        (token,) = _tokens()
        assert (token.checkpoint_size, token.authority) == (3, "Province time stamps")
        assert abs(token.stamped_at - clock.now()) < timedelta(minutes=1)
        assert (_row().state, authority.asked) == (State.DONE, 1)

    def test_at_most_one_in_an_interval_and_none_without_growth(
        self, config: Config, authority: TimeStampAuthority
    ) -> None:
        published(config, 1)
        assert _stamp(config, every=HOUR) == 1
        published(config, 1, first=1)
        assert _stamp(config, every=HOUR) is None
        tasks.offer_stamp()
        with unit_of_work(read_only=True) as uow:
            assert uow.session.scalars(select(Outbox).where(Outbox.kind == tasks.STAMP)).all() == []
            assert stamping.due(uow, authority.url, clock.now() + HOUR, every=HOUR) is not None
        assert _stamp(config) == 2
        assert _stamp(config) is None
        assert authority.asked == 2

    def test_one_row_waits_however_often_it_is_offered(self, config: Config) -> None:
        published(config, 1)
        for _ in range(3):
            tasks.offer_stamp()
        assert _row().state == State.PENDING

    def test_what_is_not_published_is_not_stamped(self, config: Config) -> None:
        sealed(config, 2)
        assert _stamp(config) is None
        published(config, 1, first=2)
        sealed(config, 1, first=3)
        assert _stamp(config) == 3

    def test_what_the_quorum_has_not_cosigned_is_not_stamped(self, config: Config, tmp_path: Path) -> None:
        published(config, 2)
        witness = a_witness(tmp_path / "w")
        with served(witness) as url:
            names(config, f"witness province {witness.key.verifier} {url}", quorum="province", now=NOW)
            assert _stamp(config) is None
            tasks.offer_cosigning()
            relay.sweep()
            published(config, 1, first=2)  # nobody has cosigned this one
        assert _stamp(config) == 2

    def test_two_workers_at_once_keep_one(self, app: Flask, config: Config) -> None:
        published(config, 2)
        faults: list[BaseException] = []

        def work() -> None:
            with app.app_context():
                try:
                    _stamp(config)
                except Exception as fault:  # noqa: BLE001 - handed to the test's own thread
                    faults.append(fault)

        workers = [threading.Thread(target=work) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert faults == []
        assert len(_tokens()) == 1

    def test_what_is_stored_nobody_changes(self, config: Config) -> None:
        published(config, 1)
        _stamp(config)
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
        assert _tokens() == []
        with unit_of_work(read_only=True) as uow:
            seen = stamped.authority(uow, authority.url)
        assert seen is not None
        assert told in (seen.error or "")
        assert (seen.failures, _row().state) == (1, State.PENDING)
        page = client.get("/ledger").text
        assert "Lần xin dấu thời gian gần nhất không được" in page
        assert "Lỗi dấu thời gian" in page

    def test_an_answer_to_another_request_has_another_nonce(
        self, config: Config, authority: TimeStampAuthority
    ) -> None:
        published(config, 1)
        authority.spoil = _always_the_first()
        _stamp(config)
        other = config.model_copy(update={"tsa_url": authority.url + "?again"})
        with pytest.raises(AuthorityRefuses, match=r"[Nn]once"):
            _stamp(other)

    def test_a_stamp_of_an_earlier_checkpoint_is_over_something_else(
        self, config: Config, authority: TimeStampAuthority
    ) -> None:
        published(config, 1)
        authority.spoil = _always_the_first()
        _stamp(config)
        published(config, 1, first=1)
        with pytest.raises(AuthorityRefuses, match="over something else than this checkpoint"):
            _stamp(config)

    @pytest.mark.parametrize("days", [(-30, -1), (1, 30)], ids=["expired", "not yet valid"])
    def test_a_certificate_out_of_its_time_is_refused(
        self, config: Config, tmp_path: Path, days: tuple[int, int]
    ) -> None:
        published(config, 1)
        with answering(TimeStampAuthority.made(tmp_path / "old", days=days)) as old:
            other = config.model_copy(update={"tsa_url": old.url, "tsa_ca_file": old.ca_file})
            with pytest.raises(AuthorityRefuses, match="at the moment stamped"):
                _stamp(other)
        assert _tokens() == []

    def test_a_certificate_of_another_root_is_refused(self, config: Config, tmp_path: Path) -> None:
        published(config, 1)
        (tmp_path / "other.pem").write_bytes(Root().pem)
        with pytest.raises(AuthorityRefuses, match="led to no root"):
            _stamp(config.model_copy(update={"tsa_ca_file": tmp_path / "other.pem"}))

    def test_another_policy_than_the_one_that_is_asked_for_is_refused(self, config: Config) -> None:
        published(config, 1)
        with pytest.raises(AuthorityRefuses, match=r"TSA_POLICY is 1\.2\.3"):
            _stamp(config.model_copy(update={"tsa_policy": "1.2.3"}))

    def test_a_clock_that_differs_from_ours_is_refused(self, config: Config) -> None:
        published(config, 1)
        with pytest.raises(AuthorityRefuses, match=r"it is 20.* here"):
            stamping.advance(connect(config), clock.now() - HOUR, every=NEVER_WAITED)
        assert _tokens() == []

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
        assert [token.checkpoint_size for token in _tokens()] == [2]
        assert "ledger-timestamps" not in client.get("/readyz").get_json().get("degraded", {})

    def test_costs_no_more_than_its_time_and_holds_nobody_up(
        self, app: Flask, config: Config, authority: TimeStampAuthority
    ) -> None:
        published(config, 1)
        authority.delay_s = 5  # a wait on the socket ends after three

        def ask() -> None:
            with app.app_context(), pytest.raises(AuthorityDown, match="does not answer"):
                _stamp(config)

        began = time.monotonic()
        asking = threading.Thread(target=ask)
        asking.start()
        published(config, 1, first=1)  # the log goes on meanwhile
        asking.join()
        assert time.monotonic() - began < 15
        assert _tokens() == []

    def test_that_nobody_hears_is_told(self, config: Config) -> None:
        published(config, 1)
        dead = config.model_copy(update={"tsa_url": f"http://127.0.0.1:{free_port()}/"})
        with pytest.raises(AuthorityDown, match="Connection"):
            _stamp(dead)


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
        assert (authority.asked, _tokens()) == (1, [])
        assert _stamp(config) == 2
        assert _stamp(config) is None
        assert (authority.asked, len(_tokens())) == (2, 1)

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
        assert (_row().state, _tokens()) == (State.LEASED, [])
        change("UPDATE outbox SET lease_until = :past WHERE kind = 'ledger.stamp'", past=NOW)
        relay.sweep()
        assert (_row().state, len(_tokens())) == (State.DONE, 1)


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


class TestReach:
    def test_an_authority_on_this_machine_extends_nothing_and_is_called_one(
        self, config: Config, client: FlaskClient
    ) -> None:
        published(config, 2)
        _stamp(config)
        with unit_of_work(read_only=True) as uow:
            told = reach(uow)
        assert (told.kind, told.stamped_by, told.stamped_here) == ("server", (), ("Province time stamps",))
        page = client.get("/ledger").text
        assert "Dấu thời gian của Province time stamps do chính máy chủ này đóng" in page
        assert "Chỉ máy chủ này" in page
        status = client.application.test_cli_runner().invoke(args=["ledger", "status"])
        assert "2 by rfc3161 Province time stamps (the operator's own: proves nothing" in status.output

    def test_an_independent_one_counts_for_what_it_has_stamped(
        self, config: Config, client: FlaskClient
    ) -> None:
        published(config, 2)
        _stamp(config)
        _of_another_machine()
        with unit_of_work(read_only=True) as uow:
            assert reach(uow).kind == "timestamp"
            assert reach(uow, sealed_at=NOW).stamped_by == ("Province time stamps",)
            assert reach(uow, sealed_at=NOW + timedelta(seconds=1)).kind == "server"
        page = client.get("/ledger").text
        assert "Máy chủ này và dấu thời gian của Province time stamps" in page
        assert "không cho thấy chỉ có một quyển sổ" in page
        assert _tokens()[0].serial in page
        assert "This server and a time stamp of Province time stamps" in client.get("/ledger?lang=en").text


class TestTheBundle:
    @pytest.mark.parametrize("grown_since", [0, 5])
    def test_proves_itself_to_whoever_trusts_the_authority(
        self, config: Config, authority: TimeStampAuthority, tmp_path: Path, grown_since: int
    ) -> None:
        published(config, 3)
        _stamp(config)
        if grown_since:
            published(config, grown_since, first=3)
        with unit_of_work(read_only=True) as uow:
            parts = queries.bundle_parts(uow, ["e0", "e2"])
        assert parts is not None
        (stamp,) = parts.timestamps
        assert (stamp.kind, stamp.external_id, stamp.on_this_machine) == (
            "rfc3161",
            _tokens()[0].serial,
            True,
        )
        (tmp_path / "proof.json").write_bytes(parts.bundle({}).to_bytes())
        trust = ("--policy", config.data_dir / "policy.txt", "--tsa-ca", authority.ca_file)
        done = subprocess.run(
            [sys.executable, "-m", "ledger", "verify", tmp_path / "proof.json", *trust],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        assert "timestamp Province time stamps: ok: " in done.stdout
        assert "(runs on the log's own machine: proves nothing to others)" in done.stdout

    def test_of_what_came_after_the_stamp_has_none(self, config: Config) -> None:
        published(config, 3)
        _stamp(config)
        published(config, 1, first=3)
        with unit_of_work(read_only=True) as uow:
            parts = queries.bundle_parts(uow, ["e0", "e3"])
        assert parts is not None
        assert parts.timestamps == ()


class TestByHand:
    def test_flask_ledger_anchor_has_it_stamped_and_status_tells(
        self, app: Flask, config: Config, authority: TimeStampAuthority
    ) -> None:
        published(config, 2)
        run = app.test_cli_runner().invoke
        assert "stamped 2 entries" in run(args=["ledger", "anchor"]).output
        assert "nothing new may be stamped" in run(args=["ledger", "anchor"]).output
        published(config, 1, first=2)
        authority.status = 404
        refused = run(args=["ledger", "anchor"])
        assert refused.exit_code == 1
        assert "the authority answers 404" in run(args=["ledger", "status"]).output


class TestFsck:
    def test_finds_that_other_entries_were_stamped_than_are_here(self, app: Flask, config: Config) -> None:
        published(config, 2)
        published(config, 1, first=2)
        _stamp(config)
        run = app.test_cli_runner().invoke
        assert run(args=["ledger", "fsck"]).exit_code == 0
        (token,) = _tokens()
        with behind_the_back("timestamp_token"):
            change("UPDATE timestamp_token SET checkpoint_size = 2")
            assert "over 2 entries: it is over another root" in run(args=["ledger", "fsck"]).output
            change(
                "UPDATE timestamp_token SET checkpoint_root = (SELECT root FROM checkpoint WHERE size = 2)"
            )
            moved = run(args=["ledger", "fsck"])
            change("UPDATE timestamp_token SET token = :token", token=flipped(token.token, 60))
            spoilt = run(args=["ledger", "fsck"])
        assert (moved.exit_code, spoilt.exit_code) == (1, 1)
        assert "over 2 entries: other entries were stamped than are here" in moved.output
        assert "over 2 entries: " in spoilt.output


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
