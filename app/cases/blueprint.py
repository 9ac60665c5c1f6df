"""Routes of the package and `init_app`."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from flask import Blueprint, Flask, url_for

from app.cases import (
    commands,
    farm_views,
    forgetting,
    kinds,
    office_views,
    outbox_views,
    policy,
    queries,
    tasks,
    words,
)
from app.identity import access
from app.identity.commands import ERASURE
from app.kernel import outbox
from app.kernel.calendar import LOCAL_ZONE
from app.kernel.paging import Page
from app.kernel.uow import unit_of_work
from app.web import desk, problems
from app.web.desk import InboxRow, MenuEntry
from app.web.i18n import _l

SENTENCES = {
    "case-is-decided": _l("Hồ sơ này đã có kết quả, không sửa được nữa."),
    "second-officer-needed": _l(
        "Loại hồ sơ này cần hai người: một người đề xuất, một người khác quyết định."
    ),
    "same-officer": _l("Người đã đề xuất không thể là người quyết định."),
    "own-case": _l("Không ai quyết định hồ sơ do chính mình nộp."),
    "proposal-differs": _l("Chỉ đồng ý với đề xuất, hoặc gửi lại để xem lại."),
    "already-returned": _l("Hồ sơ đã được trả lại một lần; nay phải quyết định."),
    "reason-missing": _l("Xin ghi lý do: người nộp sẽ đọc đúng những lời này."),
    "case-changed": _l("Một cán bộ khác vừa thay đổi hồ sơ %(number)s. Xin xem lại rồi quyết định."),
    "not-a-document": _l("Tệp này không phải PDF hoặc ảnh JPEG, PNG, WebP mở được."),
    "document-too-large": _l("Tệp lớn quá. Nhiều nhất %(limit_mb)s MB mỗi tệp."),
    "no-office": _l("Chưa có văn phòng nào phụ trách xã này. Xin gọi điện."),
}


def _farm() -> Blueprint:
    bp = Blueprint("cases_farm", __name__, url_prefix="/farm")
    bp.add_url_rule("/ask", "ask", farm_views.ask, methods=["GET"])
    bp.add_url_rule("/ask", "send_question", farm_views.send_question, methods=["POST"])
    bp.add_url_rule("/cases/<uuid:case_id>", "case", farm_views.case)
    bp.add_url_rule("/cases/<uuid:case_id>/answer", "answer", farm_views.answer, methods=["POST"])
    bp.add_url_rule(
        "/cases/<uuid:case_id>/documents", "add_document", farm_views.add_document, methods=["POST"]
    )
    bp.add_url_rule("/documents/<uuid:document_id>", "document", office_views.document)
    bp.add_url_rule("/me/erasure", "erasure", farm_views.ask_erasure, methods=["GET"])
    bp.add_url_rule("/me/erasure", "send_erasure", farm_views.send_erasure, methods=["POST"])
    return bp


def _office() -> Blueprint:
    bp = Blueprint("cases_office", __name__, url_prefix="/office")
    bp.add_url_rule("/cases", "cases", office_views.cases)
    bp.add_url_rule("/cases.csv", "cases_csv", office_views.cases_csv)
    bp.add_url_rule("/cases/<uuid:case_id>", "case", office_views.case)
    bp.add_url_rule("/cases/<uuid:case_id>/decision", "decide", office_views.decide, methods=["POST"])
    bp.add_url_rule("/cases/<uuid:case_id>/documents", "add_paper", office_views.add_paper, methods=["POST"])
    bp.add_url_rule("/documents/<uuid:document_id>", "document", office_views.document)
    bp.add_url_rule("/outbox", "parked", outbox_views.parked)
    bp.add_url_rule("/outbox/<uuid:row_id>/retry", "retry", outbox_views.retry, methods=["POST"])
    return bp


def _inbox(actor: Any, _now: datetime) -> Sequence[InboxRow]:
    """The office's undecided cases."""
    if not actor.has(*policy.OFFICERS):
        return ()
    with unit_of_work(read_only=True) as uow:
        rows = queries.open_cases(uow, actor, Page(1, 200)).rows
    decides = access.may(actor, "case.decide")
    return [
        InboxRow(
            kind=f"case:{row.kind}",
            label=words.kind_word(row.kind),
            who=f"{row.number} · {row.who or row.title}",
            url=url_for("cases_office.case", case_id=row.id),
            since=row.opened_at,
            due_at=datetime.combine(row.due_on, time(17, 0), LOCAL_ZONE) if row.due_on else None,
            next_action=words.next_word(row.state, decides=decides),
        )
        for row in rows
    ]


def init_app(app: Flask) -> None:
    """Bind the case pages, the two kinds of its own, the inbox."""
    access.register(app, policy.ACTIONS)
    app.register_blueprint(_farm())
    app.register_blueprint(_office())
    for key, kind in kinds.KINDS.items():
        commands.KINDS.add(app, key, kind)
    ERASURE.add(app, "cases", forgetting.forget_person)
    outbox.handle(app, commands.TELL, tasks.tell_applicant)
    problems.register_sentences(app, SENTENCES)
    desk.INBOX.add(app, "cases", _inbox)
    desk.INBOX.add(app, "outbox", outbox_views.inbox)
    officers, farmers = frozenset(policy.OFFICERS), frozenset({"farmer", "packer", "seller"})
    desk.MENU.add(
        app, "cases", MenuEntry("office", _l("Hồ sơ"), "cases_office.cases", "folder", officers, 10)
    )
    desk.MENU.add(
        app, "cases.ask", MenuEntry("farm", _l("Hỏi cán bộ"), "cases_farm.ask", "chat", farmers, 40)
    )
