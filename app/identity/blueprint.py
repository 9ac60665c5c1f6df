"""Routes of the package and `init_app`."""

from flask import Blueprint, Flask

from app.identity import (
    access,
    browser,
    cli,
    farm_views,
    gateway,
    office_people,
    office_views,
    offices,
    policy,
    views,
)
from app.identity.commands import ERASURE, FORGET_PHOTO, SEND
from app.identity.forgetting import forget_traces
from app.identity.tasks import forget_old_logins, forget_photo
from app.identity.words import spoken
from app.kernel import jobs, outbox
from app.kernel.config import Config
from app.web import desk, health, problems
from app.web.desk import MenuEntry
from app.web.i18n import _l

ADMINISTRATORS = frozenset({"administrator"})
FARM_ROLES = frozenset({"farmer", "packer", "seller"})

SENTENCES = {
    "not-a-phone": _l("Số điện thoại này chưa đúng. Ví dụ: 0912 345 678."),
    "wrong-code": _l("Mã không đúng hoặc đã hết hạn. Xin xem lại tin nhắn mới nhất, hoặc xin mã khác."),
    "wrong-login": _l("Tên, mật khẩu hoặc mã xác thực không đúng."),
    "office-login-needed": _l("Cán bộ đăng nhập ở trang dành cho cán bộ."),
    "phone-taken": _l("Số điện thoại này đã có tài khoản."),
    "name-missing": _l("Xin ghi họ và tên."),
    "no-message-carrier": _l("Văn phòng chưa nối tổng đài nhắn tin nên chưa gửi được mã. Xin gọi văn phòng."),
    "not-a-farmer": _l("Chưa có nông dân nào đăng ký số này. Bà con cần đăng nhập một lần bằng số của mình."),
    "photo-not-agreed": _l("Xin chọn “Hiện hình” và ghi ý trước, rồi gửi hình. Chưa có gì được lưu."),
    "consent-too-long": _l("Thời hạn đồng ý phải ở phía trước và không quá một năm."),
    "login-name-taken": _l("Tên đăng nhập “%(login_name)s” đã có người dùng. Xin chọn tên khác."),
    "bad-login-name": _l("Tên đăng nhập có 3 đến 60 chữ thường không dấu, số, dấu chấm hoặc gạch."),
    "office-unit-taken": _l("%(commune)s hôm nay thuộc %(office)s; mỗi xã chỉ một văn phòng phụ trách."),
    "office-without-units": _l("Văn phòng phải phụ trách ít nhất một xã."),
    "officer-without-role": _l("Xin chọn ít nhất một vai trò."),
    "officer-is-oneself": _l("Không tự ngừng hoặc tự cấp lại cho chính mình; xin nhờ quản trị khác."),
    "unknown-bank": _l(
        "Chưa biết ngân hàng “%(typed)s”. Xin chọn trong danh sách, hoặc ghi mã ngân hàng có đúng 6 chữ số."
    ),
    "password-too-short": _l("Mật khẩu có ít nhất %(shortest)s ký tự."),
}


def _public() -> Blueprint:
    bp = Blueprint("identity", __name__)
    bp.add_url_rule("/login", "phone", views.ask_phone, methods=["GET"])
    bp.add_url_rule("/login", "send_code", views.send_code, methods=["POST"])
    bp.add_url_rule("/login/code", "code", views.ask_code, methods=["GET"])
    bp.add_url_rule("/login/code", "check_code", views.check_code, methods=["POST"])
    bp.add_url_rule("/login/name", "name", views.ask_name, methods=["GET"])
    bp.add_url_rule("/login/name", "create_account", views.create_account, methods=["POST"])
    bp.add_url_rule("/logout", "log_out", views.log_out, methods=["POST"])
    bp.add_url_rule("/logout/everywhere", "log_out_everywhere", views.log_out_everywhere, methods=["POST"])
    bp.add_url_rule("/photos/<digest>.webp", "photo", views.photo)
    bp.add_url_rule("/session/organisation", "organisation", views.change_organisation, methods=["POST"])
    return bp


def _farm() -> Blueprint:
    bp = Blueprint("identity_farm", __name__, url_prefix="/farm")
    bp.add_url_rule("/", "home", farm_views.home)
    bp.add_url_rule("/me", "me", farm_views.me)
    bp.add_url_rule("/me/consents", "consents", farm_views.change_consents, methods=["POST"])
    bp.add_url_rule("/me/photo", "send_photo", farm_views.send_photo, methods=["POST"])
    bp.add_url_rule("/me/photo/remove", "remove_photo", farm_views.remove_photo, methods=["POST"])
    bp.add_url_rule("/me/bank-account", "bank_account", farm_views.change_bank_account, methods=["POST"])
    bp.add_url_rule("/help", "help", farm_views.helping)
    bp.add_url_rule("/help/ask", "ask_farmer", farm_views.ask_farmer, methods=["POST"])
    bp.add_url_rule("/help/code", "farmers_code", farm_views.ask_farmers_code, methods=["GET"])
    bp.add_url_rule("/help/code", "take_consent", farm_views.take_consent, methods=["POST"])
    bp.add_url_rule("/help/<uuid:farmer_id>/act", "act_for", farm_views.act_for, methods=["POST"])
    bp.add_url_rule("/help/next", "next_farmer", farm_views.next_farmer, methods=["POST"])
    return bp


def _office() -> Blueprint:
    bp = Blueprint("identity_office", __name__, url_prefix="/office")
    bp.add_url_rule("/login", "login", views.ask_officer, methods=["GET"])
    bp.add_url_rule("/login", "check", views.check_officer, methods=["POST"])
    bp.add_url_rule("/", "home", office_views.home)
    bp.add_url_rule("/people", "people", office_people.people, methods=["GET"])
    bp.add_url_rule("/people", "add_person", office_people.add_person, methods=["POST"])
    bp.add_url_rule("/people/<uuid:person_id>/renew", "renew_person", office_people.renew, methods=["POST"])
    bp.add_url_rule("/people/<uuid:person_id>/end", "end_person", office_people.end, methods=["POST"])
    return bp


def init_app(app: Flask) -> None:
    """Bind login, the two homes, the gateway of messages and the operator's commands."""
    config: Config = app.extensions["coi.config"]
    access.register(app, policy.ACTIONS)
    app.jinja_env.filters["spoken"] = spoken
    browser.init_app(app)
    for blueprint in (_public(), _farm(), _office()):
        app.register_blueprint(blueprint)
    if config.demo:
        app.add_url_rule("/dev/inbox.json", "development_inbox", views.development_inbox)
    carrier = gateway.gateway_from(config)
    outbox.handle(app, SEND, lambda row: gateway.send_with(carrier, row), urgent=True)
    outbox.handle(app, FORGET_PHOTO, forget_photo)
    ERASURE.add(app, "identity", forget_traces)
    health.CHECKS.add(app, "messages", lambda: gateway.fault(config))
    health.CHECKS.add(app, "office", lambda: offices.unnamed(config))
    jobs.every(app, "identity.forget_old_logins", forget_old_logins, seconds=86400)
    problems.register_sentences(app, SENTENCES)
    app.cli.add_command(cli.identity)
    _menus(app)


def _menus(app: Flask) -> None:
    officers = views.OFFICE_ROLES
    desk.MENU.add(
        app,
        "identity.inbox",
        MenuEntry("office", _l("Hộp việc"), "identity_office.home", "inbox", officers, 1),
    )
    desk.MENU.add(
        app,
        "identity.people",
        MenuEntry(
            "office", _l("Cán bộ"), "identity_office.people", "users", frozenset({"administrator"}), 95
        ),
    )
    desk.MENU.add(
        app,
        "identity.help",
        MenuEntry("farm", _l("Làm thay bà con"), "identity_farm.help", "users", frozenset({"helper"}), 1),
    )
    desk.MENU.add(
        app,
        "identity.help_at_desk",
        MenuEntry(
            "office",
            _l("Nộp hộ bà con"),
            "identity_farm.help",
            "users",
            frozenset({"officer", "approving_officer"}),
            15,
        ),
    )
    desk.MENU.add(
        app,
        "identity.me",
        MenuEntry("farm", _l("Thông tin của tôi"), "identity_farm.me", "user", FARM_ROLES, 90),
    )
