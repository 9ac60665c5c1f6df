"""Whether what is stored of a lot is still what was sealed: compared, and how long that word holds.

Four comparisons: the bytes of every event with the log, the columns of its row with those bytes, what the
tables say of the lot (who picked it where and when, how much, what holds it) with what its events say, and
the series that are drawn with what was sealed of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID

from app.kernel.uow import UnitOfWork
from ledger import queries as ledger
from ledger.core import jcs
from ledger.core.errors import MalformedJSON
from traceability import comparing
from traceability.events import queries as events
from traceability.events.epcis import NotAnEvent
from traceability.events.queries import SealedEvent
from traceability.lots.told import Key, LotTold, hear
from traceability.trace_page.models import LotCheck
from traceability.trace_page.rules import series_in_faults
from traceability.trace_page.sensors import series_faults

CHECK_AGAIN_AFTER: Final = timedelta(seconds=60)


@dataclass(frozen=True)
class Check:
    """What the comparison of stored bytes with the log found, and when."""

    lot_id: UUID
    revision: int
    checked_at: datetime
    ok_at: datetime | None
    fault: str | None
    fault_since: datetime | None
    events: int
    unsealed: int
    sealed_at: datetime | None
    anchored: bool
    anchor_chain: str | None
    anchor_development: bool

    @property
    def series_apart(self) -> list[tuple[str, date]]:
        """Property and day of every series that is not shown as it was sealed."""
        return series_in_faults(self.fault)


def last_check(uow: UnitOfWork, lot_id: UUID) -> Check | None:
    """The last comparison of a lot's bytes with the log, or None."""
    row = uow.session.get(LotCheck, lot_id)
    return None if row is None else Check(**{name: getattr(row, name) for name in Check.__dataclass_fields__})


def is_due(check: Check | None, revision: int, now: datetime) -> bool:
    """Whether the bytes must be compared again before the page may answer."""
    return (
        check is None
        or check.revision != revision
        or check.unsealed > 0
        or not timedelta() <= now - check.checked_at <= CHECK_AGAIN_AFTER
    )


def check_lot(uow: UnitOfWork, lot_id: UUID, *, revision: int, before: Check | None, now: datetime) -> Check:
    """Compare what is stored now with what was sealed: every event's leaf is recomputed and followed to
    the signed root, what the page tells from rows and tables must follow from those bytes, and so must every
    sealed day of the series that it shows, with the hours that are drawn of it. What was erased is no fault.
    """
    sealed = events.sealed_events(uow, lot_id)
    expected = {one.key: one.entry for one in sealed if one.entry is not None}
    found = [*ledger.check_entries(uow, expected), *series_faults(uow, lot_id)]
    faults = [f"{one.key}: {one.reason}" for one in found] + _beside_the_bytes(uow, lot_id, sealed)
    seals = ledger.seal_of(uow, [one.key for one in sealed])
    unsealed = sum(seal.sealed_at is None for seal in seals.values())
    anchors = [seal.anchored for seal in seals.values() if seal.anchored is not None]
    youngest = max((seal.sealed_at for seal in seals.values() if seal.sealed_at is not None), default=None)
    since = before.fault_since if before and before.fault else now
    return Check(
        lot_id=lot_id,
        revision=revision,
        checked_at=now,
        ok_at=(before.ok_at if before else None) if faults else now,
        fault="; ".join(faults[:5]) or None,
        fault_since=since if faults else None,
        events=len(sealed),
        unsealed=unsealed,
        sealed_at=youngest,
        anchored=bool(sealed) and len(anchors) == len(sealed),
        anchor_chain=anchors[0].chain_name if anchors else None,
        anchor_development=any(anchor.is_development for anchor in anchors),
    )


def _beside_the_bytes(uow: UnitOfWork, lot_id: UUID, sealed: Sequence[SealedEvent]) -> list[str]:
    """What rows and tables say otherwise than the bodies."""
    told: dict[Key, LotTold] = {}
    faults = []
    for one in sorted(sealed, key=lambda one: (one.columns.record_time, one.id)):
        try:
            body = cast(dict[str, Any], jcs.parse(one.body))
            faults += [f"{one.key}: column {name}" for name in one.columns.differ_from(body)]
            hear(told, body)
        except (MalformedJSON, NotAnEvent, LookupError, ValueError, TypeError, AttributeError):
            faults.append(f"{one.key}: no event that can be read")  # bytes of somebody else's making
    return faults + [str(one) for one in comparing.differences_of(uow, lot_id, told)]
