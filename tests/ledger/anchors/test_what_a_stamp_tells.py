"""What a time stamp is worth to others: pages and bundles say it, fsck and the operator see it."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.kernel.config import Config
from app.kernel.uow import unit_of_work
from ledger import proving
from ledger.reach import reach
from tests.ledger.core.samples import flipped
from tests.scene.ledger import NOW, behind_the_back, change, published
from tests.scene.time_stamps import has_it_stamped, tokens
from tests.support.time_stamp_authority import TimeStampAuthority, needs_openssl

pytestmark = [pytest.mark.usefixtures("app"), needs_openssl]
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def config(config: Config, authority: TimeStampAuthority) -> Config:
    """An installation that has its checkpoints stamped."""
    return config.model_copy(
        update={"tsa_url": authority.url, "tsa_ca_file": authority.ca_file, "tsa_every_hours": 1}
    )


def _of_another_machine() -> None:
    """As if the authority ran elsewhere: whatever address the tests can use is this machine's own."""
    with behind_the_back("timestamp_token"):
        change("UPDATE timestamp_token SET on_this_machine = :no", no=False)


class TestReach:
    def test_an_authority_on_this_machine_extends_nothing_and_is_called_one(
        self, config: Config, client: FlaskClient
    ) -> None:
        published(config, 2)
        has_it_stamped(config)
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
        has_it_stamped(config)
        _of_another_machine()
        with unit_of_work(read_only=True) as uow:
            assert reach(uow).kind == "timestamp"
            assert reach(uow, sealed_at=NOW).stamped_by == ("Province time stamps",)
            assert reach(uow, sealed_at=NOW + timedelta(seconds=1)).kind == "server"
        page = client.get("/ledger").text
        assert "Máy chủ này và dấu thời gian của Province time stamps" in page
        assert "không cho thấy chỉ có một quyển sổ" in page
        assert tokens()[0].serial in page
        assert "This server and a time stamp of Province time stamps" in client.get("/ledger?lang=en").text


class TestTheBundle:
    @pytest.mark.parametrize("grown_since", [0, 5])
    def test_proves_itself_to_whoever_trusts_the_authority(
        self, config: Config, authority: TimeStampAuthority, tmp_path: Path, grown_since: int
    ) -> None:
        published(config, 3)
        has_it_stamped(config)
        if grown_since:
            published(config, grown_since, first=3)
        with unit_of_work(read_only=True) as uow:
            parts = proving.bundle_parts(uow, ["e0", "e2"])
        assert parts is not None
        (stamp,) = parts.timestamps
        assert (stamp.kind, stamp.external_id, stamp.on_this_machine) == (
            "rfc3161",
            tokens()[0].serial,
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
        has_it_stamped(config)
        published(config, 1, first=3)
        with unit_of_work(read_only=True) as uow:
            parts = proving.bundle_parts(uow, ["e0", "e3"])
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
        has_it_stamped(config)
        run = app.test_cli_runner().invoke
        assert run(args=["ledger", "fsck"]).exit_code == 0
        (token,) = tokens()
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
