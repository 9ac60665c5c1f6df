"""The farm's devices: what there is, is it alive, a new one and its key."""

from flask import url_for
from wtforms import IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange

from app.identity.access import allowed, current_actor
from app.kernel import clock
from app.kernel.problems import DomainError
from app.kernel.uow import unit_of_work
from app.registry import queries as registry
from app.web.forms import Form
from app.web.i18n import _l
from app.web.pages import Answer, page
from sensors_link.devices import commands
from sensors_link.devices.properties import PROPERTIES
from sensors_link.devices.property_names import name_of


class DeviceForm(Form):
    """A box, what it measures, and where."""

    name = StringField(_l("Tên máy đo"), validators=[InputRequired(_l("Xin đặt tên.")), Length(max=80)])
    plot = SelectField(_l("Đặt ở vườn"))
    observed_property = SelectField(_l("Đo gì"))
    interval_min = IntegerField(
        _l("Mỗi bao nhiêu phút"), default=10, validators=[InputRequired(), NumberRange(min=1, max=1440)]
    )


@allowed("device.enrol")
def new_device() -> Answer:
    """Enrol a device with its first datastream; the key is shown once."""
    actor, form = current_actor(), DeviceForm()
    with unit_of_work(read_only=True) as uow:
        plots = registry.plots_of(uow, actor.organisation_id)
    form.plot.choices = [SelectChoice(str(plot.id), plot.name) for plot in plots]
    form.observed_property.choices = [SelectChoice(key, name_of(key)) for key in PROPERTIES]
    if not form.validate_on_submit():
        return page(
            "sensors_link/devices/new.html", form=form, plots=plots, status=422 if form.errors else 200
        )
    plot = next(plot for plot in plots if str(plot.id) == form.plot.data)
    now = clock.now()
    try:
        with unit_of_work() as uow:
            wanted = commands.EnrolDevice(name=form.name.data)
            device, key = commands.enrol(uow, wanted, actor=actor, now=now)
            stream = commands.add_datastream(
                uow,
                commands.AddDatastream(
                    device_id=device.id,
                    plot_id=plot.id,
                    code=form.observed_property.data,
                    observed_property=form.observed_property.data,
                    interval_s=form.interval_min.data * 60,
                ),
                actor=actor,
                now=now,
            )
    except DomainError as refusal:
        shown = form.refused(refusal)
        return page("sensors_link/devices/new.html", form=shown, plots=plots, status=int(refusal.status))
    push = url_for("sensors_api.push")
    return page("sensors_link/devices/key.html", device=device, stream=stream, key=key, push=push)
