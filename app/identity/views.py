"""Login by phone and code, sign-up, officers' login, logging out, changing the organisation."""

from datetime import datetime, timedelta
from uuid import UUID

from flask import abort, current_app, flash, g, jsonify, make_response, request, session
from wtforms.fields.choices import SelectChoice

from app.identity import browser, gateway, login, places, queries, throttle
from app.identity.access import allowed, current_actor
from app.identity.commands import SignUp, audit, sign_up
from app.identity.forms import CodeForm, OfficeLoginForm, OrganisationForm, PhoneForm, SignUpForm
from app.identity.phones import parse_phone
from app.identity.photos import CONTENT_TYPE
from app.kernel import clock
from app.kernel.calendar import local_day
from app.kernel.config import secret_key
from app.kernel.problems import DomainError, Forbidden
from app.kernel.storage import Storage, address_of_digest
from app.kernel.uow import unit_of_work
from app.web.i18n import gettext
from app.web.pages import Answer, local_target, page, see_other, tagged

SIGN_UP_WAITS = timedelta(minutes=30)
OFFICE_ROLES = frozenset({"officer", "approving_officer", "auditor", "administrator"})


class OfficeLoginNeeded(Forbidden):
    """Officers have a second factor: a phone alone does not open the desk."""

    type, field = "office-login-needed", "phone"


def _refused(template: str, form: PhoneForm | CodeForm | OfficeLoginForm, refusal: DomainError) -> Answer:
    answer = page(template, form=form.refused(refusal), carried=True, status=int(refusal.status))
    if wait := refusal.values.get("retry_after_s"):
        answer.headers["Retry-After"] = str(wait)
    return answer


def ask_phone() -> Answer:
    """The first page of a login."""
    if "next" in request.args:
        session["login_next"] = local_target(request.args["next"], "/farm/")
    carried = gateway.has_carrier(browser.config())
    return page("identity/phone.html", form=PhoneForm(), carried=carried)


def send_code() -> Answer:
    """Send a code to the phone; what the page says does not tell whether the number is known."""
    form = PhoneForm()
    if not form.validate_on_submit():
        return page("identity/phone.html", form=form, carried=True, status=422)
    now = clock.now()
    try:
        gateway.check_carrier(browser.config())
        phone = parse_phone(form.phone.data)
        throttle.check(now, (f"send:{phone}", throttle.CODES_PER_PHONE),
                    (f"send-address:{browser.address()}", throttle.CODES_PER_ADDRESS))  # fmt: skip
        text = gettext(
            "Mã đăng nhập Cội của bạn là {code}. Mã dùng một lần, trong 10 phút. Đừng đưa mã cho ai."
        )
        with unit_of_work() as uow:
            login.send_code(uow, phone, text=text, secret=secret_key(browser.config()), now=now)
    except DomainError as refusal:
        return _refused("identity/phone.html", form, refusal)
    session["login_phone"] = phone
    return see_other("/login/code")


def ask_code() -> Answer:
    """The page for the six digits."""
    if "login_phone" not in session:
        return see_other("/login")
    return page("identity/code.html", form=CodeForm(), phone=session["login_phone"])


def check_code() -> Answer:
    """Log in with the code; a number that nobody has yet goes on to sign up."""
    phone = session.get("login_phone")
    if phone is None:
        return see_other("/login")
    form, now = CodeForm(), clock.now()
    if not form.validate_on_submit():
        return page("identity/code.html", form=form, phone=phone, status=422)
    try:
        person_id = _prove_phone(phone, form.code.data, now)
    except DomainError as refusal:
        answer = page(
            "identity/code.html", form=form.refused(refusal), phone=phone, status=int(refusal.status)
        )
        if wait := refusal.values.get("retry_after_s"):
            answer.headers["Retry-After"] = str(wait)
        return answer
    if person_id is None:
        session["sign_up"] = [phone, (now + SIGN_UP_WAITS).timestamp()]
        return see_other("/login/name")
    return _enter(person_id, now)


def _prove_phone(phone: str, typed: str, now: datetime) -> UUID | None:
    """The person behind a phone whose code is right, None for a new number.

    Raises TooMany, WrongCode, OfficeLoginNeeded.
    """
    account, address = f"code:{phone}", f"try-address:{browser.address()}"
    throttle.check(now, (account, throttle.WRONG_TRIES), (address, throttle.WRONG_TRIES_PER_ADDRESS))
    with unit_of_work() as uow:
        right = login.code_is_right(uow, phone, typed, secret=secret_key(browser.config()), now=now)
    if not right:
        raise login.WrongCode
    throttle.forgive(account, all_of_it=True)
    throttle.forgive(f"send:{phone}", all_of_it=True)
    throttle.forgive(address)
    with unit_of_work(read_only=True) as uow:
        person_id = queries.person_by_phone(uow, phone)
        held = queries.roles_of(uow, person_id, local_day(now)) if person_id else []
    if any(OFFICE_ROLES.intersection(place.roles) for place in held):
        raise OfficeLoginNeeded
    return person_id


def _enter(person_id: UUID, now: datetime, *, office: bool = False) -> Answer:
    """A fresh session for the person, the old one of this browser ended."""
    lives = login.OFFICE_SESSION if office else timedelta(days=browser.config().session_days)
    with unit_of_work() as uow:
        login.end_session(uow, browser.token(), now)
        made = login.open_session(uow, person_id, now=now, lives=lives, device=browser.device())
        audit(uow, None, "session.opened", person_id, now)
    target = local_target(session.pop("login_next", None), "/office/" if office else "/farm/")
    session.pop("login_phone", None)
    session.pop("sign_up", None)
    return browser.with_session(see_other(target), made, now)


def _sign_up_phone(now: datetime) -> str | None:
    phone, until = session.get("sign_up", (None, 0))
    return phone if now.timestamp() < until else None


def ask_name() -> Answer:
    """Sign-up: name, commune, hamlet, and whether the name may be shown."""
    if _sign_up_phone(clock.now()) is None:
        return see_other("/login")
    return page("identity/sign_up.html", form=SignUpForm())


def create_account() -> Answer:
    """Find the commune that was typed, then open the account and log in."""
    form, now = SignUpForm(), clock.now()
    phone = _sign_up_phone(now)
    if phone is None:
        return see_other("/login")
    found = places.search(form.commune_text.data or "", local_day(now))
    form.commune_code.choices = [SelectChoice(place.code, place.name) for place in found]
    if not form.validate_on_submit():
        return page("identity/sign_up.html", form=form, status=422)
    chosen = next((place for place in found if place.code == form.commune_code.data), None)
    if chosen is None:
        told = (
            gettext("Xin chọn một xã trong danh sách.")
            if found
            else gettext("Chưa tìm thấy xã nào tên như vậy.")
        )
        (form.commune_code if found else form.commune_text).errors = [told]
        return page("identity/sign_up.html", form=form, status=422)
    wanted = SignUp(
        phone=phone,
        full_name=form.full_name.data,
        commune_code=chosen.code,
        commune_valid_from=chosen.valid_from,
        hamlet=form.hamlet.data or "",
        show_name=form.show_name.data == "yes",
    )
    try:
        with unit_of_work() as uow:
            person_id = sign_up(uow, wanted, now=now)
    except DomainError as refusal:
        return page("identity/sign_up.html", form=form.refused(refusal), status=int(refusal.status))
    return _enter(person_id, now)


def ask_officer() -> Answer:
    """The officers' login page."""
    if "next" in request.args:
        session["login_next"] = local_target(request.args["next"], "/office/")
    return page("identity/office_login.html", form=OfficeLoginForm())


def check_officer() -> Answer:
    """Log an officer in by name, password and authenticator."""
    form, now = OfficeLoginForm(), clock.now()
    if not form.validate_on_submit():
        return page("identity/office_login.html", form=form, status=422)
    account, address = f"office:{form.name.data.lower()[:60]}", f"try-address:{browser.address()}"
    try:
        throttle.check(now, (account, throttle.WRONG_TRIES), (address, throttle.WRONG_TRIES_PER_ADDRESS))
        with unit_of_work() as uow:
            person_id = login.officer_id(uow, form.name.data, form.password.data, form.totp.data,
                                         secret=secret_key(browser.config()), now=now)  # fmt: skip
        if person_id is None:
            raise login.WrongLogin
    except DomainError as refusal:
        return _refused("identity/office_login.html", form, refusal)
    throttle.forgive(account, all_of_it=True)
    throttle.forgive(address)
    return _enter(person_id, now, office=True)


def log_out() -> Answer:
    """End this session, here and on the server."""
    office = g.actor is not None and g.actor.has(*OFFICE_ROLES)
    with unit_of_work() as uow:
        login.end_session(uow, browser.token(), clock.now())
    session.pop(browser.KEPT, None)
    return browser.without_session(see_other("/office/login" if office else "/login"))


@allowed("me.see")
def log_out_everywhere() -> Answer:
    """End every session of the person."""
    with unit_of_work() as uow:
        login.end_all_sessions(uow, current_actor().person_id, clock.now())
    return browser.without_session(see_other("/login", gettext("Đã đăng xuất khỏi mọi máy.")))


@allowed("me.see")
def change_organisation() -> Answer:
    """Work for another of the person's organisations: the session gets a new token."""
    actor, now = current_actor(), clock.now()
    with unit_of_work(read_only=True) as uow:
        held = queries.roles_of(uow, actor.person_id, local_day(now))
    form = OrganisationForm().of(held)
    if not form.validate_on_submit():
        flash(gettext("Xin chọn một nơi làm việc."), "error")
        return see_other("/farm/me")
    with unit_of_work() as uow:
        made = login.go_on_as(uow, browser.token(), now=now, organisation_id=UUID(form.organisation_id.data))
    office = any(
        str(r.organisation_id) == form.organisation_id.data and OFFICE_ROLES.intersection(r.roles)
        for r in held
    )
    return browser.with_session(see_other("/office/" if office else "/farm/"), made, now)


def development_inbox() -> Answer:
    """What the development gateway would have sent; bound in a demonstration only."""
    answer = make_response(jsonify(gateway.kept_messages()))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def photo(digest: str) -> Answer:
    """A household's photo, while its consent stands.

    The bytes under this address never change, so a phone keeps them; a cache that serves many people
    asks again after ten minutes and learns of a withdrawal.
    """
    key = address_of_digest(digest)
    if key is None:
        abort(404)
    with unit_of_work(read_only=True) as uow:
        if not queries.photo_is_public(uow, key):
            abort(404)
    storage: Storage = current_app.extensions["coi.storage"]
    answer = make_response(storage.read(key))
    answer.headers["Content-Type"] = CONTENT_TYPE
    return tagged(answer, cache="public, max-age=31536000, s-maxage=600, immutable")
