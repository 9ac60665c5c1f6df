"""What a code means at this moment: which lot, which status, how far the seal reaches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app.identity.models import Organisation
from app.kernel.calendar import local_day
from app.kernel.register import Register
from app.kernel.uow import UnitOfWork
from app.registry.models import Plot
from ledger import queries as ledger
from ledger.core.disclosures import Disclosure, Erased
from ledger.reach import Reach, reach
from traceability.events import queries as events
from traceability.labels import digital_link
from traceability.labels.digital_link import DigitalLink
from traceability.labels.models import LabelSheet, Serial
from traceability.lots.models import Lot, LotHold
from traceability.packing.models import Pack, Packing
from traceability.recall.models import Recall
from traceability.scans import queries as scans
from traceability.trace_page.models import LotCheck, TraceBody
from traceability.trace_page.rules import Standing, Status, applying
from trademarks.use_rights import queries as use_rights
from trademarks.use_rights.queries import RightStatus

CHECK_AGAIN_AFTER: Final = timedelta(seconds=60)
BODY_GROWS_OLD_AFTER: Final = timedelta(minutes=2)


@dataclass(frozen=True)
class TraceLink:
    """A link that a higher room puts on the page of a lot: where to buy from this grower."""

    label: str
    url: str


TRACE_LINKS: Register[Callable[[UnitOfWork, UUID, str, datetime], Sequence[TraceLink]]] = Register(
    "trace-links"
)
"""Functions (uow, lot id, language, now) → links."""


@dataclass(frozen=True)
class Found:
    """The lot, and the label if the code names one, behind a code."""

    lot_id: UUID
    lot_no: str
    gtin: str
    crop: str
    revision: int
    state: str
    harvested_on: date
    commune_code: str
    serial: str | None = None
    serial_state: str | None = None
    voided_at: datetime | None = None
    packed_on: date | None = None
    packed_at: datetime | None = None
    shipped_at: datetime | None = None
    right_id: UUID | None = None


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


@dataclass(frozen=True)
class RecallView:
    """A recall in force."""

    recall_class: str
    reason: str
    document_no: str
    ordered_at: datetime
    office: str


@dataclass(frozen=True)
class Moment:
    """Everything that the status block says, with the headline first in `statuses`."""

    found: Found | None
    statuses: tuple[Status, ...]
    check: Check | None = None
    reach: Reach | None = None
    recall: RecallView | None = None
    holds: tuple[tuple[str, dict[str, Any], datetime], ...] = ()
    right: RightStatus | None = None
    suspicion: scans.SuspicionView | None = None
    scan_number: int = 0

    @property
    def headline(self) -> Status:
        """The first status that applies."""
        return self.statuses[0]


NOTHING: Final = Moment(None, (Status.UNKNOWN,))


def trace_url(gtin: str, lot_no: str, serial: str | None = None) -> str:
    """The path of a lot's or label's page, as it is printed after the public URL."""
    return digital_link.build(gtin, lot=lot_no, serial=serial)


def link_of_code(uow: UnitOfWork, code: str) -> str | None:
    """The path behind a typed code, or None when no such label was printed."""
    row = uow.session.execute(
        select(Lot.gtin, Lot.lot_no).join(Serial, Serial.lot_id == Lot.id).where(Serial.serial == code)
    ).one_or_none()
    return trace_url(row.gtin, row.lot_no, code) if row else None


def link_of_lot_no(uow: UnitOfWork, lot_no: str) -> str | None:
    """The path of a lot by its number, or None."""
    gtin = uow.session.scalar(select(Lot.gtin).where(Lot.lot_no == lot_no.upper()))
    return trace_url(gtin, lot_no.upper()) if gtin else None


def find(uow: UnitOfWork, link: DigitalLink) -> Found | None:
    """What a link names, or None: every part of it must belong together (1 statement)."""
    lot = (
        Lot.id,
        Lot.lot_no,
        Lot.gtin,
        Lot.crop,
        Lot.revision,
        Lot.state,
        Lot.harvested_on,
        Plot.commune_code,
    )
    if link.serial is None:
        if link.lot is None:
            return None
        whole = uow.session.execute(
            select(*lot)
            .join(Plot, Plot.id == Lot.plot_id)
            .where(Lot.lot_no == link.lot, Lot.gtin == link.gtin)
        ).one_or_none()
        return replace(Found(*whole), right_id=_right_of_lot(uow, whole.id)) if whole else None
    named = (
        Serial.serial,
        Serial.state,
        Serial.voided_at,
        Pack.packed_on,
        Packing.packed_at,
        Pack.shipped_at,
        LabelSheet.right_id,
    )
    asked = (
        select(*lot, *named)
        .join(Plot, Plot.id == Lot.plot_id)
        .join(Serial, Serial.lot_id == Lot.id)
        .join(LabelSheet, LabelSheet.id == Serial.sheet_id)
        .outerjoin(Pack, Pack.id == Serial.pack_id)
        .outerjoin(Packing, Packing.id == Pack.packing_id)
        .where(Serial.serial == link.serial, Lot.gtin == link.gtin)
    )
    if link.lot is not None:
        asked = asked.where(Lot.lot_no == link.lot)
    row = uow.session.execute(asked).one_or_none()
    return Found(*row) if row else None


def _right_of_lot(uow: UnitOfWork, lot_id: UUID) -> UUID | None:
    """The right under which the newest marked sheet of a lot was printed; None without a mark."""
    return uow.session.scalar(
        select(LabelSheet.right_id)
        .where(LabelSheet.lot_id == lot_id, LabelSheet.right_id.is_not(None))
        .order_by(LabelSheet.ordered_at.desc())
        .limit(1)
    )


def last_check(uow: UnitOfWork, lot_id: UUID) -> Check | None:
    """The last comparison of a lot's bytes with the log, or None."""
    row = uow.session.get(LotCheck, lot_id)
    return None if row is None else Check(**{name: getattr(row, name) for name in Check.__dataclass_fields__})


def is_due(check: Check | None, found: Found, now: datetime) -> bool:
    """Whether the bytes must be compared again before the page may answer."""
    return (
        check is None
        or check.revision != found.revision
        or check.unsealed > 0
        or now - check.checked_at > CHECK_AGAIN_AFTER
    )


def check_lot(uow: UnitOfWork, found: Found, before: Check | None, now: datetime) -> Check:
    """Compare what is stored now with what was sealed: every event's leaf is recomputed and followed to
    the signed root. An event whose salt was erased is no fault.
    """
    sealed = events.sealed_events(uow, found.lot_id)
    expected = {one.key: one.entry for one in sealed if one.entry is not None}
    faults = ledger.check_entries(uow, expected)
    seals = ledger.seal_of(uow, [one.key for one in sealed])
    unsealed = sum(seal.sealed_at is None for seal in seals.values())
    anchors = [seal.anchored for seal in seals.values() if seal.anchored is not None]
    youngest = max((seal.sealed_at for seal in seals.values() if seal.sealed_at is not None), default=None)
    since = before.fault_since if before and before.fault else now
    return Check(
        lot_id=found.lot_id,
        revision=found.revision,
        checked_at=now,
        ok_at=(before.ok_at if before else None) if faults else now,
        fault="; ".join(f"{fault.key}: {fault.reason}" for fault in faults[:5]) or None,
        fault_since=since if faults else None,
        events=len(sealed),
        unsealed=unsealed,
        sealed_at=youngest,
        anchored=bool(sealed) and len(anchors) == len(sealed),
        anchor_chain=anchors[0].chain_name if anchors else None,
        anchor_development=any(anchor.is_development for anchor in anchors),
    )


def moment(uow: UnitOfWork, found: Found, check: Check, now: datetime) -> Moment:
    """The status of a code, decided now."""
    recall = recall_of(uow, found.lot_id)
    holds = open_holds(uow, found.lot_id)
    right = _right(uow, found, now)
    suspicion = scans.suspicion_of(uow, found.serial) if found.serial else None
    reaches = reach(uow, now, sealed_at=check.sealed_at)
    standing = Standing(
        recalled=recall is not None,
        mismatch=check.fault is not None,
        void=found.serial_state == "void",
        held=bool(holds),
        right=str(right.state) if right else None,
        possible_copy=suspicion is not None,
        packed=None if found.serial is None else found.serial_state == "packed",
        sealed=check.unsealed == 0 and check.events > 0,
        anchored=check.anchored,
        last_look=reaches.last_look_ok_at,
    )
    statuses = applying(standing, now=now)
    if Status.VOID in statuses and Status.NOT_PACKED in statuses:
        statuses.remove(Status.NOT_PACKED)  # a cancelled label is not waiting for goods
    return Moment(
        found=found,
        statuses=tuple(statuses),
        check=check,
        reach=reaches,
        recall=recall,
        holds=holds,
        right=right,
        suspicion=suspicion,
        scan_number=scans.scan_count(uow, found.serial) + 1 if found.serial else 0,
    )


def _right(uow: UnitOfWork, found: Found, now: datetime) -> RightStatus | None:
    if found.right_id is None:
        return None
    return use_rights.right_status(
        uow,
        found.right_id,
        on=local_day(now),
        packed_on=found.packed_on,
        packed_at=found.packed_at,
        now=now,
        crop=found.crop,
    )


def recall_of(uow: UnitOfWork, lot_id: UUID) -> RecallView | None:
    """The recall in force for a lot, or None."""
    row = uow.session.execute(
        select(Recall.recall_class, Recall.reason, Recall.document_no, Recall.ordered_at, Organisation.name)
        .join(Organisation, Organisation.id == Recall.office_id)
        .where(Recall.lot_id == lot_id, Recall.lifted_at.is_(None))
    ).one_or_none()
    return RecallView(*row) if row else None


def open_holds(uow: UnitOfWork, lot_id: UUID) -> tuple[tuple[str, dict[str, Any], datetime], ...]:
    """Why a lot is held: kind, values and since when of every open hold."""
    rows = uow.session.execute(
        select(LotHold.kind, LotHold.values, LotHold.since)
        .where(LotHold.lot_id == lot_id, LotHold.released_at.is_(None))
        .order_by(LotHold.since)
    )
    return tuple((kind, values, since) for kind, values, since in rows)


@dataclass(frozen=True)
class StoredBody:
    """A page as it was stored, and the counts that its status block tells."""

    body: bytes
    counts: dict[str, Any]


def stored_body(
    uow: UnitOfWork, found: Found, language: str, now: datetime, *, made_with: str
) -> StoredBody | None:
    """The stored page of this revision and this build, or None when it must be made (again)."""
    row = uow.session.execute(
        select(
            TraceBody.revision, TraceBody.made_at, TraceBody.made_with, TraceBody.body, TraceBody.counts
        ).where(TraceBody.lot_id == found.lot_id, TraceBody.language == language)
    ).one_or_none()
    if row is None or (row.revision, row.made_with) != (found.revision, made_with):
        return None
    if now - row.made_at > BODY_GROWS_OLD_AFTER:
        return None
    return StoredBody(row.body, row.counts)


def lots_with_faults(uow: UnitOfWork, commune_codes: frozenset[str]) -> list[tuple[UUID, str, datetime]]:
    """Lots of these communes whose bytes are not what was sealed: id, number, since when."""
    rows = uow.session.execute(
        select(Lot.id, Lot.lot_no, LotCheck.fault_since)
        .join(LotCheck, LotCheck.lot_id == Lot.id)
        .join(Plot, Plot.id == Lot.plot_id)
        .where(LotCheck.fault.is_not(None), Plot.commune_code.in_(commune_codes))
    )
    return [(lot_id, lot_no, since) for lot_id, lot_no, since in rows if since is not None]


def proof_bundle(uow: UnitOfWork, lot_id: UUID) -> bytes | None:
    """The proof of a lot as a file, or None before the first checkpoint covers any of its events."""
    sealed = events.sealed_events(uow, lot_id)
    parts = ledger.bundle_parts(uow, [one.key for one in sealed])
    if parts is None or not parts.items:
        return None
    opened = {one.key: Erased() if one.salt is None else Disclosure(one.salt, one.body) for one in sealed}
    return parts.bundle(opened, about={"subject": f"urn:uuid:{lot_id}"}).to_bytes()
