"""Routes of the package and `init_app`."""

from flask import Blueprint, Flask

from app.cases.commands import KINDS, CaseKind
from app.identity import access
from app.identity.commands import ERASURE
from app.kernel import jobs, outbox
from app.registry.crops import crop_name
from app.web import desk as shell
from app.web import problems
from app.web.desk import MenuEntry
from app.web.i18n import _l
from ledger import kept_bodies
from ledger.exceptions import EXCEPTIONS
from trademarks import cli, policy
from trademarks.desk import views as desk
from trademarks.register import views as register
from trademarks.search import views as search
from trademarks.use_rights import commands, exceptions, proof, sealing, tasks, views
from trademarks.use_rights.granting import MAKE_CERTIFICATE

WORKING_DAYS = 10  # of an application for a right of use; a mark's regulation may say less

SENTENCES = {
    "no-such-mark": _l("Sổ nhãn hiệu không có nhãn hiệu này."),
    "no-such-right": _l("Không tìm thấy giấy chứng nhận này."),
    "right-act-not-possible": _l("Quyền này đang ở trạng thái khác nên không làm được việc đó."),
    "right-not-in-force": _l("Giấy %(certificate_no)s không có hiệu lực cho hàng này hôm nay."),
    "quota-exceeded": _l("Chỉ còn %(left)s tem trong số được cấp, không đủ %(count)s tem."),
    "second-person-needed": _l("Việc này cần người thứ hai, khác với người đã làm bước trước."),
    "own-right": _l("Không ai quyết định về quyền của chính hộ mình."),
    "right-reason-missing": _l("Chọn một lý do trong danh sách và viết rõ, không quá %(longest)s chữ."),
    "bad-label-count": _l("Số tem là số nguyên từ 1 đến 100.000."),
    "crop-not-covered": _l("Nhãn hiệu này không dùng cho hàng đã chọn. Chọn ít nhất một hàng."),
    "no-office-answers": _l("Chưa có văn phòng nào phụ trách xã, phường của hộ. Xin xem lại địa chỉ của hộ."),
    "no-use-regulation": _l("Nhãn hiệu này chưa có quy chế sử dụng còn hiệu lực nên chưa nhận đơn."),
    "certificate-not-ready": _l("Giấy %(certificate_no)s đang được làm. Xin mở lại sau một phút."),
}


def _public() -> Blueprint:
    bp = Blueprint("trademarks", __name__, url_prefix="/trademarks")
    bp.add_url_rule("/", "index", search.index)
    bp.add_url_rule("/<uuid:mark_id>", "mark", register.mark)
    bp.add_url_rule("/rights/<certificate_no>", "right", views.public_status)
    bp.add_url_rule("/rights/<certificate_no>/proof.json", "proof", views.public_proof)
    return bp


def _farm() -> Blueprint:
    bp = Blueprint("trademarks_farm", __name__, url_prefix="/farm/rights")
    bp.add_url_rule("", "rights", views.mine)
    bp.add_url_rule("/apply", "apply", views.apply, methods=["GET"])
    bp.add_url_rule("/apply", "send_application", views.send_application, methods=["POST"])
    bp.add_url_rule("/<uuid:right_id>/certificate.pdf", "certificate", views.own_certificate)
    return bp


def _office() -> Blueprint:
    bp = Blueprint("trademarks_office", __name__, url_prefix="/office")
    bp.add_url_rule("/rights", "rights", desk.index)
    bp.add_url_rule("/rights.csv", "export", desk.export)
    bp.add_url_rule("/rights/<uuid:right_id>", "right", desk.right)
    bp.add_url_rule("/rights/<uuid:right_id>/certificate.pdf", "certificate", desk.certificate)
    bp.add_url_rule("/rights/<uuid:right_id>/<name>", "ask", desk.ask, methods=["GET"])
    bp.add_url_rule("/rights/<uuid:right_id>/<name>", "act", desk.act, methods=["POST"])
    return bp


def init_app(app: Flask) -> None:
    """Bind pages, the case kind, the certificate's worker, the clock's job, menus and sentences."""
    access.register(app, policy.ACTIONS)
    for blueprint in (_public(), _farm(), _office()):
        app.register_blueprint(blueprint)
    problems.register_sentences(app, SENTENCES)
    app.jinja_env.filters["crop_name"] = crop_name
    KINDS.add(
        app,
        commands.CASE,
        CaseKind(
            label=_l("Xin quyền dùng nhãn hiệu"),
            working_days=WORKING_DAYS,
            four_eyes=True,
            decide=commands.decide_application,
            panel_template="trademarks/use_rights/case_panel.html",
        ),
    )
    ERASURE.add(app, "trademarks", commands.forget_person)
    EXCEPTIONS.add(app, "rights", exceptions.SOURCE)
    kept_bodies.ROOMS.add(app, sealing.KEY_PREFIX, proof.kept_bodies)
    outbox.handle(app, MAKE_CERTIFICATE, tasks.make_certificate, lease_s=120)
    jobs.every(app, "trademarks.close_books", tasks.close_books, seconds=60)
    app.cli.add_command(cli.trademarks)
    _menus(app)


def _menus(app: Flask) -> None:
    shell.INBOX.add(app, "trademarks.second", desk.waiting)
    shell.MENU.add(
        app,
        "trademarks.rights",
        MenuEntry(
            "farm", _l("Nhãn hiệu của tôi"), "trademarks_farm.rights", "certificate", policy.HOLDERS, 60
        ),
    )
    shell.MENU.add(
        app,
        "trademarks.desk",
        MenuEntry(
            "office",
            _l("Quyền dùng nhãn hiệu"),
            "trademarks_office.rights",
            "certificate",
            policy.READERS,
            30,
        ),
    )
