"""A forked log is told to everybody and stays told, and no lie of a witness is believed."""

import hashlib
import socket
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.kernel.config import Config
from app.kernel.uow import unit_of_work
from ledger import cosigned, queries, sequencer
from ledger.core.checkpoint import Checkpoint
from ledger.core.note import SigningKey, sign_note
from ledger.core.witnessing import AddCheckpoint
from ledger.models import Cosignature
from ledger.witness.store import Witness
from ledger.witnesses import feeder
from tests.scene.ledger import NOW, hands_in, sealed
from tests.scene.witness import a_witness, log_key, names, seen, served, witness_line
from tests.support.raw_server import raw_server, request_body

pytestmark = pytest.mark.usefixtures("app")


class TestAForkedLog:
    def _other(self, config: Config, size: int) -> bytes:
        """A checkpoint that the log's own key signed over another history."""
        root = hashlib.sha256(b"what another reader was shown").digest()
        return sign_note(Checkpoint("demo.coi.invalid/ledger", size, root).to_text(), [log_key(config)])

    @pytest.mark.parametrize("size", [2, 3, 9])
    def test_is_found_by_what_a_witness_cosigned_before(
        self, config: Config, client: FlaskClient, tmp_path: Path, size: int
    ) -> None:
        sealed(config, 3)
        witness = a_witness(tmp_path / "w")
        other = self._other(config, size)
        witness.cosign(AddCheckpoint(0, (), other), NOW)
        with served(witness) as url:
            names(config, witness_line(witness, url), now=NOW)
            feeder.feed(NOW)
        told = client.get("/readyz").get_json()["degraded"]["ledger-fork"]
        assert f"witness province showed a signed checkpoint of {size} entries" in told
        status = client.application.test_cli_runner().invoke(args=["ledger", "status"])
        assert "FORK        province showed" in status.output
        assert seen().size is None

    def test_is_found_by_looking_at_what_a_witness_shows_to_others(
        self, config: Config, client: FlaskClient, tmp_path: Path
    ) -> None:
        sealed(config, 3)
        witness = a_witness(tmp_path / "w")
        witness.cosign(AddCheckpoint(0, (), self._other(config, 3)), NOW)
        with served(witness) as url:
            names(config, witness_line(witness, url), now=NOW)
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
            names(config, witness_line(witness, url), now=NOW)
            feeder.feed(NOW)
            feeder.look(NOW)
        with unit_of_work(read_only=True) as uow:
            assert cosigned.fork_evidence(uow) == []
        assert "answered 403" in (seen().error or "")

    def test_evidence_that_the_log_explains_later_is_no_alarm_any_more(
        self, config: Config, client: FlaskClient, tmp_path: Path
    ) -> None:
        given = sealed(config, 3)
        hands_in(4, first=3)
        sequencer.sequence_batch(NOW)
        with unit_of_work(read_only=True) as uow:
            log = queries.log(uow)
        assert log is not None
        ahead = sign_note(Checkpoint(log.origin, log.size, log.root).to_text(), [log_key(config)])
        witness = a_witness(tmp_path / "w")
        witness.cosign(AddCheckpoint(0, (), ahead), NOW)
        with served(witness) as url:
            names(config, witness_line(witness, url), now=NOW)
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
            names(config, witness_line(witness, url), now=NOW)
            assert feeder.feed(NOW) is not None
        assert seen().size is None
        assert "from the future" in (seen().error or "")

    def test_a_time_before_its_last_one_is_recorded_and_not_used(
        self, config: Config, tmp_path: Path
    ) -> None:
        sealed(config, 3)
        witness = a_witness(tmp_path / "w")
        with served(witness) as url:
            names(config, witness_line(witness, url), now=NOW)
            feeder.feed(NOW)
        sealed(config, 1, first=3)
        (tmp_path / "twin").mkdir()
        (tmp_path / "twin" / "witness.key").write_text(witness.key.to_text())
        twin = a_witness(tmp_path / "twin")  # the same key without its memory
        with served(twin, NOW - timedelta(hours=1)) as url:
            names(config, witness_line(witness, url), now=NOW)
            feeder.feed(NOW)
        assert seen().size == 3
        assert "older than its last one" in (seen().error or "")

    def test_a_signature_over_something_else_is_not_stored(self, config: Config, tmp_path: Path) -> None:
        sealed(config, 3)
        witness = a_witness(tmp_path / "w")
        line = witness.key.cosign("demo.coi.invalid/ledger\n4\nAAAA\n", NOW).encode()

        def lie(connection: socket.socket) -> None:
            request_body(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(line) + line)
            connection.close()

        with raw_server(lie) as url:
            names(config, witness_line(witness, url), now=NOW)
            feeder.feed(NOW)
        with unit_of_work(read_only=True) as uow:
            assert uow.session.scalars(select(Cosignature)).all() == []
        assert "is not over this text" in (seen().error or "")
