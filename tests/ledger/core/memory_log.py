"""A small log in memory, kept as tiles: seals bodies, signs its head, makes bundles."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from ledger.core.anchors import Anchor, Timestamp, UnknownAnchor
from ledger.core.checkpoint import Checkpoint
from ledger.core.disclosures import Disclosure, Erased
from ledger.core.entry import BATCH_CONTEXT, BATCH_TYPE, EVENT_CONTEXT, Entry, body_commit
from ledger.core.note import SigningKey, sign_note
from ledger.core.proofs import Bundle, Item
from ledger.core.tiles import TileTree, extend
from ledger.core.tree import leaf_hash

ORIGIN = "demo.coi.invalid/ledger"
DAY = datetime(2026, 3, 7, 2, 30, tzinfo=UTC)


@dataclass
class MemoryLog:
    """Entries, tiles and head of one log, with its key."""

    key: SigningKey
    entries: list[bytes] = field(default_factory=list)
    opened: list[Disclosure] = field(default_factory=list)
    tiles: dict[tuple[int, int], bytes] = field(default_factory=dict)

    def read(self, level: int, index: int, width: int) -> bytes:
        return self.tiles[level, index][: width * 32]

    def seal(
        self, body: bytes, *, subject: str = "lot:8935224000017.MC-260307-01", kind: str = "epcis.event"
    ) -> int:
        """Append one entry; returns its index."""
        index = len(self.entries)
        salt = hashlib.sha256(b"salt %d" % index).digest()[:16]
        entry = Entry(
            kind=kind,
            id=UUID(f"0195a1b2-0000-7000-8000-{index:012x}"),
            at=DAY + timedelta(seconds=index),
            subject=subject,
            body_commit=body_commit(BATCH_CONTEXT if kind == BATCH_TYPE else EVENT_CONTEXT, salt, body),
        )
        return self.append(entry.to_bytes(), Disclosure(salt, body))

    def append(self, entry: bytes, opened: Disclosure) -> int:
        """Append any bytes as a leaf; returns the index."""
        grown = extend(len(self.entries), [leaf_hash(entry)], self.read)
        self.tiles |= {(tile.level, tile.index): tile.hashes for tile in grown.tiles}
        self.entries.append(entry)
        self.opened.append(opened)
        return len(self.entries) - 1

    @property
    def tree(self) -> TileTree:
        return TileTree(len(self.entries), self.read)

    def head(self, size: int | None = None) -> Checkpoint:
        size = len(self.entries) if size is None else size
        return Checkpoint(self.key.name, size, TileTree(size, self.read).root())

    def checkpoint(self) -> bytes:
        return sign_note(self.head().to_text(), [self.key])

    def item(self, index: int, *, erased: bool = False) -> Item:
        opened = Erased() if erased else self.opened[index]
        return Item(index, self.entries[index], tuple(self.tree.inclusion_path(index)), opened)

    def bundle(
        self,
        *items: Item,
        anchors: tuple[Anchor | UnknownAnchor, ...] = (),
        timestamps: tuple[Timestamp, ...] = (),
    ) -> Bundle:
        """A bundle of the given items, or of three entries of this log."""
        chosen = items or tuple(
            self.item(index) for index in (0, len(self.entries) // 2, len(self.entries) - 1)
        )
        return Bundle(
            origin=self.key.name,
            vkey=str(self.key.verifier),
            size=len(self.entries),
            checkpoint=self.checkpoint().decode(),
            items=chosen,
            anchors=anchors,
            timestamps=timestamps,
        )

    def anchor(self, *, size: int | None = None, joined: bool = True) -> Anchor:
        """The head of `size` as a development chain holds it."""
        size = len(self.entries) if size is None else size
        path = tuple(self.tree.consistency_path(size)) if joined and size < len(self.entries) else None
        return Anchor(
            chain_id=31337,
            chain_name="anvil",
            development=True,
            contract=bytes(range(20)),
            tx_hash=bytes(range(32)),
            block_number=7,
            log_id=hashlib.sha256(self.key.name.encode()).digest(),
            size=size,
            root=self.head(size).root,
            consistency=path,
        )

    def timestamp(
        self, token: bytes = b"0", *, size: int | None = None, joined: bool = True, **said: Any
    ) -> Timestamp:
        """The head of `size` with a token over it; `said` is what the bundle's maker says of it."""
        size = len(self.entries) if size is None else size
        path = tuple(self.tree.consistency_path(size)) if joined and size < len(self.entries) else None
        told = {"external_id": "2", "stamped_at": DAY, "authority": "Province time stamps"} | said
        return Timestamp(
            token=token,
            on_this_machine=told.pop("on_this_machine", False),
            size=size,
            root=self.head(size).root,
            consistency=path,
            **told,
        )


def log_of(count: int, *, origin: str = ORIGIN) -> MemoryLog:
    """A log with `count` sealed events."""
    log = MemoryLog(SigningKey.generate(origin))
    for number in range(count):
        log.seal(b'{"eventID":"urn:uuid:%d","weight_g":120000}' % number)
    return log
