"""Sheets, serials, and what a lot still may print."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from app.identity.access import Actor
from app.kernel.problems import NotFound
from app.kernel.uow import UnitOfWork
from traceability.labels.models import LabelSheet, Serial


@dataclass(frozen=True)
class SheetView:
    """A sheet of labels; not `ready` until its PDF is stored."""

    id: UUID
    number: str
    lot_id: UUID
    organisation_id: UUID
    right_id: UUID | None
    count: int
    unit_weight_g: int
    ordered_at: datetime
    pdf_key: str | None
    checkpoint_size: int | None
    ready_at: datetime | None
    failed_at: datetime | None
    simulated: bool

    @property
    def ready(self) -> bool:
        """Whether the PDF can be fetched."""
        return self.pdf_key is not None


@dataclass(frozen=True)
class SerialView:
    """One label and its sheet: `printed` (goods do not wear it yet), `packed` or `void`."""

    serial: str
    state: str
    lot_id: UUID
    sheet_id: UUID
    sheet_number: str
    right_id: UUID | None
    unit_weight_g: int
    pack_id: UUID | None
    printed_at: datetime
    voided_at: datetime | None


_SHEET = (
    LabelSheet.id, LabelSheet.number, LabelSheet.lot_id, LabelSheet.organisation_id, LabelSheet.right_id,
    LabelSheet.count, LabelSheet.unit_weight_g, LabelSheet.ordered_at, LabelSheet.pdf_key,
    LabelSheet.checkpoint_size, LabelSheet.ready_at, LabelSheet.failed_at, LabelSheet.simulated,
)  # fmt: skip


def _sheet(row: Sequence[Any]) -> SheetView:
    return SheetView(*row)


def _label(row: Sequence[Any]) -> SerialView:
    return SerialView(*row)


def _serials() -> Select[*tuple[Any, ...]]:
    return select(
        Serial.serial, Serial.state, Serial.lot_id, Serial.sheet_id, LabelSheet.number, LabelSheet.right_id,
        LabelSheet.unit_weight_g, Serial.pack_id, LabelSheet.ordered_at, Serial.voided_at,
    ).join(LabelSheet, LabelSheet.id == Serial.sheet_id)  # fmt: skip


def sheet(uow: UnitOfWork, sheet_id: UUID) -> SheetView:
    """One sheet, for whoever asks. Raises NotFound."""
    row = uow.session.execute(select(*_SHEET).where(LabelSheet.id == sheet_id)).one_or_none()
    if row is None:
        raise NotFound(sheet=sheet_id)
    return _sheet(row)


def get_sheet(uow: UnitOfWork, actor: Actor, sheet_id: UUID) -> SheetView:
    """A sheet that the actor's organisation ordered. Raises NotFound."""
    found = sheet(uow, sheet_id)
    if found.organisation_id != actor.organisation_id:
        raise NotFound(sheet=sheet_id)
    return found


def sheet_by_client_id(uow: UnitOfWork, organisation_id: UUID, client_id: UUID) -> SheetView | None:
    """The sheet that this phone already ordered, or None."""
    row = uow.session.execute(
        select(*_SHEET).where(
            LabelSheet.organisation_id == organisation_id, LabelSheet.client_id == client_id
        )
    ).one_or_none()
    return None if row is None else _sheet(row)


def sheets_of_lot(uow: UnitOfWork, lot_id: UUID) -> list[SheetView]:
    """Sheets of a lot, the newest first."""
    rows = uow.session.execute(
        select(*_SHEET)
        .where(LabelSheet.lot_id == lot_id)
        .order_by(LabelSheet.ordered_at.desc(), LabelSheet.id)
    )
    return [_sheet(row) for row in rows]


def serials_of_sheet(uow: UnitOfWork, sheet_id: UUID) -> list[str]:
    """Codes of a sheet in their order on it."""
    asked = select(Serial.serial).where(Serial.sheet_id == sheet_id).order_by(Serial.position)
    return list(uow.session.scalars(asked))


def find_serial(uow: UnitOfWork, serial: str) -> SerialView | None:
    """The label with this code, for whoever scans it, or None: it was never printed."""
    row = uow.session.execute(_serials().where(Serial.serial == serial)).one_or_none()
    return None if row is None else _label(row)


def taken(uow: UnitOfWork, serials: Sequence[str]) -> set[str]:
    """Those of some codes that exist already."""
    return set(uow.session.scalars(select(Serial.serial).where(Serial.serial.in_(serials))))


def labelled_g(uow: UnitOfWork, lot_id: UUID) -> int:
    """Grams that printed and unbound labels of a lot stand for."""
    asked = (
        select(func.coalesce(func.sum(LabelSheet.unit_weight_g), 0))
        .select_from(Serial)
        .join(LabelSheet, LabelSheet.id == Serial.sheet_id)
        .where(Serial.lot_id == lot_id, Serial.state == "printed")
    )
    return int(uow.session.scalar(asked) or 0)


def unbound(uow: UnitOfWork, lot_id: UUID) -> dict[int, int]:
    """Labels of a lot that no goods wear yet: unit weight → how many."""
    rows = uow.session.execute(
        select(LabelSheet.unit_weight_g, func.count())
        .select_from(Serial)
        .join(LabelSheet, LabelSheet.id == Serial.sheet_id)
        .where(Serial.lot_id == lot_id, Serial.state == "printed")
        .group_by(LabelSheet.unit_weight_g)
        .order_by(LabelSheet.unit_weight_g)
    )
    return {row[0]: row[1] for row in rows}


def counts(uow: UnitOfWork, lot_id: UUID) -> dict[str, int]:
    """Labels of a lot by state."""
    rows = uow.session.execute(
        select(Serial.state, func.count()).where(Serial.lot_id == lot_id).group_by(Serial.state)
    )
    return {"printed": 0, "packed": 0, "void": 0} | {row[0]: row[1] for row in rows}
