"""Marks and rights of the demonstration district, made by the same commands as in the office.

The marks are facts. The regulation, the granting body and every right are simulated and say so: who
follows the dissolved owner of the real mark was not found.
"""

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from app.cases import commands as cases
from app.identity.access import Actor
from app.identity.queries import organisation, person_name
from app.kernel.demo_stage import Stage
from trademarks.register.commands import Regulation, add_party, add_regulation, load_marks
from trademarks.register.models import PartyRole
from trademarks.register.queries import mark_by_key
from trademarks.use_rights import commands
from trademarks.use_rights.commands import ApplyForRight, Because
from trademarks.use_rights.queries import right_id_by_case
from trademarks.use_rights.rules import Reason

MARK: Final = "mang-cut-huyen-dau-tieng"
FIRST_DAY: Final = date(2025, 7, 1)  # the office answers for its communes from this day
LABELS: Final = 2000
NAMES_OF_APPLICATIONS: Final = UUID("0f6d5a51-0a5b-4a53-8b9d-2f1f3a9d9520")

# Days before the show, so that two seasons of lots lie inside the terms and one term is over.
FIRST_RULES, FIRST_GRANT, NEW_RULES, GRANTS = 478, 470, 462, 455
REVOCATION, SUSPENSION, PENDING = 30, 12, 2

HOLDERS: Final = (
    ("h01", "person:h01", GRANTS),
    ("coop_thanh_an", "person:packer", GRANTS),
    ("h02", "person:h02", GRANTS),
    ("h03", "person:h03", GRANTS),
    ("h04", "person:h04", FIRST_GRANT),
)


def marks(stage: Stage) -> None:
    """The nine marks of the register, and what is simulated of one: a granting body and its regulation."""
    load_marks(stage.uow)
    mark = mark_by_key(stage.uow, MARK)
    association = organisation(stage.uow, stage.uuid("org:association"))
    add_party(
        stage.uow,
        mark.id,
        PartyRole.GRANTING_BODY,
        association.name,
        organisation_id=association.id,
        valid_from=FIRST_DAY,
        note="Mô phỏng. Trong thực tế chưa tìm thấy ai thay chủ sở hữu cũ.",
        simulated=True,
    )
    for days, months in ((FIRST_RULES, 12), (NEW_RULES, 24)):
        regulation = Regulation(
            title="Quy chế sử dụng nhãn hiệu tập thể “Măng cụt huyện Dầu Tiếng” (mô phỏng)",
            in_force_from=max(FIRST_DAY, (stage.now - timedelta(days=days)).date()),
            right_months=months,
            summary="Mô phỏng: thành viên trồng trong vùng, có sổ ghi chép, chỉ dán tem lên hàng vườn mình.",
            simulated=True,
        )
        add_regulation(stage.uow, mark.id, regulation)
    stage.hand_on("mark:dau_tieng", mark.id)


def rights(stage: Stage) -> None:
    """Five rights: two in force, one suspended, one revoked, one whose term is over."""
    officer = _officer(stage, "officer")
    approver = _officer(stage, "approving_officer")
    for key, person, days in HOLDERS:
        at = _ago(stage, days)
        case_id = _apply(stage, key, person, at)
        cases.propose(stage.uow, case_id, "granted", "", actor=officer, now=at + timedelta(days=1))
        cases.decide(stage.uow, case_id, "granted", "", actor=approver, now=at + timedelta(days=2))
        stage.hand_on(f"right:{key}", right_id_by_case(stage.uow, case_id))
    misuse = Because(Reason.ORIGIN, "Dán tem lên trái mua của vườn ngoài vùng (mô phỏng).")
    revoked, at = stage.uuid("right:h03"), _ago(stage, REVOCATION)
    commands.propose_revocation(stage.uow, revoked, misuse, actor=officer, now=at - timedelta(days=1))
    commands.revoke(stage.uow, revoked, actor=approver, now=at)
    records = Because(Reason.RECORDS, "Sổ ghi chép thiếu ngày phun thuốc của tháng 10 (mô phỏng).")
    suspended = stage.uuid("right:h02")
    commands.suspend(stage.uow, suspended, records, actor=approver, now=_ago(stage, SUSPENSION))
    commands.close_books(stage.uow, stage.now)


def application(stage: Stage) -> None:
    """One application that waits: a household that mended its fault asks anew."""
    case_id = _apply(stage, "h03", "person:h03", _ago(stage, PENDING))
    stage.hand_on("case:use_right", case_id)


def _apply(stage: Stage, key: str, person: str, at: datetime) -> UUID:
    wanted = ApplyForRight(
        mark_id=stage.uuid("mark:dau_tieng"),
        crops=("mangosteen",),
        labels=LABELS,
        client_id=uuid5(NAMES_OF_APPLICATIONS, f"{key}:{at.isoformat()}"),
        simulated=True,
    )
    actor = actor_of(
        stage, stage.uuid(person), stage.uuid(f"org:{key}"), frozenset({"farmer", "packer", "seller"})
    )
    return commands.apply_for_right(stage.uow, wanted, actor=actor, now=at).id


def _officer(stage: Stage, role: str) -> Actor:
    communes = frozenset(mark_by_key(stage.uow, MARK).area_codes)
    return actor_of(
        stage, stage.uuid(f"person:{role}"), stage.uuid("org:office"), frozenset({role}), communes
    )


def actor_of(
    stage: Stage,
    person_id: UUID,
    organisation_id: UUID,
    roles: frozenset[str],
    communes: frozenset[str] = frozenset(),
) -> Actor:
    """A person of the demonstration as he is when he is logged in."""
    own = organisation(stage.uow, organisation_id)
    return Actor(
        person_id=person_id,
        display_name=person_name(stage.uow, person_id),
        organisation_id=own.id,
        organisation_name=own.name,
        organisation_kind=own.kind,
        roles=roles,
        commune_codes=communes,
    )


def _ago(stage: Stage, days: int) -> datetime:
    """Some days before the show, never before the office began to answer for its communes."""
    first = stage.now.replace(year=FIRST_DAY.year, month=FIRST_DAY.month, day=FIRST_DAY.day + 7)
    return max(stage.now - timedelta(days=days), first)


PARTS = (("marks", marks), ("rights", rights), ("application", application))
