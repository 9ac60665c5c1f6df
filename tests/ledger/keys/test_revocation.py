"""A key that was lost signs nothing again, and no key of the log is a witness's too."""

import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.kernel.config import Config
from app.kernel.db import new_id
from app.kernel.storage import Storage
from app.kernel.uow import unit_of_work
from ledger import creation, publication, queries, sequencer
from ledger.__main__ import main
from ledger.core.note import SigningKey, VerifierKey, WitnessKey, lines_of
from ledger.core.policy import parse_policy
from ledger.keys import KeyState, fingerprint, history, is_fingerprint, spoken
from ledger.log_folder import LogFolder
from ledger.models import KeyEventKind, LogKeyEvent
from ledger.refusals import NoLiveKey
from ledger.witness.store import Witness
from tests.scene.keys import LAN, MINH, Operators, a_bundle, keys_of_the_log, signers
from tests.scene.ledger import NOW, hands_in, sealed
from tests.scene.witness import names

pytestmark = pytest.mark.usefixtures("app")
ORIGIN = "demo.coi.invalid/ledger"


class TestRevocation:
    def test_from_then_on_no_checkpoint_carries_its_line(
        self, operators: Operators, client: FlaskClient, first: VerifierKey, app: Flask, config: Config
    ) -> None:
        new = operators.rotate()
        operators.revoke(first)
        assert signers(client) == [new]
        assert client.get("/ledger/key").text == f"{new}\n"
        assert parse_policy(client.get("/ledger/policy").data).logs == (new,)
        assert LogFolder(config.data_dir).policy_path.read_bytes() == client.get("/ledger/policy").data
        storage: Storage = app.extensions["coi.storage"]
        publication.publish(config, storage, NOW)
        published = storage.read("ledger/checkpoint")
        assert list(lines_of(published, [first, new])) == [new]
        sealed(config, 1, first=3)
        assert signers(client) == [new]

    def test_who_has_the_newest_policy_refuses_what_it_signed(
        self, operators: Operators, client: FlaskClient, first: VerifierKey, tmp_path: Path
    ) -> None:
        old = tmp_path / "old.json"
        old.write_bytes(a_bundle())
        operators.rotate()
        operators.revoke(first)
        policy = tmp_path / "policy.txt"
        policy.write_bytes(client.get("/ledger/policy").data)
        assert main(["verify", str(old), "--policy", str(policy)]) == 1
        fresh = tmp_path / "fresh.json"
        fresh.write_bytes(a_bundle())
        assert main(["verify", str(fresh), "--policy", str(policy)]) == 0

    def test_page_and_status_say_since_when_and_why(
        self, operators: Operators, client: FlaskClient, first: VerifierKey, app: Flask
    ) -> None:
        operators.rotate()
        operators.revoke(first)
        page = client.get("/ledger").text
        assert f"Khóa {first.id.hex()} bị thu hồi lúc" in page
        assert "khóa có thể đã lộ" in page
        assert "máy bị mất" in page
        assert "was revoked at" in client.get("/ledger?lang=en", headers={"Accept-Language": "en"}).text
        status = app.test_cli_runner().invoke(args=["ledger", "status"]).output
        assert f"{first.id.hex()}  revoked" in status
        assert f"by {LAN} (compromised: máy bị mất)" in status

    def test_the_active_key_may_go_and_the_old_one_takes_over(
        self, operators: Operators, client: FlaskClient, first: VerifierKey
    ) -> None:
        operators.revoke(operators.rotate())
        assert signers(client) == [first]
        assert keys_of_the_log().views[-1].state is KeyState.ACTIVE

    def test_the_only_key_goes_with_a_word_and_the_log_stands_still(
        self, operators: Operators, client: FlaskClient, first: VerifierKey, config: Config
    ) -> None:
        words = ("revoke", str(first), "--by", LAN, "--cause", "compromised", "--yes")
        assert "the only key that signs" in operators.run(*words).output
        stopped = operators.run(*words, "--stop-log")
        assert stopped.exit_code == 1
        assert "the step is done; but every key of log" in stopped.output
        assert client.get("/ledger/checkpoint").status_code == 404
        assert client.get("/ledger/key").status_code == 404
        assert parse_policy(client.get("/ledger/policy").data).logs == ()
        assert "Sổ đang đứng" in client.get("/ledger").text
        assert "every key of log" in client.get("/readyz").get_json()["degraded"]["ledger-alarm"]
        hands_in(2, first=3)
        with pytest.raises(NoLiveKey):
            sequencer.run(config, NOW)
        assert creation.unfit(config) is None  # the market goes on
        new = operators.rotate()
        assert signers(client) == [new]
        with unit_of_work(read_only=True) as uow:
            assert queries.status(uow).waiting == 0

    def test_it_never_comes_back(self, operators: Operators, first: VerifierKey) -> None:
        operators.rotate()
        operators.revoke(first)
        refused = operators.run("propose", "--by", LAN, "--vkey", str(first))
        assert "one that ended never comes back" in refused.output
        assert (
            "revoked already"
            in operators.run("revoke", str(first), "--by", LAN, "--cause", "lost", "--yes").output
        )

    def test_whatever_the_order_of_its_history_it_stays_revoked(self) -> None:
        key = str(SigningKey.generate(ORIGIN).verifier)
        steps = [KeyEventKind.REVOKED, KeyEventKind.CONFIRMED, KeyEventKind.PROPOSED]
        keys = history(
            LogKeyEvent(id=new_id(), vkey=key, kind=kind, at=NOW, done_by=LAN, proposed_by=MINH, account="")
            for kind in steps
        )
        assert [view.state for view in keys.views] == [KeyState.REVOKED]
        assert keys.live == ()
        assert keys.proposals == ()


class TestOneKeyInTwoRoles:
    def test_a_policy_with_the_logs_key_as_witness_is_refused(self) -> None:
        key = SigningKey.generate(ORIGIN)
        witness = f"witness w {WitnessKey('w', key.private).verifier}\n"
        for lines in (f"log {key.verifier}\n{witness}", f"{witness}log {key.verifier}\n"):
            with pytest.raises(Exception, match="the key of a witness as well"):
                parse_policy(f"{lines}quorum none\n".encode())

    def test_no_key_that_the_log_ever_had_is_a_witness(
        self, operators: Operators, client: FlaskClient, first: VerifierKey, config: Config
    ) -> None:
        secret = LogFolder(config.data_dir).key(ORIGIN).private
        operators.rotate()
        operators.revoke(first)
        names(config, f"witness a {WitnessKey('w', secret).verifier} https://w.example", now=NOW)
        assert "has the log's own key" in client.get("/readyz").get_json()["degraded"]["ledger-witnesses"]

    def test_a_witness_key_is_not_proposed_as_the_logs(
        self, operators: Operators, first: VerifierKey, config: Config
    ) -> None:
        witness = WitnessKey.generate("w.example")
        names(config, f"witness w {witness.verifier} https://w.example", now=NOW)
        twin = SigningKey(ORIGIN, witness.private).verifier
        assert "the key of a witness" in operators.run("propose", "--by", LAN, "--vkey", str(twin)).output

    @pytest.mark.parametrize("role", ["as the log's key", "under the type of a witness"])
    def test_a_witness_does_not_serve_with_the_key_of_the_log(self, tmp_path: Path, role: str) -> None:
        key = SigningKey.generate(ORIGIN)
        Witness(tmp_path, "w.example").add_log(str(key.verifier))
        twin = key if role == "as the log's key" else WitnessKey("w.example", key.private)
        (tmp_path / "witness.key").write_text(twin.to_text())
        serve = [sys.executable, "-m", "ledger", "witness", "serve", "--data", tmp_path]
        refused = subprocess.run(
            [*serve, "--listen", "127.0.0.1:0"], check=False, capture_output=True, text=True, timeout=60
        )
        assert refused.returncode == 2
        assert refused.stderr.startswith("UNUSABLE: ")
        assert refused.stderr.count("\n") == 1

    def test_a_witness_drops_a_key_that_was_revoked(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        vkey = str(SigningKey.generate(ORIGIN).verifier)
        Witness(tmp_path, "w.example").add_log(vkey)
        assert main(["witness", "drop-key", vkey, "--data", str(tmp_path)]) == 0
        assert main(["witness", "drop-key", vkey, "--data", str(tmp_path)]) == 2
        assert "follows no log with this key" in capsys.readouterr().err


def test_words_and_digits_of_a_fingerprint_are_of_128_bits() -> None:
    key = SigningKey.generate(ORIGIN).verifier
    assert len(fingerprint(key).replace(" ", "")) == 32
    assert [len(word) for word in spoken(key).split("-")] == [5] * 8
    assert is_fingerprint(f" {fingerprint(key).upper()} ", key)
    assert not is_fingerprint(fingerprint(key)[:-1], key)
