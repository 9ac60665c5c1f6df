"""The log asks its witnesses: whatever one of them does, the log goes on and catches up."""

import http.client
import os
import signal
import socket
import threading
import time
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.kernel.config import Config
from app.kernel.uow import unit_of_work
from ledger import cosigned
from ledger.witnesses import feeder
from tests.scene.ledger import NOW, change, sealed
from tests.scene.witness import a_witness, names, seen, served, witness_line, witness_process
from tests.support.raw_server import raw_server, request_body

pytestmark = pytest.mark.usefixtures("app")


class TestAWitnessThatIsAway:
    def test_is_asked_again_later_and_later_and_keeps_nobody_waiting(
        self, config: Config, tmp_path: Path
    ) -> None:
        sealed(config, 2)
        here, gone = a_witness(tmp_path / "w"), a_witness(tmp_path / "gone", "gone.example/w")
        with socket.create_server(("127.0.0.1", 0)) as free:
            dead = f"http://127.0.0.1:{free.getsockname()[1]}"
        with served(here) as url:
            names(config, witness_line(here, url), witness_line(gone, dead, "gone"), now=NOW)
            first = feeder.feed(NOW)
            assert first is not None
            assert timedelta(seconds=3) < first - NOW < timedelta(seconds=7)
            assert feeder.feed(NOW) == first  # not due: nobody is asked
            second = feeder.feed(first)
        assert second is not None
        assert timedelta(seconds=7) < second - first < timedelta(seconds=13)
        assert seen().size == 2
        assert seen("gone").failures == 2
        assert "Connection" in (seen("gone").error or "")

    def test_that_accepts_and_never_answers_costs_a_few_seconds_and_blocks_no_other(
        self, config: Config, client: FlaskClient, tmp_path: Path
    ) -> None:
        sealed(config, 2)
        here, slow = a_witness(tmp_path / "w"), a_witness(tmp_path / "slow", "slow.example/w")
        with served(here) as url, raw_server(lambda _held: time.sleep(20)) as silent:
            names(config, witness_line(here, url), witness_line(slow, silent, "slow"), now=NOW)
            asking = threading.Thread(target=_feed_in, args=(client.application,))
            began = time.monotonic()
            asking.start()
            sealed(config, 1, first=2)  # the sequencer goes on meanwhile
            assert time.monotonic() - began < 3
            asking.join()
        assert time.monotonic() - began < 7
        assert (seen().size, seen("slow").failures) == (2, 1)

    def test_that_drips_is_given_up_within_the_same_time(self, config: Config, tmp_path: Path) -> None:
        sealed(config, 2)
        slow = a_witness(tmp_path / "slow")

        def drip(connection: socket.socket) -> None:
            with suppress(OSError):
                for byte in b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000:
                    connection.sendall(bytes([byte]))
                    time.sleep(0.2)

        with raw_server(drip) as url:
            names(config, witness_line(slow, url), now=NOW)
            began = time.monotonic()
            feeder.feed(NOW)
        assert time.monotonic() - began < 7
        assert seen().failures == 1

    def test_that_answers_with_a_redirect_is_not_followed(self, config: Config, tmp_path: Path) -> None:
        sealed(config, 2)
        witness = a_witness(tmp_path / "w")

        def redirect(connection: socket.socket) -> None:
            request_body(connection)
            to = b"HTTP/1.1 307 x\r\nLocation: %s/add-checkpoint\r\nContent-Length: 0\r\n\r\n" % url.encode()
            connection.sendall(to)
            connection.close()

        with served(witness) as url, raw_server(redirect) as door:
            names(config, witness_line(witness, door), now=NOW)
            feeder.feed(NOW)
        assert seen().size is None
        assert "answered 307" in (seen().error or "")

    def test_is_told_on_readyz_after_some_failures(
        self, config: Config, client: FlaskClient, tmp_path: Path
    ) -> None:
        sealed(config, 2)
        witness, moment = a_witness(tmp_path / "w"), NOW
        with socket.create_server(("127.0.0.1", 0)) as free:
            dead = f"http://127.0.0.1:{free.getsockname()[1]}"
        names(config, witness_line(witness, dead), now=NOW)
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
            names(config, witness_line(witness, url), now=NOW)
            feeder.feed(NOW)
            sealed(config, 4, first=3)
            change("UPDATE witness_state SET confirmed_size = 5")  # we remember wrongly
            assert feeder.feed(NOW) is None
        assert seen().size == 7

    def test_killed_between_storing_and_answering_it_heals_by_asking_again(
        self, config: Config, tmp_path: Path
    ) -> None:
        sealed(config, 3)
        key = a_witness(tmp_path / "w").key
        answered: list[int] = []
        with witness_process(tmp_path / "w") as (url, pid):

            def kill_before_the_answer(connection: socket.socket) -> None:
                upstream = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
                upstream.request("POST", "/add-checkpoint", request_body(connection))
                answered.append(upstream.getresponse().status)  # it is stored
                os.kill(pid, signal.SIGKILL)
                upstream.close()
                connection.close()

            with raw_server(kill_before_the_answer) as door:
                names(config, f"witness province {key.verifier} {door}", now=NOW)
                later = feeder.feed(NOW)
        assert later is not None
        assert (answered, seen().size) == ([200], None)
        with witness_process(tmp_path / "w") as (url, _):
            names(config, f"witness province {key.verifier} {url}", now=NOW)
            now = datetime.now(tz=NOW.tzinfo)
            assert feeder.feed(now) is None
        assert (seen().size, seen().failures) == (3, 0)

    def test_that_names_sizes_beyond_the_log_is_not_believed(self, config: Config, tmp_path: Path) -> None:
        sealed(config, 3)
        witness = a_witness(tmp_path / "w")

        def boast(connection: socket.socket) -> None:
            request_body(connection)
            kind = b"Content-Type: text/x.tlog.size\r\nContent-Length: 9\r\n\r\n"
            connection.sendall(b"HTTP/1.1 409 x\r\n" + kind + b"99999999\n")
            connection.close()

        with raw_server(boast) as url:
            names(config, witness_line(witness, url), now=NOW)
            assert feeder.feed(NOW) is not None
        assert "answered 409: 99999999" in (seen().error or "")
        with unit_of_work(read_only=True) as uow:
            assert cosigned.fork_evidence(uow) == []  # a number that nobody signed is no evidence
