"""Order a sheet of labels, bind them to packs, cancel them. The PDF is made by the outbox."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, update

from app.identity.access import Actor
from app.kernel.calendar import local_day
from app.kernel.db import new_id
from app.kernel.problems import Conflict, NotFound
from app.kernel.uow import UnitOfWork
from traceability.events import queries as stream
from traceability.labels import digital_link, queries, rules
from traceability.labels.models import LabelSheet, Serial
from traceability.labels.queries import SheetView
from traceability.lots import queries as lot_queries
from traceability.lots import upkeep as lots
from traceability.lots.numbers import SYMBOLS
from traceability.lots.queries import LotView
from traceability.lots.rules import check_open
from trademarks.use_rights.queries import RightView, rights_of
from trademarks.use_rights.quota import draw_quota
from trademarks.use_rights.rules import RightState

SHEET: Final = "labels.sheet"
RIGHT_CHANGED: Final = "labels.right-changed"


class NoRightForMark(Conflict):
    """No right of use in force covers this crop for the organisation that prints."""

    type, field = "no-right-for-mark", "right_id"


class NotEnoughLabels(Conflict):
    """Fewer labels of this weight are printed and free than packs are wanted."""

    type, field = "not-enough-labels", "count"


class LabelNotFree(Conflict):
    """The label is stuck on goods, or cancelled."""

    type, field = "label-not-free", "serial"


@dataclass(frozen=True, kw_only=True)
class PrintSheet:
    """A sheet of labels for one lot; with `right_id` it shows the mark and draws that right's quota."""

    lot_id: UUID
    count: int
    unit_weight_g: int
    client_id: UUID
    right_id: UUID | None = None


def print_sheet(uow: UnitOfWork, wanted: PrintSheet, *, actor: Actor, now: datetime) -> SheetView:
    """Order a sheet: its serials exist at once, its PDF follows by the outbox.

    A repeat with the same `client_id` returns the first sheet and draws no quota. Raises NotFound,
    LotOnHold, LotRecalled, LotClosed, AbsurdCount, AbsurdWeight, LabelsExceedLot, NoRightForMark, and
    what `draw_quota` raises.
    """
    stream.take_turn(uow, actor.organisation_id)
    if done := queries.sheet_by_client_id(uow, actor.organisation_id, wanted.client_id):
        return done
    lot_queries.get_lot(uow, actor, wanted.lot_id)
    lots.touch(uow, wanted.lot_id)  # locks the lot: two sheets at once must not both fit
    lot = lot_queries.lot(uow, wanted.lot_id)
    check_open(lot.state, lot_no=lot.lot_no)
    rules.check_labels(
        count=wanted.count,
        unit_g=wanted.unit_weight_g,
        remaining_g=lot.remaining_g,
        labelled_g=queries.labelled_g(uow, lot.id),
    )
    sheet = LabelSheet(
        id=new_id(),
        number=f"T{local_day(now):%y%m%d}-{''.join(secrets.choice(SYMBOLS) for _ in range(5))}",
        lot_id=lot.id,
        organisation_id=actor.organisation_id,
        right_id=wanted.right_id,
        count=wanted.count,
        unit_weight_g=wanted.unit_weight_g,
        client_id=wanted.client_id,
        ordered_by=actor.person_id,
        ordered_at=now,
        simulated=lot.simulated,
    )
    if wanted.right_id is not None:
        _check_right(uow, wanted.right_id, lot, actor, now)
        draw_quota(uow, wanted.right_id, wanted.count, sheet_id=sheet.id, actor=actor, now=now, crop=lot.crop)
    uow.add(sheet)
    uow.add(
        *(
            Serial(serial=code, sheet_id=sheet.id, lot_id=lot.id, position=n, state="printed")
            for n, code in enumerate(_fresh_serials(uow, wanted.count))
        )
    )
    uow.emit(SHEET, key=f"sheet:{sheet.id}", payload={"sheet_id": str(sheet.id)}, now=now)
    return queries.sheet(uow, sheet.id)


def right_changed(
    uow: UnitOfWork, right_id: UUID, _organisation_id: UUID, _actor: Actor | None, now: datetime
) -> None:
    """Ask for new pages of the lots labelled under a right. Bound to the register of trademarks.

    Not in the act's own transaction: it holds the right, and whoever prints holds a lot and wants the right.
    """
    uow.emit(RIGHT_CHANGED, key=f"{right_id}:{new_id()}", payload={"right_id": str(right_id)}, now=now)


def touch_lots_under(uow: UnitOfWork, right_id: UUID) -> None:
    """Raise the revision of every lot that has labels under this right; their pages are made anew."""
    sheets = select(LabelSheet.lot_id).where(LabelSheet.right_id == right_id).distinct()
    lots.touch_all(uow, uow.session.scalars(sheets))


def rights_for(uow: UnitOfWork, lot: LotView, actor: Actor, now: datetime) -> list[RightView]:
    """Rights under which the actor's organisation may show a mark on labels of this lot today."""
    today = local_day(now)
    return [
        view
        for view in rights_of(uow, actor.organisation_id, on=today, crop=lot.crop)
        if view.state is RightState.ACTIVE
        and lot.crop in view.crops
        and view.valid_from <= today <= view.valid_to
    ]


def _check_right(uow: UnitOfWork, right_id: UUID, lot: LotView, actor: Actor, now: datetime) -> None:
    if right_id not in {view.id for view in rights_for(uow, lot, actor, now)}:
        raise NoRightForMark(crop=lot.crop)


def _fresh_serials(uow: UnitOfWork, count: int) -> list[str]:
    """Codes that nobody has: two of 44 random bits hardly ever meet, and when they do we draw again."""
    source = secrets.SystemRandom()
    fresh: dict[str, None] = {}
    while len(fresh) < count:
        drawn = {digital_link.new_serial(source) for _ in range(count - len(fresh))}
        fresh |= dict.fromkeys(drawn - queries.taken(uow, sorted(drawn)))
    return list(fresh)


def bind(
    uow: UnitOfWork,
    lot_id: UUID,
    pack_ids: Sequence[UUID],
    *,
    unit_weight_g: int,
    sheet_id: UUID | None = None,
) -> list[str]:
    """Give each pack a free label of its weight, in the order of the sheets; the codes in order of packs.

    Packing calls it in its own transaction. Raises NotEnoughLabels.
    """
    free = (
        select(Serial)
        .join(LabelSheet, LabelSheet.id == Serial.sheet_id)
        .where(Serial.lot_id == lot_id, Serial.state == "printed", LabelSheet.unit_weight_g == unit_weight_g)
        .order_by(LabelSheet.ordered_at, LabelSheet.id, Serial.position)
        .limit(len(pack_ids))
        .with_for_update(of=Serial)
    )
    if sheet_id is not None:
        free = free.where(Serial.sheet_id == sheet_id)
    rows = uow.session.scalars(free.execution_options(populate_existing=True)).all()
    if len(rows) < len(pack_ids):
        raise NotEnoughLabels(asked=len(pack_ids), free=len(rows), unit_g=unit_weight_g)
    for row, pack_id in zip(rows, pack_ids, strict=True):
        row.state, row.pack_id = "packed", pack_id
    uow.session.flush()
    return [row.serial for row in rows]


def void_serial(uow: UnitOfWork, serial: str, *, actor: Actor, now: datetime) -> None:
    """Cancel a label that no goods wear: torn, lost, left over. A repeat changes nothing.

    Raises NotFound, LabelNotFree (stuck on goods: packing dissolves the pack first).
    """
    row = uow.session.get(Serial, serial, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(serial=serial)
    lot_queries.get_lot(uow, actor, row.lot_id)
    if row.state == "void":
        return
    if row.state != "printed":
        raise LabelNotFree(serial=serial)
    row.state, row.voided_at, row.voided_by = "void", now, actor.person_id
    uow.session.flush()
    lots.touch(uow, row.lot_id)


def free_serial(uow: UnitOfWork, serial: str) -> None:
    """Take a label off its pack, which packing has dissolved."""
    uow.session.execute(
        update(Serial).where(Serial.serial == serial, Serial.state == "packed").values(state="printed")
    )


def sheet_stored(
    uow: UnitOfWork, sheet_id: UUID, *, pdf_key: str, checkpoint_size: int | None, now: datetime
) -> None:
    """The PDF of a sheet is in storage."""
    row = uow.session.get_one(LabelSheet, sheet_id, with_for_update=True)
    row.pdf_key, row.checkpoint_size, row.ready_at, row.failed_at = pdf_key, checkpoint_size, now, None
    uow.session.flush()


def make_anew(uow: UnitOfWork, sheet_id: UUID, *, now: datetime) -> None:
    """Have the PDF of a sheet made again, with the same serials: what it says of the grower changed."""
    row = uow.session.get_one(LabelSheet, sheet_id, with_for_update=True)
    row.pdf_key = row.checkpoint_size = row.ready_at = None
    uow.session.flush()
    key = f"sheet:{sheet_id}:{new_id()}"
    uow.emit(SHEET, key=key, payload={"sheet_id": str(sheet_id)}, now=now)


def sheet_not_stored(uow: UnitOfWork, sheet_id: UUID, *, now: datetime) -> None:
    """The PDF of a sheet could not be stored; the outbox tries again, and the page says so."""
    row = uow.session.get_one(LabelSheet, sheet_id, with_for_update=True)
    row.failed_at = None if row.pdf_key else now
    uow.session.flush()
