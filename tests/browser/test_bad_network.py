"""What a farmer writes where there is no signal: nothing is lost, and nothing is called sent that was not."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

WRITTEN = "form[data-draft] button.button--main"
DAY_MS = 86400 * 1000


@pytest.fixture
def page(farmer) -> Iterator[Page]:
    """A page of the farmer's phone, which holds no draft before or after."""
    farmer.page.goto("about:blank")  # a second page of the phone would send what this one is watched to send
    page = farmer.page.context.new_page()
    page.goto(farmer.base + "/farm/")
    page.evaluate("localStorage.clear()")
    yield page
    page.context.set_offline(False)
    page.evaluate("localStorage.clear()")
    page.close()


def lots(page: Page, base: str, weight: str) -> int:
    page.goto(base + "/farm/lots")
    return page.locator("main a.choice", has_text=re.compile(rf"\b{weight}\s*kg")).count()


def plot_in(page: Page, base: str) -> str:
    """The first plot's harvest form; with one plot the way leads there at once."""
    page.goto(base + "/farm/harvests/new")
    if page.locator("[name=weight]").count() == 0:
        page.locator("main a.big-button").first.click()
    page.wait_for_selector("[name=weight]")
    return page.url


def another_page(page: Page, base: str) -> Page:
    """The page is closed and another one opened with signal, as a person does who walks home."""
    context = page.context
    page.goto("about:blank")
    context.set_offline(False)
    page.goto(base + "/farm/")
    return page


class TestAStepThatStillNeedsAYes:
    def test_waits_for_the_person_and_is_recorded_once_it_is_confirmed(self, farmer, page) -> None:
        plot_in(page, farmer.base)
        page.fill("[name=weight]", "33")
        page.context.set_offline(True)
        page.click(WRITTEN)
        expect(page.locator("[data-unsent]")).to_contain_text("chưa ghi vào sổ")
        expect(page.locator("[data-unsent]")).not_to_contain_text("tự gửi")
        another_page(page, farmer.base)
        link = page.locator("[data-unconfirmed-link]")
        expect(link).to_have_text("Còn 1 mục chưa ghi: xem lại rồi xác nhận")
        expect(page.locator("[data-pending]")).not_to_contain_text("Đã gửi xong")
        link.click()
        expect(page.locator("[name=weight]")).to_have_value("33")
        page.click(WRITTEN)
        page.click(f"{WRITTEN}:has-text('Đúng')")
        page.wait_for_url(re.compile("/farm/lots/[^/]+/done"))
        expect(page.locator("[data-pending]")).to_be_hidden()
        assert lots(page, farmer.base, "33") == 1

    def test_stored_by_an_older_page_as_waiting_is_not_called_sent(self, farmer, page) -> None:
        url = plot_in(page, farmer.base)
        key = page.get_attribute("form[data-draft]", "data-draft")
        plot = page.input_value("[name=plot_id]")
        draft = {
            "client_id": page.input_value("[name=client_id]"), "state": "pending", "saved_at": 0,
            "values": {"step": ["review"], "plot_id": [plot], "weight": ["34"], "picked_on": ["2026-11-20"]},
            "page": url.removeprefix(farmer.base), "action": page.get_attribute("form[data-draft]", "action"),
        }  # fmt: skip
        page.goto(farmer.base + "/login")
        page.evaluate("([key, draft]) => localStorage.setItem(key, draft)",
                      [f"coi:draft:{key}", json.dumps(draft)])  # fmt: skip
        page.goto(farmer.base + "/farm/")
        expect(page.locator("[data-unconfirmed-link]")).to_be_visible()
        expect(page.locator("[data-pending]")).not_to_contain_text("Đã gửi xong")

    def test_the_diary_waits_too(self, farmer, page) -> None:
        page.goto(farmer.base + "/farm/work/new?kind=fertilise")
        page.fill("[name=product]", "Phân trùn quế")
        page.context.set_offline(True)
        page.click(WRITTEN)
        expect(page.locator("[data-unsent]")).to_contain_text("chưa ghi vào sổ")
        another_page(page, farmer.base).locator("[data-unconfirmed-link]").click()
        expect(page.locator("[name=product]")).to_have_value("Phân trùn quế")

    def test_going_back_without_signal_does_not_record(self, farmer, page) -> None:
        plot_in(page, farmer.base)
        page.fill("[name=weight]", "35")
        page.click(WRITTEN)
        page.wait_for_selector(".readback")
        page.context.set_offline(True)
        page.click("button[name=back]")
        expect(page.locator("[data-unsent]")).to_be_visible()
        another_page(page, farmer.base)
        expect(page.locator("[data-unconfirmed-link]")).to_be_visible()
        assert lots(page, farmer.base, "35") == 0


class TestAConfirmedForm:
    def test_is_sent_by_the_phone_itself(self, farmer, page) -> None:
        plot_in(page, farmer.base)
        page.fill("[name=weight]", "36")
        page.click(WRITTEN)
        page.wait_for_selector(".readback")
        page.context.set_offline(True)
        page.click(WRITTEN)
        expect(page.locator("[data-unsent]")).to_contain_text("Máy sẽ tự gửi khi có mạng")
        another_page(page, farmer.base)
        expect(page.locator("[data-pending]")).to_contain_text("Đã gửi xong.")
        assert lots(page, farmer.base, "36") == 1


def test_a_draft_that_grew_too_old_is_not_forgotten_silently(farmer, page) -> None:
    page.evaluate(
        "age => localStorage.setItem('coi:draft:question', JSON.stringify("
        "{values: {text: ['?']}, page: '/farm/ask', state: 'draft', saved_at: Date.now() - age}))",
        3 * DAY_MS + 1000,
    )
    page.goto(farmer.base + "/farm/")
    expect(page.locator("[data-pending]")).to_contain_text("quá 3 ngày")
