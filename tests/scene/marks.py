"""Marks and rights of the scene, made as people make them: applied for, proposed, approved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from app.cases import commands as cases
from app.identity.access import Actor
from app.kernel.uow import unit_of_work
from tests.scene.people import NOW, colleague, farm_household, office
from trademarks.register.commands import Regulation, add_regulation, load_marks
from trademarks.register.queries import mark_by_key
from trademarks.use_rights import commands
from trademarks.use_rights.commands import ApplyForRight, Because
from trademarks.use_rights.models import UseRightChange
from trademarks.use_rights.queries import RightView, right, rights_of
from trademarks.use_rights.rules import Reason, RightState

DAU_TIENG = "mang-cut-huyen-dau-tieng"
MISUSE = Because(Reason.LABEL_MISUSE, "Dán tem lên hàng mua ngoài.")
MENDED = Because(Reason.CORRECTED, "Đã bóc tem và lập lại sổ.")


@dataclass(frozen=True)
class Desk:
    """An office with two officers and an approving one, and a mark that can be applied for."""

    officer: Actor
    second_officer: Actor
    approver: Actor
    mark_id: UUID


def desk(*, months: int = 12, since: date = date(2025, 7, 1)) -> Desk:
    """The office of Thanh An and the collective mark of the former district."""
    officer = office()
    with unit_of_work() as uow:
        load_marks(uow)
        mark = mark_by_key(uow, DAU_TIENG)
        regulation = Regulation(title="Quy chế thử", in_force_from=since, right_months=months, simulated=True)
        add_regulation(uow, mark.id, regulation)
    return Desk(
        officer=officer,
        second_officer=colleague(officer.organisation_id, ("officer",), person="Phạm Văn Hai"),
        approver=colleague(officer.organisation_id, ("approving_officer",), person="Võ Thị Duyệt"),
        mark_id=mark.id,
    )


def applies(
    desk: Desk,
    farmer: Actor,
    *,
    labels: int = 2000,
    now: datetime = NOW,
    crops: Sequence[str] = ("mangosteen",),
) -> UUID:
    """The farmer applies; returns the case's id."""
    with unit_of_work() as uow:
        wanted = ApplyForRight(mark_id=desk.mark_id, crops=tuple(crops), labels=labels)
        return commands.apply_for_right(uow, wanted, actor=farmer, now=now).id


def granted(desk: Desk, farmer: Actor, *, labels: int = 2000, now: datetime = NOW) -> RightView:
    """The farmer applies, one officer proposes, the approving officer grants."""
    case_id = applies(desk, farmer, labels=labels, now=now)
    with unit_of_work() as uow:
        cases.propose(uow, case_id, "granted", "", actor=desk.officer, now=now)
    with unit_of_work() as uow:
        cases.decide(uow, case_id, "granted", "", actor=desk.approver, now=now)
    with unit_of_work(read_only=True) as uow:
        return rights_of(uow, farmer.organisation_id, now=now)[0]


def household_with_right(*, labels: int = 2000, now: datetime = NOW) -> tuple[Desk, Actor, RightView]:
    """An office, a household, and the right that it was granted."""
    place, farmer = desk(), farm_household()
    return place, farmer, granted(place, farmer, labels=labels, now=now)


def state(right_id: UUID, now=NOW) -> RightState:
    """The state of a right as it stands at a moment."""
    with unit_of_work(read_only=True) as uow:
        return right(uow, right_id, now=now).state


def acts(right_id: UUID) -> list[str]:
    """What was done to a right, oldest first."""
    with unit_of_work(read_only=True) as uow:
        return list(
            uow.session.scalars(
                select(UseRightChange.act)
                .where(UseRightChange.right_id == right_id)
                .order_by(UseRightChange.at, UseRightChange.id)
            )
        )


def do(command, right_id: UUID, *given, actor: Actor, now=NOW, **more) -> RightView:
    """One act on a right, in a transaction of its own."""
    with unit_of_work() as uow:
        return command(uow, right_id, *given, actor=actor, now=now, **more)
