"""The two kinds of case that belong to no other room: a question, and the wish to be forgotten."""

from datetime import datetime
from typing import Final

from app.cases.commands import CaseKind, nothing_further
from app.cases.queries import CaseView
from app.cases.rules import Decision
from app.identity.access import Actor
from app.identity.commands import erase_person
from app.kernel.uow import UnitOfWork
from app.web.i18n import _l

QUESTION: Final = "question"
ERASURE: Final = "erasure"


def _erase(uow: UnitOfWork, case: CaseView, decision: Decision, actor: Actor, now: datetime) -> None:
    """Granted means erased, in every room, in this transaction."""
    person_id = case.for_whom_id or case.filed_by_id
    if decision == Decision.GRANTED and person_id is not None:
        erase_person(uow, person_id, actor=actor, now=now)


KINDS: Final = {
    QUESTION: CaseKind(_l("Câu hỏi"), working_days=5, four_eyes=False, decide=nothing_further),
    # Personal data law: an answer within 72 hours; two working days stay inside it.
    ERASURE: CaseKind(_l("Xin xóa dữ liệu cá nhân"), working_days=2, four_eyes=False, decide=_erase),
}
