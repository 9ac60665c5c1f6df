"""Forms of the diary; `DayField` serves every farm form."""

from datetime import date
from typing import Any
from uuid import UUID

from wtforms import DateField, HiddenField, IntegerField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.kernel.problems import NotFound
from app.web.forms import ClientForm
from app.web.i18n import _l, gettext
from traceability.diary.commands import RecordWork
from traceability.diary.rules import LONGEST_PHI, WorkKind

NEEDED = InputRequired(_l("Xin điền mục này."))


class DayField(DateField):  # type: ignore[misc]  # wtforms ships no types
    """A day from the phone's own calendar."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read `2026-11-20`; anything else is told in the reader's words."""
        try:
            super().process_formdata(valuelist)
        except ValueError as fault:
            raise ValueError(gettext("Xin chọn một ngày trong lịch.")) from fault


class DaysField(IntegerField):  # type: ignore[misc]  # wtforms ships no types
    """A whole number of days."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read ASCII digits only; `int` would take other scripts' digits too."""
        typed = (valuelist[0] if valuelist else "").strip()
        self.data = None
        if not typed:
            return
        if not typed.isascii() or not typed.isdecimal() or len(typed) > 4:
            raise ValueError(gettext("Xin ghi số ngày, ví dụ 7."))
        self.data = int(typed)


class WorkForm(ClientForm):
    """One work. `step` says which screen was sent; `kind` and what it corrects travel hidden."""

    step = HiddenField()
    kind = HiddenField()
    corrects_id = HiddenField()
    plot_id = RadioField(_l("Ở thửa nào?"), [NEEDED], validate_choice=False)
    product = StringField(_l("Tên thuốc, phân hay thức ăn"), [Length(max=80)])
    active_ingredient = StringField(_l("Hoạt chất (ghi trên nhãn)"), [Length(max=80)])
    dose = StringField(_l("Liều lượng"), [Length(max=80)])
    phi_days = DaysField(_l("Thời gian cách ly (ghi trên nhãn)"), [Optional(), NumberRange(0, LONGEST_PHI)])
    done_on = DayField(_l("Làm ngày nào?"), [NEEDED])
    note = TextAreaField(_l("Ghi thêm"), [Length(max=500)])

    def work_kind(self) -> WorkKind | None:
        """The kind that was chosen, or None."""
        return next((kind for kind in WorkKind if kind == self.kind.data), None)

    def named(self) -> None:
        """Call the product what this kind of work calls it, and say what a spray cannot do without."""
        names = {
            WorkKind.SPRAY: _l("Tên thuốc (ghi trên nhãn)"),
            WorkKind.FERTILISE: _l("Tên phân"),
            WorkKind.FEED: _l("Tên thức ăn"),
        }
        kind = self.work_kind()
        self.product.label.text = names.get(kind, self.product.label.text) if kind else ""
        for field in (self.product, self.phi_days):
            field.flags.required = kind is WorkKind.SPRAY

    def asked(self) -> tuple[Any, ...]:
        """The fields that this kind of work has, in the order of the screen."""
        by_kind = {
            WorkKind.SPRAY: (self.product, self.active_ingredient, self.dose, self.phi_days),
            WorkKind.FERTILISE: (self.product, self.dose),
            WorkKind.FEED: (self.product, self.dose),
        }
        kind = self.work_kind()
        return by_kind.get(kind, ()) if kind else ()

    def owned_by_product(self) -> str:
        """Names of the fields that say something of the product: with another product they begin empty."""
        return " ".join(field.name for field in self.asked() if field is not self.product)

    def command(self, kind: WorkKind) -> RecordWork:
        """The command; only for a form that validated. Raises NotFound for a correction of no entry."""
        day: date = self.done_on.data
        return RecordWork(
            plot_id=UUID(self.plot_id.data),
            kind=kind,
            done_on=day,
            client_id=self.client_uuid,
            product=self.product.data,
            active_ingredient=self.active_ingredient.data,
            dose=self.dose.data,
            phi_days=self.phi_days.data,
            note=self.note.data,
            corrects_id=self._corrects(),
        )

    def _corrects(self) -> UUID | None:
        typed = self.corrects_id.data
        try:
            return UUID(typed) if typed else None
        except ValueError as malformed:
            raise NotFound(entry=typed[:40]) from malformed
