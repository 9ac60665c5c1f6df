"""The officer's page that calls a lot back, or ends it."""

from uuid import UUID

from flask import url_for
from wtforms import RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from app.identity.access import allowed, current_actor
from app.kernel import clock
from app.kernel.problems import DomainError
from app.kernel.uow import unit_of_work
from app.web.forms import Form
from app.web.i18n import _l, gettext
from app.web.pages import Answer, page, see_other
from traceability.lots import queries as lots
from traceability.recall import commands, queries
from traceability.recall.commands import RecallLot
from traceability.recall.rules import RecallClass

CLASSES = (
    (RecallClass.SAFETY, _l("An toàn: đừng ăn")),
    (RecallClass.QUALITY, _l("Chất lượng")),
    (RecallClass.LABEL, _l("Nhãn ghi sai")),
    (RecallClass.PRECAUTION, _l("Đề phòng")),
)


class RecallForm(Form):
    """Why, how grave, and by which document."""

    recall_class = RadioField(
        _l("Loại thu hồi"), choices=[SelectChoice(*one) for one in CLASSES], validators=[InputRequired()]
    )
    document_no = StringField(_l("Số quyết định"), validators=[InputRequired(), Length(max=60)])
    reason = TextAreaField(_l("Lý do (người mua sẽ đọc)"), validators=[InputRequired(), Length(max=600)])


class LiftForm(Form):
    """Why a recall is over."""

    reason = TextAreaField(_l("Lý do kết thúc"), validators=[InputRequired(), Length(max=600)])


@allowed("lot.recall")
def recall(lot_id: UUID) -> Answer:
    """The form, with what it will do; POST orders the recall."""
    actor, form = current_actor(), RecallForm()
    with unit_of_work(read_only=True) as uow:
        lot = lots.get_lot(uow, actor, lot_id)
        in_force = queries.recall_in_force(uow, lot_id) is not None
    if in_force:
        return page("traceability/recall/lift.html", form=LiftForm(), lot=lot)
    if not form.validate_on_submit():
        return page("traceability/recall/recall.html", form=form, lot=lot, status=422 if form.errors else 200)
    order = RecallLot(
        lot_id=lot_id,
        recall_class=RecallClass(form.recall_class.data),
        reason=form.reason.data,
        document_no=form.document_no.data,
    )
    try:
        with unit_of_work() as uow:
            commands.recall_lot(uow, order, actor=actor, now=clock.now())
    except DomainError as refusal:
        shown = form.refused(refusal)
        return page("traceability/recall/recall.html", form=shown, lot=lot, status=int(refusal.status))
    return see_other(
        url_for("traceability_office.verify", code=lot.lot_no), gettext("Đã gọi lô %(no)s về.", no=lot.lot_no)
    )


@allowed("lot.recall")
def lift(lot_id: UUID) -> Answer:
    """End the recall of a lot."""
    actor, form = current_actor(), LiftForm()
    with unit_of_work(read_only=True) as uow:
        lot = lots.get_lot(uow, actor, lot_id)
    if not form.validate_on_submit():
        return page("traceability/recall/lift.html", form=form, lot=lot, status=422)
    try:
        with unit_of_work() as uow:
            commands.lift(uow, lot_id, reason=form.reason.data, actor=actor, now=clock.now())
    except DomainError as refusal:
        shown = form.refused(refusal)
        return page("traceability/recall/lift.html", form=shown, lot=lot, status=int(refusal.status))
    return see_other(
        url_for("traceability_office.verify", code=lot.lot_no),
        gettext("Đã kết thúc thu hồi lô %(no)s.", no=lot.lot_no),
    )
