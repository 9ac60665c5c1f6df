"""The base of forms: CSRF, errors at their field, and the client id that makes a retry harmless."""

import uuid
from typing import Any, Self

from flask_wtf import FlaskForm
from wtforms import HiddenField

from app.kernel.problems import DomainError
from app.kernel.text import nfc
from app.web import kept_form
from app.web.i18n import _l
from app.web.problems import sentence

_FIELD_SENTENCES = {
    "This field is required.": _l("Xin điền mục này."),
    "Not a valid choice.": _l("Xin chọn một mục trong danh sách."),
    "Invalid Choice: could not coerce.": _l("Xin chọn một mục trong danh sách."),
    "Not a valid integer value.": _l("Xin ghi một số nguyên."),
    "Not a valid decimal value.": _l("Xin ghi một số."),
    "Not a valid date value.": _l("Xin chọn một ngày trong lịch."),
    "Number must be at least %(min)s.": _l("Số này ít nhất là %(min)s."),
    "Number must be at most %(max)s.": _l("Số này nhiều nhất là %(max)s."),
    "Number must be between %(min)s and %(max)s.": _l("Xin ghi một số từ %(min)s đến %(max)s."),
    "Field must be at least %(min)d characters long.": _l("Xin ghi ít nhất %(min)d chữ."),
    "Field cannot be longer than %(max)d characters.": _l("Xin ghi không quá %(max)d chữ."),
    "Field must be exactly %(max)d characters long.": _l("Mục này có đúng %(max)d chữ."),
    "Field must be between %(min)d and %(max)d characters long.": _l("Xin ghi từ %(min)d đến %(max)d chữ."),
}
"""What WTForms says of a wrong field, in our words: its own catalogues have no Vietnamese."""


class _FieldSentences:
    """What WTForms asks for its messages; it fills in the values itself."""

    def gettext(self, told: str) -> str:
        return str(_FIELD_SENTENCES.get(told, told))

    def ngettext(self, _one: str, many: str, _count: int) -> str:
        return self.gettext(many)


class Form(FlaskForm):  # type: ignore[misc]  # flask_wtf ships no types
    """A form of this house; text comes out in NFC and without outer spaces."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # flask_wtf ships no types
        """Filters that every field has, and the sentences of its validators."""

        def get_translations(self, form: Any) -> _FieldSentences:
            """Our sentences in the reader's language."""
            del form
            return _FieldSentences()

        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            """Give text fields the house's filter before their own."""
            filters = list(unbound_field.kwargs.get("filters", []))
            unbound_field.kwargs["filters"] = [_tidy, *[f for f in filters if f is not _tidy]]
            return unbound_field.bind(form=form, **options)

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """What the request carries; on a page that shows a form again, what was typed before."""
            carried = super().wrap_formdata(form, formdata)
            if carried is None and formdata is not None:
                return kept_form.values_for(set(form._fields))
            return carried

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = kept_form.shown_again()
        if kept is not None and not self.is_submitted() and kept_form.values_for(set(self._fields)):
            self.form_errors.extend(kept.told())

    def refused(self, refusal: DomainError) -> Self:
        """Put the refusal's sentence at the field it names, or on top of the form."""
        told = sentence(refusal)
        field = self._fields.get(refusal.field or "")
        if field is None:
            self.form_errors.append(told)
        else:
            field.errors = [*field.errors, told]
        return self


class ClientForm(Form):
    """A form that a phone may send twice: the id is made once, on the phone or with the page."""

    client_id = HiddenField()

    @property
    def client_uuid(self) -> uuid.UUID:
        """The id that came with the form; a form without a good one gets a fresh id."""
        try:
            return uuid.UUID(self.client_id.data or "")
        except ValueError:
            return uuid.uuid4()

    def with_client_id(self) -> Self:
        """Give an empty form its id, so that it works without JavaScript too."""
        if not self.client_id.data:
            self.client_id.data = str(uuid.uuid4())
        return self


def _tidy(value: Any) -> Any:
    # PostgreSQL stores no NUL, and nobody types one.
    return nfc(value).replace("\x00", "").strip() if isinstance(value, str) else value
