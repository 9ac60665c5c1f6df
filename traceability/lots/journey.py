"""A lot's journey for those who work with it: its events in words, the newest first."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from app.identity.queries import organisation_names
from app.kernel.calendar import local_day
from app.kernel.uow import UnitOfWork
from app.web.i18n import _l, gettext, ngettext, show_weight
from traceability.diary.rules import WorkKind
from traceability.diary.sentences import KINDS
from traceability.events import bodies
from traceability.events.queries import EventView, events_of_lot
from traceability.lots.queries import lot

STEPS: Final[Mapping[str, Any]] = {
    bodies.PLOT_REGISTERED: _l("Khai thửa đất"),
    bodies.PLOT_CONFIRMED: _l("Cán bộ xác nhận thửa đất"),
    bodies.HARVEST: _l("Thu hoạch"),
    bodies.HOLD: _l("Tạm giữ lô"),
    bodies.RELEASE: _l("Bỏ giữ, lô được đi tiếp"),
    bodies.PACK: _l("Đóng gói"),
    bodies.SHIP: _l("Giao hàng"),
    bodies.DISSOLVE: _l("Hủy tem, hàng về lại lô"),
    bodies.RECALL: _l("Thu hồi lô"),
    bodies.RECALL_ENDED: _l("Kết thúc thu hồi"),
    **{f"coi:{kind.value}": label for kind, (label, _icon) in KINDS.items()},
}


@dataclass(frozen=True)
class Step:
    """One line of the journey, as templates/components/timeline.html wants it."""

    grade: str
    what: str
    on: date
    who: str
    entered_at: datetime
    detail: str
    corrected: bool


def journey(uow: UnitOfWork, lot_id: UUID) -> list[Step]:
    """What happened to a lot and on its plot this season, newest first."""
    told = events_of_lot(uow, lot_id)
    names = organisation_names(uow, {one.organisation_id for one in told if one.organisation_id})
    corrected = {one.corrects_id for one in told if one.corrects_id is not None}
    owner_id = lot(uow, lot_id).owner_id
    rows = [_step(one, names, corrected, owner_id) for one in told if not one.is_error_declaration]
    return rows[::-1]


def _step(one: EventView, names: Mapping[UUID, str], corrected: Collection[UUID], owner_id: UUID) -> Step:
    return Step(
        grade=_grade(one, owner_id),
        what=str(STEPS.get(one.biz_step or "", one.biz_step or "")),
        on=local_day(one.event_time),
        who=_who(one, names, owner_id),
        entered_at=one.record_time,
        detail=_detail(one.biz_step or "", one.body, erased=one.erased),
        corrected=one.id in corrected,
    )


def _who(one: EventView, names: Mapping[UUID, str], owner_id: UUID) -> str:
    if one.biz_step == bodies.HOLD and one.organisation_id in (None, owner_id):
        return str(gettext("máy tính, theo quy tắc"))  # it followed from what the owner recorded
    return names.get(one.organisation_id, "") if one.organisation_id else ""


def _grade(one: EventView, owner_id: UUID) -> str:
    if one.organisation_id in (None, owner_id):
        return "ordered" if one.biz_step == bodies.HOLD else "declared"
    if one.biz_step in {bodies.PLOT_CONFIRMED, bodies.RELEASE}:
        return "verified"
    return "ordered" if one.biz_step in {bodies.HOLD, bodies.RECALL, bodies.RECALL_ENDED} else "declared"


def _detail(step: str, body: Mapping[str, Any], *, erased: bool) -> str:
    if step == bodies.HARVEST:
        return show_weight(_grams(body.get("quantityList", [])))
    if step == bodies.PACK:
        packs = len(body.get("outputEPCList", []))
        each = show_weight(body.get("coi:unitGrams"))
        return str(ngettext("%(num)s gói %(each)s", "%(num)s gói %(each)s", packs, each=each))
    if step == bodies.SHIP:
        count = len(body.get("epcList", []))
        return str(ngettext("%(num)s gói", "%(num)s gói", count))
    if step == f"coi:{WorkKind.SPRAY}":
        free = gettext("cách ly %(days)s ngày", days=body.get("coi:phiDays"))
        return ", ".join(part for part in (*_used(body, erased=erased), str(free)) if part)
    return ", ".join(_used(body, erased=erased))


def _used(body: Mapping[str, Any], *, erased: bool) -> list[str]:
    if erased:
        return [str(gettext("(đã xóa theo yêu cầu)"))]
    named = (body.get(f"coi:{name}") for name in ("product", "activeIngredient", "dose"))
    return [str(part) for part in named if part]


def _grams(elements: Sequence[Mapping[str, Any]]) -> int:
    return sum(int(one["quantity"]) for one in elements)
