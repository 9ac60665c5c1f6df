"""`make run`: a whole market from one data folder. Development chain, migrations, demo, worker, web, and
a witness of the log that shows how one works.

Everything that lives longer than a start is in DATA_DIR. Says one clear sentence and exits 1 when
the folder is in use, comes from a newer version, or belongs to another log than the configured one, or
the port is taken.
"""

import contextlib
import fcntl
import json
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError

from app.kernel import migrations
from app.kernel.config import BadConfiguration, Config, load
from scripts import local_witness
from scripts.chain_state import ChainState
from scripts.supervisor import Child, ChildFailed, Stopped, Supervisor

ROOT = Path(__file__).resolve().parents[1]
ANVIL = ROOT / "node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"
CHAIN_ID = 31337  # anvil's own number for a development chain
_CHAIN_WITHIN_S = 15.0  # then the rest goes on without it, as on any day when the chain is away
_READY_WITHIN_S = 600.0  # a demo district on a slow machine; a person sees the progress and can stop


class CannotStart(Exception):
    """One sentence for the person at the terminal: what is wrong and what to do."""


def main() -> int:
    """Run until stopped; 0 when a person stopped it, 1 when it could not go on."""
    try:
        config = load()
        rpc = config.evm_rpc_url or (f"http://127.0.0.1:{_free_port()}" if ANVIL.exists() else "")
        with _only_one(config.data_dir), _stopping_all(config, rpc) as supervisor:
            _run(config, supervisor, rpc)
    except Stopped:
        _say("Stopped.")
    except (CannotStart, ChildFailed, BadConfiguration) as fault:
        print(f"coi: {fault}", file=sys.stderr)
        return 1
    return 0


def _run(config: Config, supervisor: Supervisor, rpc: str) -> None:
    _check_port(config.port)
    to_migrate = _needs_migration(config)
    if not rpc:
        _say("No development chain on this kind of machine; anchors wait until EVM_RPC_URL names a chain.")
    elif not config.evm_rpc_url:
        _keep_chain(config.data_dir / "chain", rpc.rsplit(":", 1)[1], supervisor)
    if to_migrate:
        _say("Bringing the database up to date …")
        supervisor.run_to_end("migrate", _python("flask", "db", "upgrade"))
    if config.s3_endpoint:
        supervisor.run_to_end("storage", _python("flask", "storage", "prepare"))
    _refuse_unfit(supervisor)
    supervisor.keep(Child("web", _web(config), may_die=4))
    if config.demo and (to_migrate or not _guide_is_current(config)):
        _load_demo(supervisor)
    if rpc and not config.evm_rpc_url:
        _wait_for_chain(int(rpc.rsplit(":", 1)[1]), supervisor)
    supervisor.keep(Child("worker", _worker(config)))
    if config.demo and local_witness.may_write(config.witnesses_path):
        supervisor.keep(Child("witness", _python("scripts.local_witness", str(_free_port()))))
    _wait_until_ready(config, supervisor)
    _greet(config, supervisor)
    while True:
        supervisor.step(0.2)


@contextlib.contextmanager
def _only_one(data_dir: Path) -> Iterator[None]:
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock = (data_dir / ".lock").open("a+")
    except OSError as fault:
        raise CannotStart(f"DATA_DIR {data_dir} cannot be used: {fault.strerror}.") from fault
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise CannotStart(
                f"{data_dir} is in use by another `make run`; stop that one, or give another DATA_DIR."
            ) from taken
        yield


@contextlib.contextmanager
def _stopping_all(config: Config, rpc: str) -> Iterator[Supervisor]:
    env = {
        **os.environ,
        "FLASK_APP": "wsgi",
        "PYTHONUNBUFFERED": "1",
        "PORT": str(config.port),
        "DATA_DIR": str(config.data_dir),
        "EVM_RPC_URL": rpc,
    }
    os.chdir(ROOT)
    supervisor = Supervisor(env=env, logs=config.data_dir / "log", tell=_say)
    supervisor.listen()
    try:
        yield supervisor
    finally:
        supervisor.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _check_port(port: int) -> None:
    # The web server of a copy that was just killed may need a moment to let go.
    deadline = time.monotonic() + 2
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as fault:
                if time.monotonic() > deadline:
                    raise CannotStart(
                        f"port {port} cannot be used ({fault.strerror}); give another: PORT=9000 make run."
                    ) from fault
            else:
                return
        time.sleep(0.2)


def _needs_migration(config: Config) -> bool:
    """Compare the database with the migrations of this code. Raises CannotStart when it is newer."""
    known = migrations.known(ROOT / "migrations")
    engine = create_engine(config.sqlalchemy_url)
    try:
        with engine.connect() as connection:
            found = migrations.applied(connection)
    except SQLAlchemyError as fault:
        raise CannotStart(f"the database does not open: {str(fault).splitlines()[0]}") from fault
    finally:
        engine.dispose()
    if found is not None and found not in known:
        raise CannotStart(
            f"{config.data_dir} comes from a newer version of this program"
            f" (migration {found}); run that version, or give another DATA_DIR."
        )
    return found != known[-1]


def _refuse_unfit(supervisor: Supervisor) -> None:
    """Raise CannotStart when the configured origin or key of the log is not that of this folder's log."""
    try:
        supervisor.run_to_end("start", _python("flask", "doctor", "--start"))
    except ChildFailed as unfit:
        told = supervisor.log_of("start").read_text("utf-8", "replace").splitlines()
        raise CannotStart(f"{told[-1]}." if told else str(unfit)) from unfit


def _keep_chain(folder: Path, port: str, supervisor: Supervisor) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    state = ChainState(folder, tell=_say)
    command = [str(ANVIL), "--silent", "--host", "127.0.0.1", "--port", port, "--chain-id", str(CHAIN_ID)]
    command += ["--accounts", "3", "--state", str(state.kept), "--state-interval", "1"]
    supervisor.keep(Child("chain", command, before_start=state.mend))
    supervisor.also(state.copy_when_due)


def _wait_for_chain(port: int, supervisor: Supervisor) -> None:
    """Let the chain read its state first: a worker that finds it shut would tell so for a minute."""
    deadline = time.monotonic() + _CHAIN_WITHIN_S
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        supervisor.step(0.1)


def _python(*words: str) -> list[str]:
    return [sys.executable, "-m", *words]


def _web(config: Config) -> list[str]:
    command = _python("granian", "--interface", "wsgi", "wsgi:app", "--host", "127.0.0.1")
    command += ["--port", str(config.port), "--workers", "2", "--blocking-threads", "1"]
    return [*command, "--respawn-failed-workers", "--workers-kill-timeout", "3", "--no-ws"]


def _worker(config: Config) -> list[str]:
    command = _python("celery", "-A", "wsgi:celery", "worker", "-B", "--pool=solo", "--loglevel", "WARNING")
    command += ["--schedule", str(config.data_dir / "beat-schedule")]
    return [*command, "--without-mingle", "--without-gossip", "--without-heartbeat"]


def _load_demo(supervisor: Supervisor) -> None:
    _say("Loading the demo district; the first time this takes a minute or two …")
    supervisor.run_to_end("demo", _python("flask", "demo", "load"))


def _guide_is_current(config: Config) -> bool:
    """Tell whether the demo was played and the links of its guide name this very address."""
    try:
        told = json.loads((config.data_dir / "demo.json").read_bytes())
    except (OSError, ValueError):
        return False
    return bool(told.get("base_url") == config.site_url)


def _wait_until_ready(config: Config, supervisor: Supervisor) -> None:
    deadline, demo_played = time.monotonic() + _READY_WITHIN_S, False
    while time.monotonic() < deadline:
        supervisor.step(0.2)
        faults = _faults(config.port)
        if faults == []:
            return
        if faults and not demo_played and any("demonstration" in fault for fault in faults):
            _load_demo(supervisor)  # a newer version has parts that this folder lacks
            demo_played = True
    raise CannotStart(f"the web server does not answer; its log is {supervisor.log_of('web')}.")


def _faults(port: int) -> list[str] | None:
    """What /healthz finds lacking; None when nobody answers yet."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            told = json.load(answer)
    except urllib.error.HTTPError as unready:
        with unready:
            told = json.load(unready)
    except (OSError, ValueError):
        return None
    return [str(fault) for fault in told["faults"]]


def _greet(config: Config, supervisor: Supervisor) -> None:
    _say(f"Cội is running at http://127.0.0.1:{config.port}")
    if config.demo:
        _say(f"Demo logins and codes: {config.data_dir / 'demo.json'}")
    _say(f"Logs: {supervisor.log_of('web').parent}. Ctrl-C stops everything.")


def _say(sentence: str) -> None:
    print(sentence, flush=True)


if __name__ == "__main__":
    sys.exit(main())
