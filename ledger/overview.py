"""The log at a glance, for its page: growth, delay, who holds it, and what could still be faked.

Everything is read from the database, as the last look at witnesses and chains left it; a read calls nobody.
"""

import statistics
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from app.kernel.db import made_at
from app.kernel.uow import UnitOfWork
from ledger import cosigned, queries
from ledger.core.entry import parse_entry
from ledger.core.errors import MalformedEntry
from ledger.cosigned import WitnessView
from ledger.limits import Limit, still_possible
from ledger.models import ChainLook, LogEntry, SignedCheckpoint
from ledger.queries import LogStatus
from ledger.reach import AnchorView, OutsideAnchor, Reach, reach

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
LATELY: Final = 100  # entries, the newest signed ones, of which the delay is told


@dataclass(frozen=True)
class Growth:
    """Entries that got their index in the last 24 hours and in the last 7 days."""

    day: int
    week: int


@dataclass(frozen=True)
class Delay:
    """From handing in to a signature, of the newest signed entries, in seconds."""

    median_s: float
    longest_s: float


@dataclass(frozen=True)
class Overview:
    """The whole page in figures. `beyond`: signed entries that nobody independent holds yet."""

    log: LogStatus
    reach: Reach
    witnesses: tuple[WitnessView, ...]
    growth: Growth
    delay: Delay | None
    confirmations: Mapping[bytes, int]  # by transaction, of the anchors in `log`, as of the last look
    beyond: int
    limits: tuple[Limit, ...]


def overview(uow: UnitOfWork, now: datetime) -> Overview:
    """Everything that the page of the log tells."""
    status, reached, seen = queries.status(uow), reach(uow, now), cosigned.witnesses(uow)
    signed = status.checkpoint.size if status.checkpoint else 0
    outside = [anchor for anchor in status.anchors if anchor.independent]
    held = [anchor.checkpoint_size for anchor in outside]
    held += [witness.size or 0 for witness in seen if not witness.on_this_machine]
    return Overview(
        log=status,
        reach=reached,
        witnesses=seen,
        growth=growth(uow, status.log.size if status.log else 0, now),
        delay=delay(uow, signed),
        confirmations=confirmations(uow, status.anchors),
        beyond=signed - max(held, default=0),
        limits=still_possible(
            witnessed=bool(reached.witnesses),
            anchored=any(anchor.kind == "evm" for anchor in outside),
            stamped=bool(reached.stamped_by),
            own=_own(status, reached),
        ),
    )


def _own(status: LogStatus, reached: Reach) -> set[Limit]:
    """Which of those who hold heads of this log are in its operator's own hand."""
    chains = [anchor for anchor in status.anchors if anchor.kind == "evm"]
    own = {
        Limit.OWN_WITNESS: bool(reached.here),
        Limit.OWN_CHAIN: any(not chain.independent for chain in chains),
        Limit.OWN_STAMP: bool(reached.stamped_here),
    }
    return {limit for limit, there in own.items() if there}


def growth(uow: UnitOfWork, size: int, now: datetime) -> Growth:
    """How many of the log's `size` entries are younger than a day and a week.

    Indices are given in the order of time, so a few reads by primary key find each border.
    """

    def since(moment: datetime) -> int:
        return size - bisect_left(range(size), moment, key=lambda index: _sequenced_at(uow, index))

    return Growth(since(now - timedelta(days=1)), since(now - timedelta(days=7)))


def delay(uow: UnitOfWork, signed: int) -> Delay | None:
    """How long the newest signed entries took; None before the first checkpoint (2 statements).

    An entry's id (UUIDv7) tells when it was made; what is simulated claims other times of record.
    """
    first = max(0, signed - LATELY)
    heads = uow.session.execute(
        select(SignedCheckpoint.size, SignedCheckpoint.signed_at)
        .where(SignedCheckpoint.size > first, SignedCheckpoint.size <= signed)
        .order_by(SignedCheckpoint.size)
    ).all()
    rows = uow.session.execute(
        select(LogEntry.leaf_index, LogEntry.entry).where(
            LogEntry.leaf_index >= first, LogEntry.leaf_index < signed
        )
    )
    sizes = [head.size for head in heads]
    took = [
        max(0.0, (heads[bisect_left(sizes, index + 1)].signed_at - made_at(entry_id)).total_seconds())
        for index, entry in rows
        if (entry_id := _id_of(entry)) is not None
    ]
    return Delay(statistics.median(took), max(took)) if took else None


def confirmations(uow: UnitOfWork, anchors: Sequence[OutsideAnchor]) -> dict[bytes, int]:
    """Blocks on top of each anchor of a chain, its own counted, as of the last look there (1 statement)."""
    rows = uow.session.execute(select(ChainLook.chain_id, ChainLook.block_number))
    seen = {chain_id: block for chain_id, block in rows if block is not None}
    return {
        anchor.tx_hash: seen[anchor.chain_id] - anchor.block_number + 1
        for anchor in anchors
        if isinstance(anchor, AnchorView) and seen.get(anchor.chain_id, -1) >= anchor.block_number
    }


def _sequenced_at(uow: UnitOfWork, index: int) -> datetime:
    """Of the entry, or of the next one before it that is there: fsck names what is gone, the page answers."""
    rows = select(LogEntry.sequenced_at).where(LogEntry.leaf_index <= index)
    return uow.session.scalar(rows.order_by(LogEntry.leaf_index.desc()).limit(1)) or _LONG_AGO


def _id_of(entry: bytes) -> UUID | None:
    try:
        return parse_entry(entry).id
    except MalformedEntry:  # damaged: fsck names it, and this page still answers
        return None
