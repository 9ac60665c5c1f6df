"""`scripts/run.py` and its supervisor: nothing is left behind, and what cannot start says so."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.chain_state import ChainState
from scripts.supervisor import LAST_WORD_S, PATIENCE_S
from tests.support.ports import free_port

pytestmark = pytest.mark.faults

ROOT = Path(__file__).resolve().parents[2]
OBEDIENT = "import time; time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
HUNG_S = 60  # no promise: where a test gives up on a process
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {STUBBORN!r}, sys.argv[1]])"


class TestStopping:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_each_polite_signal_ends_all_children(self, keeper: "Keeper", number: int) -> None:
        keeper.starts(OBEDIENT, OBEDIENT)
        keeper.process.send_signal(number)
        assert keeper.process.wait(HUNG_S) == 0
        assert keeper.still_there() == []

    def test_children_that_ignore_it_and_their_own_children_are_gone_within_ten_seconds(
        self, keeper: "Keeper"
    ) -> None:
        keeper.starts(STUBBORN, PARENT)
        keeper.process.send_signal(signal.SIGINT)
        keeper.process.wait(HUNG_S)
        assert keeper.still_there() == []
        assert PATIENCE_S + LAST_WORD_S <= 7  # of ten: what an overloaded machine needs besides is not ours

    def test_kill_9_leaves_no_child(self, keeper: "Keeper") -> None:
        keeper.starts(OBEDIENT, OBEDIENT)
        keeper.process.kill()
        keeper.process.wait()
        assert eventually(lambda: keeper.still_there() == [])

    def test_a_make_in_the_background_of_a_script_goes_on(self, keeper: "Keeper") -> None:
        keeper.starts(OBEDIENT, under_make=True, ignoring_int=True)
        time.sleep(1)
        assert keeper.process.poll() is None
        assert len(keeper.still_there()) == 1

    def test_an_int_that_reached_only_make_stops_all(self, keeper: "Keeper") -> None:
        keeper.starts(OBEDIENT, under_make=True)
        keeper.process.send_signal(signal.SIGINT)
        keeper.process.wait(HUNG_S)
        assert eventually(lambda: keeper.still_there() == [])


class TestKeeping:
    def test_a_child_that_died_is_started_again_and_that_is_said(self, keeper: "Keeper") -> None:
        keeper.starts(OBEDIENT)
        (first,) = keeper.still_there()
        os.kill(first, signal.SIGKILL)
        assert eventually(lambda: keeper.still_there() not in ([], [first]))
        assert "child-0 ended (code -9); it starts again in 1 s." in keeper.said()

    def test_a_child_that_keeps_dying_ends_all_with_the_end_of_its_log(self, keeper: "Keeper") -> None:
        keeper.starts(OBEDIENT, "print('no such table'); raise SystemExit(3)", may_die=1, wait=False)
        assert keeper.process.wait(HUNG_S) == 1
        assert "child-1 ended with code 3" in keeper.said()
        assert "no such table" in keeper.said()
        assert keeper.still_there() == []


class TestWhatCannotStart:
    def test_a_taken_port_is_one_sentence(self, tmp_path: Path) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            refused = start(tmp_path, PORT=str(port))
        assert refused.returncode == 1
        assert refused.stderr.startswith(f"coi: port {port} cannot be used")
        assert refused.stderr.count("\n") == 1

    def test_a_folder_in_use_is_one_sentence(self, tmp_path: Path) -> None:
        holder = [sys.executable, "-c", HOLD, str(tmp_path / ".lock")]
        with subprocess.Popen(holder, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdout
            other.stdout.readline()
            refused = start(tmp_path)
            other.kill()
        assert refused.returncode == 1
        assert refused.stderr == (
            f"coi: {tmp_path} is in use by another `make run`; stop that one, or give another DATA_DIR.\n"
        )

    def test_a_folder_from_a_newer_version_is_one_sentence(self, tmp_path: Path) -> None:
        with sqlite3.connect(tmp_path / "coi.sqlite3") as database:
            database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
            database.execute("INSERT INTO alembic_version VALUES ('9999_from_tomorrow')")
        refused = start(tmp_path)
        assert refused.returncode == 1
        assert "comes from a newer version of this program (migration 9999_from_tomorrow)" in refused.stderr
        assert refused.stderr.count("\n") == 1

    @pytest.mark.parametrize("setting", [{"PORT": "eight"}, {"DATA_DIR": "/dev/null/x"}, {"DEMO": "perhaps"}])
    def test_an_absurd_setting_is_named(self, tmp_path: Path, setting: dict[str, str]) -> None:
        refused = start(tmp_path, **setting)
        assert refused.returncode == 1
        assert next(iter(setting)) in refused.stderr
        assert refused.stderr.count("\n") == 1


class TestTheChainsState:
    def test_cut_short_gives_way_to_its_copy(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        state = ChainState(tmp_path, tell=print)
        state.kept.write_text('{"block": 7}')
        state.copy_when_due()
        state.kept.write_text('{"blo')
        state.mend()
        assert state.kept.read_text() == '{"block": 7}'
        assert "copy" in capsys.readouterr().out

    def test_a_state_being_written_never_replaces_a_whole_copy(self, tmp_path: Path) -> None:
        state = ChainState(tmp_path, tell=print)
        state.copy.write_text('{"block": 7}')
        state.kept.write_text('{"blo')
        state.copy_when_due()
        assert state.copy.read_text() == '{"block": 7}'

    def test_without_a_copy_a_new_chain_begins_and_the_old_file_is_kept(self, tmp_path: Path) -> None:
        state = ChainState(tmp_path, tell=print)
        state.kept.write_text("")
        state.mend()
        assert not state.kept.exists()
        assert (tmp_path / "state.broken").exists()


HOLD = """
import fcntl, sys, time
lock = open(sys.argv[1], "a")
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(60)
"""
KEEP = """
import os, sys
from pathlib import Path
from scripts.supervisor import Child, ChildFailed, Stopped, Supervisor

mark, logs, may_die, *programs = sys.argv[1:]
keeper = Supervisor(env=os.environ, logs=Path(logs), tell=lambda said: print(said, flush=True))
keeper.listen()
try:
    for number, program in enumerate(programs):
        keeper.keep(Child(f"child-{number}", [sys.executable, "-c", program, mark], may_die=int(may_die)))
    while True:
        keeper.step()
except Stopped:
    pass
except ChildFailed as fault:
    print(fault, flush=True)
    sys.exit(1)
finally:
    keeper.stop()
"""


class Keeper:
    """A supervisor in a process of its own; its children carry a mark by which they are found."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mark = f"mark-{os.getpid()}-{time.monotonic_ns()}"
        self.process: subprocess.Popen[bytes]

    def starts(
        self,
        *programs: str,
        may_die: int = 5,
        under_make: bool = False,
        ignoring_int: bool = False,
        wait: bool = True,
    ) -> None:
        (self.folder / "keep.py").write_text(KEEP)
        words = [sys.executable, "keep.py", self.mark, str(self.folder / "log"), str(may_die), *programs]
        if under_make:
            quoted = " ".join(f"'{word}'" for word in words)
            (self.folder / "Makefile").write_text(f"run:\n\t@exec {quoted}\n")
            words = ["make", "-s", "run"]
        int_is = signal.SIG_IGN if ignoring_int else signal.SIG_DFL  # these tests may run in the background
        with (self.folder / "said").open("wb") as said:
            self.process = subprocess.Popen(
                words,
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=said,
                stderr=said,
                start_new_session=True,
                preexec_fn=lambda: signal.signal(signal.SIGINT, int_is),  # noqa: PLW1509 - one call into libc
            )
        if wait:
            assert eventually(lambda: len(self.still_there()) >= len(programs)), self.said()
            time.sleep(0.5)  # the children set their signal handlers

    def still_there(self) -> list[int]:
        found = []
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = entry.read_bytes().split(b"\0")
            except OSError:
                continue
            if words[-2:-1] == [self.mark.encode()]:
                found.append(int(entry.parent.name))
        return found

    def said(self) -> str:
        return (self.folder / "said").read_text()


def eventually(holds, within_s: float = HUNG_S) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return False


def start(data_dir: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Start the market where it cannot start."""
    return subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "run.py")],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PORT": str(free_port()),
            "DATA_DIR": str(data_dir),
            **env,
        },
        capture_output=True,
        text=True,
        timeout=HUNG_S,
        check=False,
    )


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    made = Keeper(tmp_path)
    yield made
    for left in made.still_there():
        os.kill(left, signal.SIGKILL)
    if made.process.poll() is None:
        made.process.kill()
        made.process.wait()
