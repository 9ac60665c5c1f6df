"""What an applicant and an officer fill in."""

import re

from wtforms import RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from app.web.forms import ClientForm, Form
from app.web.i18n import _l
from trademarks.use_rights.rules import LONGEST_REASON, BadLabelCount, check_labels

NEEDED = InputRequired(_l("Xin điền mục này."))
_NUMBER = re.compile(r"[0-9]{1,3}([. ]?[0-9]{3})*|[0-9]{1,9}")


def labels_from(text: str | None) -> int:
    """`2000`, `2.000` and `2 000` as a number of labels. Raises BadLabelCount."""
    typed = (text or "").strip()
    if not _NUMBER.fullmatch(typed):
        raise BadLabelCount(count=typed[:20], most=100_000)
    return check_labels(int(typed.replace(".", "").replace(" ", "")))


class Boxes(SelectMultipleField):  # type: ignore[misc]  # wtforms ships no types
    """Several of a list, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class ApplyForm(ClientForm):
    """Which mark, on what, how many labels; spread over three screens."""

    mark = RadioField(_l("Muốn dùng nhãn hiệu nào?"), [NEEDED], choices=[])
    crops = Boxes(_l("Cho hàng nào?"), [NEEDED], choices=[])
    labels = StringField(_l("Cần bao nhiêu tem cho năm nay?"), [NEEDED, Length(max=12)])


class ActForm(Form):
    """An officer's act: a reason from the list, words for the holder, and what the act needs besides."""

    reason_code = RadioField(_l("Lý do"), choices=[], validate_choice=False)
    reason_text = TextAreaField(_l("Viết cho người được cấp"), [Length(max=LONGEST_REASON)])
    scope = Boxes(_l("Đình chỉ cho hàng nào?"), choices=[], validate_choice=False)
    labels = StringField(_l("Thêm bao nhiêu tem?"), [Length(max=12)])
