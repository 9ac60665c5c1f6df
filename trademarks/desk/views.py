"""Desk pages of rights: list with filters and export, one right, and the page of each act.

An act is sent twice: the first answer shows what will change and the letter that the holder gets,
the second carries it out.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from flask import Response, make_response, request, url_for
from wtforms.fields.choices import SelectChoice

from app.identity.access import Actor, allowed, current_actor
from app.identity.queries import organisation_names, person_names
from app.kernel import clock
from app.kernel.paging import Page
from app.kernel.problems import DomainError, NotFound
from app.kernel.uow import UnitOfWork, unit_of_work
from app.registry.crops import crop_name
from app.web.desk import InboxRow
from app.web.export import csv_bytes
from app.web.i18n import gettext as _
from app.web.i18n import show_date
from app.web.pages import Answer, page, see_other
from trademarks.desk import queries
from trademarks.desk.queries import RightFile, RightFilter
from trademarks.desk.rules import PAGES, ActPage, Stand, open_acts, why_closed
from trademarks.register.queries import marks
from trademarks.use_rights import commands, sentences
from trademarks.use_rights.commands import Because
from trademarks.use_rights.download import certificate_file
from trademarks.use_rights.forms import ActForm, labels_from
from trademarks.use_rights.rules import Act, Reason, RightState, check_reason, suspension_act

SIZES = (25, 50, 100)
EVERYTHING = 100_000  # rows of an export


@allowed("right.see")
def index() -> Answer:
    """Rights that the office answers for; filters and page stand in the address."""
    actor, wanted, now = current_actor(), _filter(), clock.now()
    size = next((s for s in SIZES if str(s) == request.args.get("size")), SIZES[0])
    with unit_of_work(read_only=True) as uow:
        found = queries.rights_at_desk(
            uow, actor, wanted, Page.asked(request.args.get("page"), size=size), now=now
        )
        names = organisation_names(uow, (view.organisation_id for view in found.rows))
        known = marks(uow)
    return page(
        "trademarks/desk/index.html",
        rights=found,
        names=names,
        marks=known,
        wanted=wanted,
        sizes=SIZES,
        size=size,
        states=sentences.STATES,
    )


@allowed("right.see")
def export() -> Response:
    """The filtered list as CSV."""
    now = clock.now()
    with unit_of_work(read_only=True) as uow:
        found = queries.rights_at_desk(uow, current_actor(), _filter(), Page(1, EVERYTHING), now=now)
        names = organisation_names(uow, (view.organisation_id for view in found.rows))
    header = [
        _("Số giấy"),
        _("Nhãn hiệu"),
        _("Người được cấp"),
        _("Hàng"),
        _("Từ ngày"),
        _("Đến hết ngày"),
        _("Trạng thái"),
        _("Tem được cấp"),
        _("Tem còn lại"),
        _("Mô phỏng"),
    ]
    rows = [
        (
            view.certificate_no,
            view.mark_name,
            names.get(view.organisation_id, ""),
            ", ".join(crop_name(crop) for crop in view.crops),
            show_date(view.valid_from),
            show_date(view.valid_to),
            sentences.STATES[view.state],
            view.quota_granted,
            view.quota_left,
            _("có") if view.simulated else "",
        )
        for view in found.rows
    ]
    answer = make_response(csv_bytes(header, rows))
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = 'attachment; filename="quyen-su-dung-nhan-hieu.csv"'
    return answer


@allowed("right.see")
def right(right_id: UUID) -> Answer:
    """One right: how it stands, its history with the letters, its labels, and what may be done now."""
    actor, now = current_actor(), clock.now()
    with unit_of_work(read_only=True) as uow:
        found = queries.right_at_desk(uow, actor, right_id, now=now)
        people = {change.person_id for change in found.history if change.person_id}
        names = person_names(uow, people | {found.granted_by_id})
        holder = organisation_names(uow, [found.view.organisation_id])[found.view.organisation_id]
    return page(
        "trademarks/desk/right.html",
        right=found,
        holder=holder,
        names=names,
        acts=_open_acts(found, actor),
        words=sentences,
    )


@allowed("right.see")
def certificate(right_id: UUID) -> Response:
    """The certificate's PDF."""
    with unit_of_work(read_only=True) as uow:
        found = queries.right_at_desk(uow, current_actor(), right_id, now=clock.now())
    return certificate_file(found.pdf_key, found.view.certificate_no)


@allowed("right.change")
def ask(right_id: UUID, name: str) -> Answer:
    """The form of an act; one without a form of its own shows its preview at once."""
    actor, now, what = current_actor(), clock.now(), _page(name)
    with unit_of_work(read_only=True) as uow:
        found = queries.right_at_desk(uow, actor, right_id, now=now)
    if not _is_open(what, found, actor):
        return _not_open(found, what, actor)
    form = _form(what, found)
    if not what.reasons:
        return _preview(found, what, form, actor, now)
    form.scope.data = list(found.view.crops)
    return _show(found, what, form)


@allowed("right.change")
def act(right_id: UUID, name: str) -> Answer:
    """Show what the act will change; carry it out when the preview was confirmed."""
    actor, now, what = current_actor(), clock.now(), _page(name)
    with unit_of_work(read_only=True) as uow:
        found = queries.right_at_desk(uow, actor, right_id, now=now)
    if not _is_open(what, found, actor):
        return _not_open(found, what, actor)
    form = _form(what, found)
    if not form.validate():
        return _show(found, what, form, status=422)
    try:
        if request.form.get("confirmed") != "yes":
            return _preview(found, what, form, actor, now)
        with unit_of_work() as uow:
            _CARRIED_OUT[what.act](uow, right_id, form, actor, now)
    except NotFound:
        raise
    except DomainError as refusal:
        return _show(found, what, form.refused(refusal), status=int(refusal.status))
    done = _("Đã ghi: %(act)s, giấy %(no)s.", act=sentences.ACTS[what.act], no=found.view.certificate_no)
    return see_other(url_for("trademarks_office.right", right_id=right_id), done)


def waiting(actor: Actor, now: datetime) -> list[InboxRow]:
    """Rows of the inbox for an approving officer: what waits for a second person."""
    if not actor.has("approving_officer"):
        return []
    with unit_of_work(read_only=True) as uow:
        found = queries.waiting_for_second(uow, actor, now)
    pages = {page.act: page.name for page in PAGES.values()}
    return [
        InboxRow(
            kind="right",
            label=str(sentences.ACTS[one.act]),
            who=f"{one.holder} ({one.certificate_no})",
            url=url_for("trademarks_office.ask", right_id=one.right_id, name=pages[one.act]),
            since=one.since,
            due_at=one.until,
            next_action=_("Xem và quyết định"),
        )
        for one in found
    ]


def _is_open(what: ActPage, found: RightFile, actor: Actor) -> bool:
    return what.name in {name for name, _label in _open_acts(found, actor)}


def _not_open(found: RightFile, what: ActPage, actor: Actor) -> Answer:
    """Why this officer cannot take the act now, and what he can do instead."""
    return page(
        "trademarks/desk/not_open.html",
        right=found,
        title=sentences.ACTS[what.act],
        why=why_closed(what.name, _stand(found, actor)),
        acts=_open_acts(found, actor),
        status=409,
    )


def _show(found: RightFile, what: ActPage, form: ActForm, *, status: int = 200) -> Answer:
    return page(
        "trademarks/desk/act.html",
        right=found,
        what=what,
        form=form,
        title=sentences.ACTS[what.act],
        status=status,
    )


def _preview(found: RightFile, what: ActPage, form: ActForm, actor: Actor, now: datetime) -> Answer:
    act = what.act
    if act is Act.SUSPENDED:
        act = suspension_act(approving=actor.has("approving_officer"))
    because = _because(form, what, found)
    labels = labels_from(form.labels.data) if what.labels else 0
    with unit_of_work(read_only=True) as uow:
        letter = commands.letter_for(uow, found.view.id, act, because, labels=labels, actor=actor, now=now)
    return page(
        "trademarks/desk/preview.html",
        right=found,
        what=what,
        form=form,
        title=sentences.ACTS[act],
        letter=letter,
        because=because,
        reason=sentences.REASONS[because.code] if because else "",
        scope=", ".join(crop_name(crop) for crop in _scope(form, found)) if what.scope else "",
        labels=labels,
    )


def _because(form: ActForm, what: ActPage, found: RightFile) -> Because | None:
    """What the officer wrote, or for the second of two persons what the first one wrote."""
    if what.reasons:
        code = check_reason(what.act, form.reason_code.data or "", form.reason_text.data or "")
        return Because(code, form.reason_text.data)
    if what.act is Act.REVOKED and found.proposed_code:
        return Because(Reason(found.proposed_code), found.proposed_text or "")
    return None


def _scope(form: ActForm, found: RightFile) -> list[str]:
    return [crop for crop in found.view.crops if crop in (form.scope.data or found.view.crops)]


def _form(what: ActPage, found: RightFile) -> ActForm:
    form = ActForm()
    form.reason_code.choices = [
        SelectChoice(reason.value, sentences.REASONS[reason]) for reason in what.reasons
    ]
    form.scope.choices = [SelectChoice(crop, crop_name(crop)) for crop in found.view.crops]
    form.reason_text.flags.required = bool(what.reasons)
    form.labels.flags.required = what.labels
    return form


def _page(name: str) -> ActPage:
    if name not in PAGES:
        raise NotFound(act=name)
    return PAGES[name]


def _filter() -> RightFilter:
    state, mark = request.args.get("state", ""), request.args.get("mark", "")
    try:
        mark_id = UUID(mark) if mark else None
    except ValueError:
        mark_id = None
    return RightFilter(state if state in set(RightState) else "", mark_id, request.args.get("q", "")[:80])


def _open_acts(found: RightFile, actor: Actor) -> list[tuple[str, str]]:
    if not actor.has("officer", "approving_officer"):
        return []
    names = open_acts(_stand(found, actor))
    return [(name, str(sentences.ACTS[PAGES[name].act])) for name in names]


def _stand(found: RightFile, actor: Actor) -> Stand:
    return Stand(
        state=found.view.state,
        emergency=found.view.lapses_at is not None,
        suspended_by=found.suspended_by_id,
        proposed_by=found.proposed_by_id,
        officer=actor.person_id,
        approving=actor.has("approving_officer"),
    )


def _told(form: ActForm) -> Because:
    code = form.reason_code.data or ""
    return Because(Reason(code) if code in set(Reason) else Reason.OTHER, form.reason_text.data or "")


Carry = Callable[[UnitOfWork, UUID, ActForm, Actor, datetime], object]

_CARRIED_OUT: dict[Act, Carry] = {
    Act.SUSPENDED: lambda uow, right_id, form, actor, now: commands.suspend(
        uow, right_id, _told(form), scope=form.scope.data or (), actor=actor, now=now
    ),
    Act.RATIFIED: lambda uow, right_id, _, actor, now: commands.ratify(uow, right_id, actor=actor, now=now),
    Act.REINSTATED: lambda uow, right_id, form, actor, now: commands.reinstate(
        uow, right_id, _told(form), actor=actor, now=now
    ),
    Act.REVOCATION_PROPOSED: lambda uow, right_id, form, actor, now: commands.propose_revocation(
        uow, right_id, _told(form), actor=actor, now=now
    ),
    Act.REVOKED: lambda uow, right_id, _, actor, now: commands.revoke(uow, right_id, actor=actor, now=now),
    Act.QUOTA_EXTENDED: lambda uow, right_id, form, actor, now: commands.extend_quota(
        uow, right_id, labels_from(form.labels.data), _told(form), actor=actor, now=now
    ),
}
