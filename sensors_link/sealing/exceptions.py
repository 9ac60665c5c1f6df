"""What the auditors' list shows of readings: sealed late, sealed in a supplement, erased."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, String, case, cast, func, literal, null, select

from app.kernel.db import SecondsBetween
from app.web.i18n import _l
from ledger.exceptions import ExceptionKind, ExceptionSource
from sensors_link.devices.models import Datastream, Device
from sensors_link.sealing.models import SealedBatch, SealedReadings

LATE_AFTER: Final = timedelta(days=7)  # a day closes two days later, a station may be out of reach for some

REASONS: Final = {
    "supplement": _l("Số đo tới sau khi ngày đã khóa, niêm phong trong một phần bổ sung"),
    "late-day": _l("Số đo niêm phong hơn 7 ngày sau khi đo"),
    "erased-readings": _l("Số đo đã xóa theo yêu cầu"),
}


def rows() -> Select[*tuple[Any, ...]]:
    """One row a batch: erased if it is, else a supplement, else late. About the datastream, by its id."""
    erased = SealedReadings.erased_at.is_not(None)
    late = SecondsBetween(SealedBatch.sealed_at, SealedBatch.last) > LATE_AFTER.total_seconds()
    reasons: list[tuple[ColumnElement[bool], str]] = [
        (erased, "erased-readings"),
        (SealedBatch.part > 0, "supplement"),
        (late, "late-day"),
    ]
    reason = case(*((when, literal(code)) for when, code in reasons)).label("reason")
    return (
        select(
            case((erased, literal(str(ExceptionKind.ERASED))), else_=str(ExceptionKind.LATE)).label("kind"),
            SealedBatch.last.label("happened_at"),
            func.coalesce(SealedReadings.erased_at, SealedBatch.sealed_at).label("recorded_at"),
            cast(null(), String).label("subject"),
            SealedBatch.datastream_id.label("subject_id"),
            reason,
            Device.simulated.label("simulated"),
        )
        .join(SealedReadings, SealedReadings.batch_id == SealedBatch.id)
        .join(Datastream, Datastream.id == SealedBatch.datastream_id)
        .join(Device, Device.id == Datastream.device_id)
        .where(reason.element.is_not(None))
    )


SOURCE: Final = ExceptionSource(rows=rows, subject=_l("Luồng số đo"), reasons=REASONS)
