"""Forms of packing and of cancelling a label."""

from uuid import UUID

from wtforms import RadioField, StringField
from wtforms.validators import Length

from app.web.forms import ClientForm, Form
from app.web.i18n import _l
from traceability.diary.forms import NEEDED
from traceability.labels.forms import COUNT
from traceability.packing.commands import PackUnits


class PackForm(ClientForm):
    """How many packs, under labels of which weight."""

    unit_weight_g = RadioField(_l("Dán loại tem nào?"), [NEEDED], choices=[])
    count = StringField(_l("Đóng được bao nhiêu gói?"), [NEEDED, COUNT])

    def command(self, lot_id: UUID) -> PackUnits:
        """The command of a form that validated."""
        return PackUnits(
            lot_id=lot_id,
            count=int(self.count.data),
            unit_weight_g=int(self.unit_weight_g.data),
            client_id=self.client_uuid,
        )


class CancelForm(Form):
    """A label that is torn, lost or left over."""

    code = StringField(_l("Mã trên tem"), [NEEDED, Length(max=40)])
