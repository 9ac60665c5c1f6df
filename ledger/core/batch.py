"""Readings sealed together: one salted leaf each, one Merkle root for all, one body for the log.

    leaf_i = SHA-256(0x00 || "coi/reading/v1" LF || JCS({i, t, v, u, q, salt}))     (sorted by t, i from 0)
    salt_i = HMAC-SHA256(batch_key, i as 8 bytes, big-endian), its first 16 bytes
    body   = JCS({datastream, first, last, count, root, algorithm, gap_count})

One salt opens one reading. A window of neighbouring readings comes with the hashes of all that lies outside,
so that none between its first and its last can be left out. Without the batch key (32 random bytes) nobody
can find a reading that was not shown by trying likely values; destroying it erases the rest for ever.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final, Self

from ledger.core import jcs, tree
from ledger.core.encoding import decode_hex
from ledger.core.entry import SALT_SIZE
from ledger.core.errors import Malformed, MalformedProof, NotIncluded
from ledger.core.fields import b64url
from ledger.core.instants import read_instant, write_instant

READING_CONTEXT: Final = b"coi/reading/v1\n"
ALGORITHM: Final = "rfc6962-sha256"
KEY_SIZE: Final = 32

_MEMBERS: Final = frozenset({"datastream", "first", "last", "count", "root", "algorithm", "gap_count"})


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One value of one datastream: an integer of a UCUM unit, with its QARTOD flag."""

    at: datetime  # phenomenon time, aware
    value: int
    unit: str  # UCUM; the scale is part of it, e.g. `10*-2.Cel` for hundredths of a degree
    flag: int  # 1 good, 2 not evaluated, 3 suspect, 4 failed, 9 missing

    def leaf(self, index: int, salt: bytes) -> bytes:
        """Its hash in the tree of the batch. Raises MalformedJSON for what canonical JSON cannot write."""
        # The members are put together here in their order: a check of a lot makes thousands of leaves,
        # and sorting the names of each would take most of its time.
        members: tuple[jcs.JSONValue, ...] = (index, self.flag, self.unit, self.value)
        i, q, u, v = map(jcs.canonicalize, members)
        at, opened = write_instant(self.at).encode(), b64url(salt).encode()
        told = b'{"i":%b,"q":%b,"salt":"%b","t":"%b","u":%b,"v":%b}' % (i, q, opened, at, u, v)
        return tree.leaf_hash(READING_CONTEXT + told)


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What the log's entry commits to."""

    datastream: str
    first: datetime
    last: datetime
    count: int
    root: bytes  # 32
    gap_count: int

    def to_body(self) -> bytes:
        """The canonical body of the entry."""
        return jcs.canonicalize(
            {
                "datastream": self.datastream,
                "first": write_instant(self.first),
                "last": write_instant(self.last),
                "count": self.count,
                "root": self.root.hex(),
                "algorithm": ALGORITHM,
                "gap_count": self.gap_count,
            }
        )

    @classmethod
    def read(cls, body: bytes) -> Self:
        """Read a body; raises MalformedProof for anything but the one spelling of a batch."""
        try:
            value = jcs.parse_canonical(body)
            if not isinstance(value, dict) or value.keys() != _MEMBERS or value["algorithm"] != ALGORITHM:
                raise MalformedProof("not the body of a batch of readings")
            texts = [value[name] for name in ("datastream", "first", "last", "root")]
            numbers = [value[name] for name in ("count", "gap_count")]
            if any(type(text) is not str for text in texts) or any(type(n) is not int for n in numbers):
                raise MalformedProof("a member of a batch has the wrong type")
            datastream, first, last, root = map(str, texts)
            return cls(
                datastream=datastream,
                first=read_instant(first),
                last=read_instant(last),
                count=int(str(numbers[0])),
                root=decode_hex(root),
                gap_count=int(str(numbers[1])),
            )
        except Malformed as exc:
            raise MalformedProof(str(exc)) from exc


@dataclass(frozen=True)
class Window:
    """Neighbouring readings of a batch with their salts, and the hashes of everything outside."""

    begin: int
    readings: tuple[tuple[Reading, bytes], ...]  # each with its salt, 16
    proof: tuple[bytes, ...]


@dataclass(frozen=True)
class ErasedWindow:
    """The batch key was destroyed: the readings can no longer be shown, their seal stands."""


def salt(key: bytes, index: int) -> bytes:
    """The salt of one reading, 16 bytes."""
    if len(key) != KEY_SIZE:
        raise ValueError(f"a batch key has {KEY_SIZE} bytes")
    return hmac.digest(key, index.to_bytes(8, "big"), "sha256")[:SALT_SIZE]


def seal(datastream: str, readings: Sequence[Reading], key: bytes, *, gap_count: int) -> Batch:
    """The batch of readings that are sorted by time; raises ValueError when there is none or they are not."""
    if not readings or any(earlier.at > later.at for earlier, later in pairwise(readings)):
        raise ValueError("a batch is one or more readings, sorted by time")
    return Batch(
        datastream=datastream,
        first=readings[0].at,
        last=readings[-1].at,
        count=len(readings),
        root=tree.root(_leaves(readings, key)),
        gap_count=gap_count,
    )


def window(readings: Sequence[Reading], key: bytes, begin: int, end: int) -> Window:
    """Show the readings `begin..end` of a whole batch. Raises IndexError when they are not in it."""
    proof = tree.outside_path(begin, end, _leaves(readings, key))
    shown = tuple((readings[index], salt(key, index)) for index in range(begin, end))
    return Window(begin, shown, tuple(proof))


def check_window(batch: Batch, window: Window) -> None:
    """Check that a window is what was sealed, whole and in the order of time.

    Raises NotIncluded. That the batch was sorted outside the window as well is the word of its maker.
    """
    times = [reading.at for reading, _ in window.readings]
    if times != sorted(times) or (times and not batch.first <= times[0] <= times[-1] <= batch.last):
        raise NotIncluded("the readings are not in the order or the time of their batch")
    leaves = [
        reading.leaf(index, salt) for index, (reading, salt) in enumerate(window.readings, window.begin)
    ]
    tree.verify_range(leaves, window.begin, batch.count, window.proof, batch.root)


def _leaves(readings: Sequence[Reading], key: bytes) -> list[bytes]:
    return [reading.leaf(index, salt(key, index)) for index, reading in enumerate(readings)]
