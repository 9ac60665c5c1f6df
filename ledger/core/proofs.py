"""Proofs as files: our JSON bundle of several entries, and the C2SP tlog-proof of one.

The bundle (`"format": "coi/proof/1"`) holds all that a verifier needs but trust: entries, their paths, the
signed checkpoint, salts and bodies where they still exist, and where the log was anchored. Members that a
reader does not know are ignored; later versions only add; the member `sha256` sums up all others, so that a
damaged byte shows even where no signature covers it. A file has one spelling, canonical JSON: two readers
never see two proofs in it. Reading it checks shapes, never truth: that is
`ledger.core.verify`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ledger.core import jcs
from ledger.core.anchors import Anchor, Timestamp, UnknownAnchor, read_anchor, read_timestamp
from ledger.core.checksum import is_whole, with_checksum
from ledger.core.disclosures import Disclosure, Erased, read_disclosure
from ledger.core.encoding import decode_base64, decode_decimal, encode_base64
from ledger.core.errors import Malformed, MalformedProof
from ledger.core.jcs import JSONValue
from ledger.core.members import Members, read_hashes

FORMAT: Final = "coi/proof/1"
TLOG_PROOF: Final = "c2sp.org/tlog-proof@v1"
MEDIA_TYPE: Final = "application/json"
LARGEST_FILE: Final = 32 * 1024 * 1024  # bytes


@dataclass(frozen=True)
class Item:
    """One entry with its way to the root; `disclosure` is None when the maker keeps the body to himself."""

    index: int
    entry: bytes
    proof: tuple[bytes, ...]
    disclosure: Disclosure | Erased | None = None

    def to_json(self) -> dict[str, JSONValue]:
        """An element of `items`."""
        item: dict[str, JSONValue] = {
            "index": self.index,
            "entry": encode_base64(self.entry),
            "proof": [encode_base64(value) for value in self.proof],
        }
        return item if self.disclosure is None else {**item, "disclosure": self.disclosure.to_json()}


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """Entries of one log under one checkpoint."""

    origin: str
    vkey: str  # the log's key as the maker of the bundle names it: no reason to trust it
    size: int
    checkpoint: str  # the whole signed note
    items: tuple[Item, ...]
    anchors: tuple[Anchor | UnknownAnchor, ...] = ()
    timestamps: tuple[Timestamp, ...] = ()
    pending: int = 0  # entries that are recorded and not yet under a checkpoint
    about: Mapping[str, JSONValue] = field(default_factory=dict)  # for people and programs; never checked
    whole: bool = True  # the checksum of the file that it was read from is right

    def to_bytes(self) -> bytes:
        """The file, canonical, so that the same proof is the same bytes; with a checksum of its own."""
        # A member of its own: readers that came before time stamps know no other anchor than a chain's.
        stamped: dict[str, JSONValue] = {"timestamps": [stamp.to_json() for stamp in self.timestamps]}
        return with_checksum(
            {
                **(stamped if self.timestamps else {}),
                "format": FORMAT,
                "origin": self.origin,
                "vkey": self.vkey,
                "size": self.size,
                "checkpoint": self.checkpoint,
                "items": [item.to_json() for item in self.items],
                "anchors": [anchor.to_json() for anchor in self.anchors],
                "pending": self.pending,
                "about": dict(self.about),
            }
        )


@dataclass(frozen=True)
class TlogProof:
    """One index and its path, a checkpoint, and unauthenticated extra bytes; the entry is not in it."""

    index: int
    proof: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def to_bytes(self) -> bytes:
        """The file."""
        lines = [TLOG_PROOF, *([f"extra {encode_base64(self.extra)}"] if self.extra is not None else [])]
        lines += [f"index {self.index}", *map(encode_base64, self.proof), "", ""]
        return "\n".join(lines).encode() + self.checkpoint

    @classmethod
    def of(cls, item: Item, checkpoint: bytes) -> "TlogProof":
        """The same proof for other people's verifiers; `extra` carries our entry and its disclosure."""
        opened = {} if item.disclosure is None else {"disclosure": item.disclosure.to_json()}
        extra = with_checksum({"entry": encode_base64(item.entry), **opened})
        return cls(item.index, item.proof, checkpoint, extra)

    def item(self) -> Item | None:
        """The entry that `of` put into `extra`; None when a stranger made the proof, or it is damaged."""
        try:
            extra = jcs.parse_canonical(self.extra or b"null")
            if not is_whole(extra):
                return None
            members = Members(extra, "extra")
            return Item(self.index, members.base64("entry"), self.proof, read_disclosure(members))
        except Malformed:
            return None


def read_bundle(data: bytes) -> Bundle:
    """Read a bundle; raises MalformedProof for a wrong shape, whatever else is in it."""
    if len(data) > LARGEST_FILE:
        raise MalformedProof(f"a bundle has at most {LARGEST_FILE} bytes")
    try:
        return _bundle(jcs.parse_canonical(data))
    except Malformed as exc:
        raise MalformedProof(str(exc)) from exc


def read_tlog_proof(data: bytes) -> TlogProof:
    """Read a tlog-proof; the checkpoint is kept as it is. Raises MalformedProof."""
    head, blank, checkpoint = data.partition(b"\n\n")
    if not blank or not checkpoint or not head.isascii():
        raise MalformedProof("a tlog-proof is ASCII lines, a blank line and a checkpoint")
    try:
        return _tlog_proof(head.decode("ascii").split("\n"), checkpoint)
    except Malformed as exc:
        raise MalformedProof(str(exc)) from exc


def _bundle(value: JSONValue) -> Bundle:
    members = Members(value, "the bundle")
    if members.get("format", str) != FORMAT:
        raise MalformedProof(f"not of the format {FORMAT}")
    items = tuple(map(_item, members.each("items")))
    if len({item.index for item in items}) < len(items):
        raise MalformedProof("one entry stands twice in it, and would be counted twice")
    return Bundle(
        origin=members.get("origin", str),
        vkey=members.get("vkey", str),
        size=members.natural("size"),
        checkpoint=members.get("checkpoint", str),
        items=items,
        anchors=tuple(read_anchor(anchor) for anchor in members.get("anchors", list)),
        timestamps=tuple(map(read_timestamp, members.each("timestamps") if "timestamps" in members else ())),
        pending=members.natural("pending") if "pending" in members else 0,
        about=members.get("about", dict) if "about" in members else {},
        whole=is_whole(value),
    )


def _tlog_proof(lines: list[str], checkpoint: bytes) -> TlogProof:
    rest = iter(lines)
    if next(rest) != TLOG_PROOF:
        raise MalformedProof(f"a tlog-proof begins with {TLOG_PROOF}")
    line = next(rest, "")
    extra = None
    if line.startswith("extra "):
        extra, line = decode_base64(line.removeprefix("extra ")), next(rest, "")
    if not line.startswith("index "):
        raise MalformedProof("a tlog-proof has an index")
    index = decode_decimal(line.removeprefix("index "))
    return TlogProof(index, read_hashes(list(rest), "proof"), checkpoint, extra)


def _item(members: Members) -> Item:
    return Item(
        members.natural("index"), members.base64("entry"), members.hashes("proof"), read_disclosure(members)
    )
