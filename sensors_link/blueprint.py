"""Routes of the sensors room and `init_app`."""

from flask import Blueprint, Flask

from app.identity import access
from app.identity.commands import ERASURE
from app.kernel import jobs
from app.web import desk, problems, security
from app.web.desk import MenuEntry
from app.web.i18n import _l
from ledger import kept_bodies
from ledger.exceptions import EXCEPTIONS
from sensors_link import cli, policy, tasks
from sensors_link.devices import key_views as keys
from sensors_link.devices import views as devices
from sensors_link.devices.commands import forget_person as forget_devices
from sensors_link.devices.property_names import name_of
from sensors_link.history import views as history
from sensors_link.ingest import api
from sensors_link.ingest import views as ingest
from sensors_link.ingest.commands import forget_person as forget_files
from sensors_link.sealing import comparing, exceptions
from sensors_link.sealing import queries as sealing

DECIDERS = frozenset({"officer", "approving_officer"})

SENTENCES = {
    "wrong-encoding": _l("Tệp không phải UTF-8 (dòng %(line)s). Hãy lưu lại thành “CSV UTF-8”."),
    "empty-file": _l("Tệp này trống. Xin chọn tệp có số đo."),
    "unknown-columns": _l(
        "Không nhận ra cột thời gian hoặc cột số đo. Tệp có các cột: %(columns)s."
        " Ghi tên cột số đo vào ô dưới đây, hoặc đặt dòng đầu là time,value."
    ),
    "bad-push": _l("Nội dung gửi lên không đúng dạng: %(reason)s."),
    "wrong-device-key": _l("Khóa của máy đo không đúng hoặc đã ngừng dùng."),
    "other-device": _l("Khóa này thuộc về máy đo khác."),
    "device-name-taken": _l("Đã có máy đo tên “%(name)s”. Xin đặt tên khác."),
    "device-retired": _l("Máy đo “%(name)s” đã ngừng dùng nên không cấp khóa mới."),
    "sealed-readings-damaged": _l(
        "Số đo đã khóa của máy đo này không còn đọc được. Văn phòng cần kiểm tra sổ cái."
    ),
    "unknown-property": _l("Không đo được loại này ở đây."),
}


def _farm() -> Blueprint:
    farm = Blueprint("sensors_farm", __name__, url_prefix="/farm/sensors")
    farm.add_url_rule("/", "devices", history.devices_list)
    farm.add_url_rule("/new", "new_device", devices.new_device, methods=["GET", "POST"])
    farm.add_url_rule("/upload", "upload", ingest.upload, methods=["GET", "POST"])
    farm.add_url_rule("/<uuid:datastream_id>", "datastream", history.datastream)
    _keys(farm)
    return farm


def _office() -> Blueprint:
    office = Blueprint("sensors_office", __name__, url_prefix="/office/sensors")
    office.add_url_rule("/", "devices", keys.office_devices)
    _keys(office)
    return office


def _keys(room: Blueprint) -> None:
    """The pages of one device, the same for its owner and for his office."""
    room.add_url_rule("/devices/<uuid:device_id>", "device", keys.device)
    room.add_url_rule("/devices/<uuid:device_id>/key", "rotate", keys.rotate, methods=["POST"])
    room.add_url_rule("/devices/<uuid:device_id>/retire", "retire", keys.retire, methods=["POST"])


def _api() -> Blueprint:
    door = Blueprint("sensors_api", __name__, url_prefix="/api/v1/sensors")
    door.add_url_rule("/readings", "push", api.push, methods=["POST"])
    security.csrf.exempt(door)
    return door


def init_app(app: Flask) -> None:
    """Bind routes, actions, sentences, menu and commands."""
    app.register_blueprint(_farm())
    app.register_blueprint(_office())
    app.register_blueprint(_api())
    access.register(app, policy.ACTIONS)
    problems.register_sentences(app, SENTENCES)
    desk.MENU.add(
        app,
        "sensors.devices",
        MenuEntry("farm", _l("Máy đo"), "sensors_farm.devices", "sensor", frozenset({"farmer"}), order=80),
    )
    desk.MENU.add(
        app,
        "sensors.office",
        MenuEntry("office", _l("Máy đo"), "sensors_office.devices", "sensor", DECIDERS, order=80),
    )
    ERASURE.add(app, "sensors.devices", forget_devices)
    ERASURE.add(app, "sensors.files", forget_files)
    kept_bodies.ROOMS.add(app, sealing.KEY_PREFIX, sealing.kept_bodies)
    kept_bodies.SHOWN.add(app, sealing.KEY_PREFIX, comparing.unfollowed)
    app.jinja_env.filters["property_name"] = name_of
    EXCEPTIONS.add(app, "readings", exceptions.SOURCE)
    jobs.every(app, "sensors.seal_closed_days", tasks.seal_closed_days, seconds=60)
    app.cli.add_command(cli.sensors)
