"""What a seller says about an offer."""

from collections.abc import Callable
from typing import Any

from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length

from app.kernel.problems import DomainError
from app.kernel.quantities import parse_dong, parse_weight
from app.web.forms import ClientForm
from app.web.i18n import _l
from app.web.problems import sentence
from marketplace.listings.rules import MOST_UNITS, AbsurdUnits

NEEDED = InputRequired(_l("Xin điền mục này."))


class OfferForm(ClientForm):
    """Weight and price of one unit, how many units; read back before anything is offered."""

    unit_weight = StringField(_l("Một phần nặng bao nhiêu?"), [NEEDED, Length(max=40)])
    units = StringField(_l("Bán bao nhiêu phần?"), [NEEDED, Length(max=10)])
    price = StringField(_l("Giá một phần"), [NEEDED, Length(max=40)])
    note = StringField(_l("Lời nhắn cho người mua"), [Length(max=200)])
    confirmed = HiddenField()

    def figures(self) -> tuple[int, int, int] | None:
        """Grams of a unit, units, đồng of a unit; None when a field has got an error instead."""
        weight = self._read(self.unit_weight, parse_weight)
        units = self._read(self.units, _whole)
        price = self._read(self.price, parse_dong)
        return None if weight is None or units is None or price is None else (weight, units, price)

    def _read(self, field: Any, read: Callable[[str], int]) -> int | None:
        try:
            return read(field.data or "")
        except DomainError as refusal:
            field.errors = [*field.errors, sentence(refusal)]
            return None


def _whole(typed: str) -> int:
    """A whole number of units. Raises AbsurdUnits."""
    text = typed.strip()
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:8]) <= MOST_UNITS:
        raise AbsurdUnits(most=MOST_UNITS)
    return int(text)
