"""Forms of login, sign-up, a person's own data, and filing for somebody."""

from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import PasswordField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from app.web.forms import ClientForm, Form
from app.web.i18n import _l

ROLE_NAMES = {
    "officer": _l("Cán bộ: xem hồ sơ, đề xuất, xác nhận thửa"),
    "approving_officer": _l("Lãnh đạo: quyết định"),
    "auditor": _l("Kiểm tra: chỉ xem"),
    "administrator": _l("Quản trị: cán bộ, mã hàng, mục bị kẹt"),
}
NEEDED = InputRequired(_l("Xin điền mục này."))


class PhoneForm(Form):
    """Whose phone gets the code."""

    phone = StringField(_l("Số điện thoại"), [NEEDED, Length(max=40)])


class CodeForm(Form):
    """The six digits that came."""

    code = StringField(_l("Mã 6 số trong tin nhắn"), [NEEDED, Length(max=40)])


class SignUpForm(Form):
    """A farmer's name and place, and whether his name may be shown."""

    full_name = StringField(_l("Họ và tên"), [NEEDED, Length(min=2, max=120)])
    commune_text = StringField(_l("Xã, phường (gõ tên, không cần dấu)"), [NEEDED, Length(max=80)])
    commune_code = RadioField(_l("Chọn xã, phường"), choices=[], validate_choice=False)
    hamlet = StringField(_l("Ấp, khu phố"), [Length(max=80)])
    show_name = RadioField(
        _l("Cho người mua thấy tên của bạn trên trang truy xuất?"),
        choices=[
            SelectChoice("no", _l("Không, chỉ hiện mã hộ")),
            SelectChoice("yes", _l("Có, hiện tên tôi")),
        ],
        default="no",
    )


class OfficeLoginForm(Form):
    """Name, password and the six digits of the authenticator."""

    name = StringField(_l("Tên đăng nhập"), [NEEDED, Length(max=60)])
    password = PasswordField(_l("Mật khẩu"), [NEEDED, Length(max=200)])
    totp = StringField(_l("Mã 6 số của ứng dụng xác thực"), [NEEDED, Length(max=20)])


class ConsentForm(Form):
    """What the public may see of a household."""

    show_name = RadioField(
        _l("Tên của bạn trên trang truy xuất"),
        choices=[SelectChoice("no", _l("Không hiện, chỉ hiện mã hộ")), SelectChoice("yes", _l("Hiện tên"))],
    )
    show_photo = RadioField(
        _l("Hình của hộ trên trang truy xuất"),
        choices=[SelectChoice("no", _l("Không hiện, xóa hình đã gửi")), SelectChoice("yes", _l("Hiện hình"))],
    )


class PhotoForm(Form):
    """The household's photo."""

    photo = FileField(_l("Hình của hộ"), [FileRequired(_l("Xin chọn một tấm hình."))])


class BankForm(Form):
    """Where buyers' money goes."""

    bank_bin = StringField(_l("Ngân hàng"), [NEEDED, Length(max=120)])
    account = StringField(
        _l("Số tài khoản"),
        [NEEDED, Regexp(r"^[0-9A-Za-z]{4,19}$", message=_l("Số tài khoản có từ 4 đến 19 chữ hoặc số."))],
    )
    holder = StringField(_l("Tên chủ tài khoản"), [NEEDED, Length(min=2, max=120)])


class AskHelpForm(ClientForm):
    """A helper asks a farmer for his consent."""

    phone = StringField(_l("Số điện thoại của nông dân"), [NEEDED, Length(max=40)])
    days = SelectField(
        _l("Đồng ý cho làm thay đến khi nào?"),
        [NEEDED],
        choices=[
            SelectChoice("1", _l("Hết hôm nay và ngày mai")),
            SelectChoice("30", _l("30 ngày")),
            SelectChoice("180", _l("180 ngày, một vụ")),
        ],
        default="1",
    )


class OfficerForm(Form):
    """A further officer: name, login name, roles."""

    full_name = StringField(_l("Họ và tên"), [NEEDED, Length(min=2, max=120)])
    login_name = StringField(_l("Tên đăng nhập"), [NEEDED, Length(max=60)])
    roles = SelectMultipleField(
        _l("Vai trò"),
        choices=[SelectChoice(key, label) for key, label in ROLE_NAMES.items()],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )


class OrganisationForm(Form):
    """Which of a person's organisations he works for now."""

    organisation_id = SelectField(_l("Làm việc cho"), choices=[])

    def of(self, held: Any) -> "OrganisationForm":
        """With the organisations that the person belongs to."""
        self.organisation_id.choices = [SelectChoice(str(r.organisation_id), r.name) for r in held]
        return self
