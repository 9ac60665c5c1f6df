"""Diaries, lots, labels and packs of the demonstration, made by the same commands as on the phone.

Played day by day: every event carries the record time of its day and `coi:simulated`; checkpoints keep
the real one.
"""

import random
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid5

from app.identity.access import Actor
from app.identity.queries import organisation, person_name
from app.kernel.calendar import LOCAL_ZONE, local_day
from app.kernel.demo_stage import Stage
from app.kernel.quantities import kg
from traceability.diary.commands import RecordWork, record_work
from traceability.diary.rules import WorkKind
from traceability.labels import digital_link
from traceability.labels.commands import PrintSheet, print_sheet
from traceability.labels.queries import serials_of_sheet
from traceability.lots import commands as lots
from traceability.lots.commands import RegisterHarvest
from traceability.lots.queries import lot
from traceability.packing.commands import PackUnits, cancel_label, pack_units
from traceability.recall.commands import RecallLot, recall_lot
from traceability.recall.rules import RecallClass
from traceability.scans.commands import RecordScan, record_scan

DISTRICT: Final = frozenset({"25777", "25780", "25792", "25807", "25843"})
NAMES: Final = UUID("0b7a3f0c-6d7c-4a4e-9a55-7f5f2d1c9520")
FARMER: Final = frozenset({"farmer", "packer", "seller"})
UNKNOWN: Final = digital_link.new_serial(random.Random(9520001))
_WORDS: Final = {
    "recall": "Mẫu kiểm tra vượt mức dư lượng cho phép (mô phỏng).",
    "released": "Đã thử nhanh dư lượng tại hợp tác xã, đạt (mô phỏng).",
}


class DemoLot(NamedTuple):
    """A lot of the demonstration. `plot` counts from 1 as in `app.registry.demo`; days lie before the show.

    `labels` are printed the evening after the harvest, `packs` bound the day after; 0 is none.
    """

    name: str
    household: str
    plot: int
    days_ago: int
    weight_g: int
    unit_g: int = 0
    labels: int = 0
    packs: int = 0
    marked: bool = False
    spray_before: int = 40  # days before the harvest
    phi_days: int = 7


LOTS: Final = (
    # the season before
    DemoLot("mangosteen_last_year", "h01", 1, 372, kg(110), kg(1), 40, 40, True),
    DemoLot("mangosteen_h02_last_year", "h02", 3, 380, kg(140)),
    DemoLot("mangosteen_h03_last_year", "h03", 4, 365, kg(95)),
    DemoLot("pomelo_last_year", "h05", 8, 350, kg(260), 1_500, 60, 60),
    DemoLot("released", "h06", 9, 340, kg(170), spray_before=5, phi_days=14),
    DemoLot("durian_last_year", "h07", 11, 400, kg(240)),
    # this season
    DemoLot("expired", "h04", 6, 150, kg(70), kg(1), 30, 30, True),
    DemoLot("durian_h10", "h10", 16, 140, kg(300)),
    DemoLot("durian", "h07", 11, 130, kg(260), 3_000, 40, 40),
    DemoLot("to_recall", "h08", 12, 60, kg(180), 1_500, 40, 40),
    DemoLot("revoked", "h03", 4, 45, kg(90), kg(1), 40, 40, True),
    DemoLot("corrected", "h08", 13, 35, kg(240)),
    DemoLot("suspended", "h02", 3, 25, kg(150), kg(1), 60, 60, True),
    DemoLot("pomelo_h06", "h06", 9, 20, kg(180), 1_500, 60, 55),
    DemoLot("pomelo_h12", "h12", 19, 18, kg(100)),
    DemoLot("pomelo", "h05", 8, 15, kg(300), 1_500, 80, 80),
    DemoLot("fish_small", "h09", 15, 12, kg(40)),
    DemoLot("banana_h10", "h10", 17, 10, kg(120), kg(2), 30, 30),
    DemoLot("cantaloupe_h12", "h12", 20, 9, kg(130), 1_500, 40, 40),
    DemoLot("mangosteen", "h01", 1, 8, kg(120), kg(1), 60, 50, True),
    DemoLot("cantaloupe", "h08", 12, 7, kg(220), 1_500, 90, 80),
    DemoLot("banana", "h07", 10, 6, kg(400), kg(2), 100, 100),
    DemoLot("not_packed", "h01", 2, 5, kg(80), kg(1), 40),
    DemoLot("held", "h05", 7, 4, kg(200), spray_before=5, phi_days=14),
    DemoLot("fish", "h09", 14, 3, kg(150), kg(1), 50, 50),
    DemoLot("latex", "h11", 18, 2, kg(600)),
)

FED: Final = frozenset({14, 15})  # ponds are fed, neither sprayed nor watered
TAPPED: Final = frozenset({18})  # rubber is tapped


def seasons(stage: Stage) -> None:
    """Works, harvests, labels and packs of two seasons, day by day."""
    for one in LOTS:
        _works(stage, one)
        _harvest(stage, one)
        if one.labels:
            _labels(stage, one)
        if one.packs:
            _packs(stage, one)
    _release(stage)
    _correct(stage)


def _at(stage: Stage, days_ago: int, hour: int = 17) -> datetime:
    """An hour of the day so many days before the show, in the district; never after the show itself."""
    day = local_day(stage.now) - timedelta(days=days_ago)
    return min(datetime.combine(day, time(hour), LOCAL_ZONE).astimezone(UTC), stage.now)


def _actor(
    stage: Stage, person: str, of: str, roles: frozenset[str], communes: frozenset[str] = frozenset()
) -> Actor:
    own = organisation(stage.uow, stage.uuid(f"org:{of}"))
    person_id = stage.uuid(f"person:{person}")
    return Actor(
        person_id=person_id,
        display_name=person_name(stage.uow, person_id),
        organisation_id=own.id,
        organisation_name=own.name,
        organisation_kind=own.kind,
        roles=roles,
        commune_codes=communes,
    )


def _farmer(stage: Stage, household: str) -> Actor:
    return _actor(stage, household, household, FARMER)


def _works(stage: Stage, of: DemoLot) -> None:
    """What was done before the harvest: fertiliser, one spray, water; feed for a pond, tapping for rubber."""
    works: list[tuple[int, WorkKind, dict[str, Any]]]
    if of.plot in FED:
        works = [(2, WorkKind.FEED, {"product": "Cám viên 30 % đạm", "dose": "6 kg"})]
    elif of.plot in TAPPED:
        works = [(1, WorkKind.TAP, {}), (30, WorkKind.FERTILISE, {"product": "NPK 20-20-15"})]
    else:
        works = [
            (60, WorkKind.FERTILISE, {"product": "Phân chuồng hoai", "dose": "10 kg một gốc"}),
            (of.spray_before, WorkKind.SPRAY, _spray(of)),
            (2, WorkKind.WATER, {}),
        ]
    for before, kind, details in sorted(works, key=lambda work: -work[0]):
        days_ago = of.days_ago + before
        done_at = _at(stage, days_ago)
        work = RecordWork(
            plot_id=stage.uuid(f"plot:{of.plot}"),
            kind=kind,
            done_on=local_day(done_at),
            client_id=uuid5(NAMES, f"{of.name}:{kind}"),
            **details,
        )
        record_work(stage.uow, work, actor=_farmer(stage, of.household), now=done_at)


def _spray(of: DemoLot) -> dict[str, Any]:
    return {
        "product": "Abamectin 1.8EC (minh họa)",
        "active_ingredient": "Abamectin",
        "dose": "10 ml một bình 16 lít",
        "phi_days": of.phi_days,
    }


def _harvest(stage: Stage, of: DemoLot) -> None:
    picked_at = _at(stage, of.days_ago)
    harvest = RegisterHarvest(
        plot_id=stage.uuid(f"plot:{of.plot}"),
        picked_on=local_day(picked_at),
        weight_g=of.weight_g,
        client_id=uuid5(NAMES, of.name),
    )
    made = lots.register_harvest(stage.uow, harvest, actor=_farmer(stage, of.household), now=picked_at)
    stage.hand_on(f"lot:{of.name}", made.id)


def _labels(stage: Stage, of: DemoLot) -> None:
    wanted = PrintSheet(
        lot_id=stage.uuid(f"lot:{of.name}"),
        count=of.labels,
        unit_weight_g=of.unit_g,
        client_id=uuid5(NAMES, f"{of.name}:labels"),
        right_id=stage.uuid(f"right:{of.household}") if of.marked else None,
    )
    at = _at(stage, of.days_ago, hour=19)
    sheet = print_sheet(stage.uow, wanted, actor=_farmer(stage, of.household), now=at)
    stage.hand_on(f"sheet:{of.name}", sheet.id)


def _packs(stage: Stage, of: DemoLot) -> None:
    wanted = PackUnits(
        lot_id=stage.uuid(f"lot:{of.name}"),
        count=of.packs,
        unit_weight_g=of.unit_g,
        client_id=uuid5(NAMES, f"{of.name}:packs"),
    )
    at = _at(stage, of.days_ago - 1, hour=8)
    packing = pack_units(stage.uow, wanted, actor=_farmer(stage, of.household), now=at)
    stage.hand_on(f"serial:{of.name}", packing.serials[0])


def _release(stage: Stage) -> None:
    """The cooperative let a held lot of a member go on, last season."""
    packer = _actor(stage, "packer_long_hoa", "coop_long_hoa", frozenset({"packer", "seller"}))
    lot_id = stage.uuid("lot:released")
    at = _at(stage, 337)
    lots.release(stage.uow, lot_id, reason=_WORDS["released"], actor=packer, now=at)


def _correct(stage: Stage) -> None:
    """A household wrote 240 kg and meant 220."""
    lot_id = stage.uuid("lot:corrected")
    actor = _farmer(stage, "h08")
    lots.correct_harvest(stage.uow, lot_id, weight_g=220_000, actor=actor, now=_at(stage, 34))


def traces(stage: Stage) -> None:
    """One code for each status that lots and labels can have; recall and copies add theirs."""
    loose = serials_of_sheet(stage.uow, stage.uuid("sheet:mangosteen"))
    torn, waiting = loose[-1], serials_of_sheet(stage.uow, stage.uuid("sheet:not_packed"))[0]
    cancel_label(stage.uow, torn, actor=_farmer(stage, "h01"), now=_at(stage, 6, hour=9))
    stage.hand_on(
        "traces",
        {
            "unchanged": _path(stage, "mangosteen", stage.value("serial:mangosteen")),
            "not-packed": _path(stage, "not_packed", waiting),
            "void": _path(stage, "mangosteen", torn),
            "held": _path(stage, "held"),
            "right-suspended": _path(stage, "suspended", stage.value("serial:suspended")),
            "right-revoked": _path(stage, "revoked", stage.value("serial:revoked")),
            "right-expired": _path(stage, "expired", stage.value("serial:expired")),
            "unknown": _path(stage, "mangosteen", UNKNOWN),
        },
    )


def _path(stage: Stage, name: str, serial: str | None = None) -> str:
    of = lot(stage.uow, stage.uuid(f"lot:{name}"))
    return digital_link.build(of.gtin, lot=of.lot_no, serial=serial)


def alarms(stage: Stage) -> None:
    """A lot that is called back, a serial that was scanned in too many places, and everyday scans."""
    officer = _actor(stage, "officer", "office", frozenset({"officer"}), DISTRICT)
    order = RecallLot(
        lot_id=stage.uuid("lot:to_recall"),
        recall_class=RecallClass.SAFETY,
        reason=_WORDS["recall"],
        document_no="07/QĐ-MP",
    )
    recall_lot(stage.uow, order, actor=officer, now=_at(stage, 12))
    for network in range(7):
        _scan(stage, "pomelo", "possible-copy", f"sim{network}", days_ago=2)
    for number, name in enumerate(("mangosteen", "banana", "cantaloupe", "fish") * 6):
        _scan(stage, name, "unchanged", f"sim{number % 3}", days_ago=1 + number // 8)
    found = {
        "recalled": _path(stage, "to_recall", stage.value("serial:to_recall")),
        "possible-copy": _path(stage, "pomelo", stage.value("serial:pomelo")),
    }
    stage.hand_on("traces", stage.value("traces") | found)


def _scan(stage: Stage, name: str, status: str, network: str, *, days_ago: int) -> None:
    seen = RecordScan(
        lot_id=stage.uuid(f"lot:{name}"),
        serial=stage.value(f"serial:{name}"),
        status=status,
        network=network,
        simulated=True,
    )
    record_scan(stage.uow, seen, now=_at(stage, days_ago, hour=10))


PARTS = (("seasons", seasons), ("traces", traces), ("alarms", alarms))
