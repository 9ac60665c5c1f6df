"""A farmer's cases: ask the office, follow what was asked, mend what was returned."""

from uuid import UUID

from flask_babel import force_locale

from app.cases import commands, documents, kinds, queries, words
from app.cases.forms import AnswerForm, DocumentForm, ErasureForm, QuestionForm
from app.cases.office_views import storage
from app.cases.queries import CaseView
from app.identity import queries as people
from app.identity.access import Actor, allowed, current_actor
from app.kernel import clock
from app.kernel.calendar import local_day
from app.kernel.problems import DomainError, Unavailable
from app.kernel.uow import UnitOfWork, unit_of_work
from app.web.i18n import gettext
from app.web.pages import Answer, page, see_other


class NoOffice(Unavailable):
    """No office answers for the commune of this household today."""

    type = "no-office"


def _office(uow: UnitOfWork, actor: Actor) -> UUID:
    own = people.organisation(uow, actor.organisation_id)
    office = people.office_for(uow, own.commune_code or "", local_day(clock.now()))
    if office is None:
        raise NoOffice(commune_code=own.commune_code)
    return office


@allowed("case.ask")
def ask() -> Answer:
    """The office's phone, the form, and what was asked before."""
    return _ask(QuestionForm().with_client_id(), 200)


def _ask(form: QuestionForm, status: int) -> Answer:
    with unit_of_work(read_only=True) as uow:
        rows = queries.cases_of_organisation(uow, current_actor().organisation_id)
    return page("cases/ask.html", status=status, form=form, rows=rows, words=words)


@allowed("case.ask")
def send_question() -> Answer:
    """Open a case of the kind `question`; a second tap is the same question."""
    form, actor, now = QuestionForm().with_client_id(), current_actor(), clock.now()
    if not form.validate_on_submit():
        return _ask(form, 422)
    try:
        with unit_of_work() as uow:
            opened = commands.open_case(
                uow, kind=kinds.QUESTION, office_id=_office(uow, actor), subject=str(actor.organisation_id),
                title=form.text.data[:120], facts={"question": form.text.data}, actor=actor,
                organisation_id=actor.organisation_id, client_id=form.client_uuid, now=now,
            )  # fmt: skip
    except DomainError as refusal:
        return _ask(form.refused(refusal), int(refusal.status))
    return see_other("/farm/ask", gettext("Đã gửi. Số của bạn là %(number)s.", number=opened.number))


@allowed("case.see")
def case(case_id: UUID) -> Answer:
    """One case as its applicant sees it."""
    with unit_of_work(read_only=True) as uow:
        return _case(uow, queries.case(uow, current_actor(), case_id), AnswerForm(), DocumentForm(), 200)


def _case(uow: UnitOfWork, found: CaseView, form: AnswerForm, papers: DocumentForm, status: int) -> Answer:
    return page(
        "cases/mine.html", status=status, case=found, words=words, form=form, papers=papers,
        documents=queries.documents(uow, found.id), timeline=queries.timeline(uow, found.id),
    )  # fmt: skip


@allowed("case.ask")
def answer(case_id: UUID) -> Answer:
    """Say what was mended; the term begins anew."""
    actor, form = current_actor(), AnswerForm()
    with unit_of_work(read_only=True) as uow:
        found = queries.case(uow, actor, case_id)
        if not form.validate_on_submit():
            return _case(uow, found, form, DocumentForm(), 422)
    with unit_of_work() as uow:
        commands.answer(uow, case_id, form.note.data, actor=actor, now=clock.now())
    return see_other(f"/farm/cases/{case_id}", gettext("Đã gửi phần bổ sung."))


@allowed("case.ask")
def add_document(case_id: UUID) -> Answer:
    """Send a paper to one's own case."""
    actor, form = current_actor(), DocumentForm()
    with unit_of_work(read_only=True) as uow:
        found = queries.case(uow, actor, case_id)
        if not form.validate_on_submit():
            return _case(uow, found, AnswerForm(formdata=None), form, 422)
    try:
        received = documents.receive(storage(), form.document.data.filename, form.document.data.read())
        with unit_of_work() as uow:
            commands.add_document(uow, case_id, received, source="online", actor=actor, now=clock.now())
    except DomainError as refusal:
        with unit_of_work(read_only=True) as uow:
            return _case(uow, found, AnswerForm(formdata=None), form.refused(refusal), int(refusal.status))
    return see_other(f"/farm/cases/{case_id}", gettext("Giấy tờ đã tới văn phòng."))


@allowed("me.change")
def ask_erasure() -> Answer:
    """What erasing means, and the box."""
    return page("cases/erasure.html", form=ErasureForm().with_client_id())


@allowed("me.change")
def send_erasure() -> Answer:
    """Open the case; the office grants it, and every room forgets the person."""
    form, actor, now = ErasureForm().with_client_id(), current_actor(), clock.now()
    if not form.validate_on_submit():
        return page("cases/erasure.html", form=form, status=422)
    if form.sure.data != "yes":
        return see_other("/farm/me")
    with force_locale("vi"):  # the office reads it, whatever language the asker reads
        title = gettext("Xin xóa dữ liệu cá nhân")
    try:
        with unit_of_work() as uow:
            opened = commands.open_case(
                uow, kind=kinds.ERASURE, office_id=_office(uow, actor), subject=str(actor.person_id),
                title=title, facts={}, organisation_id=actor.organisation_id,
                actor=actor, client_id=form.client_uuid, now=now,
            )  # fmt: skip
    except DomainError as refusal:
        return page("cases/erasure.html", form=form.refused(refusal), status=int(refusal.status))
    return see_other("/farm/me", gettext("Đã gửi. Số của bạn là %(number)s.", number=opened.number))
