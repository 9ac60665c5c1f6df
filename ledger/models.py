"""The log in the database: what waits, what stands, its tiles and head, what was signed and anchored."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, SealedBytes, append_only, new_id


class Submission(Base):
    """One entry that was handed in and waits for its index; the sequencer moves it into `log_entry`.

    `key` makes it once. Whoever hands in looks there as well (`ledger.commands.submit`): a queue that keeps
    what it is done with costs the sequencer half of its time.
    """

    __tablename__ = "submission"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    leaf_hash: Mapped[bytes] = mapped_column(SealedBytes(32))
    entry: Mapped[bytes] = mapped_column(SealedBytes)
    submitted_at: Mapped[datetime]


@append_only
class LogEntry(Base):
    """A leaf of the log. Only the sequencer writes here, and indices have no gap."""

    __tablename__ = "log_entry"

    leaf_index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    entry: Mapped[bytes] = mapped_column(SealedBytes)
    leaf_hash: Mapped[bytes] = mapped_column(SealedBytes(32))
    sequenced_at: Mapped[datetime]


class LogHead(Base):
    """The one row that says which log this is and how far it goes; its lock makes one sequencer."""

    __tablename__ = "log_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    origin: Mapped[str] = mapped_column(String(200))
    vkey: Mapped[str] = mapped_column(String(400))  # of the key that the log was created with
    created_at: Mapped[datetime]
    size: Mapped[int]
    root: Mapped[bytes] = mapped_column(SealedBytes(32))


class KeyEventKind(StrEnum):
    """What happens to a key of the log. None is ever taken back, and the furthest one counts."""

    CREATED = "created"  # with the log itself
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    RETIREMENT_PROPOSED = "retirement"
    RETIRED = "retired"
    REVOKED = "revoked"


ONCE_A_KEY = "kind IN ('created', 'confirmed', 'retired', 'revoked')"
BY_TWO = "kind NOT IN ('confirmed', 'retired') OR (proposed_by <> '' AND proposed_by <> done_by)"


@append_only
class LogKeyEvent(Base):
    """One step in the life of a key of the log: the history itself, of which the states are derived.

    Insert-only, and each step that counts once a key, so a revoked key can never come back.
    """

    __tablename__ = "log_key_event"
    __table_args__ = (
        CheckConstraint(f"kind IN ({', '.join(repr(str(kind)) for kind in KeyEventKind)})", name="kind"),
        CheckConstraint(BY_TWO, name="by_two_people"),
        Index(
            "uq_log_key_event_once",
            "vkey",
            "kind",
            unique=True,
            sqlite_where=text(ONCE_A_KEY),
            postgresql_where=text(ONCE_A_KEY),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    vkey: Mapped[str] = mapped_column(String(400))
    kind: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime]
    done_by: Mapped[str] = mapped_column(String(120))  # empty for `created`: the first start made it
    account: Mapped[str] = mapped_column(String(200))  # user and machine of the terminal
    proposed_by: Mapped[str] = mapped_column(String(120), default="")  # the first of the two people
    cause: Mapped[str] = mapped_column(String(20), default="")  # of a revocation
    note: Mapped[str] = mapped_column(Text, default="")


@append_only
class LogSignature(Base):
    """A line of another key of the log over a checkpoint that was signed before that key came."""

    __tablename__ = "log_signature"

    checkpoint_size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    vkey: Mapped[str] = mapped_column(String(400), primary_key=True)
    line: Mapped[str] = mapped_column(Text)  # with its line feed
    signed_at: Mapped[datetime]


class LogTile(Base):
    """A tile of up to 256 hashes; it only ever grows at its end, so every narrower one is its beginning."""

    __tablename__ = "log_tile"

    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tile_index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hashes: Mapped[bytes] = mapped_column(SealedBytes(8192))


@append_only
class SignedCheckpoint(Base):
    """A head that was signed: one root a size, for ever."""

    __tablename__ = "checkpoint"

    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(SealedBytes(32))
    note: Mapped[str] = mapped_column(Text)
    signed_at: Mapped[datetime]


class SignedHead(Base):
    """The last head that was signed: compared and set under the lock of the head, never smaller again."""

    __tablename__ = "signed_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    size: Mapped[int]
    root: Mapped[bytes] = mapped_column(SealedBytes(32))


class PublishedHead(Base):
    """What the published copy holds: its checkpoint, and how far its files go. Without one, `size` is 0.

    `files_size` may be ahead of `size` while a long publication is under way.
    """

    __tablename__ = "published_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    size: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(Text, default="")  # with the cosignatures of that moment
    files_size: Mapped[int] = mapped_column(default=0)  # every full tile of a tree of this size is there
    pruned_size: Mapped[int] = mapped_column(default=0)  # narrower ones of its full tiles are gone
    published_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)  # why the last try failed


class WitnessPolicy(Base):
    """Who the witnesses are and which of them make the quorum, as the configured file said when last read."""

    __tablename__ = "witness_policy"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    lines: Mapped[str] = mapped_column(Text)  # witness, group and quorum lines of a C2SP tlog-policy
    error: Mapped[str | None] = mapped_column(Text)  # why the file of today is not used


class WitnessState(Base):
    """One configured witness: how far it came, and when it is asked again."""

    __tablename__ = "witness_state"

    vkey: Mapped[str] = mapped_column(String(400), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))  # in the policy
    url: Mapped[str] = mapped_column(String(500))
    on_this_machine: Mapped[bool]  # then it is no independent witness
    confirmed_size: Mapped[int] = mapped_column(default=0)  # the newest size that it told us it knows
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    next_try_at: Mapped[datetime]
    last_ok_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)


@append_only
class Cosignature(Base):
    """A witness's verified line over one of our checkpoints."""

    __tablename__ = "cosignature"

    checkpoint_size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    vkey: Mapped[str] = mapped_column(String(400), primary_key=True)
    line: Mapped[str] = mapped_column(Text)  # with its line feed
    signed_at: Mapped[datetime]  # as the witness says
    received_at: Mapped[datetime]


@append_only
class ForkEvidence(Base):
    """A checkpoint that this log's key signed and that this log does not hold, as a witness showed it."""

    __tablename__ = "fork_evidence"

    text_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)  # SHA-256 of the signed text
    witness: Mapped[str] = mapped_column(String(200))
    size: Mapped[str] = mapped_column(String(20))  # decimal: a u64 that somebody signed may be any
    root: Mapped[bytes] = mapped_column(LargeBinary(32))
    note: Mapped[str] = mapped_column(Text)
    found_at: Mapped[datetime]


class AnchorState(StrEnum):
    """Where an anchor stands; a reorganised block sends it back from mined to sent."""

    PREPARED = "prepared"  # signed and stored, nobody was told yet
    SENT = "sent"
    MINED = "mined"
    FINAL = "final"
    LOST = "lost"  # the chain of this anchor is gone, or its transaction failed; a new one follows


class Anchor(Base):
    """One head of the log on its way to a contract: the signed bytes are stored before they are sent."""

    __tablename__ = "anchor"
    __table_args__ = (
        Index(
            "uq_anchor_nonce",
            "chain_id",
            "sender",
            "nonce",
            unique=True,
            sqlite_where=text("state <> 'lost'"),
            postgresql_where=text("state <> 'lost'"),
        ),
        Index("ix_anchor_covering", "state", "checkpoint_size"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    state: Mapped[str] = mapped_column(String(10))
    chain_id: Mapped[int]
    contract: Mapped[bytes] = mapped_column(LargeBinary(20))
    log_id: Mapped[bytes] = mapped_column(LargeBinary(32))  # SHA-256 of the origin
    checkpoint_size: Mapped[int]
    checkpoint_root: Mapped[bytes] = mapped_column(LargeBinary(32))
    sender: Mapped[bytes] = mapped_column(LargeBinary(20))
    nonce: Mapped[int]
    raw_tx: Mapped[bytes] = mapped_column(LargeBinary)  # empty when it was found on the chain, not made here
    tx_hash: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    max_fee_wei: Mapped[int]  # per gas
    tip_wei: Mapped[int]  # per gas
    gas_limit: Mapped[int]  # 0 when it was found on the chain
    prepared_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    block_number: Mapped[int | None]
    block_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    block_at: Mapped[datetime | None]
    gas_used: Mapped[int | None]
    error: Mapped[str | None] = mapped_column(Text)


@append_only
class ReplacedTransaction(Base):
    """A transaction of an anchor that was stuck and replaced; a block may still take this one instead."""

    __tablename__ = "replaced_transaction"

    tx_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    anchor_id: Mapped[UUID] = mapped_column(ForeignKey("anchor.id"), index=True)
    replaced_at: Mapped[datetime]


class AnchorContract(Base):
    """The contract that keeps this log's heads on a chain. Its deployment is stored before it is sent."""

    __tablename__ = "anchor_contract"

    chain_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    log_id: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    address: Mapped[bytes] = mapped_column(LargeBinary(20))
    nonce: Mapped[int]
    raw_tx: Mapped[bytes] = mapped_column(LargeBinary)
    tx_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    prepared_at: Mapped[datetime]


class ChainLook(Base):
    """The last time that the chain was looked at, and what was found; one row a chain id."""

    __tablename__ = "chain_look"

    chain_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    chain_name: Mapped[str] = mapped_column(String(80))
    is_development: Mapped[bool]
    last_ok_at: Mapped[datetime | None]
    last_try_at: Mapped[datetime]
    block_number: Mapped[int | None]
    error: Mapped[str | None] = mapped_column(Text)


@append_only
class TimestampToken(Base):
    """A time stamp (RFC 3161) over the body of one of our checkpoints, verified before it was stored."""

    __tablename__ = "timestamp_token"
    __table_args__ = (UniqueConstraint("url", "checkpoint_size"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    url: Mapped[str] = mapped_column(String(500))  # where the authority was asked
    on_this_machine: Mapped[bool]  # then it is no outside anchor
    checkpoint_size: Mapped[int]
    checkpoint_root: Mapped[bytes] = mapped_column(LargeBinary(32))
    authority: Mapped[str] = mapped_column(String(200))  # the name in its certificate
    serial: Mapped[str] = mapped_column(String(60))  # decimal; up to 160 bits
    policy: Mapped[str] = mapped_column(String(200))  # dotted object identifier
    token: Mapped[bytes] = mapped_column(LargeBinary)  # DER
    stamped_at: Mapped[datetime]  # as the authority says
    received_at: Mapped[datetime]


class TimestampAuthority(Base):
    """How asking an authority went last; one row an address."""

    __tablename__ = "timestamp_authority"

    url: Mapped[str] = mapped_column(String(500), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    last_ok_at: Mapped[datetime | None]
    last_try_at: Mapped[datetime]
    error: Mapped[str | None] = mapped_column(Text)  # why the last answer, or none, was of no use
