"""The form of a label sheet."""

from uuid import UUID

from wtforms import RadioField, StringField
from wtforms.validators import Length, Regexp

from app.kernel.quantities import parse_weight
from app.web.forms import ClientForm
from app.web.i18n import _l
from traceability.diary.forms import NEEDED
from traceability.labels.commands import PrintSheet

COUNT = Regexp(r"^[0-9]{1,9}$", message=_l("Xin ghi một số, ví dụ 50."))


def _uuid(chosen: str | None) -> UUID | None:
    """The chosen right; a value that is no id is a right that nobody has."""
    try:
        return UUID(chosen) if chosen else None
    except ValueError:
        return UUID(int=0)


class SheetForm(ClientForm):
    """How many labels, for packs of which weight, with which mark."""

    unit_weight = StringField(_l("Mỗi gói nặng bao nhiêu?"), [NEEDED, Length(max=40)])
    count = StringField(_l("In bao nhiêu tem?"), [NEEDED, COUNT])
    right_id = RadioField(_l("Trên tem có nhãn hiệu không?"), validate_choice=False, default="")

    def command(self, lot_id: UUID) -> PrintSheet:
        """The command of a form that validated. Raises NotAWeight or AbsurdWeight."""
        return PrintSheet(
            lot_id=lot_id,
            count=int(self.count.data),
            unit_weight_g=parse_weight(self.unit_weight.data),
            client_id=self.client_uuid,
            right_id=_uuid(self.right_id.data),
        )
