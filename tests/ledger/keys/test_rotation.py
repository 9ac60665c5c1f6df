"""A log changes its keys and keeps its name: two people, and two lines for a while."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.kernel.config import Config
from app.kernel.db import new_id
from app.kernel.storage import Storage
from app.kernel.uow import unit_of_work
from ledger import audit, ceremony, creation, proving, publication, sequencer, tasks
from ledger.__main__ import main
from ledger.core.note import SigningKey, VerifierKey, WitnessKey
from ledger.core.policy import parse_policy
from ledger.core.report import Outcome
from ledger.core.verify import verify_bundle
from ledger.keys import KeyState, spoken
from ledger.log_folder import LogFolder
from ledger.models import KeyEventKind, LogKeyEvent, LogSignature
from ledger.refusals import CheckpointDamaged
from ledger.witness.store import Witness
from ledger.witnesses import feeder
from tests.scene.keys import LAN, MINH, Operators, a_bundle, keys_of_the_log, signers
from tests.scene.ledger import NOW, behind_the_back, change, hands_in, sealed
from tests.scene.witness import names, served

pytestmark = pytest.mark.usefixtures("app")
ORIGIN = "demo.coi.invalid/ledger"


class TestRotation:
    def test_the_newest_checkpoint_gets_the_second_line_at_once(
        self, operators: Operators, client: FlaskClient, first: VerifierKey
    ) -> None:
        new = operators.rotate()
        assert signers(client) == [new, first]

    def test_every_later_checkpoint_carries_both_lines(
        self, operators: Operators, client: FlaskClient, first: VerifierKey, config: Config
    ) -> None:
        new = operators.rotate()
        sealed(config, 2, first=3)
        assert signers(client) == [new, first]
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
        file.write_bytes(a_bundle())
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
        assert signers(client) == [first]
        assert sequencer.has_work()
        sequencer.run(config, NOW)
        assert not sequencer.has_work()
        assert signers(client) == [keys_of_the_log().live[0], first]

    def test_a_new_key_never_signs_what_was_spoilt_in_the_row_and_does_when_it_is_mended(
        self, operators: Operators, first: VerifierKey, client: FlaskClient, config: Config
    ) -> None:
        shown = operators.propose()
        with unit_of_work() as uow:
            ceremony.confirm(uow, shown, by=MINH, account="t", now=keys_of_the_log().proposals[0].at)
        with behind_the_back("checkpoint"):
            change("UPDATE checkpoint SET note = replace(note, :was, :forged)", was="\n3\n", forged="\n4\n")
            with pytest.raises(CheckpointDamaged):
                sequencer.run(config, NOW)
            with unit_of_work(read_only=True) as uow:
                assert uow.session.scalars(select(LogSignature)).all() == []
            change("UPDATE checkpoint SET note = replace(note, :forged, :was)", was="\n3\n", forged="\n4\n")
        tasks.sequence_what_waits()
        assert signers(client) == [keys_of_the_log().live[0], first]

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
        old.write_bytes(a_bundle())
        new = operators.rotate()
        operators.retire(first)
        assert signers(client) == [new]
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
