"""What the log hands out proves itself without it; what was changed behind its back is named."""

import dataclasses

import pytest
from flask import Flask

from app.kernel.config import Config
from app.kernel.uow import unit_of_work
from ledger import audit, proving, queries, sequencer
from ledger.core.disclosures import Disclosure
from ledger.core.policy import parse_policy
from ledger.core.proofs import read_bundle
from ledger.core.report import Outcome
from ledger.core.verify import verify_bundle
from ledger.log_folder import LogFolder
from ledger.reach import Reach, reach
from tests.conftest import SERVER
from tests.scene.ledger import NOW, an_entry, behind_the_back, change, hands_in, published, sealed

pytestmark = pytest.mark.usefixtures("app")


def _fsck(config: Config) -> audit.Audit:
    with unit_of_work(read_only=True) as uow:
        return audit.recompute(uow, config)


def _faults(expected: dict[str, bytes]) -> list[queries.Fault]:
    with unit_of_work(read_only=True) as uow:
        return queries.check_entries(uow, expected)


class TestSeals:
    def test_an_entry_waits_then_has_an_index_then_a_checkpoint(self, config: Config) -> None:
        sealed(config, 2)
        hands_in(1, first=2)
        with unit_of_work(read_only=True) as uow:
            seals = queries.seal_of(uow, ["e0", "e2", "never"])
        assert seals["e0"] == queries.Seal(0, NOW, 2, None)
        assert seals["e2"] == seals["never"] == queries.Seal()

    def test_the_seal_is_that_of_the_first_checkpoint_that_covers(self, config: Config) -> None:
        for first in range(3):
            sealed(config, 1, first=first)
        with unit_of_work(read_only=True) as uow:
            sizes = [seal.checkpoint_size for seal in queries.seal_of(uow, ["e0", "e1", "e2"]).values()]
        assert sizes == [1, 2, 3]

    def test_without_an_anchor_the_seal_reaches_this_server(self, config: Config) -> None:
        sealed(config, 1)
        with unit_of_work(read_only=True) as uow:
            assert reach(uow) == Reach("server")


class TestBundles:
    def test_a_bundle_is_verified_with_the_policy_alone(self, config: Config) -> None:
        sealed(config, 300)
        hands_in(1, first=300)
        with unit_of_work(read_only=True) as uow:
            parts = proving.bundle_parts(uow, ["e0", "e255", "e299", "e300"])
        assert parts is not None
        assert parts.pending == ("e300",)
        bundle = read_bundle(parts.bundle({}).to_bytes())
        assert [item.index for item in bundle.items] == [0, 255, 299]
        trust = parse_policy(LogFolder(config.data_dir).policy_path.read_bytes())
        report = verify_bundle(bundle, trust=trust)
        assert report.outcome is Outcome.VERIFIED, report

    def test_a_disclosure_that_was_not_sealed_is_refused(self, config: Config) -> None:
        sealed(config, 3)
        with unit_of_work(read_only=True) as uow:
            parts = proving.bundle_parts(uow, ["e1"])
        assert parts is not None
        trust = parse_policy(LogFolder(config.data_dir).policy_path.read_bytes())
        bundle = parts.bundle({"e1": Disclosure(b"\0" * 16, b"another body")})
        assert verify_bundle(bundle, trust=trust).outcome is Outcome.REFUSED

    def test_before_the_first_checkpoint_there_is_no_bundle(self) -> None:
        with unit_of_work(read_only=True) as uow:
            assert proving.bundle_parts(uow, ["e0"]) is None


class TestChecking:
    def test_the_sealed_bytes_have_no_fault_and_waiting_ones_neither(self, config: Config) -> None:
        entries = sealed(config, 20) | hands_in(2, first=20)
        assert _faults(entries) == []

    def test_other_bytes_than_the_sealed_ones_are_named(self, config: Config) -> None:
        entries = sealed(config, 20)
        found = _faults(entries | {"e7": an_entry("changed afterwards")})
        assert [fault.key for fault in found] == ["e7"]
        assert "entry 7" in found[0].reason

    def test_a_changed_tile_is_told(self, config: Config) -> None:
        entries = sealed(config, 4)
        change("UPDATE log_tile SET hashes = :hashes", hashes=b"\x01" * 128)
        assert {fault.key for fault in _faults(entries)} == set(entries)

    def test_a_missing_tile_is_told(self, config: Config) -> None:
        entries = sealed(config, 4)
        change("DELETE FROM log_tile")
        assert {fault.key for fault in _faults(entries)} == set(entries)

    def test_a_checkpoint_that_the_log_did_not_sign_is_told(self, config: Config) -> None:
        entries = sealed(config, 4)
        with behind_the_back("checkpoint"):
            change("UPDATE checkpoint SET note = replace(note, ' ', '  ')")
            assert {fault.key for fault in _faults(entries)} == set(entries)


class TestFsck:
    def test_it_checks_the_log_of_one_moment_while_that_grows(self, config: Config) -> None:
        sealed(config, 3)
        with unit_of_work(read_only=True) as uow:
            before = queries.log(uow)
            sealed(config, 2, first=3)
            found = audit.recompute(uow, config)
        assert before is not None
        assert (found.entries, found.findings) == (before.size, [])

    @pytest.mark.parametrize("count", [0, 1, 300])
    def test_a_sound_log_has_no_finding(self, config: Config, count: int) -> None:
        sealed(config, count)
        assert _fsck(config) == audit.Audit(entries=count, checkpoints=min(count, 1))

    def test_a_changed_entry_is_named(self, config: Config) -> None:
        sealed(config, 10)
        with behind_the_back("log_entry"):
            change("UPDATE log_entry SET entry = :entry WHERE leaf_index = 6", entry=an_entry("forged"))
            found = _fsck(config)
        assert found.first_bad_index == 6

    def test_a_changed_entry_with_its_hash_tile_and_head_is_still_named(self, config: Config) -> None:
        entries = list(sealed(config, 4).values())
        sealed(config, 4, first=4)
        forged = [*entries[:2], an_entry("forged"), *entries[3:]]
        with behind_the_back("log_entry"):
            self._rewrite(config, forged)
            found = _fsck(config)
        assert found.first_bad_index == 0  # the entries up to 3 are those of the first wrong checkpoint
        assert any("checkpoint 4" in finding for finding in found.findings)

    def _rewrite(self, config: Config, forged: list[bytes]) -> None:
        """Everything that a careful administrator would change, but for what he cannot sign."""
        with unit_of_work(read_only=True) as uow:
            rest = [
                row.entry
                for row in uow.session.execute(
                    queries.select(queries.LogEntry.entry)
                    .where(queries.LogEntry.leaf_index >= 4)
                    .order_by(queries.LogEntry.leaf_index)
                )
            ]
        leaves = [queries.leaf_hash(entry) for entry in (*forged, *rest)]
        made = sequencer.extend(0, leaves, lambda *_: b"")
        for index, (entry, leaf) in enumerate(zip((*forged, *rest), leaves, strict=True)):
            change(
                "UPDATE log_entry SET entry = :entry, leaf_hash = :leaf WHERE leaf_index = :index",
                entry=entry,
                leaf=leaf,
                index=index,
            )
        change("UPDATE log_tile SET hashes = :hashes", hashes=made.tiles[0].hashes)
        change("UPDATE log_head SET root = :root", root=made.root)

    def test_a_deleted_entry_is_named(self, config: Config) -> None:
        sealed(config, 10)
        with behind_the_back("log_entry"):
            change("DELETE FROM log_entry WHERE leaf_index = 3")
            assert _fsck(config).first_bad_index == 3

    def test_a_deleted_end_is_told(self, config: Config) -> None:
        sealed(config, 10)
        with behind_the_back("log_entry"):
            change("DELETE FROM log_entry WHERE leaf_index = 9")
            assert any("checkpoint 10" in finding for finding in _fsck(config).findings)

    def test_a_changed_tile_and_a_changed_head_are_told(self, config: Config) -> None:
        sealed(config, 10)
        change("UPDATE log_tile SET hashes = :hashes", hashes=b"\x01" * 320)
        change("UPDATE log_head SET size = 9")
        told = _fsck(config).findings
        assert any(finding.startswith("tile 0/0") for finding in told)
        assert any(finding.startswith("head") for finding in told)

    @pytest.mark.parametrize(
        ("sql", "told"),
        [
            ("DELETE FROM log_key_event", "keys: the history of this log's keys is gone"),
            ("UPDATE log_key_event SET vkey = 'x' || vkey", "keys: a key in the history"),
            ("DELETE FROM checkpoint WHERE size = 5", "checkpoint 5: missing, and it was the last"),
            ("DELETE FROM signed_head", "signed head: missing, and 2 checkpoints were signed"),
            ("DELETE FROM published_head", "5 entries lie there, and the database knows of no publication"),
            ("UPDATE published_head SET size = 7", "7 entries were published, and no such checkpoint"),
            (
                "UPDATE witness_policy SET lines = 'quorum w'",
                "policy of the witnesses: the last line is not ended",
            ),
            ("UPDATE log_head SET root = :root", "head: says 5 entries; the entries make another root"),
        ],
    )
    def test_what_the_log_knows_of_itself_and_is_gone_or_changed_is_told(
        self, app: Flask, config: Config, sql: str, told: str
    ) -> None:
        sealed(config, 3)
        published(config, 2, first=3)
        change("INSERT INTO witness_policy (id, lines) VALUES (1, 'quorum none')")
        with behind_the_back("log_key_event", "checkpoint"):
            change(sql, **({"root": bytes(32)} if ":root" in sql else {}))
            done = app.test_cli_runner().invoke(args=["ledger", "fsck"])
        assert done.exit_code == 1
        assert isinstance(done.exception, SystemExit)
        assert told in done.output

    def test_a_copy_outside_the_database_that_is_gone_is_told(self, config: Config) -> None:
        sealed(config, 3)
        LogFolder(config.data_dir).copy_path.unlink()
        (told,) = _fsck(config).findings
        assert told.startswith("copy outside the database: missing")

    @pytest.mark.skipif(bool(SERVER), reason="PostgreSQL keeps the type of a column")
    @pytest.mark.parametrize("column", ["entry", "leaf_hash"])
    def test_bytes_that_a_hand_made_text_of_are_still_read_and_named(
        self, app: Flask, config: Config, column: str
    ) -> None:
        sealed(config, 5)
        with behind_the_back("log_entry"):
            change(f"UPDATE log_entry SET {column} = replace({column}, 'e', 'E') || 'x' WHERE leaf_index = 2")
            change("UPDATE log_tile SET hashes = zeroblob(96) || substr(hashes, 97)")
            found = app.test_cli_runner().invoke(args=["ledger", "fsck"])
        assert found.exit_code == 1
        assert "first bad index: 0" in found.output  # of the tile
        assert "entry 2: its bytes do not hash to its leaf hash" in found.output

    def test_the_command_exits_1_and_prints_the_index(self, app: Flask, config: Config) -> None:
        sealed(config, 5)
        runner = app.test_cli_runner()
        sound = runner.invoke(args=["ledger", "fsck"])
        assert sound.exit_code == 0
        assert sound.output.splitlines() == [
            "5 entries and 1 checkpoints hold together",
            "0 cosignatures, later signatures, anchors and time stamps belong to them",
            "0 published files and 0 sealed bodies are as they should be",
        ]
        with behind_the_back("log_entry"):
            change("UPDATE log_entry SET entry = :entry WHERE leaf_index = 2", entry=b"{}")
            spoilt = runner.invoke(args=["ledger", "fsck"])
        assert spoilt.exit_code == 1
        assert "first bad index: 2" in spoilt.output


class TestCommands:
    def test_create_sequence_and_status_tell_the_same_log(self, app: Flask, config: Config) -> None:
        runner = app.test_cli_runner()
        vkey = runner.invoke(args=["ledger", "create"]).output.strip()
        hands_in(3)
        assert runner.invoke(args=["ledger", "sequence"]).output == "3 sequenced; signed 3\n"
        told = runner.invoke(args=["ledger", "status"])
        assert told.exit_code == 0
        assert vkey in told.output
        assert "checkpoint  3" in told.output

    def test_anchor_without_a_chain_says_so(self, app: Flask) -> None:
        told = app.test_cli_runner().invoke(args=["ledger", "anchor"])
        assert told.exit_code == 1
        assert "EVM_RPC_URL" in told.output


def test_a_bundle_of_parts_keeps_what_the_log_said(config: Config) -> None:
    sealed(config, 2)
    with unit_of_work(read_only=True) as uow:
        parts = proving.bundle_parts(uow, ["e0"])
    assert parts is not None
    told = parts.bundle({}, about={"lot": "L1"})
    assert told.about == {
        "lot": "L1",
        "witnesses": {"quorum_met": True, "cosigned_by": [], "on_the_logs_machine": []},
    }
    assert dataclasses.replace(told, about=parts.bundle({}).about) == parts.bundle({})
