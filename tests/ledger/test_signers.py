"""Where the log's key comes from: a file, the environment, or a program that never shows it."""

import sys
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.kernel.config import BadConfiguration, Config, load
from ledger import creation, sequencer
from ledger.core.note import SigningKey, lines_of
from ledger.log_folder import LogFolder
from ledger.refusals import KeyMissing, SignerAway, SignerUnusable, WrongKey, WrongOrigin
from tests.scene.keys import MINH, Operators, keys_of_the_log
from tests.scene.ledger import NOW, hands_in, sealed

pytestmark = pytest.mark.usefixtures("app")
ORIGIN = "demo.coi.invalid/ledger"
ROOT = Path(__file__).resolve().parents[2]


def _with(config: Config, **changes: object) -> Config:
    return config.model_copy(update=changes)


def _signer(folder: Path, *keys: SigningKey) -> str:
    """The command line of our own signer program, with these keys."""
    file = folder / "signer.keys"
    file.write_text("".join(f"{key.to_text()}\n" for key in keys))
    run = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from ledger.__main__ import main; sys.exit(main())"
    script = folder / "run.py"
    script.write_text(run)
    return f"{sys.executable} {script} signer --key {file}"


def _program(folder: Path, body: str) -> str:
    script = folder / "program.py"
    script.write_text(f"import sys, time\n{body}\n")
    return f"{sys.executable} {script}"


class TestFromTheEnvironment:
    def test_a_log_begins_and_goes_on_with_it_and_no_file_is_made(self, config: Config) -> None:
        key = SigningKey.generate(ORIGIN)
        given = _with(config, ledger_key=f"{key.to_text()}\n")
        sealed(given, 2)
        assert keys_of_the_log().live == (key.verifier,)
        assert not LogFolder(config.data_dir).key_path.exists()

    def test_without_it_later_the_key_is_missing(self, config: Config) -> None:
        sealed(_with(config, ledger_key=SigningKey.generate(ORIGIN).to_text()), 1)
        with pytest.raises(KeyMissing):
            creation.opened_log(config, NOW)

    def test_the_key_of_another_log_is_refused(self, config: Config) -> None:
        sealed(config, 1)
        other = _with(config, ledger_key=SigningKey.generate(ORIGIN).to_text())
        with pytest.raises(WrongKey, match="the signing key LEDGER_KEY is not the key of log"):
            creation.opened_log(other, NOW)
        assert isinstance(creation.unfit(other), WrongKey)

    def test_a_log_is_not_begun_with_a_key_of_another_name(self, config: Config) -> None:
        other = _with(config, ledger_key=SigningKey.generate("x.example/log").to_text())
        assert isinstance(creation.unfit(other), WrongOrigin)

    def test_a_text_that_is_no_key_stops_the_start_and_is_not_repeated(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("LEDGER_KEY", "my-secret-in-the-wrong-place")
        with pytest.raises(BadConfiguration, match="LEDGER_KEY") as refused:
            load()
        assert "my-secret" not in f"{refused.value}{refused.value.__cause__}"

    def test_the_secret_is_in_no_print_of_the_configuration(self, config: Config) -> None:
        secret = SigningKey.generate(ORIGIN).to_text()
        assert secret not in repr(_with(config, ledger_key=secret))


class TestAProgram:
    def test_signs_for_a_log_whose_key_no_process_of_ours_has(
        self, config: Config, client: FlaskClient, tmp_path: Path
    ) -> None:
        key = SigningKey.generate(ORIGIN)
        given = _with(config, ledger_signer=_signer(tmp_path, key))
        sealed(given, 3)
        assert list(lines_of(client.get("/ledger/checkpoint").data, [key.verifier])) == [key.verifier]
        assert not LogFolder(config.data_dir).key_path.exists()
        assert creation.unfit(given) is None

    def test_takes_over_from_a_file_by_rotation(
        self, app: Flask, config: Config, client: FlaskClient, tmp_path: Path
    ) -> None:
        sealed(config, 2)
        old, new = keys_of_the_log().live[0], SigningKey.generate(ORIGIN)
        app.extensions["coi.config"] = _with(config, ledger_signer=_signer(tmp_path, new))
        operators = Operators(app)
        shown = operators.propose("--vkey", str(new.verifier))
        operators.done("confirm", "--by", MINH, "--fingerprint", shown)
        note = client.get("/ledger/checkpoint").data
        assert list(lines_of(note, [new.verifier, old])) == [new.verifier, old]

    @pytest.mark.parametrize(
        ("body", "told"),
        [
            ("sys.exit('the module is locked')", "code 1 the module is locked"),
            ("print('— demo.coi.invalid/ledger AAAA')", "signature"),
            ("pass", "signature"),
            ("time.sleep(60)", "no answer within 1 s"),
        ],
    )
    def test_that_does_not_sign_lets_the_log_wait_and_say_so(
        self, config: Config, tmp_path: Path, body: str, told: str
    ) -> None:
        key = SigningKey.generate(ORIGIN)
        sealed(_with(config, ledger_signer=_signer(tmp_path, key)), 2)
        hands_in(1, first=2)
        broken = _with(config, ledger_signer=_program(tmp_path, body), ledger_signer_timeout_s=1)
        with pytest.raises(SignerAway, match=told):
            sequencer.run(broken, NOW)
        assert sequencer.run(_with(config, ledger_signer=_signer(tmp_path, key)), NOW).signed_size == 3

    def test_that_signs_with_another_key_is_not_believed(self, config: Config, tmp_path: Path) -> None:
        key, other = SigningKey.generate(ORIGIN), SigningKey.generate(ORIGIN)
        sealed(_with(config, ledger_signer=_signer(tmp_path, key)), 2)
        hands_in(1, first=2)
        body = (
            f"sys.path.insert(0, {str(ROOT)!r})\nfrom ledger.core.note import SigningKey\n"
            f"key = SigningKey.from_text({other.to_text()!r})\nsys.stdout.write(key.sign(sys.stdin.read()))"
        )
        with pytest.raises(SignerAway, match="no signature of a key that you hold"):
            sequencer.run(_with(config, ledger_signer=_program(tmp_path, body)), NOW)

    def test_that_has_other_keys_stops_the_start(self, config: Config, tmp_path: Path) -> None:
        sealed(_with(config, ledger_signer=_signer(tmp_path, SigningKey.generate(ORIGIN))), 1)
        other = _with(config, ledger_signer=_signer(tmp_path, SigningKey.generate(ORIGIN)))
        assert isinstance(creation.unfit(other), WrongKey)

    def test_that_is_not_there_stops_the_start_and_one_that_is_away_does_not(
        self, config: Config, tmp_path: Path
    ) -> None:
        sealed(_with(config, ledger_signer=_signer(tmp_path, SigningKey.generate(ORIGIN))), 1)
        nowhere = _with(config, ledger_signer="/nowhere/signer")
        assert isinstance(creation.unfit(nowhere), SignerUnusable)
        away = _with(config, ledger_signer=_program(tmp_path, "sys.exit(1)"))
        assert creation.unfit(away) is None

    def test_of_ours_signs_nothing_but_checkpoints_of_its_log(
        self, tmp_path: Path, app: Flask, config: Config
    ) -> None:
        key = SigningKey.generate(ORIGIN)
        program = creation.Program.of(_with(config, ledger_signer=_signer(tmp_path, key)))
        assert program is not None
        for text in (
            "I owe you a million\n",
            "other.example/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        ):
            with pytest.raises(SignerAway, match="refused"):
                program.ask("sign", str(key.verifier), text=text, about="x")


def test_a_garbled_key_file_is_told_as_missing_and_stops_the_start(config: Config) -> None:
    sealed(config, 1)
    LogFolder(config.data_dir).key_path.write_text("PRIVATE+KEY+what")
    assert isinstance(creation.unfit(config), KeyMissing)


def test_a_key_file_that_a_killed_proposal_left_behind_stops_nobody(config: Config) -> None:
    sealed(config, 1)
    LogFolder(config.data_dir).keep_key(SigningKey.generate(ORIGIN))
    assert creation.unfit(config) is None
