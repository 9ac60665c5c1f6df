"""What the office does: confirm a plot, grant, suspend and give back a right, read an old farmer's case."""

import pyotp

from scripts.walk.codes import path_of
from scripts.walk.farm import apply_for_right, log_in
from scripts.walk.person import Person, Wrong
from scripts.walk.stage import Stage


def officer_logs_in(stage: Stage, role: str) -> Person:
    """With name, password and the second factor; once for each officer (a code is good for one login)."""
    if role in stage.people:
        return stage.people[role]
    officer, login = stage.desk(role), stage.login(role)
    officer.opens("/office/login")
    officer.types("name", login["name"])
    officer.types("password", login["password"])
    officer.types("totp", pyotp.TOTP(login["totp_secret"]).now())
    officer.goes_on()
    officer.sees(".desk__menu")
    return officer


def officer_confirms_the_plot(stage: Stage) -> Person:
    """The first verified fact."""
    officer = officer_logs_in(stage, "officer")
    officer.opens("/office/plots?waiting=1")
    officer.taps_on(f"main a[href$='{stage.facts['plot']}']")
    officer.taps_on("main button", "xác nhận")
    officer.sees(".notice", "Đã xác nhận")
    return officer


def officer_proposes_the_right(stage: Stage) -> Person:
    """The first of two: the case of the farmer, found in the list of open cases by its number."""
    officer = officer_logs_in(stage, "officer")
    officer.opens("/office/cases?kind=use_right")
    officer.taps_on("main table a", stage.facts["case_no"])
    stage.facts["case"] = officer.page.url.rsplit("/", 1)[-1]
    officer.types("reason", "Thửa đã xác nhận, hộ là xã viên, hồ sơ đủ.")
    officer.taps_on("main button[name='decision'][value='granted']")
    officer.sees("main .notice", "Đã ghi hồ sơ")
    return officer


def approving_officer_grants_the_right(stage: Stage) -> Person:
    """The second of two; the newest right in force is then the farmer's."""
    second = officer_logs_in(stage, "approving_officer")
    second.opens(f"/office/cases/{stage.facts['case']}")
    second.types("reason", "Đồng ý cấp.")
    second.taps_on("main button[name='decision'][value='granted']")
    second.opens("/office/rights?state=active")
    second.taps_on("main table tbody th a")  # the newest stands on top
    stage.facts["right"] = second.page.url.rsplit("/", 1)[-1]
    second.sees(f"main a[href$='/office/cases/{stage.facts['case']}']")
    return second


def officer_suspends_the_right(stage: Stage) -> Person:
    """With a reason, read first as the holder will read it; the same code says so within a minute."""
    second = officer_logs_in(stage, "approving_officer")
    _acts(second, stage.facts["right"], "suspend")
    consumer = stage.phone("consumer")
    took = stage.wait_for(
        "the scan page says right-suspended",
        lambda: _scan(stage, consumer) == "right-suspended",
        within_s=60,
    )
    print(f"    the code said so after {took:.0f} s", flush=True)
    return consumer


def officer_gives_the_right_back(stage: Stage) -> Person:
    """The same code is unchanged again."""
    second = officer_logs_in(stage, "approving_officer")
    _acts(second, stage.facts["right"], "reinstate")
    consumer = stage.phone("consumer")
    stage.wait_for(
        "the scan page says unchanged again", lambda: _scan(stage, consumer) == "unchanged", within_s=60
    )
    return consumer


def _acts(officer: Person, right: str, name: str) -> None:
    officer.opens(f"/office/rights/{right}/{name}")
    first = officer.page.locator("main input[name='reason_code']").first
    officer.picks("reason_code", first.get_attribute("value") or "")
    officer.types("reason_text", "Kiểm tra tại vườn ngày hôm nay, xem biên bản kèm theo.")
    officer.goes_on()
    officer.sees(".readback")
    officer.goes_on()
    officer.sees("main .notice")


def _scan(stage: Stage, consumer: Person) -> str:
    consumer.opens(path_of(stage.facts["code"]))
    return consumer.status()


def helper_files_for_an_old_farmer(stage: Stage) -> Person:
    """The farmer's own phone gets the code; reading it out is his consent."""
    helper = log_in(stage, "helper", stage.login("helper")["phone"])
    phone = stage.login("old_farmer")["phone"]
    sent = stage.house.codes_sent(phone)
    helper.opens("/farm/help")
    helper.types("phone", phone)
    helper.goes_on()
    helper.sees("main [name='code']")
    helper.types("code", stage.house.code_for(phone, after=sent))
    helper.goes_on()
    helper.sees(".for-whom", "Đang làm thay")
    apply_for_right(helper)
    if not helper.page.locator(".for-whom").count():
        raise Wrong("the helper's page does not say for whom she files")
    return helper
