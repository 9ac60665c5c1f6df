"""The sensors of the demonstration district: simulated stations, and real series from far away.

Simulated devices say so in their origin and their flag. Real series are attached only when CORPUS is
given, under the station that measured them; they are years old and stand in no lot's window. Hộ ông
Lê Văn Út (h03) and three more households have no sensor at all, as most farms.
"""

import gzip
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Final

from app.identity.access import Actor
from app.identity.queries import organisation, person_name
from app.kernel.demo_stage import Stage
from app.registry import queries as registry
from app.registry.queries import PlotView
from sensors_link.devices import commands as devices
from sensors_link.devices.queries import DatastreamView
from sensors_link.ingest.commands import Source, take_readings
from sensors_link.ingest.decode import Reading, decode_csv
from sensors_link.simulation.pond import pond
from sensors_link.simulation.probes import Fault, Sample, heard, sampled, sent, silences, summed
from sensors_link.simulation.soil import root_zone
from sensors_link.simulation.weather import STEP, Air, nearby, weather

DAYS: Final = 100  # more than the sixty days that a lot of last month looks back
SIMULATED: Final = "mô phỏng: số do máy tính sinh ra theo mô hình thời tiết, đất và ao, không đo ở vườn"
_TENTH, _HUNDREDTH, _TIP = Decimal("0.1"), Decimal("0.01"), Decimal("0.2")
_WEEK: Final = timedelta(days=7)
# One value that a good sensor can say and this place does not know: suspect, and easy to see.
SPIKES: Final = {"soil_moisture": Decimal("1.2"), "water_ph": Decimal("4.65")}


@dataclass(frozen=True)
class Station:
    """A simulated station: its plot, how often it looks at the soil, what else it measures hourly."""

    plot: int
    soil_every: int  # steps of ten minutes
    beside: str
    roofed: bool = False


STATIONS: Final = (
    Station(1, 3, "air_temperature"),
    Station(3, 6, "rain"),
    Station(6, 6, "air_humidity"),
    Station(7, 6, "rain"),
    Station(10, 6, "air_temperature"),
    Station(12, 6, "air_humidity", roofed=True),
    Station(16, 6, "rain"),
)
POND: Final = 14


@dataclass(frozen=True)
class RealSeries:
    """Files of CORPUS/sensors from one station, and the plot to which they are attached."""

    plot: int
    name: str
    origin: str
    interval_s: int
    files: tuple[tuple[str, str], ...]  # (file without .csv.gz, observed property)


_WAZIUP: Final = "kho Waziup/SoilMoistureML @01302c5, Apache-2.0"
_UGB: Final = "theo mã trạm: Đại học Gaston Berger, Saint-Louis, Sénégal"
_ELSEWHERE: Final = "Không đo ở vườn này, gắn vào để minh họa"
REAL: Final = (
    RealSeries(
        2,
        "Đầu đo đất 87 (Sénégal)",
        f"số liệu thật từ trạm UGB ({_UGB}, 2/2019); phần trăm thô, chưa hiệu chuẩn; {_WAZIUP}. {_ELSEWHERE}",
        600,
        (("waziup_UGB-PILOTS_Sensor87_SH", "raw"),),
    ),
    RealSeries(
        8,
        "Trạm thời tiết 200 (Sénégal)",
        f"số liệu thật từ trạm UGB ({_UGB}, 7/2018), mỗi phút; {_WAZIUP}. {_ELSEWHERE}",
        60,
        (("waziup_UGB_Sensor200_2018_TP", "air_temperature"),),
    ),
    RealSeries(
        15,
        "Trạm nước 12 (Tây Phi)",
        "số liệu thật từ trạm nước UNB (Tây Phi, 5/2018–10/2018, đồng hồ máy nhanh khoảng hai giờ); "
        f"nghĩa các cột suy từ tên; {_WAZIUP}. {_ELSEWHERE}",
        1200,
        (
            ("waziup_UNB_Sensor12_PH", "water_ph"),
            ("waziup_UNB_Sensor12_DO", "water_oxygen"),
            ("waziup_UNB_Sensor12_WT", "water_temperature"),
        ),
    ),
)


def simulated_stations(stage: Stage) -> None:
    """Soil and weather of seven plots over a hundred days, with a few faults of each station."""
    over_the_district = _weather(stage)
    for station in STATIONS:
        plot = registry.plot(stage.uow, stage.uuid(f"plot:{station.plot}"))
        rng = Random(f"dau-tieng:{station.plot}")
        air = nearby(rng, over_the_district)
        on_soil = [replace(step, rain_mm=0.0) for step in air] if station.roofed else air
        soil = [(step.time, step.probe * 100) for step in root_zone(rng, on_soil)]
        told = {
            "soil_moisture": sampled(soil, every=station.soil_every, resolution=_TENTH),
            station.beside: _beside(station.beside, air),
        }
        every = {"soil_moisture": station.soil_every}
        _played(stage, plot, told, every=every, rng=rng)


def simulated_pond(stage: Stage) -> None:
    """The water of the big pond over a hundred days, every hour."""
    plot = registry.plot(stage.uow, stage.uuid(f"plot:{POND}"))
    rng = Random(f"dau-tieng:{POND}")
    water = pond(rng, nearby(rng, _weather(stage)))
    told = {
        "water_ph": sampled([(w.time, w.ph) for w in water], every=6, resolution=_HUNDREDTH),
        "water_oxygen": sampled([(w.time, w.oxygen) for w in water], every=6, resolution=_HUNDREDTH),
        "water_temperature": sampled([(w.time, w.temperature) for w in water], every=6, resolution=_TENTH),
    }
    _played(stage, plot, told, every={}, rng=rng)


def real_series(stage: Stage) -> None:
    """Real series of stations elsewhere; nothing when the installation has no CORPUS."""
    if stage.corpus is None:
        return
    for one in REAL:
        _attached(stage, one, stage.corpus / "sensors")


def _weather(stage: Stage) -> list[Air]:
    start = stage.now.replace(minute=0, second=0, microsecond=0) - timedelta(days=DAYS)
    steps = (stage.now - start) // STEP + 1  # the step that has just begun is measured, too
    return weather(Random("dau-tieng:weather"), start=start, steps=steps)


def _beside(observed_property: str, air: Sequence[Air]) -> list[Sample]:
    """What the station measures besides the soil, hourly."""
    if observed_property == "rain":
        return summed([(a.time, a.rain_mm) for a in air], every=6, resolution=_TIP)
    if observed_property == "air_temperature":
        return sampled([(a.time, a.temperature) for a in air], every=6, resolution=_TENTH)
    return sampled([(a.time, a.humidity) for a in air], every=6, resolution=_TENTH)


def _played(
    stage: Stage, plot: PlotView, told: dict[str, list[Sample]], *, every: dict[str, int], rng: Random
) -> None:
    """Enrol the station and hand in week after week what it would have sent."""
    farmer = _farmer(stage, plot)
    start = stage.now - timedelta(days=DAYS)
    device, _ = devices.enrol(
        stage.uow,
        devices.EnrolDevice(name=f"Trạm {plot.name}"[:80], origin=SIMULATED, simulated=True),
        actor=farmer,
        now=start,
    )
    streams: dict[str | None, DatastreamView] = {}
    for code in told:
        wanted = devices.AddDatastream(
            device_id=device.id,
            plot_id=plot.id,
            code=code,
            observed_property=code,
            interval_s=every.get(code, 6) * int(STEP.total_seconds()),
        )
        streams[code] = devices.add_datastream(stage.uow, wanted, actor=farmer, now=start)
    for until, readings in _weeks(_with_faults(told, rng, start, stage.now), start, stage.now):
        source = Source(device_id=device.id, grade="gateway_push")
        take_readings(stage.uow, readings, source=source, streams=streams, now=until)


def _with_faults(
    told: dict[str, list[Sample]], rng: Random, start: datetime, end: datetime
) -> Iterator[Reading]:
    """Three silences of the whole station; of its first series a spike and a value that cannot be."""
    silent = silences(rng, start=start, end=end, count=3)
    for number, (code, samples) in enumerate(told.items()):
        if number:
            arrived = sent(samples, silent=silent)
        else:
            late = heard(samples, silent)[-len(samples) // 4 :]  # in the last weeks, where people look
            spiked, broken = rng.sample(late, 2)
            wrong = {spiked: (Fault.SPIKE, SPIKES[code]), broken: (Fault.RANGE, Decimal(-1))}
            arrived = sent(samples, silent=silent, wrong=wrong)
        yield from (Reading(time, value, datastream=code) for time, value in arrived.samples)


def _weeks(
    readings: Iterator[Reading], start: datetime, end: datetime
) -> Iterator[tuple[datetime, list[Reading]]]:
    """Readings by the week in which they came in, with the moment at which the week was over."""
    weeks: dict[int, list[Reading]] = {}
    for reading in readings:
        weeks.setdefault((reading.time - start) // _WEEK, []).append(reading)
    for number, some in sorted(weeks.items()):
        yield min(start + (number + 1) * _WEEK, end), some


def _attached(stage: Stage, one: RealSeries, folder: Path) -> None:
    plot = registry.plot(stage.uow, stage.uuid(f"plot:{one.plot}"))
    farmer = _farmer(stage, plot)
    device, _ = devices.enrol(
        stage.uow, devices.EnrolDevice(name=one.name, origin=one.origin), actor=farmer, now=stage.now
    )
    for stem, observed_property in one.files:
        file = folder / f"{stem}.csv.gz"
        if not file.is_file():  # a folder laid out like the corpus may hold less of it
            continue
        raw = gzip.decompress(file.read_bytes())
        read = decode_csv(raw)
        wanted = devices.AddDatastream(
            device_id=device.id,
            plot_id=plot.id,
            code=stem.rsplit("_", 1)[-1],
            observed_property=observed_property,
            interval_s=one.interval_s,
        )
        stream = devices.add_datastream(stage.uow, wanted, actor=farmer, now=stage.now)
        source = Source(
            device_id=device.id,
            grade="file_upload",
            person_id=farmer.person_id,
            file_name=file.name,
            sha256=hashlib.sha256(raw).hexdigest(),
            bad=len(read.bad),
        )
        take_readings(stage.uow, read.readings, source=source, streams={None: stream}, now=stage.now)


def _farmer(stage: Stage, plot: PlotView) -> Actor:
    """The farmer of the household that has the plot."""
    owner = str(plot.organisation_id)
    name = next(name for name, value in stage.known.items() if name.startswith("org:") and value == owner)
    person_id = stage.uuid(name.replace("org:", "person:", 1))
    own = organisation(stage.uow, plot.organisation_id)
    return Actor(
        person_id=person_id,
        display_name=person_name(stage.uow, person_id),
        organisation_id=own.id,
        organisation_name=own.name,
        organisation_kind=own.kind,
        roles=frozenset({"farmer"}),
    )


PARTS = (
    ("simulated_stations", simulated_stations),
    ("simulated_pond", simulated_pond),
    ("real_series", real_series),
)
