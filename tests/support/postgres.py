"""A throwaway PostgreSQL database for tests.

`TEST_DATABASE_URL` names a server; without it the one on this machine is tried, and where none
answers a cluster of our own is made in a temporary folder.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from sqlalchemy.engine import URL, make_url

from tests.support.ports import free_port
from tests.support.processes import DidNotStart

HERE = "postgresql+psycopg://root@127.0.0.1/postgres"


@contextmanager
def postgres_server() -> Iterator[URL]:
    """Yield the address of a server on which databases may be made. Raises DidNotStart."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield make_url(given).set(drivername="postgresql+psycopg")
    elif _answers(make_url(HERE)):
        yield make_url(HERE)
    else:
        with own_cluster() as url:
            yield url


@contextmanager
def throwaway_database(server: URL) -> Iterator[str]:
    """Make an empty database, yield its SQLAlchemy URL, drop it."""
    name = f"coi_test_{uuid4().hex}"
    _say(server, f'CREATE DATABASE "{name}"')
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        _say(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _say(server: URL, statement: str) -> None:
    with psycopg.connect(_dsn(server), autocommit=True) as connection:
        connection.execute(statement.encode())


def _dsn(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _answers(url: URL) -> bool:
    try:
        psycopg.connect(_dsn(url), connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def own_cluster() -> Iterator[URL]:
    """Run a PostgreSQL of our own on a free port until the block ends. Raises DidNotStart."""
    ctl, initdb, port = _tool("pg_ctl"), _tool("initdb"), free_port()
    folder = Path(tempfile.mkdtemp(prefix="coi-postgres-"))  # not below pytest's, which is closed to others
    data = folder / "data"
    as_user: list[str] = []
    if os.getuid() == 0:  # the server refuses to run as root
        as_user = ["runuser", "-u", "postgres", "--"]
        shutil.chown(folder, pwd.getpwnam("postgres").pw_uid)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
    _run([*as_user, initdb, "-D", str(data), "-U", "root", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"])
    _run([*as_user, ctl, "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start"])
    try:
        yield make_url(HERE).set(port=port)
    finally:
        _run([*as_user, ctl, "-D", str(data), "-m", "immediate", "stop"])
        shutil.rmtree(folder)


def _tool(name: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    tool = shutil.which(name) or (str(found[-1]) if found else None)
    if tool is None:
        raise DidNotStart("PostgreSQL is missing: apt-get install postgresql, or give TEST_DATABASE_URL")
    return tool


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    if done.returncode != 0:
        raise DidNotStart(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
