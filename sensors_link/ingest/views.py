"""The page on which a person hands in a CSV file of readings."""

import hashlib
from uuid import UUID

from flask import url_for
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from app.identity.access import allowed, current_actor
from app.kernel import clock
from app.kernel.problems import DomainError
from app.kernel.uow import unit_of_work
from app.web.forms import Form
from app.web.i18n import _l, gettext, ngettext
from app.web.pages import Answer, page, see_other
from sensors_link.devices import queries as devices
from sensors_link.devices.property_names import name_of
from sensors_link.ingest import commands
from sensors_link.ingest.commands import Source
from sensors_link.ingest.decode import Decoded, decode_csv


class CSVForm(Form):
    """A file, and the datastream that it belongs to."""

    datastream = SelectField(_l("Số đo của"), coerce=str)
    file = FileField(_l("Tệp CSV"), validators=[FileRequired(_l("Xin chọn một tệp."))])
    value_column = StringField(_l("Tên cột số đo, nếu tệp có nhiều cột"), validators=[Length(max=80)])
    dry_run = BooleanField(_l("Chỉ xem thử, chưa ghi"))


@allowed("sensors.upload")
def upload() -> Answer:
    """GET the form; POST reads the file, keeps the good rows, names the bad ones by line."""
    actor = current_actor()
    form = CSVForm()
    with unit_of_work(read_only=True) as uow:
        owned = devices.datastreams_of(uow, actor.organisation_id)
    form.datastream.choices = [
        SelectChoice(str(one.id), f"{one.device_name} · {name_of(one.observed_property)}") for one in owned
    ]
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return page("sensors_link/ingest/upload.html", form=form, none=not owned, status=status)
    raw = form.file.data.read()
    name = form.file.data.filename or ""
    try:
        told = decode_csv(raw, value_column=form.value_column.data or None)
    except DomainError as refusal:
        shown = form.refused(refusal)
        return page("sensors_link/ingest/upload.html", form=shown, none=False, status=int(refusal.status))
    if form.dry_run.data:
        return page("sensors_link/ingest/outcome.html", told=told, taken=None, name=name)
    return _take(UUID(form.datastream.data), raw, told, name)


def _take(datastream_id: UUID, raw: bytes, told: Decoded, name: str) -> Answer:
    actor = current_actor()
    with unit_of_work() as uow:
        stream = devices.get_datastream(uow, actor, datastream_id)
        source = Source(
            device_id=stream.device_id,
            grade="file_upload",
            person_id=actor.person_id,
            file_name=name[:160],
            sha256=hashlib.sha256(raw).hexdigest(),
            bad=len(told.bad),
        )
        taken = commands.take_readings(
            uow, told.readings, source=source, streams={None: stream}, now=clock.now()
        )
    if told.bad or taken.conflicts or taken.ahead:
        return page("sensors_link/ingest/outcome.html", told=told, taken=taken, name=name)
    message = ngettext("Đã ghi %(num)s số đo.", "Đã ghi %(num)s số đo.", taken.taken)
    if taken.duplicates:
        message += " " + gettext("%(n)s số đo đã có từ trước.", n=taken.duplicates)
    return see_other(url_for("sensors_farm.devices"), message)
