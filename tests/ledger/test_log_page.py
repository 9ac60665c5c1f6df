"""The page of the log: growth, delay, alarms, what could still be faked; and an auditor's sample."""

import shlex
import unicodedata
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app.kernel import clock
from app.kernel.config import Config
from app.kernel.uow import unit_of_work
from ledger import limits, sequencer
from ledger.__main__ import main
from ledger.core.checkpoint import parse_checkpoint
from ledger.core.note import note_text
from ledger.core.proofs import read_bundle
from ledger.core.sample import draw
from ledger.limits import Limit
from ledger.log_folder import LogFolder
from ledger.models import Anchor, AnchorState, ChainLook
from ledger.overview import Growth, Overview, overview
from ledger.witnesses import feeder
from tests.scene.ledger import NOW, change, hands_in, sealed
from tests.scene.witness import a_witness, names, served

pytestmark = pytest.mark.usefixtures("app")

DAY = timedelta(days=1)


def seen(now: datetime = NOW) -> Overview:
    with unit_of_work(read_only=True) as uow:
        return overview(uow, now)


def anchored(size: int, *, block: int, looked_at: int, development: bool = True) -> None:
    """An anchor of a checkpoint in a block, and a look at its chain some blocks later."""
    with unit_of_work() as uow:
        uow.add(
            ChainLook(
                chain_id=31337,
                chain_name="Anvil",
                is_development=development,
                last_ok_at=NOW,
                last_try_at=NOW,
                block_number=looked_at,
            ),
            Anchor(
                state=AnchorState.MINED,
                chain_id=31337,
                contract=b"c" * 20,
                log_id=b"l" * 32,
                checkpoint_size=size,
                checkpoint_root=b"r" * 32,
                sender=b"s" * 20,
                nonce=0,
                raw_tx=b"",
                tx_hash=b"t" * 32,
                max_fee_wei=1,
                tip_wei=1,
                gas_limit=1,
                prepared_at=NOW,
                block_number=block,
                block_at=NOW,
            ),
        )


class TestGrowth:
    def test_counts_entries_of_the_last_day_and_week(self, config: Config) -> None:
        for number, (count, ago) in enumerate([(3, 10), (4, 6), (5, 0)]):
            hands_in(count, first=10 * number)
            sequencer.run(config, NOW - ago * DAY)
        assert seen().growth == Growth(day=5, week=9)
        assert seen(NOW + 30 * DAY).growth == Growth(0, 0)

    def test_of_an_empty_log_is_none(self) -> None:
        assert (seen().growth, seen().delay) == (Growth(0, 0), None)


class TestDelay:
    def test_is_the_time_from_handing_in_to_the_first_signature_that_covers(self, config: Config) -> None:
        hands_in(3)
        sequencer.run(config, clock.now() + timedelta(seconds=30))
        hands_in(1, first=3)
        sequencer.run(config, clock.now() + timedelta(seconds=90))
        delay = seen().delay
        assert delay is not None
        assert 29 < delay.median_s < 40
        assert 89 < delay.longest_s < 100


class TestWhoHoldsIt:
    def test_confirmations_count_from_the_last_stored_look(self, config: Config, client: FlaskClient) -> None:
        sealed(config, 4)
        anchored(4, block=7, looked_at=19)
        assert seen().confirmations == {b"t" * 32: 13}
        told = client.get("/ledger").get_data(as_text=True)
        assert "khối 7" in told
        assert "13 xác nhận" in told
        assert "chuỗi thử nghiệm" in told

    def test_a_block_above_the_last_look_has_no_confirmations_to_tell(self, config: Config) -> None:
        sealed(config, 4)
        anchored(4, block=7, looked_at=6)
        assert seen().confirmations == {}

    def test_what_no_outsider_holds_is_counted(self, config: Config, tmp_path: Path) -> None:
        sealed(config, 5)
        assert (seen().beyond, Limit.REWRITE in seen().limits) == (5, True)
        anchored(5, block=1, looked_at=1)
        assert (seen().beyond, Limit.REWRITE in seen().limits) == (5, True)  # a chain of our own
        change("UPDATE chain_look SET is_development = false")
        sealed(config, 2, first=5)
        assert (seen().beyond, seen().limits[:2]) == (2, (Limit.NEWEST, Limit.TWO_BOOKS))

    def test_a_witness_on_this_machine_takes_nothing_off_the_list(
        self, config: Config, client: FlaskClient, tmp_path: Path
    ) -> None:
        sealed(config, 2)
        witness = a_witness(tmp_path / "w")
        with served(witness) as url:
            names(config, f"witness local {witness.key.verifier} {url}", now=NOW)
            feeder.feed(NOW)
        assert seen().limits == (Limit.REWRITE, Limit.OWN_WITNESS, Limit.UNTRUE, Limit.LEFT_OUT)
        told = client.get("/ledger").get_data(as_text=True)
        assert "không phải nhân chứng độc lập" in told
        assert "Viết lại cả sổ từ đầu" in told


class TestCheckItYourself:
    def test_says_that_a_key_from_this_server_proves_as_much_as_this_server(
        self, config: Config, client: FlaskClient
    ) -> None:
        sealed(config, 2)
        told = client.get("/ledger").get_data(as_text=True)
        assert "Lấy tệp ấy từ máy chủ này là tin máy chủ này" in told
        assert "ai còn giữ một dấu cũ sẽ thấy" in told

    def test_names_the_contract_that_a_verifier_compares(self, config: Config, client: FlaskClient) -> None:
        sealed(config, 2)
        anchored(2, block=7, looked_at=9)
        assert f"0x{(b'c' * 20).hex()}" in client.get("/ledger").get_data(as_text=True)

    def test_a_checkpoint_kept_today_is_joined_to_a_later_one(
        self, config: Config, client: FlaskClient, tmp_path: Path
    ) -> None:
        sealed(config, 30)
        kept, joined = tmp_path / "kept", tmp_path / "joined"
        kept.write_bytes(client.get("/ledger/checkpoint").data)
        sealed(config, 300, first=30)
        joined.write_bytes(client.get("/ledger/checkpoints/30/consistency").data)
        policy = str(LogFolder(config.data_dir).policy_path)
        assert main(["verify", str(kept), "--policy", policy, "--against", str(joined)]) == 0

    def test_a_checkpoint_on_paper_is_checked_without_the_server_by_command_or_by_the_single_file(
        self, config: Config, client: FlaskClient, tmp_path: Path
    ) -> None:
        sealed(config, 30)
        size, root = client.get("/ledger/checkpoint").text.splitlines()[1:3]
        sealed(config, 300, first=30)
        told = client.get("/ledger/checkpoints", query_string={"size": size, "root": root}).text
        for way in ("python -m ledger verify", "/ledger/verifier.html", f"/checkpoints/{size}/consistency"):
            assert way in told
        joined = tmp_path / "joined"
        joined.write_bytes(client.get(f"/ledger/checkpoints/{size}/consistency").data)
        policy = str(LogFolder(config.data_dir).policy_path)
        assert main(["verify", str(joined), "--policy", policy, "--printed", size, root]) == 0


@pytest.mark.parametrize("witnessed", [True, False])
@pytest.mark.parametrize("anchored_outside", [True, False])
@pytest.mark.parametrize("stamped", [True, False])
@pytest.mark.parametrize("own", [set(), {Limit.OWN_WITNESS, Limit.OWN_CHAIN, Limit.OWN_STAMP}])
def test_untrue_and_left_out_are_always_possible_and_rewriting_only_while_nobody_looks(
    witnessed: bool, anchored_outside: bool, stamped: bool, own: set[Limit]
) -> None:
    found = limits.still_possible(witnessed=witnessed, anchored=anchored_outside, stamped=stamped, own=own)
    somebody_holds_it = witnessed or anchored_outside or stamped
    assert found[-2:] == (Limit.UNTRUE, Limit.LEFT_OUT)
    assert (Limit.REWRITE in found) is not somebody_holds_it
    assert (Limit.NEWEST in found) is somebody_holds_it
    assert (Limit.TWO_STAMPED in found) is (stamped and not (witnessed or anchored_outside))
    assert own == {Limit.OWN_WITNESS, Limit.OWN_CHAIN, Limit.OWN_STAMP} & set(found)


class TestAlarms:
    def test_none_is_said_to_be_none(self, config: Config, client: FlaskClient) -> None:
        hands_in(2)
        sequencer.run(config, clock.now())
        shown = client.get("/ledger").get_data(as_text=True)
        assert "<dt>Báo động</dt><dd>không có</dd>" in shown

    def test_what_waits_too_long_is_told_with_its_time(self, config: Config, client: FlaskClient) -> None:
        sealed(config, 2)
        hands_in(3, first=2)
        assert "3 mục chờ niêm phong quá lâu, từ 10:00 20/11/2026" in client.get("/ledger").get_data(
            as_text=True
        )

    def test_a_log_that_refuses_says_so_without_naming_a_file(
        self, config: Config, client: FlaskClient
    ) -> None:
        sealed(config, 2)
        change("UPDATE log_head SET size = 1")
        change("DELETE FROM log_tile")
        told = client.get("/ledger").get_data(as_text=True)
        assert "Sổ không ký tiếp." in told
        assert str(config.data_dir) not in told
        assert "ledger-alarm" in client.get("/readyz").get_json()["degraded"]

    def test_a_missing_key_is_told_without_its_path(self, config: Config, client: FlaskClient) -> None:
        sealed(config, 2)
        for path in LogFolder(config.data_dir).policy_path.parent.rglob("*key*"):
            path.unlink()
        told = client.get("/ledger").get_data(as_text=True)
        assert "thiếu khóa" in told
        assert str(config.data_dir) not in told


class TestASample:
    def test_is_what_the_public_algorithm_draws_and_verifies_on_another_machine(
        self, config: Config, client: FlaskClient, tmp_path: Path
    ) -> None:
        sealed(config, 300)
        sealed(config, 50, first=300)
        asked = {"seed": "Vé số 27/11", "count": 7, "size": 300}
        answer = client.get("/ledger/sample.json", query_string=asked)
        bundle = read_bundle(answer.data)
        told = bundle.about["sample"]
        assert isinstance(told, dict)
        drawn = draw(
            "Vé số 27/11",
            size=300,
            root=parse_checkpoint(note_text(bundle.checkpoint.encode())).root,
            count=7,
        )
        assert told["indices"] == list(drawn)
        assert {item.index for item in bundle.items} == set(drawn)
        file, policy = tmp_path / "sample.json", LogFolder(config.data_dir).policy_path
        file.write_bytes(answer.data)
        assert main(["verify", str(file), "--policy", str(policy)]) == 0
        assert main(["sample", "--seed", "Vé số 27/11", "--count", "7", "--bundle", str(file)]) == 0
        assert main(["sample", "--seed", "Vé số 28/11", "--count", "7", "--bundle", str(file)]) == 1

    def test_of_the_page_links_each_entry_and_its_proof(
        self, config: Config, client: FlaskClient, tmp_path: Path
    ) -> None:
        entries = sealed(config, 30)
        shown = client.get("/ledger/sample?seed=x&count=30").get_data(as_text=True)
        assert "Đã rút 30 mục" in shown
        for index, entry in enumerate(entries.values()):
            assert f"/ledger/entries/{index}/proof?size=30" in shown
            if index % 10 == 0:
                assert client.get(f"/ledger/entries/{index}").data == entry
        file = tmp_path / "entry-3.tlog-proof"
        file.write_bytes(client.get("/ledger/entries/3/proof?size=30").data)
        policy = str(LogFolder(config.data_dir).policy_path)
        assert main(["verify", str(file), "--policy", policy]) == 0

    def test_a_seed_typed_in_another_normal_form_draws_the_same(
        self, config: Config, client: FlaskClient
    ) -> None:
        sealed(config, 100)
        asked = [
            {"seed": seed, "count": 5}
            for seed in ("Vé số", unicodedata.normalize("NFD", "Vé số"), "  Vé   số ")
        ]
        answers = {client.get("/ledger/sample.json", query_string=one).data for one in asked}
        assert len(answers) == 1

    @pytest.mark.parametrize(
        ("asked", "status"),
        [
            ("seed=&count=5", 422),
            ("seed=x&count=0", 422),
            ("seed=x&count=301", 422),
            ("seed=x&count=21", 422),
            ("seed=x&count=%CC%81", 422),
            (f"seed={'x' * 201}", 422),
            ("seed=x&count=1&size=7", 404),
            ("seed=x&count=1&size=99999999999999999999", 404),
            ("seed=x&count=1&size=18446744073709551615", 404),
        ],
    )
    def test_that_cannot_be_drawn_says_why(
        self, config: Config, client: FlaskClient, asked: str, status: int
    ) -> None:
        sealed(config, 20)
        page = client.get(f"/ledger/sample?{asked}")
        assert page.status_code == status
        assert 'role="alert"' in page.get_data(as_text=True)
        assert client.get(f"/ledger/sample.json?{asked}").status_code == status

    def test_is_one_word_of_the_command_that_is_there_to_be_copied(
        self, config: Config, client: FlaskClient
    ) -> None:
        sealed(config, 20)
        asked = {"seed": "\"; rm -r $HOME; `id` '", "count": 1}
        shown = unescape(client.get("/ledger/sample", query_string=asked).get_data(as_text=True))
        command = shown[shown.index("python -m ledger sample") : shown.index("<br>")]
        assert shlex.split(command)[4:6] == ["--seed", asked["seed"]]

    def test_of_an_unsigned_size_names_its_neighbours(self, config: Config, client: FlaskClient) -> None:
        sealed(config, 20)
        sealed(config, 20, first=20)
        shown = client.get("/ledger/sample?seed=x&count=1&size=25").get_data(as_text=True)
        assert "Gần nhất: 20 hoặc 40 mục" in shown

    @pytest.mark.parametrize("path", ["20", "20/proof", "99999999999999999999", "99999999999999999999/proof"])
    def test_an_entry_that_no_checkpoint_covers_is_not_there(
        self, config: Config, client: FlaskClient, path: str
    ) -> None:
        sealed(config, 20)
        hands_in(1, first=20)
        assert client.get(f"/ledger/entries/{path}").status_code == 404

    def test_before_the_first_checkpoint_there_is_none(self, client: FlaskClient) -> None:
        assert client.get("/ledger/sample").status_code == 200
        assert client.get("/ledger/sample?seed=x&count=1").status_code == 404
        assert client.get("/ledger/entries/0").status_code == 404
