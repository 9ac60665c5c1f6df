"""A cosignature that the log keeps: what it shows, how far it reaches, and whose policy it satisfies."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.kernel import relay
from app.kernel.config import Config
from app.kernel.uow import unit_of_work
from ledger import cosigned, proving, tasks
from ledger.core.checkpoint import Checkpoint
from ledger.core.note import WitnessKey, open_note
from ledger.core.policy import parse_policy
from ledger.core.report import Outcome
from ledger.core.verify import verify_bundle
from ledger.core.witnessing import log_id
from ledger.models import Cosignature
from ledger.reach import reach
from ledger.witness.store import Witness
from ledger.witnesses import feeder
from tests.scene.ledger import NOW, behind_the_back, change, published, sealed
from tests.scene.witness import a_witness, log_key, names, seen, served, witness_line

pytestmark = pytest.mark.usefixtures("app")


class TestFsck:
    def test_finds_lines_that_are_not_over_their_checkpoint(
        self, app: Flask, config: Config, tmp_path: Path
    ) -> None:
        published(config, 5)
        witness = a_witness(tmp_path / "w")
        with served(witness) as url:
            names(config, witness_line(witness, url), quorum="province", now=NOW)
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
            names(config, witness_line(witness, url), quorum="province", now=NOW)
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
            names(config, witness_line(witness, url), now=NOW)
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
            names(config, witness_line(witness, url), now=NOW)
            assert feeder.feed(NOW) is None
            sealed(config, 300, first=3)
            assert feeder.feed(NOW) is None
        assert (seen().size, seen().signed_at, seen().error) == (303, NOW, None)

    def test_of_an_older_checkpoint_carries_the_bundle_while_the_newest_has_no_quorum(
        self, config: Config, tmp_path: Path
    ) -> None:
        sealed(config, 3)
        witness = a_witness(tmp_path / "w")
        with served(witness) as url:
            names(config, witness_line(witness, url), quorum="province", now=NOW)
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
            names(config, witness_line(witness, url), now=NOW)
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
            names(config, witness_line(witness, url), now=NOW)
            feeder.feed(NOW)
        change("UPDATE witness_state SET on_this_machine = :no", no=False)
        with unit_of_work(read_only=True) as uow:
            assert reach(uow).kind == "witness"
            assert "own machine" not in cosigned.policy_text(uow, ())
            assert reach(uow, sealed_at=NOW).witnesses == ("province",)
            assert reach(uow, sealed_at=NOW + timedelta(seconds=1)).kind == "server"


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
        good = witness_line(witness, "https://witness.example/w")
        names(config, good, now=NOW)
        names(config, line.replace("%s", str(witness.key.verifier)), now=NOW)
        assert told in client.get("/readyz").get_json()["degraded"]["ledger-witnesses"]
        assert good in client.get("/ledger/policy").text
        names(config, good, now=NOW)
        assert "ledger-witnesses" not in client.get("/readyz").get_json()["degraded"]

    def test_never_names_the_logs_own_key_as_a_witness(self, config: Config, client: FlaskClient) -> None:
        sealed(config, 2)
        twin = WitnessKey("w", log_key(config).private)
        names(config, f"witness a {twin.verifier} https://witness.example/w", now=NOW)
        assert "has the log's own key" in client.get("/readyz").get_json()["degraded"]["ledger-witnesses"]

    def test_comments_stay_at_home_and_groups_are_handed_on(
        self, config: Config, client: FlaskClient, tmp_path: Path
    ) -> None:
        sealed(config, 1)
        one, two = a_witness(tmp_path / "1", "one"), a_witness(tmp_path / "2", "two")
        lines = [
            witness_line(one, "https://one.example", "one"),
            witness_line(two, "https://two.example", "two"),
        ]
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
            names(config, witness_line(witness, url), now=NOW)
            feeder.feed(NOW)
        names(config, now=NOW)
        assert witness.key.name not in client.get("/ledger/checkpoint").text
        with unit_of_work(read_only=True) as uow:
            assert len(uow.session.scalars(select(Cosignature)).all()) == 1
