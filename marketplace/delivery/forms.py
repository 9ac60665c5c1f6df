"""The seller's one page about delivery."""

from collections.abc import Callable
from typing import Any

from wtforms import HiddenField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from app.kernel.problems import DomainError
from app.kernel.quantities import parse_dong
from app.web.forms import Form
from app.web.i18n import _l
from app.web.problems import sentence
from marketplace.delivery.queries import TermsView
from marketplace.delivery.rules import LONGEST, AbsurdDays, Terms

NEEDED = InputRequired(_l("Xin điền mục này."))


class DeliveryForm(Form):
    """Whether, for how much, in how many days. Empty money is none: no fee typed means 0."""

    delivers = RadioField(
        _l("Có giao tận nơi không?"),
        [InputRequired(_l("Xin chọn một."))],
        choices=[
            SelectChoice("yes", _l("Có giao")),
            SelectChoice("no", _l("Không, người mua tới vườn lấy")),
        ],
    )
    fee = StringField(_l("Phí giao một đơn"), [Length(max=40)])
    free_from = StringField(_l("Tiền hàng từ bao nhiêu thì giao miễn phí?"), [Length(max=40)])
    days = StringField(_l("Đặt hàng xong, mấy ngày sau có hàng?"), [NEEDED, Length(max=10)])
    pickup_place = StringField(_l("Chỗ tới lấy hàng"), [Length(max=160)])
    lot = HiddenField()

    def show(self, terms: TermsView) -> None:
        """Fill in what holds now."""
        self.delivers.data = "yes" if terms.delivers else "no"
        self.fee.data = "" if terms.fee_vnd is None else str(terms.fee_vnd)
        self.free_from.data = str(terms.free_from_vnd or "")
        self.days.data = str(terms.days)
        self.pickup_place.data = terms.pickup_place

    def terms(self) -> Terms | None:
        """What was typed; None when a field has got an error instead."""
        fee = free_from = None
        if self.delivers.data == "yes":
            fee = self._read(self.fee, _dong)
            free_from = self._read(self.free_from, _dong)
            if fee is None and not self.fee.errors:
                self.fee.errors = [*self.fee.errors, str(_l("Xin điền phí giao; không lấy phí thì điền 0."))]
        days = self._read(self.days, _days)
        wrong = self.fee.errors or self.free_from.errors or days is None
        return None if wrong or days is None else Terms(fee, free_from, days)

    def _read(self, field: Any, read: Callable[[str], int | None]) -> int | None:
        try:
            return read(field.data or "")
        except DomainError as refusal:
            field.errors = [*field.errors, sentence(refusal)]
            return None


def _dong(typed: str) -> int | None:
    return parse_dong(typed) if typed.strip() else None


def _days(typed: str) -> int:
    text = typed.strip()
    if not text.isascii() or not text.isdecimal() or int(text[:4]) > LONGEST:
        raise AbsurdDays(longest=LONGEST)
    return int(text)
