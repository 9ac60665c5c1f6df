"""The log asks its witnesses: whatever one of them does, the log goes on, and no lie is believed."""

import hashlib
import http.client
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.kernel import relay
from app.kernel.config import Config
from app.kernel.uow import unit_of_work
from ledger import cosigned, proving, queries, sequencer, tasks
from ledger.core.checkpoint import Checkpoint
from ledger.core.note import SigningKey, WitnessKey, open_note, sign_note
from ledger.core.policy import parse_policy
from ledger.core.report import Outcome
from ledger.core.verify import verify_bundle
from ledger.core.witnessing import AddCheckpoint, log_id
from ledger.cosigned import WitnessView
from ledger.log_folder import LogFolder
from ledger.models import Cosignature
from ledger.reach import reach
from ledger.witness.store import Witness
from ledger.witnesses import feeder
from tests.scene.ledger import NOW, behind_the_back, change, hands_in, published, sealed
from tests.scene.witness import a_witness, names, served, witness_process

pytestmark = pytest.mark.usefixtures("app")


def _line(witness: Witness, url: str, name: str = "province") -> str:
    return f"witness {name} {witness.key.verifier} {url}"


def _seen(name: str = "province") -> WitnessView:
    with unit_of_work(read_only=True) as uow:
        return next(each for each in cosigned.witnesses(uow) if each.name == name)


def _log_key(config: Config) -> SigningKey:
    return LogFolder(config.data_dir).key("demo.coi.invalid/ledger")


@contextmanager
def _door(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A socket that accepts and does with each connection what it is told."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = door.accept()
                    threading.Thread(target=answer, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
        door.shutdown(socket.SHUT_RDWR)


def _request_body(connection: socket.socket) -> bytes:
    """The body of a whole request: an answer to half of one might be cut off by a reset."""
    with connection.makefile("rb") as reader:
        length = 0
        while (line := reader.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode().partition(":")
            length = int(value) if name.lower() == "content-length" else length
        return reader.read(length)


class TestFsck:
    def test_finds_lines_that_are_not_over_their_checkpoint(
        self, app: Flask, config: Config, tmp_path: Path
    ) -> None:
        published(config, 5)
        witness = a_witness(tmp_path / "w")
        with served(witness) as url:
            names(config, _line(witness, url), quorum="province", now=NOW)
            tasks.offer_cosigning()
            relay.sweep()
        run = app.test_cli_runner().invoke
        sound = run(args=["ledger", "fsck"])
        assert sound.exit_code == 0
        assert "1 cosignatures, later signatures, anchors and time stamps" in sound.output
        with behind_the_back("cosignature"):
            change("UPDATE cosignature SET signed_at = '2020-01-01'")
            assert "its time is not the one that was signed" in run(args=["ledger", "fsck"]).output
            change("UPDATE cosignature SET checkpoint_size = 4")
            assert "over 4 entries: no checkpoint of this size" in run(args=["ledger", "fsck"]).output
            change(
                "UPDATE cosignature SET checkpoint_size = 5, line = :line",
                line=_line_over_another_text(witness),
            )
            spoilt = run(args=["ledger", "fsck"])
        assert spoilt.exit_code == 1
        assert "cosignature of witness.example/w1 over 5 entries: the signature of" in spoilt.output
        copy = config.data_dir / "files/ledger/checkpoint"
        copy.write_bytes(copy.read_bytes() + _line_over_another_text(witness).encode())
        assert "published checkpoint: the signature of" in run(args=["ledger", "fsck"]).output


def _line_over_another_text(witness: Witness) -> str:
    return witness.key.cosign(Checkpoint("other.example", 5, bytes(32)).to_text(), NOW)


class TestACosignature:
    def test_is_asked_for_by_the_worker_and_handed_out_with_the_checkpoint(
        self, config: Config, client: FlaskClient, tmp_path: Path
    ) -> None:
        given = sealed(config, 5)
        witness = a_witness(tmp_path / "w")
        with served(witness) as url:
            names(config, _line(witness, url), quorum="province", now=NOW)
            tasks.offer_cosigning()
            relay.sweep()
        note = client.get("/ledger/checkpoint").data
        policy = parse_policy(client.get("/ledger/policy").data)
        opened = open_note(note, policy.keys)
        assert {key.name for key in opened.verified} == {"demo.coi.invalid/ledger", "witness.example/w1"}
        assert (config.data_dir / "policy.txt").read_bytes() == client.get("/ledger/policy").data
        with unit_of_work(read_only=True) as uow:
            parts = proving.bundle_parts(uow, list(given))
        assert parts is not None
        assert verify_bundle(parts.bundle({}), trust=policy).outcome is Outcome.VERIFIED
        assert parts.witnessed == {
            "quorum_met": True,
            "cosigned_by": ["province"],
            "on_the_logs_machine": ["province"],
        }

    def test_is_shown_on_the_monitoring_side(
        self, config: Config, client: FlaskClient, tmp_path: Path
    ) -> None:
        sealed(config, 2)
        witness = a_witness(tmp_path / "w")
        shown = f"/ledger/witness/{log_id('demo.coi.invalid/ledger')}/checkpoint"
        with served(witness) as url:
            names(config, _line(witness, url), now=NOW)
            assert client.get(shown).status_code == 404
            assert "0 never" in client.get("/ledger/witness").text
            feeder.feed(NOW)
        sealed(config, 1, first=2)  # nobody has cosigned this one
        assert "\n2\n" in client.get(shown).text
        assert client.get("/ledger/witness").text.startswith(f"{witness.key.verifier} 2 20")
        assert client.get(f"/ledger/witness/{log_id('other')}/checkpoint").status_code == 404

    def test_grows_with_the_log_by_a_proof_of_consistency(self, config: Config, tmp_path: Path) -> None:
        sealed(config, 3)
        witness = a_witness(tmp_path / "w")
        with served(witness) as url:
            names(config, _line(witness, url), now=NOW)
            assert feeder.feed(NOW) is None
            sealed(config, 300, first=3)
            assert feeder.feed(NOW) is None
        assert (_seen().size, _seen().signed_at, _seen().error) == (303, NOW, None)

    def test_of_an_older_checkpoint_carries_the_bundle_while_the_newest_has_no_quorum(
        self, config: Config, tmp_path: Path
    ) -> None:
        sealed(config, 3)
        witness = a_witness(tmp_path / "w")
        with served(witness) as url:
            names(config, _line(witness, url), quorum="province", now=NOW)
            feeder.feed(NOW)
        sealed(config, 2, first=3)
        with unit_of_work(read_only=True) as uow:
            old, new = proving.bundle_parts(uow, ["e0"]), proving.bundle_parts(uow, ["e0", "e4"])
        assert old is not None
        assert (old.size, old.quorum_met) == (3, True)
        assert new is not None
        assert (new.size, new.quorum_met) == (5, False)


class TestReach:
    def test_a_witness_on_this_machine_extends_nothing_and_is_called_one(
        self, config: Config, client: FlaskClient, tmp_path: Path
    ) -> None:
        sealed(config, 2)
        witness = a_witness(tmp_path / "w")
        with served(witness) as url:
            names(config, _line(witness, url), now=NOW)
            feeder.feed(NOW)
        with unit_of_work(read_only=True) as uow:
            told = reach(uow)
        assert (told.kind, told.witnesses, told.here) == ("server", (), ("province",))
        assert "chạy trên cùng máy chủ, không phải nhân chứng độc lập" in client.get("/ledger").text
        assert "# province runs on the log's own machine" in client.get("/ledger/policy").text

    def test_an_independent_one_counts_for_what_it_has_cosigned(self, config: Config, tmp_path: Path) -> None:
        sealed(config, 2)
        witness = a_witness(tmp_path / "w")
        with served(witness) as url:
            names(config, _line(witness, url), now=NOW)
            feeder.feed(NOW)
        change("UPDATE witness_state SET on_this_machine = :no", no=False)
        with unit_of_work(read_only=True) as uow:
            assert reach(uow).kind == "witness"
            assert "own machine" not in cosigned.policy_text(uow, ())
            assert reach(uow, sealed_at=NOW).witnesses == ("province",)
            assert reach(uow, sealed_at=NOW + timedelta(seconds=1)).kind == "server"


class TestAWitnessThatIsAway:
    def test_is_asked_again_later_and_later_and_keeps_nobody_waiting(
        self, config: Config, tmp_path: Path
    ) -> None:
        sealed(config, 2)
        here, gone = a_witness(tmp_path / "w"), a_witness(tmp_path / "gone", "gone.example/w")
        with socket.create_server(("127.0.0.1", 0)) as free:
            dead = f"http://127.0.0.1:{free.getsockname()[1]}"
        with served(here) as url:
            names(config, _line(here, url), _line(gone, dead, "gone"), now=NOW)
            first = feeder.feed(NOW)
            assert first is not None
            assert timedelta(seconds=3) < first - NOW < timedelta(seconds=7)
            assert feeder.feed(NOW) == first  # not due: nobody is asked
            second = feeder.feed(first)
        assert second is not None
        assert timedelta(seconds=7) < second - first < timedelta(seconds=13)
        assert _seen().size == 2
        assert _seen("gone").failures == 2
        assert "Connection" in (_seen("gone").error or "")

    def test_that_accepts_and_never_answers_costs_a_few_seconds_and_blocks_no_other(
        self, config: Config, client: FlaskClient, tmp_path: Path
    ) -> None:
        sealed(config, 2)
        here, slow = a_witness(tmp_path / "w"), a_witness(tmp_path / "slow", "slow.example/w")
        with served(here) as url, _door(lambda _held: time.sleep(20)) as silent:
            names(config, _line(here, url), _line(slow, silent, "slow"), now=NOW)
            asking = threading.Thread(target=_feed_in, args=(client.application,))
            began = time.monotonic()
            asking.start()
            sealed(config, 1, first=2)  # the sequencer goes on meanwhile
            assert time.monotonic() - began < 3
            asking.join()
        assert time.monotonic() - began < 7
        assert (_seen().size, _seen("slow").failures) == (2, 1)

    def test_that_drips_is_given_up_within_the_same_time(self, config: Config, tmp_path: Path) -> None:
        sealed(config, 2)
        slow = a_witness(tmp_path / "slow")

        def drip(connection: socket.socket) -> None:
            with suppress(OSError):
                for byte in b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000:
                    connection.sendall(bytes([byte]))
                    time.sleep(0.2)

        with _door(drip) as url:
            names(config, _line(slow, url), now=NOW)
            began = time.monotonic()
            feeder.feed(NOW)
        assert time.monotonic() - began < 7
        assert _seen().failures == 1

    def test_that_answers_with_a_redirect_is_not_followed(self, config: Config, tmp_path: Path) -> None:
        sealed(config, 2)
        witness = a_witness(tmp_path / "w")

        def redirect(connection: socket.socket) -> None:
            _request_body(connection)
            to = b"HTTP/1.1 307 x\r\nLocation: %s/add-checkpoint\r\nContent-Length: 0\r\n\r\n" % url.encode()
            connection.sendall(to)
            connection.close()

        with served(witness) as url, _door(redirect) as door:
            names(config, _line(witness, door), now=NOW)
            feeder.feed(NOW)
        assert _seen().size is None
        assert "answered 307" in (_seen().error or "")

    def test_is_told_on_readyz_after_some_failures(
        self, config: Config, client: FlaskClient, tmp_path: Path
    ) -> None:
        sealed(config, 2)
        witness, moment = a_witness(tmp_path / "w"), NOW
        with socket.create_server(("127.0.0.1", 0)) as free:
            dead = f"http://127.0.0.1:{free.getsockname()[1]}"
        names(config, _line(witness, dead), now=NOW)
        for _ in range(3):
            moment = feeder.feed(moment) or moment
        assert "province: Connection" in client.get("/readyz").get_json()["degraded"]["ledger-witnesses"]


def _feed_in(app: Flask) -> None:
    with app.app_context():
        feeder.feed(NOW)


class TestAWitnessThatKnowsAnotherSize:
    def test_names_it_and_the_proof_goes_on_from_there(self, config: Config, tmp_path: Path) -> None:
        sealed(config, 3)
        witness = a_witness(tmp_path / "w")
        with served(witness) as url:
            names(config, _line(witness, url), now=NOW)
            feeder.feed(NOW)
            sealed(config, 4, first=3)
            change("UPDATE witness_state SET confirmed_size = 5")  # we remember wrongly
            assert feeder.feed(NOW) is None
        assert _seen().size == 7

    def test_killed_between_storing_and_answering_it_heals_by_asking_again(
        self, config: Config, tmp_path: Path
    ) -> None:
        sealed(config, 3)
        key = a_witness(tmp_path / "w").key
        answered: list[int] = []
        with witness_process(tmp_path / "w") as (url, pid):

            def kill_before_the_answer(connection: socket.socket) -> None:
                upstream = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
                upstream.request("POST", "/add-checkpoint", _request_body(connection))
                answered.append(upstream.getresponse().status)  # it is stored
                os.kill(pid, signal.SIGKILL)
                upstream.close()
                connection.close()

            with _door(kill_before_the_answer) as door:
                names(config, f"witness province {key.verifier} {door}", now=NOW)
                later = feeder.feed(NOW)
        assert later is not None
        assert (answered, _seen().size) == ([200], None)
        with witness_process(tmp_path / "w") as (url, _):
            names(config, f"witness province {key.verifier} {url}", now=NOW)
            now = datetime.now(tz=NOW.tzinfo)
            assert feeder.feed(now) is None
        assert (_seen().size, _seen().failures) == (3, 0)

    def test_that_names_sizes_beyond_the_log_is_not_believed(self, config: Config, tmp_path: Path) -> None:
        sealed(config, 3)
        witness = a_witness(tmp_path / "w")

        def boast(connection: socket.socket) -> None:
            _request_body(connection)
            kind = b"Content-Type: text/x.tlog.size\r\nContent-Length: 9\r\n\r\n"
            connection.sendall(b"HTTP/1.1 409 x\r\n" + kind + b"99999999\n")
            connection.close()

        with _door(boast) as url:
            names(config, _line(witness, url), now=NOW)
            assert feeder.feed(NOW) is not None
        assert "answered 409: 99999999" in (_seen().error or "")
        with unit_of_work(read_only=True) as uow:
            assert cosigned.fork_evidence(uow) == []  # a number that nobody signed is no evidence


class TestAForkedLog:
    def _other(self, config: Config, size: int) -> bytes:
        """A checkpoint that the log's own key signed over another history."""
        root = hashlib.sha256(b"what another reader was shown").digest()
        return sign_note(Checkpoint("demo.coi.invalid/ledger", size, root).to_text(), [_log_key(config)])

    @pytest.mark.parametrize("size", [2, 3, 9])
    def test_is_found_by_what_a_witness_cosigned_before(
        self, config: Config, client: FlaskClient, tmp_path: Path, size: int
    ) -> None:
        sealed(config, 3)
        witness = a_witness(tmp_path / "w")
        other = self._other(config, size)
        witness.cosign(AddCheckpoint(0, (), other), NOW)
        with served(witness) as url:
            names(config, _line(witness, url), now=NOW)
            feeder.feed(NOW)
        told = client.get("/readyz").get_json()["degraded"]["ledger-fork"]
        assert f"witness province showed a signed checkpoint of {size} entries" in told
        status = client.application.test_cli_runner().invoke(args=["ledger", "status"])
        assert "FORK        province showed" in status.output
        assert _seen().size is None

    def test_is_found_by_looking_at_what_a_witness_shows_to_others(
        self, config: Config, client: FlaskClient, tmp_path: Path
    ) -> None:
        sealed(config, 3)
        witness = a_witness(tmp_path / "w")
        witness.cosign(AddCheckpoint(0, (), self._other(config, 3)), NOW)
        with served(witness) as url:
            names(config, _line(witness, url), now=NOW)
            feeder.look(NOW)
            feeder.look(NOW + timedelta(hours=1))  # once more is the same evidence
        with unit_of_work(read_only=True) as uow:
            assert len(cosigned.fork_evidence(uow)) == 1
        assert "ledger-fork" in client.get("/readyz").get_json()["degraded"]

    def test_a_checkpoint_that_another_key_signed_is_no_evidence(
        self, config: Config, tmp_path: Path
    ) -> None:
        sealed(config, 3)
        stranger = SigningKey.generate("demo.coi.invalid/ledger")
        witness = Witness(tmp_path / "w", "witness.example/w1")
        witness.add_log(str(stranger.verifier))
        root = hashlib.sha256(b"x").digest()
        note = sign_note(Checkpoint(stranger.name, 3, root).to_text(), [stranger])
        witness.cosign(AddCheckpoint(0, (), note), NOW)
        with served(witness) as url:
            names(config, _line(witness, url), now=NOW)
            feeder.feed(NOW)
            feeder.look(NOW)
        with unit_of_work(read_only=True) as uow:
            assert cosigned.fork_evidence(uow) == []
        assert "answered 403" in (_seen().error or "")

    def test_evidence_that_the_log_explains_later_is_no_alarm_any_more(
        self, config: Config, client: FlaskClient, tmp_path: Path
    ) -> None:
        given = sealed(config, 3)
        hands_in(4, first=3)
        sequencer.sequence_batch(NOW)
        with unit_of_work(read_only=True) as uow:
            log = queries.log(uow)
        assert log is not None
        ahead = sign_note(Checkpoint(log.origin, log.size, log.root).to_text(), [_log_key(config)])
        witness = a_witness(tmp_path / "w")
        witness.cosign(AddCheckpoint(0, (), ahead), NOW)
        with served(witness) as url:
            names(config, _line(witness, url), now=NOW)
            feeder.look(NOW)
        assert "ledger-fork" in client.get("/readyz").get_json()["degraded"]
        sequencer.run(config, NOW)  # as if the newer backup had been brought back
        assert "ledger-fork" not in client.get("/readyz").get_json()["degraded"]
        assert given


class TestALyingWitness:
    def test_a_time_from_the_future_is_recorded_and_not_used(self, config: Config, tmp_path: Path) -> None:
        sealed(config, 3)
        witness = a_witness(tmp_path / "w")
        with served(witness, NOW + timedelta(days=2)) as url:
            names(config, _line(witness, url), now=NOW)
            assert feeder.feed(NOW) is not None
        assert _seen().size is None
        assert "from the future" in (_seen().error or "")

    def test_a_time_before_its_last_one_is_recorded_and_not_used(
        self, config: Config, tmp_path: Path
    ) -> None:
        sealed(config, 3)
        witness = a_witness(tmp_path / "w")
        with served(witness) as url:
            names(config, _line(witness, url), now=NOW)
            feeder.feed(NOW)
        sealed(config, 1, first=3)
        (tmp_path / "twin").mkdir()
        (tmp_path / "twin" / "witness.key").write_text(witness.key.to_text())
        twin = a_witness(tmp_path / "twin")  # the same key without its memory
        with served(twin, NOW - timedelta(hours=1)) as url:
            names(config, _line(witness, url), now=NOW)
            feeder.feed(NOW)
        assert _seen().size == 3
        assert "older than its last one" in (_seen().error or "")

    def test_a_signature_over_something_else_is_not_stored(self, config: Config, tmp_path: Path) -> None:
        sealed(config, 3)
        witness = a_witness(tmp_path / "w")
        line = witness.key.cosign("demo.coi.invalid/ledger\n4\nAAAA\n", NOW).encode()

        def lie(connection: socket.socket) -> None:
            _request_body(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(line) + line)
            connection.close()

        with _door(lie) as url:
            names(config, _line(witness, url), now=NOW)
            feeder.feed(NOW)
        with unit_of_work(read_only=True) as uow:
            assert uow.session.scalars(select(Cosignature)).all() == []
        assert "is not over this text" in (_seen().error or "")


class TestThePolicyFile:
    @pytest.mark.parametrize(
        ("line", "told"),
        [
            ("witness a %s http://witness.example/w", "only https, or http on a loopback"),
            ("witness a %s", "needs a plain URL"),
            ("witness a %s https://user@witness.example/", "needs a plain URL"),
            ("witness a %s https://witness.example:port/", "is no URL"),
            ("log %s", "type 0x01"),
            ("witless a", "begins with log, witness"),
        ],
    )
    def test_that_cannot_be_used_leaves_the_last_good_one_in_force(
        self, config: Config, client: FlaskClient, tmp_path: Path, line: str, told: str
    ) -> None:
        sealed(config, 2)
        witness = a_witness(tmp_path / "w")
        good = _line(witness, "https://witness.example/w")
        names(config, good, now=NOW)
        names(config, line.replace("%s", str(witness.key.verifier)), now=NOW)
        assert told in client.get("/readyz").get_json()["degraded"]["ledger-witnesses"]
        assert good in client.get("/ledger/policy").text
        names(config, good, now=NOW)
        assert "ledger-witnesses" not in client.get("/readyz").get_json()["degraded"]

    def test_never_names_the_logs_own_key_as_a_witness(self, config: Config, client: FlaskClient) -> None:
        sealed(config, 2)
        twin = WitnessKey("w", _log_key(config).private)
        names(config, f"witness a {twin.verifier} https://witness.example/w", now=NOW)
        assert "has the log's own key" in client.get("/readyz").get_json()["degraded"]["ledger-witnesses"]

    def test_comments_stay_at_home_and_groups_are_handed_on(
        self, config: Config, client: FlaskClient, tmp_path: Path
    ) -> None:
        sealed(config, 1)
        one, two = a_witness(tmp_path / "1", "one"), a_witness(tmp_path / "2", "two")
        lines = [_line(one, "https://one.example", "one"), _line(two, "https://two.example", "two")]
        names(config, "# call Lan when it is down", *lines, "group  both\t2 one two", quorum="both", now=NOW)
        served_text = client.get("/ledger/policy").text
        assert "Lan" not in served_text
        assert "group both 2 one two\nquorum both\n" in served_text
        parsed = parse_policy(served_text.encode())
        assert parsed.satisfied_by({"one", "two"})
        assert not parsed.satisfied_by({"one"})

    def test_a_witness_that_is_taken_out_is_forgotten_and_its_lines_are_kept(
        self, config: Config, client: FlaskClient, tmp_path: Path
    ) -> None:
        sealed(config, 2)
        witness = a_witness(tmp_path / "w")
        with served(witness) as url:
            names(config, _line(witness, url), now=NOW)
            feeder.feed(NOW)
        names(config, now=NOW)
        assert witness.key.name not in client.get("/ledger/checkpoint").text
        with unit_of_work(read_only=True) as uow:
            assert len(uow.session.scalars(select(Cosignature)).all()) == 1
