"""An installation in memory: a database, DATA_DIR, the public copy, a witness and a chain."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from http import HTTPStatus
from typing import Final

from bench._model.chain import ModelChain
from bench._model.oracle import Oracle
from ledger.core.checkpoint import Checkpoint, parse_checkpoint
from ledger.core.errors import MalformedProof
from ledger.core.note import SigningKey, VerifierKey, WitnessKey, note_text, open_note, sign_note
from ledger.core.policy import Policy, parse_policy
from ledger.core.tiles import WIDTH, ReadTile, TileAddress, TileTree, pack_entries
from ledger.core.tree import EMPTY_ROOT, HASH_SIZE
from ledger.core.witnessing import AddCheckpoint, parse_add_checkpoint, size_body
from ledger.rules import CopyState
from ledger.witness import rules as witness_rules
from ledger.witness.rules import NOTHING_KNOWN, BadRequest, Known, NotTheSameLog, OtherSize
from ledger.witnesses.client import Answer

ORIGIN: Final = "model.invalid/ledger"
CHECKPOINT: Final = "checkpoint"
START: Final = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
LOG_KEY: Final = SigningKey.generate(ORIGIN)
WITNESS_KEY: Final = WitnessKey.generate("model.invalid/witness")
LOG_VKEY: Final = LOG_KEY.verifier
WITNESS_VKEY: Final = WITNESS_KEY.verifier
POLICY: Final[Policy] = parse_policy(f"witness w {WITNESS_VKEY}\nquorum w\n".encode())


class Lost(Exception):
    """No answer came. Whether the thing was done is not known."""


@lru_cache(maxsize=1 << 16)
def opened(note: bytes, key: VerifierKey) -> Checkpoint:
    """The head in a note, its signature checked; remembered, because seeds meet the same notes again."""
    return parse_checkpoint(open_note(note, [key]).text)


@lru_cache(maxsize=1 << 16)
def signed_note(size: int, root: bytes) -> bytes:
    """The log's note over a head; Ed25519 gives the same bytes each time."""
    return sign_note(Checkpoint(ORIGIN, size, root).to_text(), [LOG_KEY])


@lru_cache(maxsize=1 << 16)
def cosignature(text: str, at: datetime) -> str:
    """The witness's line over a text at a moment."""
    return WITNESS_KEY.cosign(text, at)


@lru_cache(maxsize=1 << 16)
def _root_of(size: int, tiles: tuple[tuple[tuple[int, int], bytes], ...]) -> bytes | None:
    stored = dict(tiles)
    try:
        return TileTree(size, lambda level, index, width: _cut(stored, level, index, width)).root()
    except MalformedProof:
        return None


def _cut(tiles: dict[tuple[int, int], bytes], level: int, index: int, width: int) -> bytes:
    return tiles.get((level, index), b"")[: width * HASH_SIZE]


@dataclass(frozen=True)
class AnchorRow:
    """A row of the table `anchor`, as far as decisions ask for it."""

    id: int
    state: str  # "prepared", "sent", "mined", "final", "lost"
    size: int
    root: bytes
    nonce: int
    raw: bytes
    tx_hash: bytes
    max_fee_wei: int
    tip_wei: int
    sent_at: datetime | None = None
    block_hash: bytes | None = None
    block_number: int | None = None
    replaced: tuple[bytes, ...] = ()


@dataclass
class Database:
    """The tables. Values are never changed in place, so a backup copies the containers alone."""

    size: int = 0
    root: bytes = EMPTY_ROOT
    entries: list[bytes] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    tiles: dict[tuple[int, int], bytes] = field(default_factory=dict)
    waiting: dict[str, bytes] = field(default_factory=dict)
    accepted: dict[str, bytes] = field(default_factory=dict)  # all that was acknowledged to somebody
    signed: tuple[int, bytes] | None = None
    checkpoints: dict[int, bytes] = field(default_factory=dict)  # notes by size
    copy: CopyState | None = None
    confirmed: int = 0
    cosigned_at: datetime | None = None
    lines: dict[int, str] = field(default_factory=dict)  # cosignatures by size
    evidence: dict[str, Checkpoint] = field(default_factory=dict)
    anchors: dict[int, AnchorRow] = field(default_factory=dict)

    def copied(self) -> "Database":
        """A backup."""
        return replace(
            self,
            entries=list(self.entries),
            keys=list(self.keys),
            tiles=dict(self.tiles),
            waiting=dict(self.waiting),
            accepted=dict(self.accepted),
            checkpoints=dict(self.checkpoints),
            lines=dict(self.lines),
            evidence=dict(self.evidence),
            anchors=dict(self.anchors),
        )

    @property
    def read(self) -> ReadTile:
        """How `ledger.core.tiles` reads the stored tiles."""
        tiles = self.tiles
        return lambda level, index, width: _cut(tiles, level, index, width)

    def root_at(self, size: int) -> bytes | None:
        """The root that the tiles make at a size; None when they do not reach so far."""
        return _root_of(size, tuple(self.tiles.items()))

    def file(self, address: TileAddress) -> bytes:
        """A tile or entry bundle of exactly this width."""
        if address.level != "entries":
            return self.read(address.level, address.index, address.width)
        begin = address.index * WIDTH
        return pack_entries(self.entries[begin : begin + address.width])

    def newest(self) -> int:
        """The size of the newest signed checkpoint; 0 without one."""
        return max(self.checkpoints, default=0)

    def holds(self, size: int, root: bytes) -> bool:
        """Whether the log signed so far and had this root there (as `ledger.cosigned.holds`)."""
        return size <= self.newest() and self.root_at(size) == root


@dataclass
class World:
    """All of it, with its clock, its lock on the head row, and what only outsiders remember."""

    bugs: Collection[str] = ()
    oracle: Oracle = field(default_factory=Oracle)
    db: Database = field(default_factory=Database)
    kept: bytes | None = None  # DATA_DIR/ledger/last_checkpoint
    files: dict[str, bytes] = field(default_factory=dict)  # the public copy
    store_away: bool = False
    now: datetime = START
    head_lock: object | None = None
    compared: set[int] = field(default_factory=set)  # processes that compared with the public copy
    known: Known = NOTHING_KNOWN  # the witness's memory
    witness_second: int | None = None
    requests: list[bytes] = field(default_factory=list)  # every body that was ever sent to it
    submitted: int = 0

    def __post_init__(self) -> None:
        self.chain = ModelChain(self.oracle)

    def memories(self) -> list[tuple[int, bytes]]:
        """What database and DATA_DIR remember as signed last."""
        kept = [opened(self.kept, LOG_VKEY)] if self.kept and "no-second-copy" not in self.bugs else []
        return [*([self.db.signed] if self.db.signed else []), *((each.size, each.root) for each in kept)]

    def there(self) -> tuple[bytes | None, Checkpoint | None]:
        """The checkpoint in the public copy. Raises Lost while the store is away."""
        if self.store_away:
            raise Lost
        note = self.files.get(CHECKPOINT)
        return note, opened(note, LOG_VKEY) if note else None

    def put(self, name: str, content: bytes) -> None:
        """Put one file. Raises Lost while the store is away."""
        if self.store_away:
            raise Lost
        if name != CHECKPOINT:
            self.oracle.put(name, content)
        self.files[name] = content
        if name == CHECKPOINT:
            self.oracle.published(opened(content, LOG_VKEY), self.files)

    def delete(self, name: str) -> None:
        """Remove one file; what lies there must stay whole."""
        if self.store_away:
            raise Lost
        if self.files.pop(name, None) is not None and CHECKPOINT in self.files:
            self.oracle.copy_is_whole(opened(self.files[CHECKPOINT], LOG_VKEY).size, self.files)

    def asked(self, body: bytes) -> Iterator[Answer | None]:
        """The witness's side of one request: nothing yet, nothing yet, the answer.

        Whoever stops reading in between is a witness that died there, or an answer that was lost.
        """
        self.requests.append(body)
        yield None  # the request is on its way
        request = parse_add_checkpoint(body)
        head, text = opened(request.note, LOG_VKEY), note_text(request.note)
        refused = witness_rules.refusal(request, head, self.known)
        if refused is not None:
            yield _refusal(refused)
            return
        second = witness_rules.cosigned_second(int(self.now.timestamp()), self.witness_second)
        line = cosignature(text, datetime.fromtimestamp(second, UTC))
        if "witness-answers-first" in self.bugs:
            self.oracle.cosigned_now(head)
            yield None
        self._remember(request, head, line, second)
        if "witness-answers-first" not in self.bugs:
            self.oracle.cosigned_now(head)
            yield None
        yield Answer(HTTPStatus.OK, line.encode())

    def _remember(self, request: AddCheckpoint, head: Checkpoint, line: str, second: int) -> None:
        self.known = Known(head.size, head.root, request.note + line.encode())
        self.witness_second = second

    def pass_time(self, step: timedelta) -> None:
        """Move the clock, perhaps backwards."""
        self.now += step


def _refusal(refused: Exception) -> Answer:
    if isinstance(refused, OtherSize):
        return Answer(HTTPStatus.CONFLICT, size_body(refused.size))
    if isinstance(refused, NotTheSameLog):
        return Answer(HTTPStatus.UNPROCESSABLE_ENTITY, refused.known or str(refused).encode())
    assert isinstance(refused, BadRequest)
    return Answer(HTTPStatus.BAD_REQUEST, str(refused).encode())
