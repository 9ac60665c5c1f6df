"""The farmer's home, a person's own data, and filing for a farmer who consented."""

from datetime import timedelta
from uuid import UUID

from flask import current_app, session
from flask_babel import force_locale

from app.identity import browser, commands, gateway, login, queries, throttle
from app.identity.access import Actor, allowed, current_actor, may
from app.identity.banks import TO_CHOOSE, UnknownBank, bank_name, parse_bank
from app.identity.forms import AskHelpForm, BankForm, CodeForm, ConsentForm, OrganisationForm, PhotoForm
from app.identity.helping import farmers_of_helper
from app.identity.phones import parse_phone
from app.identity.photos import CONTENT_TYPE, household_photo
from app.kernel import clock
from app.kernel.calendar import local_day
from app.kernel.config import secret_key
from app.kernel.problems import DomainError, NotFound
from app.kernel.storage import Storage
from app.kernel.uow import UnitOfWork, unit_of_work
from app.web import desk
from app.web.i18n import gettext, show_date
from app.web.pages import Answer, page, see_other

ME = "/farm/me"  # closed to whoever acts for somebody else


@allowed("farm.home")
def home() -> Answer:
    """Four big buttons, what waits to be sent above, what is owed below."""
    actor = current_actor()
    links = [link for link in desk.menu("farm") if may(actor, "me.see") or link.url != ME]
    lines = desk.farm_lines(actor, clock.now())
    return page("identity/farm_home.html", buttons=links[:4], links=links[4:], lines=lines)


def _me(uow: UnitOfWork, actor: Actor, status: int = 200, **forms: object) -> Answer:
    own = queries.organisation(uow, actor.organisation_id)
    consents = queries.consents_of(uow, own.id)
    answers = {
        name: "yes" if (c := consents.get(name)) and c.granted else "no"
        for name in ("show_name", "show_photo")
    }
    held = queries.roles_of(uow, actor.person_id, local_day(clock.now()))
    shown = {
        "consent_form": ConsentForm(**answers),
        "photo_form": PhotoForm(formdata=None),
        "bank_form": BankForm(
            bank_bin=bank_name(own.bank_bin), account=own.bank_account, holder=own.bank_holder
        ),
        "organisation_form": OrganisationForm(organisation_id=str(own.id)).of(held)
        if len(held) > 1
        else None,
    }
    return page("identity/me.html", status=status, own=own, phone=queries.phone_of(uow, actor.person_id),
                is_household=own.kind == "farm_household", shows_photo=queries.may_show_photo(uow, own.id),
                photo=queries.public_names(uow, [own.id])[own.id].photo,
                banks=TO_CHOOSE, is_paid=may(actor, "account.change"), **(shown | forms))  # fmt: skip


@allowed("me.see")
def me() -> Answer:
    """My name, my consents, my account, my logins."""
    with unit_of_work(read_only=True) as uow:
        return _me(uow, current_actor())


@allowed("me.change")
def change_consents() -> Answer:
    """Grant or withdraw what the public may see; only what changes is recorded."""
    actor, form, now = current_actor(), ConsentForm(), clock.now()
    if not form.validate_on_submit():
        with unit_of_work(read_only=True) as uow:
            return _me(uow, actor, 422, consent_form=form)
    with unit_of_work() as uow:
        before = queries.consents_of(uow, actor.organisation_id)
        for purpose, answer in (("show_name", form.show_name.data), ("show_photo", form.show_photo.data)):
            granted = purpose in before and before[purpose].granted
            if (answer == "yes") != granted:
                change = commands.grant_consent if answer == "yes" else commands.withdraw_consent
                change(uow, person_id=actor.person_id, organisation_id=actor.organisation_id, purpose=purpose,
                       actor=actor, now=now)  # fmt: skip
    return see_other("/farm/me", gettext("Đã ghi ý của bạn. Trang truy xuất sẽ đổi theo."))


@allowed("me.change")
def send_photo() -> Answer:
    """Show this picture of the household, in place of the one before."""
    actor, form = current_actor(), PhotoForm()
    if not form.validate_on_submit():
        with unit_of_work(read_only=True) as uow:
            return _me(uow, actor, 422, photo_form=form)
    storage: Storage = current_app.extensions["coi.storage"]
    try:
        with unit_of_work(read_only=True) as uow:
            if not queries.may_show_photo(uow, actor.organisation_id):
                raise commands.PhotoNotAgreed  # before anything is stored
        made = household_photo(form.photo.data.read())
        key = storage.put(made.content, CONTENT_TYPE)
        with unit_of_work() as uow:
            commands.keep_photo(uow, key, taken_on=made.taken_on, actor=actor, now=clock.now())
    except DomainError as refusal:
        with unit_of_work(read_only=True) as uow:
            return _me(uow, actor, int(refusal.status), photo_form=form.refused(refusal))
    return see_other("/farm/me#photo", gettext("Đã nhận hình. Trang truy xuất sẽ hiện hình này."))


@allowed("me.change")
def remove_photo() -> Answer:
    """Take the household's photo away."""
    with unit_of_work() as uow:
        commands.remove_photo(uow, actor=current_actor(), now=clock.now())
    return see_other("/farm/me#photo", gettext("Đã xóa hình. Trang truy xuất hiện lại hình vẽ."))


@allowed("account.change")
def change_bank_account() -> Answer:
    """Change where the organisation is paid."""
    actor, form = current_actor(), BankForm()
    bank_bin = _bank(form) if form.validate_on_submit() else None
    if bank_bin is None:
        with unit_of_work(read_only=True) as uow:
            return _me(uow, actor, 422, bank_form=form)
    account = commands.BankAccount(bank_bin=bank_bin, account=form.account.data, holder=form.holder.data)
    with unit_of_work() as uow:
        commands.change_bank_account(uow, account, actor=actor, now=clock.now())
    told = gettext("Tiền bán hàng từ nay vào tài khoản %(account)s ở %(bank)s.",
                   account=account.account, bank=bank_name(bank_bin))  # fmt: skip
    return see_other("/farm/me", told)


def _bank(form: BankForm) -> str | None:
    """The BIN of the bank that was typed; None when there is none such, which the form then says."""
    try:
        return parse_bank(form.bank_bin.data)
    except UnknownBank as refusal:
        form.refused(refusal)
        return None


@allowed("help.see")
def helping() -> Answer:
    """The farmers for whom this helper may file, and the form that asks another one."""
    return _helping(AskHelpForm(), 200)


def _helping(form: AskHelpForm, status: int) -> Answer:
    with unit_of_work(read_only=True) as uow:
        farmers = farmers_of_helper(uow, current_actor().person_id, clock.now())
    return page("identity/help.html", status=status, form=form.with_client_id(), farmers=farmers)


@allowed("help.ask")
def ask_farmer() -> Answer:
    """Send the farmer's own phone a code that says who asks, what for and until when."""
    form, actor, now = AskHelpForm(), current_actor(), clock.now()
    if not form.validate_on_submit():
        return _helping(form, 422)
    until = now + timedelta(days=int(form.days.data))
    with force_locale("vi"):  # the helper's page may be English; the phone that reads it is another's
        text = gettext(
            "%(helper)s xin nộp hộ bạn: ghi việc, thu hoạch, nộp hồ sơ; "
            "không đổi số điện thoại hay tài khoản. "
            "Đến hết ngày %(day)s. Đồng ý thì đọc mã {code} cho người đó.",
            helper=actor.display_name,
            day=show_date(until),
        )
    try:
        gateway.check_carrier(browser.config())
        phone = parse_phone(form.phone.data)
        throttle.check(now, (f"send:{phone}", throttle.CODES_PER_PHONE),
                    (f"send-address:{browser.address()}", throttle.CODES_PER_ADDRESS))  # fmt: skip
        with unit_of_work() as uow:
            farmer_id = queries.person_by_phone(uow, phone)
            if farmer_id is None or queries.household_of(uow, farmer_id, local_day(now)) is None:
                raise NotAFarmer
            login.send_code(uow, phone, text=text, secret=_secret(), now=now, purpose=login.ASSISTED)
    except DomainError as refusal:
        return _helping(form.refused(refusal), int(refusal.status))
    session["help"] = [phone, int(form.days.data)]
    return see_other("/farm/help/code")


class NotAFarmer(NotFound):
    """Nobody with a household is registered under this number."""

    type, field = "not-a-farmer", "phone"


def _secret() -> str:
    return secret_key(browser.config())


@allowed("help.ask")
def ask_farmers_code() -> Answer:
    """The page where the farmer's code is typed."""
    if "help" not in session:
        return see_other("/farm/help")
    return page("identity/help_code.html", form=CodeForm(), phone=session["help"][0])


@allowed("help.ask")
def take_consent() -> Answer:
    """The farmer's code is his consent: record it and act for him."""
    if "help" not in session:
        return see_other("/farm/help")
    phone, days = session["help"]
    form, actor, now = CodeForm(), current_actor(), clock.now()
    if not form.validate_on_submit():
        return page("identity/help_code.html", form=form, phone=phone, status=422)
    try:
        throttle.check(now, (f"code:{phone}", throttle.WRONG_TRIES))
        with unit_of_work() as uow:
            right = login.code_is_right(
                uow, phone, form.code.data, secret=_secret(), now=now, purpose=login.ASSISTED
            )
        if not right:
            raise login.WrongCode
        throttle.forgive(f"code:{phone}", all_of_it=True)
        throttle.forgive(f"send:{phone}", all_of_it=True)
        with unit_of_work() as uow:
            farmer_id = queries.person_by_phone(uow, phone)
            if farmer_id is None:
                raise NotAFarmer
            login.consent_to_helper(uow, farmer_id, helper=actor, until=now + timedelta(days=days), now=now)
    except DomainError as refusal:
        return page(
            "identity/help_code.html", form=form.refused(refusal), phone=phone, status=int(refusal.status)
        )
    session.pop("help")
    return _act_for(farmer_id)


@allowed("help.ask")
def act_for(farmer_id: UUID) -> Answer:
    """Begin to file for a farmer whose consent still runs."""
    return _act_for(farmer_id)


def _act_for(farmer_id: UUID) -> Answer:
    actor, now = current_actor(), clock.now()
    with unit_of_work() as uow:
        if not queries.helper_may_act(uow, helper_id=actor.person_id, farmer_id=farmer_id, now=now):
            raise NotFound(person=farmer_id)
        made = login.go_on_as(uow, browser.token(), now=now, acting_for_id=farmer_id)
        commands.audit(uow, actor, "help.began", farmer_id, now)
    return browser.with_session(see_other("/farm/"), made, now)


@allowed("help.see")
def next_farmer() -> Answer:
    """Done with this farmer: the session acts for nobody, and nothing of him stays on the phone."""
    actor, now = current_actor(), clock.now()
    with unit_of_work() as uow:
        made = login.go_on_as(uow, browser.token(), now=now)
        if actor.acting_for_id is not None:
            commands.audit(uow, actor, "help.ended", actor.acting_for_id, now)
    session.pop("help", None)
    answer = see_other("/farm/help", gettext("Xong. Có thể bắt đầu với người tiếp theo."))
    answer.headers["Clear-Site-Data"] = '"cache"'
    return browser.with_session(answer, made, now)
