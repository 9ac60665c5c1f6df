"""What a code means at this moment: which lot, which status, how far the seal reaches."""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from app.identity.models import Organisation
from app.kernel.calendar import local_day
from app.kernel.register import Register
from app.kernel.uow import UnitOfWork
from app.registry.models import Plot
from ledger.reach import Reach, reach
from traceability.labels import digital_link
from traceability.labels.digital_link import DigitalLink
from traceability.labels.models import LabelSheet, Serial
from traceability.lots.models import Lot, LotHold
from traceability.packing.models import Pack, Packing
from traceability.recall.models import Recall
from traceability.scans import queries as scans
from traceability.trace_page.body_tag import body_tag
from traceability.trace_page.checking import Check
from traceability.trace_page.models import LotCheck, TraceBody
from traceability.trace_page.rules import Standing, Status, applying
from trademarks.use_rights import queries as use_rights
from trademarks.use_rights.queries import RightStatus

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
    uow: UnitOfWork, found: Found, language: str, now: datetime, *, key: bytes
) -> StoredBody | None:
    """The stored page of this revision as this build made it, or None when it must be made (again)."""
    row = uow.session.execute(
        select(TraceBody.revision, TraceBody.made_at, TraceBody.counts, TraceBody.body, TraceBody.tag).where(
            TraceBody.lot_id == found.lot_id, TraceBody.language == language
        )
    ).one_or_none()
    if row is None or row.revision != found.revision:
        return None
    if not timedelta() <= now - row.made_at <= BODY_GROWS_OLD_AFTER:
        return None
    told = {name: getattr(row, name) for name in ("revision", "made_at", "counts", "body")}
    tag = body_tag(key, lot_id=found.lot_id, language=language, **told)
    return StoredBody(row.body, row.counts) if hmac.compare_digest(tag, row.tag) else None


def faults_found(uow: UnitOfWork) -> tuple[int, datetime | None]:
    """How many lots the last look found not to be what was sealed, and since when the first one."""
    count, since = uow.session.execute(
        select(func.count(), func.min(LotCheck.fault_since)).where(LotCheck.fault.is_not(None))
    ).one()
    return count, since


def lots_with_faults(uow: UnitOfWork, commune_codes: frozenset[str]) -> list[tuple[UUID, str, datetime]]:
    """Lots of these communes whose bytes are not what was sealed: id, number, since when."""
    rows = uow.session.execute(
        select(Lot.id, Lot.lot_no, LotCheck.fault_since)
        .join(LotCheck, LotCheck.lot_id == Lot.id)
        .join(Plot, Plot.id == Lot.plot_id)
        .where(LotCheck.fault.is_not(None), Plot.commune_code.in_(commune_codes))
    )
    return [(lot_id, lot_no, since) for lot_id, lot_no, since in rows if since is not None]
