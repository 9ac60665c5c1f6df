"""A witness never cosigns two histories of one log, and keeps what it said when its process dies."""

import hashlib
import http.client
import json
import socket
import stat
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledger import __main__ as command
from ledger.core.checkpoint import Checkpoint
from ledger.core.encoding import encode_base64
from ledger.core.note import SigningKey, open_note, sign_note
from ledger.core.tiles import TileTree
from ledger.core.witnessing import AddCheckpoint, log_id, verified_cosignature
from ledger.witness.rules import NotTheSameLog, OtherSize
from ledger.witness.server import WitnessServer
from ledger.witness.store import Unsuitable, Witness
from tests.ledger.core.memory_log import ORIGIN, MemoryLog
from tests.scene.witness import served

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def _request(log: MemoryLog, old_size: int, *, size: int | None = None) -> AddCheckpoint:
    size = len(log.entries) if size is None else size
    head = log.head(size)
    grown = 0 < old_size < size
    path = tuple(TileTree(size, log.read).consistency_path(old_size)) if grown else ()
    return AddCheckpoint(old_size, path, sign_note(head.to_text(), [log.key]))


def _fork(log: MemoryLog, size: int) -> AddCheckpoint:
    """The log's own key signs another root for this size."""
    root = hashlib.sha256(b"another history").digest()
    return AddCheckpoint(size, (), sign_note(Checkpoint(ORIGIN, size, root).to_text(), [log.key]))


def _ask(url: str, body: bytes) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
    connection.request("POST", "/add-checkpoint", body)
    answer = connection.getresponse()
    told = answer.status, answer.read()
    connection.close()
    return told


@pytest.fixture
def witness(tmp_path: Path, log: MemoryLog) -> Witness:
    witness = Witness(tmp_path / "w", "witness.example/w1")
    witness.add_log(str(log.key.verifier))
    return witness


class TestItsCommands:
    def test_a_slip_in_the_key_of_a_log_makes_no_witness(self, tmp_path: Path, log: MemoryLog) -> None:
        folder = tmp_path / "w"
        slip = str(log.key.verifier)[:-2]
        asked = ["witness", "add-log", slip, "--data", str(folder), "--name", "typed.in.a.hurry"]
        assert command.main(asked) == 2
        assert not folder.exists()

    def test_an_address_that_is_taken_makes_no_witness_and_is_named(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            assert command.main(["witness", "serve", "--listen", address, "--data", str(tmp_path / "w")]) == 2
        assert f"--listen {address}: Address already in use" in capsys.readouterr().err
        assert not (tmp_path / "w").exists()

    def test_a_key_is_dropped_from_a_witness_alone_and_makes_none(
        self, tmp_path: Path, log: MemoryLog, capsys: pytest.CaptureFixture[str]
    ) -> None:
        asked = ["witness", "drop-key", str(log.key.verifier), "--data", str(tmp_path / "w")]
        assert command.main(asked) == 2
        assert "there is no witness in" in capsys.readouterr().err
        assert not (tmp_path / "w").exists()

    def test_a_folder_that_cannot_be_is_named(
        self, tmp_path: Path, log: MemoryLog, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "file").touch()
        asked = ["witness", "add-log", str(log.key.verifier), "--data", str(tmp_path / "file")]
        assert command.main(asked) == 2
        assert capsys.readouterr().err == f"UNUSABLE: {tmp_path / 'file'}: File exists\n"

    def test_it_knows_whom_it_follows(self, tmp_path: Path, witness: Witness) -> None:
        assert witness.follows() == [ORIGIN]
        assert Witness(tmp_path / "new", "witness.example/w2").follows() == []


class TestItsFolder:
    def test_the_key_is_for_its_owner_alone_and_stays(self, tmp_path: Path) -> None:
        first = Witness(tmp_path, "witness.example/w1")
        assert stat.S_IMODE((tmp_path / "witness.key").stat().st_mode) == 0o600
        assert Witness(tmp_path).key.verifier == first.key.verifier

    def test_another_name_later_is_refused(self, tmp_path: Path) -> None:
        Witness(tmp_path, "witness.example/w1")
        with pytest.raises(Unsuitable, match="never changes its name"):
            Witness(tmp_path, "witness.example/w2")

    def test_the_key_of_a_log_in_its_place_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "witness.key").write_text(SigningKey.generate("example.com/log").to_text())
        with pytest.raises(Unsuitable):
            Witness(tmp_path)

    def test_a_log_is_followed_by_one_command(
        self, tmp_path: Path, log: MemoryLog, capsys: pytest.CaptureFixture[str]
    ) -> None:
        arguments = ["witness", "add-log", str(log.key.verifier), "--data", str(tmp_path)]
        assert command.main(arguments) == 0
        assert capsys.readouterr().out == f"follows {ORIGIN}\n"
        Witness(tmp_path).cosign(_request(log, 0), NOW)

    def test_a_witness_key_is_no_log(self, witness: Witness) -> None:
        with pytest.raises(Unsuitable, match="no log's key"):
            witness.add_log(str(witness.key.verifier))


class TestMemory:
    def test_a_second_root_for_one_size_is_refused_and_kept_as_evidence(
        self, witness: Witness, log: MemoryLog
    ) -> None:
        witness.cosign(_request(log, 0), NOW)
        with pytest.raises(NotTheSameLog, match="two roots for 11 entries") as refused:
            witness.cosign(_fork(log, 11), NOW)
        shown = open_note(refused.value.known, [log.key.verifier, witness.key.verifier])
        assert shown.text == log.head().to_text()
        assert _evidence(witness) == 1

    def test_a_fork_is_told_loudly_once_and_listed_whole(
        self,
        tmp_path: Path,
        witness: Witness,
        log: MemoryLog,
        caplog: pytest.LogCaptureFixture,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        asked = ["witness", "forks", "--data", str(tmp_path / "w")]
        assert command.main(asked) == 0
        assert capsys.readouterr().out == "no fork was seen\n"
        witness.cosign(_request(log, 0), NOW)
        fork = _fork(log, 11)
        for _ in range(3):
            with pytest.raises(NotTheSameLog):
                witness.cosign(fork, NOW)
        roots = [encode_base64(log.head().root), encode_base64(hashlib.sha256(b"another history").digest())]
        (loud,) = [record.getMessage() for record in caplog.records if record.levelname == "CRITICAL"]
        assert loud.startswith(f"FORK {ORIGIN}: two histories of 11 entries")
        assert command.main(asked) == 0
        listed = capsys.readouterr().out
        assert listed.startswith("2026-11-20T03:00:00+00:00 FORK ")
        assert all(root in loud and root in listed for root in roots)
        assert command.main([*asked, "--json"]) == 0
        (told,) = json.loads(capsys.readouterr().out)
        assert (told["origin"], told["size"]) == (ORIGIN, 11)
        assert [told["cosigned"]["root"], told["shown"]["root"]] == roots
        for name in ("cosigned", "shown"):
            (tmp_path / name).write_text(told[name]["note"], "utf-8")
        files = [str(tmp_path / "cosigned"), "--against", str(tmp_path / "shown")]
        assert command.main(["verify", *files, "--key", str(log.key.verifier)]) == 1
        assert "against: REFUSED: FORK" in capsys.readouterr().out

    def test_forks_of_no_witness_are_not_listed(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert command.main(["witness", "forks", "--data", str(tmp_path / "none")]) == 2
        assert "there is no witness in" in capsys.readouterr().err

    def test_of_two_forks_at_once_one_wins(self, tmp_path: Path, witness: Witness) -> None:
        key = SigningKey.generate("fork.example/log")
        witness.add_log(str(key.verifier))
        roots = [hashlib.sha256(b"%d" % n).digest() for n in range(6)]
        notes = [sign_note(Checkpoint(key.name, 7, root).to_text(), [key]) for root in roots]
        told: list[int] = []
        with served(witness) as url:
            threads = [
                threading.Thread(target=lambda n=note: told.append(_ask(url, b"old 0\n\n" + n)[0]))
                for note in notes
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert sorted(told) == [200, 409, 409, 409, 409, 409]

    def test_a_head_that_grew_on_another_history_is_refused(self, witness: Witness, log: MemoryLog) -> None:
        witness.cosign(_request(log, 0, size=4), NOW)
        forged = MemoryLog(log.key)
        for number in range(9):
            forged.seal(b"other %d" % number)
        with pytest.raises(NotTheSameLog):
            witness.cosign(_request(forged, 4), NOW)
        assert witness.cosign(_request(log, 4), NOW).at == NOW

    def test_a_smaller_head_is_answered_with_the_size(self, witness: Witness, log: MemoryLog) -> None:
        witness.cosign(_request(log, 0), NOW)
        with pytest.raises(OtherSize) as refused:
            witness.cosign(_request(log, 0, size=4), NOW)
        assert refused.value.size == 11

    def test_time_never_runs_back_in_its_cosignatures(self, tmp_path: Path, log: MemoryLog) -> None:
        times = iter([NOW, NOW - timedelta(days=400), NOW + timedelta(seconds=9)])
        witness = Witness(tmp_path / "w", "witness.example/w1")
        witness.add_log(str(log.key.verifier))
        seen = []
        for old in (0, 11, 11):
            witness = Witness(tmp_path / "w")  # as after a restart
            line = witness.cosign(_request(log, old), next(times)).line
            seen.append(
                verified_cosignature(log.head().to_text(), line.encode(), witness.key.verifier).signed_at
            )
        assert seen == [NOW, NOW, NOW + timedelta(seconds=9)]


class TestOverHTTP:
    def test_anybody_can_see_what_it_cosigned_last(self, witness: Witness, log: MemoryLog) -> None:
        with served(witness) as url:
            assert _ask(url, _request(log, 0, size=4).to_bytes())[0] == 200
            assert _ask(url, _request(log, 4).to_bytes())[0] == 200
            connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
            connection.request("GET", f"/{log_id(ORIGIN)}/checkpoint")
            note = connection.getresponse().read()
            connection.request("GET", f"/{log_id('unknown')}/checkpoint")
            assert connection.getresponse().status == 404
            connection.close()
        opened = open_note(note, [log.key.verifier, witness.key.verifier])
        assert (opened.text, len(opened.verified)) == (log.head().to_text(), 2)

    def test_a_body_that_is_too_long_or_of_no_length_is_refused_unread(self, witness: Witness) -> None:
        with served(witness) as url:
            assert _ask(url, b"x" * 70_000)[0] == 413
            connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
            connection.request("POST", "/add-checkpoint", iter([b"old 0\n"]), encode_chunked=True)
            assert connection.getresponse().status == 411
            connection.close()

    def test_after_a_death_with_clients_it_has_its_port_again_at_once(self, witness: Witness) -> None:
        with served(witness) as url:
            connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
            connection.request("POST", "/add-checkpoint", b"", {"Content-Length": "70000"})
            assert connection.getresponse().read()  # the witness closed it first, as its death would
        port = int(url.rsplit(":", 1)[1])
        with WitnessServer(("127.0.0.1", port), witness) as again:
            assert again.url == url
        connection.close()

    @pytest.mark.parametrize(
        ("request_", "answer"),
        [
            (b"POST /add-checkpoint HTTP/1.1\r\nX-Long: " + b"a" * 1000, b""),
            (b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 5000\r\n\r\n" + b"a" * 1000, b"HTTP/1.1 408"),
        ],
        ids=["headers", "body"],
    )
    def test_a_client_that_drips_its_request_is_let_go_when_its_time_is_over(
        self, witness: Witness, request_: bytes, answer: bytes
    ) -> None:
        with served(witness, read_within_s=0.4) as url:
            host, port = url.removeprefix("http://").split(":")
            began = time.monotonic()
            with socket.create_connection((host, int(port)), timeout=0.05) as dripping:
                dripping.sendall(request_[:60])
                told = _drip(dripping, request_[60:])
            assert time.monotonic() - began < 5
        assert told[: len(answer)] == answer

    def test_a_request_of_two_lengths_is_refused(self, witness: Witness) -> None:
        with served(witness) as url:
            host, port = url.removeprefix("http://").split(":")
            with socket.create_connection((host, int(port)), timeout=10) as client:
                lengths = b"Content-Length: 5\r\nContent-Length: 6\r\n"
                client.sendall(b"POST /add-checkpoint HTTP/1.1\r\n" + lengths + b"\r\nold 0\n")
                assert client.recv(100).startswith(b"HTTP/1.1 411")

    def test_head_has_the_headers_of_get_and_none_says_which_python(
        self, witness: Witness, log: MemoryLog
    ) -> None:
        with served(witness) as url:
            assert _ask(url, _request(log, 0).to_bytes())[0] == 200
            connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
            for method, status in (("GET", 200), ("HEAD", 200), ("PUT", 501)):
                connection.request(method, f"/{log_id(ORIGIN)}/checkpoint")
                answer = connection.getresponse()
                body = answer.read()
                assert (answer.status, answer.headers["Server"]) == (status, "coi-witness")
                assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
                assert (len(body) == int(answer.headers["Content-Length"])) is (method != "HEAD")
            connection.close()

    def test_a_client_that_says_nothing_keeps_nobody_waiting(self, witness: Witness, log: MemoryLog) -> None:
        with served(witness) as url:
            host, port = url.removeprefix("http://").split(":")
            with socket.create_connection((host, int(port))) as silent:
                silent.sendall(b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 50\r\n\r\nold")
                began = time.monotonic()
                assert _ask(url, _request(log, 0).to_bytes())[0] == 200
                assert time.monotonic() - began < 5


def _drip(connection: socket.socket, rest: bytes) -> bytes:
    """Send a byte in each of the connection's timeouts until the other side answers or closes; its answer."""
    for byte in rest:
        try:
            connection.sendall(bytes([byte]))
            return connection.recv(100)
        except TimeoutError:
            continue
        except ConnectionError:
            return b""
    raise AssertionError("the whole request was taken")


def _evidence(witness: Witness) -> int:
    with witness._writing() as db:
        return int(db.execute("SELECT count(*) FROM fork_evidence").fetchone()[0])
