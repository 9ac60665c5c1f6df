"""What the auditors' list shows of lots and plots: late, forced, corrected and erased records."""

from typing import Any, Final

from flask import url_for
from sqlalchemy import Select, func, literal, select, union_all
from sqlalchemy.orm import aliased

from app.kernel.db import SecondsBetween
from app.web.i18n import _l
from ledger.exceptions import COLUMNS, LATE_AFTER, ExceptionKind, ExceptionRow, ExceptionSource
from traceability.events.models import Disclosure, EpcisEvent, EpcisEventLot
from traceability.lots.journey import STEPS
from traceability.lots.models import Lot, LotHold
from traceability.lots.rules import HoldKind

HOLDS: Final[dict[str, Any]] = {
    HoldKind.EARLY_HARVEST: _l("Bỏ giữ: hái khi chưa hết thời gian cách ly"),
    HoldKind.OVER_CAPACITY: _l("Bỏ giữ: nhiều hơn mức vườn có thể cho"),
    HoldKind.BALANCE: _l("Bỏ giữ: số ký vào và ra chưa khớp"),
    HoldKind.OFFICE: _l("Bỏ giữ: cán bộ đã giữ"),
}


def rows() -> Select[*tuple[Any, ...]]:
    """Events recorded more than three days late, holds released, events corrected, words erased."""
    every = union_all(_late(), _forced(), _corrected(), _erased()).subquery()
    return select(*(every.c[name] for name in COLUMNS))


def link(row: ExceptionRow) -> str | None:
    """The proof of the lot; a plot has none of its own."""
    if row.subject == str(row.subject_id):
        return None
    return url_for("traceability_public.proof", lot_id=row.subject_id)


SOURCE: Final = ExceptionSource(rows=rows, subject=_l("Lô hoặc thửa"), reasons={**STEPS, **HOLDS}, link=link)


def _late() -> Select[*tuple[Any, ...]]:
    late = SecondsBetween(EpcisEvent.record_time, EpcisEvent.event_time) > LATE_AFTER.total_seconds()
    told = _of_event(EpcisEvent, ExceptionKind.LATE, EpcisEvent.record_time)
    return told.where(late, EpcisEvent.corrects_id.is_(None))


def _forced() -> Select[*tuple[Any, ...]]:
    return (
        select(
            literal(str(ExceptionKind.FORCED)).label("kind"),
            LotHold.since.label("happened_at"),
            LotHold.released_at.label("recorded_at"),
            Lot.lot_no.label("subject"),
            Lot.id.label("subject_id"),
            LotHold.kind.label("reason"),
            Lot.simulated.label("simulated"),
        )
        .join(Lot, Lot.id == LotHold.lot_id)
        .where(LotHold.released_at.is_not(None))
    )


def _corrected() -> Select[*tuple[Any, ...]]:
    """One row for each event that was said anew, however many later events point at it."""
    anew = (
        select(EpcisEvent.corrects_id, func.min(EpcisEvent.record_time).label("at"))
        .where(EpcisEvent.corrects_id.is_not(None))
        .group_by(EpcisEvent.corrects_id)
        .subquery()
    )
    wrong = aliased(EpcisEvent)
    return _of_event(wrong, ExceptionKind.CORRECTED, anew.c.at).join(anew, anew.c.corrects_id == wrong.id)


def _erased() -> Select[*tuple[Any, ...]]:
    told = _of_event(EpcisEvent, ExceptionKind.ERASED, Disclosure.erased_at)
    return told.join(Disclosure, Disclosure.event_id == EpcisEvent.id).where(
        Disclosure.erased_at.is_not(None)
    )


def _of_event(event: type[EpcisEvent], kind: ExceptionKind, at: Any) -> Select[*tuple[Any, ...]]:
    """The list's columns for an event: about its first lot, else its plot, else itself."""
    first = (
        select(EpcisEventLot.lot_id)
        .where(EpcisEventLot.event_id == event.id)
        .order_by(EpcisEventLot.lot_id)
        .limit(1)
        .correlate(event)
        .scalar_subquery()
    )
    number = select(Lot.lot_no).where(Lot.id == first).correlate(event).scalar_subquery()
    return select(
        literal(str(kind)).label("kind"),
        event.event_time.label("happened_at"),
        at.label("recorded_at"),
        number.label("subject"),
        func.coalesce(first, event.plot_id, event.id).label("subject_id"),
        func.coalesce(event.biz_step, event.type).label("reason"),
        event.simulated.label("simulated"),
    )
