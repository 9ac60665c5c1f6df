"""Witnesses of the scene: real servers on loopback addresses, and the policy file that names them."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from app.kernel.config import Config
from app.kernel.uow import unit_of_work
from ledger import cosigned, queries
from ledger.core.note import SigningKey
from ledger.cosigned import WitnessView
from ledger.log_folder import LogFolder
from ledger.witness.server import READ_WITHIN_S, WitnessServer
from ledger.witness.store import Witness
from ledger.witnesses import configured
from tests.scene.ledger import NOW
from tests.support.ports import free_port
from tests.support.processes import running


def log_vkey() -> str:
    """The public key of the log that stands."""
    with unit_of_work(read_only=True) as uow:
        log = queries.log(uow)
    assert log is not None
    return log.vkey


@contextmanager
def served(witness: Witness, at: datetime = NOW, *, read_within_s: float = READ_WITHIN_S) -> Iterator[str]:
    """A witness behind a real server in this process, its clock standing still; gives its URL."""
    with WitnessServer(("127.0.0.1", 0), witness, lambda: at, read_within_s) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.url
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def witness_process(folder: Path, *, port: int | None = None) -> Iterator[tuple[str, int]]:
    """`python -m ledger witness serve` as its operator runs it; gives its URL and process id."""
    port = port or free_port()
    command = [sys.executable, "-m", "ledger", "witness", "serve", "--data", folder]
    listen = ["--listen", f"127.0.0.1:{port}"]
    url = f"http://127.0.0.1:{port}"
    with running([*command, *listen], answers=f"{url}/", log=folder.parent / f"{folder.name}.log") as child:
        yield url, child.pid


def a_witness(folder: Path, name: str = "witness.example/w1") -> Witness:
    """A witness that follows the log."""
    witness = Witness(folder, name)
    witness.add_log(log_vkey())
    return witness


def names(config: Config, *lines: str, quorum: str = "none", now: datetime) -> None:
    """Write the policy file and take it over."""
    path = config.witnesses_path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines) + f"quorum {quorum}\n")
    configured.refresh(config, now)


def witness_line(witness: Witness, url: str, name: str = "province") -> str:
    """The line of a policy file that names a witness."""
    return f"witness {name} {witness.key.verifier} {url}"


def seen(name: str = "province") -> WitnessView:
    """What the log knows of a witness in its policy."""
    with unit_of_work(read_only=True) as uow:
        return next(each for each in cosigned.witnesses(uow) if each.name == name)


def log_key(config: Config) -> SigningKey:
    """The private key of the log that stands."""
    return LogFolder(config.data_dir).key("demo.coi.invalid/ledger")
