"""Routes of the package and `init_app`."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from flask import Blueprint, Flask, url_for

from app.identity import access, places
from app.identity.commands import ERASURE
from app.identity.places import Place, PlaceBook
from app.identity.queries import served_communes
from app.kernel.uow import unit_of_work
from app.registry import cli, item_views, office_cli, policy, queries, views
from app.registry.commands import forget_person
from app.registry.places import Near, search_communes, unit_on
from app.web import desk, problems
from app.web.desk import InboxRow, MenuEntry
from app.web.i18n import _l, gettext

OFFICE_ROLES = frozenset({"officer", "approving_officer", "auditor"})

SENTENCES = {
    "plot-name-taken": _l("Đã có thửa tên “%(name)s”. Xin đặt tên khác."),
    "plot-name-missing": _l("Xin đặt tên cho thửa."),
    "no-such-commune": _l("Không có xã nào mang mã này hôm nay."),
    "area-missing": _l("Chỉ có một điểm thì xin ghi thêm diện tích, ví dụ “2.500 m²” hoặc “2,5 công”."),
    "absurd-area": _l("Diện tích này không thể đúng. Xin xem lại đơn vị."),
    "not-an-area": _l("Chưa đọc được diện tích. Ví dụ: 2.500 m², 2,5 công, 0,25 ha."),
    "unknown-crop": _l("Xin chọn cây trồng hoặc vật nuôi."),
    "plot-already-confirmed": _l("Thửa này đã được xác nhận rồi."),
    "position-missing": _l("Xin lấy vị trí của máy, hoặc dán ranh thửa, hoặc chọn tệp .geojson."),
    "position-swapped": _l("Hai số bị đổi chỗ cho nhau. Xin ghi vĩ độ trước: %(lat)s, %(lon)s."),
    "not-a-geometry": _l("Chưa đọc được ranh thửa. Cần GeoJSON có đúng một điểm hoặc một vùng."),
    "ring-not-closed": _l("Ranh thửa chưa khép kín: điểm cuối phải trùng điểm đầu."),
    "outline-crosses-itself": _l("Ranh thửa tự cắt gần kinh độ %(lon)s, vĩ độ %(lat)s."),
    "no-area": _l("Ranh thửa không bao quanh mảnh đất nào."),
    "coordinates-out-of-range": _l(
        "Số %(lon)s, %(lat)s không phải kinh độ, vĩ độ. Tệp có thể dùng hệ VN-2000."
    ),
    "coordinates-swapped": _l("Kinh độ và vĩ độ bị đổi chỗ. GeoJSON ghi kinh độ trước: %(lon)s, %(lat)s."),
    "outside-vietnam": _l("Vị trí %(lon)s, %(lat)s nằm ngoài Việt Nam."),
    "too-many-vertices": _l("Ranh thửa có %(count)s điểm, nhiều nhất là %(most)s."),
    "not-a-gtin": _l("Mã GTIN có 8, 12, 13 hoặc 14 chữ số."),
    "not-a-gln": _l("Mã GLN có 13 chữ số."),
    "wrong-check-digit": _l("Số kiểm tra sai: số cuối phải là %(fitting)s. Xin xem lại từng số."),
    "bad-company-prefix": _l("Mã doanh nghiệp GS1 có từ 4 đến 11 chữ số."),
    "no-number-left": _l("Mã doanh nghiệp này đã hết số."),
    "gtin-taken": _l("Mã GTIN %(gtin)s đã dùng cho mặt hàng khác; mỗi mã chỉ dùng một lần."),
    "no-gs1-prefix": _l("Văn phòng chưa có mã doanh nghiệp GS1 nên phải ghi mã GTIN."),
    "gtin-owner-missing": _l("Mã %(gtin)s không thuộc mã doanh nghiệp của văn phòng. Xin ghi mã của ai."),
    "item-name-missing": _l("Xin ghi tên hàng, tiếng Việt và tiếng Anh."),
    "absurd-shelf-life": _l("Thời hạn bán từ 1 đến %(longest)s ngày."),
    "not-a-lot-number": _l("Số lô có 1 đến 20 chữ, số không dấu, không khoảng trắng."),
    "not-a-serial": _l("Số sê-ri có 1 đến 20 chữ, số không dấu, không khoảng trắng."),
}


def _farm() -> Blueprint:
    bp = Blueprint("registry_farm", __name__, url_prefix="/farm")
    bp.add_url_rule("/plots", "plots", views.plots)
    bp.add_url_rule("/plots/new", "new_plot", views.new_plot, methods=["GET"])
    bp.add_url_rule("/plots/new", "create_plot", views.create_plot, methods=["POST"])
    bp.add_url_rule("/plots/<uuid:plot_id>", "plot", views.plot)
    return bp


def _office() -> Blueprint:
    bp = Blueprint("registry_office", __name__, url_prefix="/office")
    bp.add_url_rule("/plots", "plots", views.office_plots)
    bp.add_url_rule("/plots/<uuid:plot_id>", "plot", views.office_plot)
    bp.add_url_rule("/plots/<uuid:plot_id>/confirm", "confirm", views.confirm, methods=["POST"])
    bp.add_url_rule("/items", "items", item_views.trade_items)
    bp.add_url_rule("/items/new", "new_item", item_views.new_item, methods=["GET"])
    bp.add_url_rule("/items/new", "create_item", item_views.create_item, methods=["POST"])
    bp.add_url_rule("/items/<uuid:item_id>", "shelf_life", item_views.shelf_life, methods=["GET"])
    bp.add_url_rule(
        "/items/<uuid:item_id>", "change_shelf_life", item_views.change_shelf_life, methods=["POST"]
    )
    return bp


def _search(text: str, on: date) -> Sequence[Place]:
    with unit_of_work(read_only=True) as uow:
        near = Near("", "", frozenset(served_communes(uow, on)))
        found = search_communes(uow, text, on, near=near)
    return [Place(unit.code, unit.valid_from, unit.full_name) for unit in found]


def _find(code: str, on: date) -> Place | None:
    with unit_of_work(read_only=True) as uow:
        unit = unit_on(uow, code, on)
    return Place(unit.code, unit.valid_from, unit.full_name) if unit and unit.level == "commune" else None


def _waiting(actor: Any, _now: datetime) -> Sequence[InboxRow]:
    """Plots that wait for an officer's confirmation."""
    if not actor.has("officer", "approving_officer"):
        return ()
    with unit_of_work(read_only=True) as uow:
        waiting = queries.plots_waiting(uow, actor.commune_codes)
    return [
        InboxRow(
            kind="plot",
            label=gettext("Thửa chờ xác nhận"),
            who=f"{plot.organisation_name}: {plot.name}",
            url=url_for("registry_office.plot", plot_id=plot.id),
            since=plot.created_at,
            next_action=gettext("Xem bản đồ, xác nhận"),
        )
        for plot in waiting
    ]


def init_app(app: Flask) -> None:
    """Bind plots, fill the place book of the sign-up form, add the operator's commands."""
    access.register(app, policy.ACTIONS)
    app.register_blueprint(_farm())
    app.register_blueprint(_office())
    app.cli.add_command(cli.registry)
    app.cli.add_command(office_cli.office)
    ERASURE.add(app, "registry", forget_person)
    places.BOOK.add(app, "registry", PlaceBook(_search, _find))
    problems.register_sentences(app, SENTENCES)
    desk.INBOX.add(app, "registry.plots", _waiting)
    desk.MENU.add(
        app,
        "registry.plots",
        MenuEntry("office", _l("Thửa đất"), "registry_office.plots", "plot", OFFICE_ROLES, 30),
    )
    desk.MENU.add(
        app,
        "registry.items",
        MenuEntry("office", _l("Mã hàng GS1"), "registry_office.items", "label",
                  OFFICE_ROLES | {"administrator"}, 90),
    )  # fmt: skip
    desk.MENU.add(
        app,
        "registry.my_plots",
        MenuEntry("farm", _l("Thửa của tôi"), "registry_farm.plots", "plot", frozenset({"farmer"}), 70),
    )
