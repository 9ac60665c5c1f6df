"""Forms of harvests, corrections, holds and releases."""

from uuid import UUID

from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import Length

from app.kernel.quantities import parse_weight
from app.web.forms import ClientForm, Form
from app.web.i18n import _l
from traceability.diary.forms import NEEDED, DayField
from traceability.lots.commands import RegisterHarvest


class HarvestForm(ClientForm):
    """A harvest of one plot. `step` says which screen was sent."""

    step = HiddenField()
    plot_id = HiddenField()
    weight = StringField(_l("Hái được bao nhiêu?"), [NEEDED, Length(max=40)])
    picked_on = DayField(_l("Hái ngày nào?"), [NEEDED])

    def command(self, plot_id: UUID) -> RegisterHarvest:
        """The command of a form that validated. Raises NotAWeight or AbsurdWeight."""
        return RegisterHarvest(
            plot_id=plot_id,
            picked_on=self.picked_on.data,
            weight_g=parse_weight(self.weight.data),
            client_id=self.client_uuid,
        )


class WeightForm(ClientForm):
    """The right weight of a harvest that was written wrongly."""

    weight = StringField(_l("Số ký đúng là bao nhiêu?"), [NEEDED, Length(max=40)])


class ReasonForm(Form):
    """A decision about somebody's goods, with its reason."""

    reason = TextAreaField(_l("Lý do"), [NEEDED, Length(max=300)])
