"""What the farmer does with his phone: log in, a plot, the diary, a harvest over a bad network, readings."""

import gzip
import re
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Route, expect

from scripts.walk.person import Person, Wrong
from scripts.walk.stage import Stage

PLOT = "Vườn gò mối"
_FIXTURE = Path(__file__).with_name("readings.csv")
_REAL = "sensors/waziup_UGB_Sensor200_2018_TP.csv.gz"  # air temperature of a real station, every minute


def log_in(stage: Stage, who: str, phone: str) -> Person:
    """Log a person of the farms in by phone and the code that the inbox shows."""
    person = stage.phone(who)
    sent = stage.house.codes_sent(phone)
    person.opens("/login")
    person.types("phone", phone)
    person.goes_on()
    person.sees("main [name='code']")
    person.types("code", stage.house.code_for(phone, after=sent))
    person.goes_on()
    person.sees(".big-buttons")
    return person


def farmer_logs_in(stage: Stage) -> Person:
    """By phone and one-time code."""
    return log_in(stage, "farmer", stage.login("farmer")["phone"])


def farmer_adds_a_plot(stage: Stage) -> Person:
    """A plot of mangosteen that no officer has seen yet."""
    farmer = stage.phone("farmer")
    farmer.opens("/farm/plots/new")
    farmer.types("name", PLOT)
    farmer.picks("crop", "mangosteen")
    farmer.types("commune_text", "thanh an")
    farmer.types("position", "11.2325, 106.4229")
    farmer.types("area", "0,5 ha")
    farmer.goes_on()
    link = farmer.sees("main a.choice", PLOT)
    stage.facts["plot"] = (link.get_attribute("href") or "").rsplit("/", 1)[-1]
    return farmer


def farmer_writes_the_diary(stage: Stage) -> Person:
    """Fertilised today: three screens, from home."""
    farmer = stage.phone("farmer")
    farmer.opens("/farm/")
    farmer.taps_on("a.big-button[href*='/work/new']")
    farmer.taps_on("a.big-button[href*='kind=fertilise']")
    farmer.taps_on("main label.choice", PLOT)
    farmer.types("product", "Phân bò ủ hoai")
    farmer.types("dose", "5 kg mỗi gốc")
    farmer.goes_on()
    farmer.sees(".readback", "Phân bò ủ hoai")
    farmer.goes_on("Đúng")
    farmer.sees("main li.choice", "Phân bò ủ hoai")
    return farmer


def farmer_harvests_over_a_bad_network(stage: Stage) -> Person:
    """120 kg; the network is cut at the first sending, the answer lost at the second: one lot."""
    farmer = stage.phone("farmer")
    before = _lots_of_120_kg(farmer)
    farmer.opens("/farm/")
    farmer.taps_on("a.big-button[href*='/harvests/new']")
    farmer.taps_on("a.big-button", PLOT)
    farmer.types("weight", "120")
    farmer.goes_on()
    farmer.sees(".readback", "120")
    _network_is_cut(farmer)
    _answer_is_lost(farmer)
    farmer.taps_on("[data-send-now]")
    farmer.page.wait_for_url(re.compile(r"/farm/lots/[0-9a-f-]{36}/done"), timeout=30_000)
    stage.facts["lot"] = urlsplit(farmer.page.url).path.split("/")[3]
    stage.facts["lot_no"] = farmer.sees("main h1 .code").inner_text()
    if _lots_of_120_kg(farmer) != before + 1:
        raise Wrong(f"{_lots_of_120_kg(farmer) - before} lots stand in the list after one harvest")
    farmer.opens(f"/farm/lots/{stage.facts['lot']}/done")
    return farmer


def _network_is_cut(farmer: Person) -> None:
    farmer.page.context.set_offline(True)
    farmer.goes_on("Đúng")
    farmer.sees("[data-unsent]")
    farmer.sees("[data-pending]", "Còn 1 mục")


def _answer_is_lost(farmer: Person) -> None:
    """Back in the network the phone sends again by itself; the server writes, the answer never comes."""
    arrived: list[int] = []

    def lose(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        arrived.append(route.fetch(max_redirects=0).status)
        route.abort("connectionreset")

    farmer.page.route("**/farm/harvests/new*", lose)
    with farmer.page.expect_event("requestfailed", lambda request: request.method == "POST", timeout=30_000):
        farmer.page.context.set_offline(False)
    farmer.page.unroute("**/farm/harvests/new*")
    if arrived != [303]:
        raise Wrong(f"the server answered the harvest with {arrived}, not with one 303")
    expect(farmer.page.locator("[data-pending]")).to_contain_text("Còn 1 mục")


def _lots_of_120_kg(farmer: Person) -> int:
    farmer.opens("/farm/lots")
    return farmer.page.locator("main a.choice", has_text=re.compile(r"120\s*kg")).count()


def farmer_hands_in_real_readings(stage: Stage) -> Person:
    """A new device on the plot, its key once, and a CSV file of a real station."""
    farmer = stage.phone("farmer")
    farmer.opens("/farm/sensors/new")
    farmer.types("name", "Nhiệt kế gò mối")
    farmer.picks("plot", stage.facts["plot"])
    farmer.picks("observed_property", "air_temperature")
    farmer.types("interval_min", "1")
    farmer.goes_on()
    farmer.sees(".readback.code")
    farmer.opens("/farm/sensors/upload")
    stream = farmer.sees("main select[name='datastream']").locator("option", has_text="Nhiệt kế gò mối")
    farmer.picks("datastream", stream.get_attribute("value") or "")
    farmer.hands_in("file", _readings(stage))
    farmer.goes_on()
    farmer.sees("main", re.compile(r"[1-9][0-9.]* số đo"))
    return farmer


def _readings(stage: Stage) -> Path:
    packed = stage.corpus / _REAL if stage.corpus else None
    if packed is None or not packed.is_file():
        print("    readings: skipped: no CORPUS; the committed excerpt is used", flush=True)
        return _FIXTURE
    plain = stage.out / "data" / "readings.csv"
    plain.write_bytes(gzip.decompress(packed.read_bytes()))
    return plain


def farmer_applies_for_the_right(stage: Stage) -> Person:
    """The mark of the mangosteen, 2.000 labels: three screens."""
    farmer = stage.phone("farmer")
    stage.facts["case_no"] = apply_for_right(farmer)
    return farmer


def apply_for_right(person: Person) -> str:
    """Apply for the mark of the mangosteen under the session's household; returns the case's number."""
    person.opens("/farm/rights/apply")
    person.taps_on("main label.choice", re.compile("măng cụt", re.IGNORECASE))
    person.goes_on()
    if person.page.locator("main input[type='checkbox'][value='mangosteen']").count():
        person.picks("crops", "mangosteen")
    person.types("labels", "2.000")
    person.goes_on()
    person.sees(".readback", "2.000")
    person.goes_on()
    told = person.sees("main .notice", "Đã nộp hồ sơ").inner_text()
    found = re.search(r"[A-Z]+-[0-9]{4}-[0-9]+", told)
    if found is None:
        raise Wrong(f"the application is told without its number: {told}")
    return found[0]
