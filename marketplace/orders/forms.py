"""What a guest fills in once: who, where, how it is paid."""

from collections.abc import Mapping, Sequence

from wtforms import HiddenField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from app.registry.places import UnitView
from app.web.forms import ClientForm, Form
from app.web.i18n import _l
from marketplace.cart.queries import Way
from marketplace.delivery.rules import Handover
from marketplace.orders.methods import PaymentMethod
from marketplace.orders.words import REFUSALS

NEEDED = InputRequired(_l("Xin điền mục này."))


class CheckoutForm(ClientForm):
    """Name, number, address, and how it is paid; no price and no quantity is taken from here.

    `agreed` is what the page said that it costs and when it comes: only compared.
    """

    handover = HiddenField()
    agreed = HiddenField()
    name = StringField(_l("Họ và tên"), [NEEDED, Length(min=2, max=120)])
    phone = StringField(_l("Số điện thoại"), [NEEDED, Length(max=40)])
    province = SelectField(_l("Tỉnh, thành phố"), [NEEDED], validate_choice=False)
    commune_text = StringField(_l("Xã, phường (gõ tên, không cần dấu)"), [NEEDED, Length(max=80)])
    commune_code = RadioField(_l("Chọn xã, phường"), choices=[], validate_choice=False)
    address = StringField(_l("Số nhà, đường, ấp hoặc khu phố"), [NEEDED, Length(min=2, max=200)])
    method = RadioField(_l("Cách trả tiền"), [InputRequired(_l("Xin chọn cách trả tiền."))])

    def of(
        self, way: Way, provinces: Sequence[UnitView], methods: Mapping[str, PaymentMethod]
    ) -> "CheckoutForm":
        """Fill the lists to choose from; who fetches the goods is asked no address."""
        self.handover.data = way.handover.value
        if way.handover is Handover.PICKUP:
            for name in ("province", "commune_text", "commune_code", "address"):
                del self[name]
        else:
            self.province.choices = [SelectChoice("", _l("– chọn –"))]
            self.province.choices += [SelectChoice(unit.code, unit.name) for unit in provinces]
        self.method.choices = [
            SelectChoice(key, f"{method.label} – {method.hint}") for key, method in methods.items()
        ]
        return self


class RefusalForm(Form):
    """Why an order is not served: from a list, since what is kept for ever holds no free words."""

    why = RadioField(
        _l("Vì sao?"),
        [InputRequired(_l("Xin chọn một lý do."))],
        choices=[SelectChoice(*one) for one in REFUSALS.items()],
    )
