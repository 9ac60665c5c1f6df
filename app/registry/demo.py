"""Units, trade items and plots of the demonstration district. The plots are drawn by hand of a formula.

Each lies inside its commune; where exactly is invented, and the rows say so.
"""

import json
import math
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid5

from app.identity.access import Actor
from app.identity.demo_district import HOUSEHOLDS
from app.identity.queries import organisation, person_name
from app.kernel.db import new_id
from app.kernel.demo_stage import Stage
from app.registry.commands import RegisterPlot, confirm_plot, register_plot
from app.registry.gs1 import DEMONSTRATION_OWNER, gtin_from
from app.registry.models import TradeItem
from app.registry.units import load_units

_METRES: Final = 111_320.0

# crop, number, slug, name, name_en, description, description_en, grams of a unit,
# days of sale after the harvest (invented, as an office might set them)
ITEMS: Final = (
    ("mangosteen", 1, "mang-cut-dau-tieng", "Măng cụt Dầu Tiếng", "Dầu Tiếng mangosteen",
     "Măng cụt vườn ven sông Sài Gòn, vỏ mỏng, múi trắng, vị ngọt thanh. Mùa chính tháng 5 đến tháng 8.",
     "Mangosteen from orchards along the Sài Gòn river: thin rind, white segments. Mostly May to August.",
     1_000, 21),
    ("pomelo", 2, "buoi-da-xanh-dau-tieng", "Bưởi da xanh Dầu Tiếng", "Dầu Tiếng green-skinned pomelo",
     "Bưởi da xanh ruột hồng, ít hạt, để được lâu. Nhiều nhất tháng 11 đến Tết.",
     "Green-skinned pomelo, pink flesh, few seeds; keeps well. Most of it from November to Tết.",
     1_500, 60),
    ("durian", 3, "sau-rieng-dau-tieng", "Sầu riêng Dầu Tiếng", "Dầu Tiếng durian",
     "Sầu riêng chín cây, cơm vàng, hạt lép. Mùa tháng 5 đến tháng 8.",
     "Durian ripened on the tree, yellow flesh, small seeds. Season May to August.", 3_000, 10),
    ("banana", 4, "chuoi-gia-dau-tieng", "Chuối già Dầu Tiếng", "Dầu Tiếng banana",
     "Chuối già trồng hàng, cắt theo tuần, đóng nải. Có quanh năm.",
     "Bananas grown in rows, cut by the week and packed by the hand. All year.", 2_000, 21),
    ("cantaloupe", 5, "dua-luoi-dau-tieng", "Dưa lưới Dầu Tiếng", "Dầu Tiếng cantaloupe",
     "Dưa lưới nhà màng, tưới nhỏ giọt, mỗi dây một trái. Có quanh năm.",
     "Netted melon from screen houses with drip watering, one fruit to a vine. All year.", 1_500, 21),
    ("fish_pond", 6, "ca-ao-dau-tieng", "Cá rô phi ao Dầu Tiếng", "Dầu Tiếng pond tilapia",
     "Cá rô phi nuôi ao đất, nước đo mỗi ngày. Bán tươi theo mẻ lưới.",
     "Tilapia from earth ponds whose water is measured every day. Sold fresh by the haul.", 1_000, 7),
    ("rubber", 7, "mu-cao-su-dau-tieng", "Mủ cao su nước Dầu Tiếng", "Dầu Tiếng field latex",
     "Mủ nước giao nhà máy theo ngày cạo; không bán lẻ.",
     "Field latex delivered to the factory by tapping day; not sold retail.", None, None),
)  # fmt: skip

# household, name, crop, longitude, latitude, hectares (0: a point with a declared area), confirmed
PLOTS: Final = (
    ("h01", "Vườn sau nhà", "mangosteen", 106.4215, 11.2312, 0.62, True),
    ("h01", "Vườn bờ sông", "mangosteen", 106.4188, 11.2291, 0.48, True),
    ("h02", "Vườn bà Lụa", "mangosteen", 106.4241, 11.2335, 0.71, True),
    ("h03", "Vườn đầu ấp", "mangosteen", 106.4262, 11.2302, 0.55, True),
    ("h03", "Vườn mới", "durian", 106.4279, 11.2321, 0.80, False),
    ("h04", "Vườn cũ", "mangosteen", 106.4302, 11.2349, 0.43, True),
    ("h05", "Vườn bưởi trên", "pomelo", 106.4725, 11.3402, 1.20, True),
    ("h05", "Vườn bưởi dưới", "pomelo", 106.4751, 11.3388, 0.90, True),
    ("h06", "Vườn bưởi", "pomelo", 106.4768, 11.3421, 0.76, True),
    ("h07", "Rẫy chuối", "banana", 106.4805, 11.3450, 2.10, True),
    ("h07", "Rẫy sầu riêng", "durian", 106.4832, 11.3437, 1.35, True),
    ("h08", "Nhà màng số 1", "cantaloupe", 106.4820, 11.1600, 0.20, True),
    ("h08", "Nhà màng số 2", "cantaloupe", 106.4829, 11.1607, 0.20, True),
    ("h09", "Ao lớn", "fish_pond", 106.4851, 11.1622, 0.35, True),
    ("h09", "Ao nhỏ", "fish_pond", 106.4860, 11.1630, 0.0, False),
    ("h10", "Vườn sầu riêng", "durian", 106.3705, 11.2755, 0.95, True),
    ("h10", "Vườn chuối", "banana", 106.3731, 11.2768, 0.66, False),
    ("h11", "Lô cao su", "rubber", 106.4450, 11.4150, 3.40, True),
    ("h12", "Vườn bưởi nhà", "pomelo", 106.4488, 11.4170, 0.58, False),
    ("h12", "Vườn dưa", "cantaloupe", 106.4501, 11.4182, 0.15, True),
)
DECLARED_M2: Final = 1_200  # of the one plot that is a point
NAMES_OF_PLOTS: Final = UUID("6f1f0f2e-3a52-4d7b-9b07-0d6f0c0a9520")


def units(stage: Stage) -> None:
    """The administrative units of the whole country."""
    load_units(stage.uow)


def trade_items(stage: Stage) -> None:
    """Six flagship products, and latex, under GS1's prefix for demonstrations."""
    for crop, number, slug, name, name_en, told, told_en, grams, days in ITEMS:
        row = TradeItem(
            id=new_id(),
            gtin=gtin_from(stage.config.gs1_company_prefix, number),
            gtin_owner=DEMONSTRATION_OWNER,
            gtin_kind="demonstration",
            crop=crop,
            slug=slug,
            name=name,
            name_en=name_en,
            description=told,
            description_en=told_en,
            net_weight_g=grams,
            shelf_life_days=days,
            image=f"img/goods/{crop}.svg",
        )
        stage.uow.add(row)
        stage.hand_on(f"item:{crop}", row.id)


def plots(stage: Stage) -> None:
    """Twenty plots, entered by their households two seasons ago, most of them confirmed by the officer."""
    entered, seen = stage.now - timedelta(days=480), stage.now - timedelta(days=470)
    communes = {one.key: (one.commune, one.hamlet) for one in HOUSEHOLDS}
    officer = _officer(stage)
    for n, (household, name, crop, lon, lat, hectares, confirmed) in enumerate(PLOTS, 1):
        commune, hamlet = communes[household]
        wanted = RegisterPlot(
            name=name,
            crop=crop,
            commune_code=commune,
            hamlet=hamlet,
            geometry=json.dumps(_outline(lon, lat, hectares, n)),
            area_m2=None if hectares else DECLARED_M2,
            client_id=uuid5(NAMES_OF_PLOTS, f"{household}:{name}"),
            simulated=True,
        )
        made = register_plot(stage.uow, wanted, actor=_farmer(stage, household), now=entered)
        if confirmed:
            confirm_plot(stage.uow, made.id, actor=officer, now=seen)
        stage.hand_on(f"plot:{n}", made.id)


def _outline(lon: float, lat: float, hectares: float, n: int) -> dict[str, object]:
    """A five-cornered outline of about this size, turned and stretched a little differently each time."""
    if not hectares:
        return {"type": "Point", "coordinates": [lon, lat]}
    # A regular pentagon of radius r has 2.378 r²; the stretch 1.25 × 0.8 keeps the area.
    radius = math.sqrt(hectares * 10_000 / 2.378)
    corners = []
    for k in range(5):
        angle = math.radians(72 * k + 17 * n)
        east, north = radius * 1.25 * math.cos(angle), radius * 0.8 * math.sin(angle)
        corners.append([lon + east / (_METRES * math.cos(math.radians(lat))), lat + north / _METRES])
    return {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}


def _farmer(stage: Stage, household: str) -> Actor:
    own = organisation(stage.uow, stage.uuid(f"org:{household}"))
    person_id = stage.uuid(f"person:{household}")
    return Actor(
        person_id=person_id,
        display_name=person_name(stage.uow, person_id),
        organisation_id=own.id,
        organisation_name=own.name,
        organisation_kind=own.kind,
        roles=frozenset({"farmer", "packer", "seller"}),
    )


def _officer(stage: Stage) -> Actor:
    office = organisation(stage.uow, stage.uuid("org:office"))
    person_id = stage.uuid("person:officer")
    return Actor(
        person_id=person_id,
        display_name=person_name(stage.uow, person_id),
        organisation_id=office.id,
        organisation_name=office.name,
        organisation_kind=office.kind,
        roles=frozenset({"officer"}),
        commune_codes=frozenset(one.commune for one in HOUSEHOLDS),
    )


PARTS = (("units", units), ("trade_items", trade_items), ("plots", plots))
