"""Routes of the package and `init_app`: one function a group of capabilities."""

from flask import Blueprint, Flask

from app.cases.commands import KINDS, CaseKind, nothing_further
from app.identity import access
from app.identity.commands import ERASURE, PUBLIC_FACE
from app.kernel import outbox
from app.registry.commands import PLOT_CONFIRMED, PLOT_REGISTERED
from app.web import desk
from app.web.desk import MenuEntry
from app.web.i18n import _l
from app.web.problems import register_sentences
from ledger import kept_bodies
from ledger.alarms import RECORDS
from ledger.exceptions import EXCEPTIONS
from traceability import cli, erasure, policy, tasks
from traceability.diary import sentences as diary_sentences
from traceability.diary import views as diary
from traceability.diary.commands import RECORDED
from traceability.events import queries as events
from traceability.events.commands import record_plot_confirmed, record_plot_registered
from traceability.labels import sentences as label_sentences
from traceability.labels import views as labels
from traceability.labels.commands import RIGHT_CHANGED as LABELS_FOLLOW
from traceability.labels.commands import SHEET, right_changed
from traceability.lots import office_views as office_lots
from traceability.lots import sentences as lot_sentences
from traceability.lots import views as lots
from traceability.lots.upkeep import follow_plot, follow_work
from traceability.packing import views as packing
from traceability.recall import views as recall
from traceability.trace_page import commands as trace_page
from traceability.trace_page import desk_rows, exceptions, office_views, report_views
from traceability.trace_page import views as public
from traceability.trace_page.queries import faults_found
from trademarks.use_rights.commands import RIGHT_CHANGED


def init_app(app: Flask) -> None:
    """Bind what the package has."""
    access.register(app, policy.ACTIONS)
    _farm(app)
    _codes(app)


def _farm(app: Flask) -> None:
    """Diary, lots, labels and packing: the farmer's phone, the packer, the officer's lots."""
    for module in (diary_sentences, lot_sentences, label_sentences):
        register_sentences(app, module.SENTENCES)
    kept_bodies.ROOMS.add(app, events.KEY_PREFIX, events.kept_bodies)
    RECORDS.add(app, "lots", faults_found)
    PLOT_REGISTERED.add(app, "event", record_plot_registered)
    PLOT_CONFIRMED.add(app, "event", record_plot_confirmed)
    PLOT_CONFIRMED.add(app, "lots", follow_plot)
    RECORDED.add(app, "lots", follow_work)
    RIGHT_CHANGED.add(app, "labels", right_changed)
    outbox.handle(app, SHEET, tasks.make_sheet, lease_s=180)
    outbox.handle(app, LABELS_FOLLOW, tasks.follow_right)
    app.register_blueprint(_phone())
    app.cli.add_command(cli.trace)
    growers, officers = frozenset({"farmer"}), frozenset({"officer", "approving_officer", "auditor"})
    handlers = frozenset({"farmer", "packer", "seller"})
    for key, entry in {
        "work": MenuEntry("farm", _l("Ghi việc"), "traceability_farm.new_work", "pencil", growers, 10),
        "harvest": MenuEntry(
            "farm", _l("Thu hoạch"), "traceability_farm.new_harvest", "harvest", growers, 20
        ),
        "lots": MenuEntry("farm", _l("Lô hàng"), "traceability_farm.lots", "list", handlers, 45),
        "diary": MenuEntry("farm", _l("Nhật ký"), "traceability_farm.diary", "calendar", growers, 46),
        "office-lots": MenuEntry("office", _l("Lô hàng"), "traceability_office.lots", "basket", officers, 25),
    }.items():
        desk.MENU.add(app, f"traceability.{key}", entry)


def _phone() -> Blueprint:
    farm = Blueprint("traceability_farm", __name__, url_prefix="/farm")
    farm.add_url_rule("/work", "diary", diary.diary)
    farm.add_url_rule("/work/new", "new_work", diary.new_work)
    farm.add_url_rule("/work/new", "create_work", diary.create_work, methods=["POST"])
    farm.add_url_rule("/harvests/new", "new_harvest", lots.new_harvest)
    farm.add_url_rule("/harvests/new", "create_harvest", lots.create_harvest, methods=["POST"])
    farm.add_url_rule("/lots", "lots", lots.lots)
    farm.add_url_rule("/lots/<uuid:lot_id>", "lot", packing.lot)
    farm.add_url_rule("/lots/<uuid:lot_id>/done", "harvest_done", lots.harvest_done)
    farm.add_url_rule("/lots/<uuid:lot_id>/correct", "correction", lots.correction)
    farm.add_url_rule("/lots/<uuid:lot_id>/correct", "correct", lots.correct, methods=["POST"])
    farm.add_url_rule("/lots/<uuid:lot_id>/labels", "new_sheet", labels.new_sheet)
    farm.add_url_rule("/lots/<uuid:lot_id>/labels", "create_sheet", labels.create_sheet, methods=["POST"])
    farm.add_url_rule("/lots/<uuid:lot_id>/cancel", "cancel", packing.cancel, methods=["POST"])
    farm.add_url_rule("/lots/<uuid:lot_id>/pack", "new_packing", packing.new_packing)
    farm.add_url_rule("/lots/<uuid:lot_id>/pack", "create_packing", packing.create_packing, methods=["POST"])
    farm.add_url_rule("/labels/<uuid:sheet_id>", "sheet", labels.sheet)
    farm.add_url_rule("/labels/<uuid:sheet_id>.pdf", "sheet_pdf", labels.sheet_pdf)
    farm.add_url_rule("/receiving", "receiving", lots.receiving)
    farm.add_url_rule("/receiving/<uuid:lot_id>", "receive", lots.receive, methods=["POST"])
    return farm


def _codes(app: Flask) -> None:
    """What a code opens, for everybody; verification, recall and copies at the desk."""
    app.register_blueprint(_public())
    app.register_blueprint(_office())
    register_sentences(app, {"already-recalled": _l("Lô %(lot_no)s đang được thu hồi rồi.")})
    report = CaseKind(
        _l("Báo cáo về tem, hàng"), 5, False, nothing_further, "traceability/trace_page/report_panel.html"
    )
    KINDS.add(app, report_views.REPORT, report)
    ERASURE.add(app, "traceability", erasure.forget_person)
    PUBLIC_FACE.add(app, "trace-pages", trace_page.make_anew)
    desk.INBOX.add(app, "codes", desk_rows.rows)
    desk.FARM_LINES.add(app, "lots.receiving", lots.receiving_line)
    EXCEPTIONS.add(app, "lots", exceptions.SOURCE)
    officers = frozenset({"officer", "approving_officer", "auditor"})
    entry = MenuEntry("office", _l("Kiểm tra tem"), "traceability_office.verify", "scan", officers, order=20)
    desk.MENU.add(app, "codes", entry)


def _public() -> Blueprint:
    door = Blueprint("traceability_public", __name__)
    door.add_url_rule("/01/<path:rest>", "resolve", public.resolve)
    door.add_url_rule("/t", "typed", public.typed)
    door.add_url_rule("/t/<code>", "code", public.code)
    door.add_url_rule("/trace/<uuid:lot_id>/proof.json", "proof", public.proof)
    door.add_url_rule(
        "/trace/<uuid:lot_id>/sensors/<uuid:datastream_id>/proof.json", "sensor_proof", public.sensor_proof
    )
    door.add_url_rule("/report", "report", report_views.report, methods=["GET", "POST"])
    return door


def _office() -> Blueprint:
    office = Blueprint("traceability_office", __name__, url_prefix="/office")
    office.add_url_rule("/codes", "verify", office_views.verify)
    office.add_url_rule("/codes/<serial>/clear", "clear", office_views.clear, methods=["POST"])
    office.add_url_rule("/lots", "lots", office_lots.lots)
    office.add_url_rule("/lots/<uuid:lot_id>", "lot", office_lots.lot)
    office.add_url_rule("/lots/<uuid:lot_id>/hold", "hold", office_lots.hold, methods=["POST"])
    office.add_url_rule("/lots/<uuid:lot_id>/release", "release", office_lots.release, methods=["POST"])
    office.add_url_rule("/lots/<uuid:lot_id>/recall", "recall", recall.recall, methods=["GET", "POST"])
    office.add_url_rule("/lots/<uuid:lot_id>/lift", "lift", recall.lift, methods=["POST"])
    return office
