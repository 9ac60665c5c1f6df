"""A log changes its keys and keeps its name: two people, two lines, and no way back for a revoked key."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError

from app.kernel.config import Config
from app.kernel.db import new_id
from app.kernel.storage import Storage
from app.kernel.uow import unit_of_work
from ledger import audit, ceremony, creation, proving, publication, queries, sequencer
from ledger.__main__ import main
from ledger.core.note import SigningKey, VerifierKey, WitnessKey, lines_of, open_note
from ledger.core.policy import parse_policy
from ledger.core.report import Outcome
from ledger.core.verify import verify_bundle
from ledger.keys import KeyState, fingerprint, history, is_fingerprint, spoken
from ledger.log_folder import LogFolder
from ledger.models import KeyEventKind, LogKeyEvent
from ledger.refusals import NoLiveKey
from ledger.witness.store import Witness
from ledger.witnesses import feeder
from tests.scene.keys import LAN, MINH, Operators, keys_of_the_log
from tests.scene.ledger import NOW, change, hands_in, sealed
from tests.scene.witness import names, served

pytestmark = pytest.mark.usefixtures("app")
ORIGIN = "demo.coi.invalid/ledger"


@pytest.fixture
def operators(app: Flask) -> Operators:
    return Operators(app)


@pytest.fixture
def first(config: Config) -> VerifierKey:
    """The key of a log with three entries."""
    sealed(config, 3)
    return keys_of_the_log().live[0]


def _signers(client: FlaskClient) -> list[VerifierKey]:
    """Whose lines the newest checkpoint carries, in their order."""
    note = client.get("/ledger/checkpoint").data
    return list(open_note(note, lines_of(note, keys_of_the_log().known)).verified)


def _bundle(*keys: str) -> bytes:
    with unit_of_work(read_only=True) as uow:
        parts = proving.bundle_parts(uow, keys or ["e0"])
    assert parts is not None
    return parts.bundle({}).to_bytes()


class TestRotation:
    def test_the_newest_checkpoint_gets_the_second_line_at_once(
        self, operators: Operators, client: FlaskClient, first: VerifierKey
    ) -> None:
        new = operators.rotate()
        assert _signers(client) == [new, first]

    def test_every_later_checkpoint_carries_both_lines(
        self, operators: Operators, client: FlaskClient, first: VerifierKey, config: Config
    ) -> None:
        new = operators.rotate()
        sealed(config, 2, first=3)
        assert _signers(client) == [new, first]
        assert client.get("/ledger/checkpoint").data.split(b"\n")[1] == b"5"

    def test_key_and_policy_list_both_and_the_active_one_first(
        self, operators: Operators, client: FlaskClient, first: VerifierKey, config: Config
    ) -> None:
        new = operators.rotate()
        assert client.get("/ledger/key").text == f"{new}\n{first}\n"
        policy = client.get("/ledger/policy").data
        assert parse_policy(policy).logs == (new, first)
        assert LogFolder(config.data_dir).policy_path.read_bytes() == policy

    @pytest.mark.parametrize("which", ["old", "new", "both"])
    def test_who_knows_either_key_verifies(
        self, operators: Operators, first: VerifierKey, tmp_path: Path, which: str
    ) -> None:
        new = operators.rotate()
        file = tmp_path / "proof.json"
        file.write_bytes(_bundle())
        keys = {"old": [first], "new": [new], "both": [first, new]}[which]
        assert main(["verify", str(file), *[word for key in keys for word in ("--key", str(key))]]) == 0

    def test_the_checkpoint_with_the_quorum_gets_the_second_line_too(
        self, operators: Operators, first: VerifierKey, config: Config, tmp_path: Path
    ) -> None:
        witness = Witness(tmp_path / "w", "witness.example/w1")
        witness.add_log(str(first))
        with served(witness) as url:
            names(config, f"witness w {witness.key.verifier} {url}", quorum="w", now=NOW)
            feeder.feed(NOW)
        sealed(config, 1, first=3)  # the newest one has no cosignature
        new = operators.rotate()
        with unit_of_work(read_only=True) as uow:
            parts = proving.bundle_parts(uow, ["e0"])
        assert parts is not None
        assert parts.quorum_met
        assert parts.size == 3
        only_new = parse_policy(f"log {new}\nwitness w {witness.key.verifier}\nquorum w\n".encode())
        assert verify_bundle(parts.bundle({}), trust=only_new).outcome is Outcome.VERIFIED

    def test_a_witness_that_knows_one_key_goes_on(
        self, operators: Operators, first: VerifierKey, client: FlaskClient, config: Config, tmp_path: Path
    ) -> None:
        witness = Witness(tmp_path / "w", "witness.example/w1")
        witness.add_log(str(first))
        operators.rotate()
        sealed(config, 1, first=3)
        with served(witness) as url:
            names(config, f"witness w {witness.key.verifier} {url}", now=NOW)
            assert feeder.feed(NOW) is None
        assert witness.key.name in client.get("/ledger/checkpoint").text

    def test_a_stop_before_the_second_line_is_made_up_for(
        self, operators: Operators, first: VerifierKey, client: FlaskClient, config: Config
    ) -> None:
        shown = operators.propose()
        with unit_of_work() as uow:  # killed behind this commit: nobody signed yet
            ceremony.confirm(uow, shown, by=MINH, account="t", now=keys_of_the_log().proposals[0].at)
        assert _signers(client) == [first]
        assert sequencer.has_work()
        sequencer.run(config, NOW)
        assert not sequencer.has_work()
        assert _signers(client) == [keys_of_the_log().live[0], first]

    def test_a_checkpoint_signed_while_the_keys_changed_is_thrown_away(
        self, operators: Operators, first: VerifierKey, config: Config
    ) -> None:
        signers = creation.opened_log(config, NOW)
        operators.rotate()
        hands_in(1, first=3)
        sequencer.sequence_batch(NOW)
        assert sequencer.sign_head(LogFolder(config.data_dir), signers, NOW) is None
        assert sequencer.run(config, NOW).signed_size == 4

    def test_history_holds_together_through_two_rotations(
        self, operators: Operators, first: VerifierKey, config: Config, app: Flask
    ) -> None:
        second = operators.rotate()
        operators.retire(first)
        sealed(config, 2, first=3)
        operators.rotate()
        operators.revoke(second)
        sealed(config, 2, first=5)
        storage: Storage = app.extensions["coi.storage"]
        publication.publish(config, storage, NOW)
        with unit_of_work(read_only=True) as uow:
            assert audit.recompute(uow, config).findings == []
        states = [view.state for view in keys_of_the_log().views]
        assert states == [KeyState.ACTIVE, KeyState.REVOKED, KeyState.RETIRED]


class TestTheCeremony:
    def test_both_names_are_kept(self, operators: Operators, first: VerifierKey) -> None:
        operators.rotate()
        told = operators.done("list")
        assert f"proposed by {LAN}, confirmed by {MINH}" in told
        assert f"{first.id.hex()}  retiring" in told

    @pytest.mark.parametrize("name", [LAN, f"  {LAN.upper()} "])
    def test_nobody_confirms_his_own_proposal(
        self, operators: Operators, first: VerifierKey, name: str
    ) -> None:
        shown = operators.propose()
        refused = operators.run("confirm", "--by", name, "--fingerprint", shown)
        assert refused.exit_code == 1
        assert f"{LAN} proposed it; another person confirms" in refused.output
        assert keys_of_the_log().live == (first,)

    def test_the_fingerprint_is_read_out_in_words_or_digits(
        self, operators: Operators, first: VerifierKey
    ) -> None:
        operators.propose()
        (waiting,) = keys_of_the_log().proposals
        words = spoken(waiting.verifier).upper().replace("-", " ")
        assert "signs every checkpoint" in operators.done("confirm", "--by", MINH, "--fingerprint", words)

    def test_another_fingerprint_confirms_nothing(self, operators: Operators, first: VerifierKey) -> None:
        operators.propose()
        refused = operators.run("confirm", "--by", MINH, "--fingerprint", "0000 1111")
        assert "no proposal has this fingerprint" in refused.output
        assert keys_of_the_log().live == (first,)

    def test_after_24_hours_it_is_proposed_again(self, operators: Operators, first: VerifierKey) -> None:
        shown = operators.propose()
        late = keys_of_the_log().proposals[0].at + timedelta(hours=24)
        with pytest.raises(ceremony.CeremonyRefused, match="more than 24 hours ago"), unit_of_work() as uow:
            ceremony.confirm(uow, shown, by=MINH, account="t", now=late)

    def test_a_dry_run_changes_nothing_and_makes_no_key(
        self, operators: Operators, first: VerifierKey, config: Config
    ) -> None:
        before = sorted((config.data_dir / "ledger").iterdir())
        assert "would: bring in" in operators.done("propose", "--by", LAN, "--dry-run")
        assert keys_of_the_log().proposals == ()
        assert sorted((config.data_dir / "ledger").iterdir()) == before
        shown = operators.propose()
        assert "would: key" in operators.done("confirm", "--by", MINH, "--fingerprint", shown, "--dry-run")
        assert keys_of_the_log().live == (first,)

    def test_a_key_that_nobody_here_holds_is_not_confirmed(
        self, operators: Operators, first: VerifierKey
    ) -> None:
        shown = operators.propose("--vkey", str(SigningKey.generate(ORIGIN).verifier))
        refused = operators.run("confirm", "--by", MINH, "--fingerprint", shown)
        assert "nobody here can sign with this key" in refused.output

    @pytest.mark.parametrize(
        ("key", "told"),
        [
            (SigningKey.generate("other.example/log").verifier, "a key of this log is named"),
            (WitnessKey.generate(ORIGIN).verifier, "no log's key"),
        ],
    )
    def test_a_key_that_is_none_of_this_log_is_not_proposed(
        self, operators: Operators, first: VerifierKey, key: VerifierKey, told: str
    ) -> None:
        refused = operators.run("propose", "--by", LAN, "--vkey", str(key))
        assert refused.exit_code == 1
        assert told in refused.output

    def test_the_active_key_is_not_retired(self, operators: Operators, first: VerifierKey) -> None:
        refused = operators.run("retire", first.id.hex(), "--by", MINH)
        assert "this key is active" in refused.output

    def test_a_retired_key_signs_no_more_and_its_old_proofs_stay_good(
        self, operators: Operators, client: FlaskClient, first: VerifierKey, tmp_path: Path
    ) -> None:
        old = tmp_path / "old.json"
        old.write_bytes(_bundle())
        new = operators.rotate()
        operators.retire(first)
        assert _signers(client) == [new]
        assert client.get("/ledger/key").text == f"{new}\n"
        assert main(["verify", str(old), "--key", str(first)]) == 0

    def test_the_database_itself_wants_two_people_and_takes_nothing_back(
        self, operators: Operators, first: VerifierKey
    ) -> None:
        alone = {"vkey": str(first), "at": NOW, "account": "", "done_by": LAN, "proposed_by": LAN}
        with pytest.raises(IntegrityError, match="by_two_people"), unit_of_work() as uow:
            uow.add(LogKeyEvent(id=new_id(), kind=KeyEventKind.RETIRED, **alone))
        operators.rotate()
        operators.revoke(first)
        with pytest.raises(IntegrityError), unit_of_work() as uow:
            uow.add(LogKeyEvent(id=new_id(), kind=KeyEventKind.REVOKED, **alone))
        for statement in ("DELETE FROM log_key_event", "UPDATE log_key_event SET kind = 'proposed'"):
            with pytest.raises(Exception, match="append-only"):
                change(statement)


class TestRevocation:
    def test_from_then_on_no_checkpoint_carries_its_line(
        self, operators: Operators, client: FlaskClient, first: VerifierKey, app: Flask, config: Config
    ) -> None:
        new = operators.rotate()
        operators.revoke(first)
        assert _signers(client) == [new]
        assert client.get("/ledger/key").text == f"{new}\n"
        assert parse_policy(client.get("/ledger/policy").data).logs == (new,)
        assert LogFolder(config.data_dir).policy_path.read_bytes() == client.get("/ledger/policy").data
        storage: Storage = app.extensions["coi.storage"]
        publication.publish(config, storage, NOW)
        published = storage.read("ledger/checkpoint")
        assert list(lines_of(published, [first, new])) == [new]
        sealed(config, 1, first=3)
        assert _signers(client) == [new]

    def test_who_has_the_newest_policy_refuses_what_it_signed(
        self, operators: Operators, client: FlaskClient, first: VerifierKey, tmp_path: Path
    ) -> None:
        old = tmp_path / "old.json"
        old.write_bytes(_bundle())
        operators.rotate()
        operators.revoke(first)
        policy = tmp_path / "policy.txt"
        policy.write_bytes(client.get("/ledger/policy").data)
        assert main(["verify", str(old), "--policy", str(policy)]) == 1
        fresh = tmp_path / "fresh.json"
        fresh.write_bytes(_bundle())
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
        assert _signers(client) == [first]
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
        assert _signers(client) == [new]
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
