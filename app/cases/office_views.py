"""Cases on the officer's desk: list, one case, its papers, its decision, the list as CSV."""

from datetime import timedelta
from uuid import UUID

from flask import current_app, make_response, redirect, request

from app.cases import commands, documents, queries, words
from app.cases.forms import DecisionForm, DocumentForm
from app.cases.queries import CaseView
from app.cases.rules import State
from app.identity.access import Actor, allowed, current_actor, may
from app.kernel import clock
from app.kernel.calendar import local_day
from app.kernel.paging import Page
from app.kernel.problems import DomainError
from app.kernel.storage import Storage
from app.kernel.text import tidy
from app.kernel.uow import UnitOfWork, unit_of_work
from app.web.export import csv_bytes
from app.web.i18n import gettext
from app.web.pages import Answer, page, see_other

ALL_ROWS = 10_000


def storage() -> Storage:
    """The installation's storage."""
    kept: Storage = current_app.extensions["coi.storage"]
    return kept


def _asked() -> dict[str, str]:
    """The list's filters from the address, without signs that a database refuses (NUL)."""
    return {name: tidy(request.args.get(name, "")[:80]) for name in ("kind", "state", "text")}


@allowed("case.list")
def cases() -> Answer:
    """The office's cases by state, kind and text, all in the address."""
    asked = _asked()
    with unit_of_work(read_only=True) as uow:
        found = queries.cases_of_office(uow, current_actor(), Page.asked(request.args.get("page")), **asked)
    return page("cases/list.html", paged=found, asked=asked, words=words, today=local_day(clock.now()),
                kinds=[(key, words.kind_word(key)) for key in commands.KINDS.all()])  # fmt: skip


@allowed("case.list")
def cases_csv() -> Answer:
    """The same list as a file for a spreadsheet."""
    asked = _asked()
    with unit_of_work(read_only=True) as uow:
        found = queries.cases_of_office(uow, current_actor(), Page(1, ALL_ROWS), **asked)
    header = [gettext("Số hồ sơ"), gettext("Loại"), gettext("Trạng thái"), gettext("Nội dung"),
              gettext("Của ai"), gettext("Ngày nộp"), gettext("Hạn"), gettext("Kết quả")]  # fmt: skip
    rows = [
        (row.number, words.kind_word(row.kind), words.state_word(row.state), row.title, row.who,
         row.opened_at, row.due_on, words.step_word(row.decision) if row.decision else "")
        for row in found.rows
    ]  # fmt: skip
    answer = make_response(csv_bytes(header, rows))
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = 'attachment; filename="ho-so.csv"'
    return answer


@allowed("case.list")
def case(case_id: UUID) -> Answer:
    """One case: facts left, papers right, timeline below, decision at the foot."""
    with unit_of_work(read_only=True) as uow:
        found = queries.case(uow, current_actor(), case_id)
        form = DecisionForm(revision=str(found.revision))
        return _case(uow, found, form, DocumentForm())


def possible(actor: Actor, found: CaseView) -> frozenset[str]:
    """The steps that this officer may take on the case now; none for his own and for a decided one."""
    own = actor.person_id in {found.filed_by_id, found.for_whom_id}
    if found.state == State.DECIDED or own or not may(actor, "case.decide", found):
        return frozenset()
    kind = commands.KINDS.get(found.kind)
    if found.state == State.PROPOSED and kind is not None and kind.four_eyes:
        if actor.person_id == found.first_officer_id or not actor.has("approving_officer"):
            return frozenset()
        return frozenset({found.decision or "refused", "sent_back"})
    asks = kind is not None and kind.decide is not commands.nothing_further
    outcomes = {"granted", "refused", "closed"} if asks else {"closed"}
    return frozenset(
        outcomes | ({"returned"} if found.state == State.OPEN and found.organisation_id else set())
    )


def _case(
    uow: UnitOfWork, found: CaseView, form: DecisionForm, papers: DocumentForm, status: int = 200
) -> Answer:
    actor = current_actor()
    before, after = queries.neighbours(uow, actor, found.id)
    kind = commands.KINDS.get(found.kind)
    steps = possible(actor, found)
    return page(
        "cases/case.html", status=status, case=found, words=words, form=form.of(steps), papers=papers,
        documents=queries.documents(uow, found.id), timeline=queries.timeline(uow, found.id), before=before,
        after=after, panel=kind.panel_template if kind else None, steps=steps,
        first_of_two=bool(kind and kind.four_eyes and found.state != State.PROPOSED),
        today=local_day(clock.now()),
    )  # fmt: skip


@allowed("case.decide")
def decide(case_id: UUID) -> Answer:
    """Take the chosen step; a refusal goes back to the case with what was written."""
    actor, form = current_actor(), DecisionForm()
    with unit_of_work(read_only=True) as uow:
        found = queries.case(uow, actor, case_id)
        form.of(possible(actor, found))
        if not form.validate_on_submit():
            return _case(uow, found, form, DocumentForm(), 422)
    try:
        with unit_of_work() as uow:
            _take(uow, found, form, actor)
            _, after = queries.neighbours(uow, actor, case_id)
    except DomainError as refusal:
        with unit_of_work(read_only=True) as uow:
            return _case(
                uow,
                queries.case(uow, actor, case_id),
                form.refused(refusal),
                DocumentForm(),
                int(refusal.status),
            )
    target = f"/office/cases/{after}" if after else "/office/"
    return see_other(target, gettext("Đã ghi hồ sơ %(number)s.", number=found.number))


def _take(uow: UnitOfWork, found: CaseView, form: DecisionForm, actor: Actor) -> None:
    """One arrow of the case: return, send back, propose, or decide."""
    step, reason, now, seen = form.decision.data, form.reason.data or "", clock.now(), form.seen_revision
    kind = commands.KINDS.get(found.kind)
    if step == "returned":
        commands.return_once(uow, found.id, reason, actor=actor, now=now, revision=seen)
    elif step == "sent_back":
        commands.send_back(uow, found.id, reason, actor=actor, now=now, revision=seen)
    elif kind is not None and kind.four_eyes and found.state != State.PROPOSED:
        commands.propose(uow, found.id, step, reason, actor=actor, now=now, revision=seen)
    else:
        commands.decide(uow, found.id, step, reason, actor=actor, now=now, revision=seen)


@allowed("case.decide")
def add_paper(case_id: UUID) -> Answer:
    """Scan a paper at the desk into the same case."""
    actor, form = current_actor(), DocumentForm()
    with unit_of_work(read_only=True) as uow:
        found = queries.case(uow, actor, case_id)
        if not form.validate_on_submit():
            return _case(uow, found, DecisionForm(formdata=None, revision=str(found.revision)), form, 422)
    try:
        received = documents.receive(storage(), form.document.data.filename, form.document.data.read())
        with unit_of_work() as uow:
            commands.add_document(uow, case_id, received, source="paper", actor=actor, now=clock.now())
    except DomainError as refusal:
        with unit_of_work(read_only=True) as uow:
            blank = DecisionForm(formdata=None, revision=str(found.revision))
            return _case(uow, found, blank, form.refused(refusal), int(refusal.status))
    return see_other(f"/office/cases/{case_id}", gettext("Đã thêm giấy tờ."))


@allowed("case.see")
def document(document_id: UUID) -> Answer:
    """A paper of a case that the reader may see, by an address that lives for some minutes."""
    with unit_of_work(read_only=True) as uow:
        found = queries.document(uow, current_actor(), document_id)
    url = storage().url(found.storage_key, ttl=timedelta(minutes=5), content_type=found.content_type)
    return make_response(redirect(url, 302))
