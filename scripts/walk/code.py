"""The printed code from the sheet to the phone: labels, packs, the scan, the proof, a changed byte."""

import os
import sqlite3
import subprocess
import sys
import urllib.request
from contextlib import closing
from pathlib import Path

from scripts.walk.codes import codes_of_pdf, path_of, picture_of_pdf
from scripts.walk.installation import ROOT
from scripts.walk.person import Person, Wrong
from scripts.walk.stage import Stage

LABELS = 50
FIRST_SCREEN = 640  # CSS px


def farmer_prints_labels(stage: Stage) -> Person:
    """50 labels of 1 kg with the mark; the worker makes the PDF."""
    farmer, lot = stage.phone("farmer"), stage.facts["lot"]
    farmer.opens(f"/farm/lots/{lot}/labels")
    farmer.types("unit_weight", "1 kg")
    farmer.types("count", str(LABELS))
    farmer.picks("right_id", stage.facts["right"])
    farmer.goes_on()
    farmer.page.wait_for_url("**/farm/labels/*")
    stage.wait_for("the sheet of labels is made", lambda: _sheet_is_ready(farmer), within_s=60)
    with farmer.page.expect_download() as coming:
        farmer.page.locator("main a[href$='.pdf']").click()
    farmer.taps += 1
    sheet = stage.out / "label-sheet.pdf"
    coming.value.save_as(sheet)
    stage.files["label_sheet"] = sheet.name
    _codes_are_read(stage, sheet)
    return farmer


def _sheet_is_ready(farmer: Person) -> bool:
    farmer.page.reload()
    return farmer.page.locator("main a[href$='.pdf']").count() > 0


def _codes_are_read(stage: Stage, sheet: Path) -> None:
    found = sorted({code for code in codes_of_pdf(sheet) if "/21/" in code})
    if len(found) != LABELS:
        raise Wrong(f"{len(found)} different codes are read from the sheet, not {LABELS}")
    picture_of_pdf(sheet, stage.out / "label-sheet.png")
    stage.facts["code"], stage.facts["codes"] = found[0], "\n".join(found)


def a_label_that_is_not_stuck_on_says_so(stage: Stage) -> Person:
    """Between printing and packing a scan says `not-packed`."""
    consumer = stage.phone("consumer")
    consumer.opens(path_of(stage.facts["code"]))
    if consumer.status() != "not-packed":
        raise Wrong(f"a label that is only printed says {consumer.status()}")
    return consumer


def farmer_packs(stage: Stage) -> Person:
    """50 packs under these labels."""
    farmer, lot = stage.phone("farmer"), stage.facts["lot"]
    farmer.opens(f"/farm/lots/{lot}/pack")
    farmer.types("count", str(LABELS))
    farmer.goes_on()
    farmer.sees(".notice", f"Đã đóng {LABELS} gói")
    return farmer


def consumer_scans(stage: Stage) -> Person:
    """Five facts on the first screen; then the browser itself finds the entry in the log."""
    consumer = stage.phone("consumer")
    path = path_of(stage.facts["code"])
    stage.wait_for("the record is sealed", lambda: _status(consumer, path) == "unchanged", within_s=90)
    consumer.page.set_viewport_size({"width": 360, "height": FIRST_SCREEN})
    lowest = consumer.five_facts_end_at()
    if lowest > FIRST_SCREEN:
        raise Wrong(f"the five facts end at {lowest:.0f} px, below the first screen")
    consumer.page.screenshot(path=stage.out / "first-screen.png")
    return consumer


def browser_finds_the_entry_in_the_log(stage: Stage) -> Person:
    """The closed section is opened, and the small script says so."""
    consumer = stage.phone("consumer")
    consumer.taps_on("#proof summary")
    consumer.sees("[data-verify-proof][data-state='ok']", within_s=30)
    return consumer


def browser_checks_again_without_a_network(stage: Stage) -> Person:
    """With the network cut after the load: what was downloaded is checked anew, and every step is listed."""
    consumer = stage.phone("consumer")
    consumer.page.context.set_offline(True)
    try:
        consumer.page.locator("[data-verify-result]").evaluate("one => { one.textContent = '' }")
        consumer.taps_on("[data-verify-again]")
        consumer.sees("[data-verify-proof][data-state='ok'] [data-verify-result]", "Trình duyệt của bạn")
        consumer.sees("[data-verify-steps] li")
    finally:
        consumer.page.context.set_offline(False)
    return consumer


def the_single_file_checks_the_bundle(stage: Stage) -> Person:
    """The page that is kept on a computer, opened from the disk, agrees on the downloaded bundle."""
    fetch(stage, "/ledger/verifier.html", "verifier.html")
    return _opens_the_single_file(stage, "proof.json", "verified")


def _opens_the_single_file(stage: Stage, proof: str, wanted: str) -> Person:
    auditor = stage.desk("auditor")
    auditor.page.goto((stage.out / "verifier.html").as_uri())
    auditor.page.locator("input[name='proof']").set_input_files(stage.out / proof)
    auditor.page.locator("textarea[name='trust']").fill((stage.out / "policy.txt").read_text("utf-8"))
    auditor.taps_on("button[type='submit']")
    got = auditor.sees("[data-outcome]:not([data-outcome=''])").get_attribute("data-outcome")
    if got != wanted:
        raise Wrong(f"the single file says {got} of {proof}, not {wanted}")
    return auditor


def _status(consumer: Person, path: str) -> str:
    consumer.opens(path)
    return consumer.status()


def anybody_verifies_the_bundle(stage: Stage) -> Person:
    """`python -m ledger verify --policy` agrees on what the page offers for download."""
    consumer = stage.phone("consumer")
    fetch(stage, f"/trace/{stage.facts['lot']}/proof.json", "proof.json")
    fetch(stage, "/ledger/policy", "policy.txt")
    stage.files |= {"proof": "proof.json", "policy": "policy.txt"}
    code, told = verify(stage.out / "proof.json", stage.out / "policy.txt")
    if code != 0:
        raise Wrong(f"python -m ledger verify exits {code}: {told}")
    consumer.opens("/ledger")
    return consumer


def fetch(stage: Stage, path: str, name: str) -> None:
    """Download something of the site into the tour's folder."""
    with urllib.request.urlopen(stage.house.base + path, timeout=30) as answer:  # noqa: S310 - http to our own server
        (stage.out / name).write_bytes(answer.read())


def verify(proof: Path, policy: Path) -> tuple[int, str]:
    """The exit code of the command line, and its last lines."""
    command = [sys.executable, "-m", "ledger", "verify", str(proof), "--policy", str(policy)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, " | ".join((done.stdout + done.stderr).splitlines()[-4:])


def a_changed_byte_is_noticed(stage: Stage) -> Person:
    """One byte of an event changed behind the application's back: page, command line and fsck say so."""
    _change_a_byte(stage)
    consumer = stage.phone("consumer")
    path = path_of(stage.facts["code"])
    took = stage.wait_for(
        "the scan page says mismatch", lambda: _status(consumer, path) == "mismatch", within_s=70
    )
    print(f"    the page said so after {took:.0f} s", flush=True)
    fetch(stage, f"/trace/{stage.facts['lot']}/proof.json", "proof-of-a-changed-record.json")
    code, told = verify(stage.out / "proof-of-a-changed-record.json", stage.out / "policy.txt")
    if code != 1:
        raise Wrong(f"python -m ledger verify exits {code} for a changed record: {told}")
    code, told = _fsck(stage)
    if code != 1 or "is not what was sealed" not in told or "first bad index" not in told:
        raise Wrong(f"flask ledger fsck exits {code} for a changed record: {told}")
    return consumer


def the_single_file_notices_it_too(stage: Stage) -> Person:
    """The file on the auditor's own computer refuses the bundle of the changed record."""
    return _opens_the_single_file(stage, "proof-of-a-changed-record.json", "refused")


def _fsck(stage: Stage) -> tuple[int, str]:
    """The operator's check of everything, run against the very installation."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "ledger", "fsck"]
    env = os.environ | {"DATA_DIR": str(stage.house.data)}
    done = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120
    )
    return done.returncode, " | ".join((done.stdout + done.stderr).splitlines()[-4:])


def _change_a_byte(stage: Stage) -> None:
    """What somebody with the database's password could do; the trigger that forbids it goes first."""
    lot_no = stage.facts["lot_no"].replace(" ", "")
    with closing(sqlite3.connect(stage.house.data / "coi.sqlite3", timeout=30)) as db, db:
        triggers = db.execute(
            "SELECT name FROM sqlite_master WHERE type='trigger' AND tbl_name='epcis_event'"
        )
        for (name,) in triggers.fetchall():
            db.execute(f'DROP TRIGGER "{name}"')
        rows = db.execute("SELECT id, body FROM epcis_event ORDER BY rowid DESC").fetchall()
        event, body = next(
            (row for row in rows if lot_no.encode() in bytes(row[1]) and b"commissioning" in bytes(row[1])),
            (None, b""),
        )
        if event is None:
            raise Wrong(f"no harvest event of lot {lot_no} is in the database")
        changed = bytes(body).replace(b"120", b"121", 1)
        if changed == body:
            raise Wrong("the event of the harvest does not hold its 120 kg")
        db.execute("UPDATE epcis_event SET body = ? WHERE id = ?", (changed, event))


def an_unknown_code_has_its_page(stage: Stage) -> Person:
    """A code that nobody printed: 404, what was read, what to do."""
    consumer = stage.phone("consumer")
    consumer.opens(path_of(stage.house.guide["traces"]["unknown"]), status=404)
    if consumer.status() != "unknown":
        raise Wrong(f"an unknown code says {consumer.status()}")
    consumer.sees("main form input[name='code']")
    return consumer


def every_status_of_the_demo_is_shown(stage: Stage) -> Person:
    """Each trace of demo.json says the status under which it is listed."""
    consumer = stage.phone("consumer")
    traces: dict[str, str] = stage.house.guide["traces"]
    missing = STATUSES - traces.keys()
    if missing:
        raise Wrong(f"demo.json has no trace for {', '.join(sorted(missing))}")
    for status, url in traces.items():
        consumer.opens(path_of(url), status=404 if status == "unknown" else 200)
        shown = consumer.page.locator("html").get_attribute("data-status")
        if shown != status or consumer.status() != status:
            raise Wrong(f"{url} says {shown}, and is listed as {status}")
        consumer.page.screenshot(path=stage.out / f"status-{status}.png")
    return consumer


STATUSES = frozenset(
    {
        "unchanged",
        "unknown",
        "recalled",
        "void",
        "held",
        "right-suspended",
        "right-expired",
        "right-revoked",
        "possible-copy",
        "not-packed",
    }
)
"""What demo.json lists; the other statuses are shown by tests and by the changed byte."""
