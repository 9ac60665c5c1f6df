"""What leaves the room of cases: the applicant is told, in his own words' language."""

from uuid import UUID

from app.cases.queries import CaseView, case_by_id, told
from app.cases.rules import Step
from app.identity.commands import send_message
from app.identity.queries import phone_of
from app.kernel import clock
from app.kernel.outbox import OutboxRow
from app.kernel.uow import UnitOfWork, unit_of_work
from app.web.i18n import gettext


def tell_applicant(row: OutboxRow) -> None:
    """Queue the message of one step. Safe to repeat: the message has the row's key.

    Nobody is told when no number is known, or none any more.
    """
    with unit_of_work() as uow:
        case_id, step, note = told(uow, UUID(row.payload["step_id"]))
        case = case_by_id(uow, case_id)
        phone = _phone(uow, case)
        if phone is None:
            return
        text = _text(case, Step(step), note)
        send_message(uow, to=phone, kind="case", text=text, key=f"case:{row.key}", now=clock.now())


def _phone(uow: UnitOfWork, case: CaseView) -> str | None:
    applicant = case.for_whom_id or case.filed_by_id
    return case.contact_phone or (phone_of(uow, applicant) if applicant else None)


def _text(case: CaseView, step: Step, note: str) -> str:
    values = {"number": case.number, "title": case.title, "note": note}
    match step:
        case Step.OPENED:
            text = gettext("Đã nộp hộ bạn hồ sơ %(number)s: %(title)s")
        case Step.RETURNED:
            text = gettext("Hồ sơ %(number)s cần bổ sung: %(note)s")
        case Step.GRANTED:
            text = gettext("Hồ sơ %(number)s: đã chấp thuận. %(note)s")
        case Step.REFUSED:
            text = gettext("Hồ sơ %(number)s: không chấp thuận. Lý do: %(note)s")
        case _:
            text = gettext("Hồ sơ %(number)s đã xong: %(note)s")
    return str(text % values).strip()
