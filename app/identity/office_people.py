"""The administrator's page: who works at this office, a further officer, a lost login, who leaves."""

from uuid import UUID

from app.identity import browser, offices
from app.identity.access import allowed, current_actor
from app.identity.forms import ROLE_NAMES, OfficerForm
from app.kernel import clock, qr
from app.kernel.config import secret_key
from app.kernel.problems import DomainError
from app.kernel.uow import unit_of_work
from app.web.forms import Form
from app.web.i18n import gettext
from app.web.pages import Answer, page, see_other


@allowed("office.people")
def people() -> Answer:
    """The officers of today, and the form for a further one."""
    return _people(OfficerForm(), Form(), 200)


def _people(form: OfficerForm, act: Form, status: int) -> Answer:
    actor = current_actor()
    with unit_of_work(read_only=True) as uow:
        rows = offices.officers(uow, actor.organisation_id, clock.now())
    return page("identity/office_people.html", status=status, rows=rows, form=form, act=act,
                role_names=ROLE_NAMES, own=actor.person_id)  # fmt: skip


@allowed("office.people")
def add_person() -> Answer:
    """Add an officer; password and authenticator are shown this once."""
    form = OfficerForm()
    if not form.validate_on_submit():
        return _people(form, Form(), 422)
    try:
        with unit_of_work() as uow:
            made = offices.add_colleague(
                uow, full_name=form.full_name.data, login_name=form.login_name.data,
                roles=tuple(form.roles.data or ()), actor=current_actor(),
                secret=secret_key(browser.config()), now=clock.now(),
            )  # fmt: skip
    except DomainError as refusal:
        return _people(form.refused(refusal), Form(), int(refusal.status))
    return page("identity/office_login_made.html", made=made, code=qr.svg(made.otpauth, level="M"))


@allowed("office.people")
def renew(person_id: UUID) -> Answer:
    """A new password and authenticator for a colleague; shown this once."""
    try:
        with unit_of_work() as uow:
            made = offices.renew_login(uow, person_id, actor=current_actor(),
                                       secret=secret_key(browser.config()), now=clock.now())  # fmt: skip
    except offices.NotOneself as refusal:
        return _people(OfficerForm(formdata=None), Form().refused(refusal), int(refusal.status))
    return page("identity/office_login_made.html", made=made, code=qr.svg(made.otpauth, level="M"))


@allowed("office.people")
def end(person_id: UUID) -> Answer:
    """A colleague leaves: roles and sessions end at once."""
    try:
        with unit_of_work() as uow:
            offices.end_colleague(uow, person_id, actor=current_actor(), now=clock.now())
    except offices.NotOneself as refusal:
        return _people(OfficerForm(formdata=None), Form().refused(refusal), int(refusal.status))
    return see_other("/office/people", gettext("Đã ngừng vai trò của người này ở văn phòng."))
