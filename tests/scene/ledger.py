"""Entries of the scene, and how they get into the log."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from flask import current_app
from sqlalchemy import text

from app.kernel.config import Config
from app.kernel.db import db, new_id
from app.kernel.storage import Storage
from app.kernel.uow import unit_of_work
from ledger import publication, queries, sequencer
from ledger.commands import submit
from ledger.core.checkpoint import parse_checkpoint
from ledger.core.entry import Entry
from ledger.core.note import open_note, parse_vkey
from ledger.core.tiles import TileAddress, TileTree, required_tiles, unpack_entries
from ledger.core.tree import leaf_hash, root, verify_inclusion

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def an_entry(said: str = "something") -> bytes:
    """A log entry that commits to some words."""
    commitment = hashlib.sha256(said.encode()).digest()
    return Entry(kind="epcis.event", id=new_id(), at=NOW, subject="lot-1", body_commit=commitment).to_bytes()


def hands_in(count: int, *, first: int = 0) -> dict[str, bytes]:
    """Submit entries with the keys e0, e1 … in one transaction; returns their bytes by key."""
    entries = {f"e{n}": an_entry(f"words {n}") for n in range(first, first + count)}
    with unit_of_work() as uow:
        for key, entry in entries.items():
            submit(uow, entry, key=key, now=NOW)
    return entries


def sealed(config: Config, count: int, *, first: int = 0) -> dict[str, bytes]:
    """Submit entries and let the sequencer take and sign them."""
    entries = hands_in(count, first=first)
    sequencer.run(config, NOW)
    return entries


def published(config: Config, count: int, *, first: int = 0) -> dict[str, bytes]:
    """The same, and the signed checkpoint is published: only such a one may be anchored."""
    entries = sealed(config, count, first=first)
    publication.publish(config, current_app.extensions["coi.storage"], NOW)
    return entries


@contextmanager
def behind_the_back(*tables: str) -> Iterator[None]:
    """A database administrator's hour: the append-only triggers of these tables are gone meanwhile."""
    with db.engine.begin() as connection:
        for table in tables:
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
                continue
            for verb in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER {table}_no_{verb}"))
    yield
    if db.engine.dialect.name == "postgresql":
        with db.engine.begin() as connection:
            for table in tables:
                connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))


def change(sql: str, **values: object) -> None:
    """Run one statement that the application would never run."""
    with db.engine.begin() as connection:
        connection.execute(text(sql), values)


def published_log(config: Config, storage: Storage) -> tuple[int, list[bytes]]:
    """Size and entries of the published copy, read as a stranger would; fails when a byte does not fit."""
    with unit_of_work(read_only=True) as uow:
        log = queries.log(uow)
    assert log is not None
    signed = parse_checkpoint(open_note(storage.read("ledger/checkpoint"), [parse_vkey(log.vkey)]).text)
    files = {address: storage.read(f"ledger/{address}") for address in required_tiles(signed.size)}
    entries = [
        entry
        for address, content in files.items()
        if address.level == "entries"
        for entry in unpack_entries(content)
    ]
    assert root([leaf_hash(entry) for entry in entries]) == signed.root
    tree = TileTree(signed.size, lambda *which: files[TileAddress(*which)])
    assert tree.root() == signed.root
    for index, entry in enumerate(entries[:: max(1, len(entries) // 50)]):
        at = index * max(1, len(entries) // 50)
        verify_inclusion(leaf_hash(entry), at, signed.size, tree.inclusion_path(at), signed.root)
    return signed.size, entries


def printed_checkpoint(paper: str) -> tuple[str, str]:
    """Size and whole root of the checkpoint that a sheet, a certificate or an order's page carries."""
    line = r"Dấu sổ cái ngày \d\d/\d\d/\d{4}: \S+, (\d+) mục, gốc \S{8} \(([^)]{44,48})\)"
    found = re.search(line, " ".join(paper.split()))
    assert found is not None, paper
    return found[1], found[2].replace(" ", "")
