"""Tell the office of a problem with a code: a case with a number, from anybody."""

from uuid import UUID

from flask import request
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, ValidationError

from app.cases import commands as cases
from app.identity import queries as identity
from app.identity import throttle
from app.identity.browser import address
from app.identity.phones import NotAPhone, parse_phone
from app.kernel import clock
from app.kernel.calendar import local_day
from app.kernel.problems import Invalid, TooMany, Unavailable
from app.kernel.uow import UnitOfWork, unit_of_work
from app.web.forms import ClientForm
from app.web.i18n import _l
from app.web.pages import Answer, page
from traceability.labels import digital_link
from traceability.trace_page import queries

REPORT = "problem-report"
KINDS = (
    ("fake", _l("Nghi tem giả hoặc bị sao chép")),
    ("spoiled", _l("Hàng hỏng, không giống hồ sơ")),
    ("other", _l("Chuyện khác")),
)
REPORTS_PER_ADDRESS = 10  # in a quarter of an hour; a family behind one address may all report


class ReportForm(ClientForm):
    """What is wrong, in one's own words; a phone only for whoever wants to be called back."""

    code = HiddenField()
    kind = RadioField(
        _l("Chuyện gì?"),
        choices=[SelectChoice(*one) for one in KINDS],
        validators=[InputRequired(_l("Xin chọn một dòng."))],
    )
    text = TextAreaField(_l("Kể thêm"), validators=[Length(max=2000)])
    phone = StringField(_l("Số điện thoại để gọi lại"), validators=[Length(max=30)])

    def validate_phone(self, field: StringField) -> None:
        """A phone that cannot be called is told at once."""
        try:
            _phone(field.data)
        except NotAPhone as refused:
            raise ValidationError(_l("Số này không gọi được. Xin ghi như 0912 345 678.")) from refused


def report() -> Answer:
    """The form; POST opens the case and answers with its number."""
    form = ReportForm().with_client_id()
    if request.method == "GET":
        form.code.data = request.args.get("code", "")[:80]
    if not form.validate_on_submit():
        return page("traceability/trace_page/report.html", form=form, status=422 if form.errors else 200)
    now = clock.now()
    try:
        throttle.check(now, (f"report:{address()}", REPORTS_PER_ADDRESS))
    except TooMany as refusal:
        return page("traceability/trace_page/report.html", form=form.refused(refusal), status=429)
    with unit_of_work() as uow:
        lot = _lot_of(uow, form.code.data or "")
        office = identity.office_for(uow, lot.commune_code, local_day(now)) if lot else None
        case = cases.open_case(
            uow,
            kind=REPORT,
            office_id=office or _first_office(uow),
            subject=str(lot.lot_id) if lot else (form.code.data or "")[:120],
            title=dict(KINDS)[form.kind.data] + (f" – {lot.lot_no}" if lot else ""),
            facts={"kind": form.kind.data, "text": form.text.data or "", "code": form.code.data or ""},
            contact_phone=_phone(form.phone.data),
            actor=None,
            client_id=form.client_uuid,
            now=now,
        )
    return page("traceability/trace_page/reported.html", number=case.number)


def _phone(typed: str | None) -> str | None:
    """The number to call back, or None when none was given. Raises NotAPhone."""
    return parse_phone(typed) if typed else None


def _lot_of(uow: UnitOfWork, code: str) -> queries.Found | None:
    """The lot that a code, a lot number or nothing at all means."""
    try:
        path = queries.link_of_code(uow, digital_link.normalise(code))
    except Invalid:
        path = queries.link_of_lot_no(uow, code)
    return queries.find(uow, digital_link.read(path)) if path else None


def _first_office(uow: UnitOfWork) -> UUID:
    """The office of this installation, for a code that belongs to no lot."""
    office = identity.any_office(uow)
    if office is None:
        raise Unavailable(office="none")
    return office
