"""Every page: no fault of accessibility, none of the console, large enough, never wider than the phone."""

import pytest

from scripts.walk.farm import farmer_adds_a_plot
from tests.browser import pages
from tests.support.chromium import PHONE


class TestPublicPage:
    @pytest.mark.parametrize("path", pages.PUBLIC)
    def test_has_no_violation_and_no_console_error(self, phone, path):
        page = phone.opens(path)
        assert pages.violations(page) == []
        assert [fault for fault in phone.faults if "404" not in fault] == []

    @pytest.mark.parametrize("path", pages.PUBLIC)
    def test_has_texts_of_16_px_and_targets_of_44(self, phone, path):
        page = phone.opens(path)
        assert pages.small_texts(page) == []
        assert pages.small_targets(page) == []

    @pytest.mark.parametrize("path", pages.PUBLIC)
    def test_does_not_scroll_sideways_at_320(self, phone, path):
        phone.page.set_viewport_size({"width": 320, "height": 640})
        assert pages.sideways(phone.opens(path)) == 0


class TestFarmPage:
    @pytest.mark.parametrize("path", pages.FARM)
    def test_is_usable_with_a_thumb(self, farmer, path):
        farmer.opens(path)
        assert pages.violations(farmer.page) == []
        assert pages.small_texts(farmer.page) == []
        assert pages.small_targets(farmer.page) == []
        assert farmer.faults == []


@pytest.fixture(scope="module")
def waiting_plot(people):
    return farmer_adds_a_plot(people)


@pytest.mark.parametrize("width", [320, 360])
class TestANarrowFarmPage:
    """Pages whose longest words are in what they show, not in the template."""

    @pytest.fixture
    def narrow(self, farmer, width):
        farmer.page.set_viewport_size({"width": width, "height": 640})
        yield farmer
        farmer.opens("/farm/?lang=vi")
        farmer.page.set_viewport_size(PHONE)

    def test_of_refusing_an_order_stays_within_the_phone(self, narrow):
        narrow.opens("/farm/orders")
        order = narrow.page.locator("main a[href*='/farm/orders/']").first.get_attribute("href")
        narrow.opens(order)
        facts = narrow.page.locator("main .facts")
        assert facts.evaluate("one => [...one.children].every(row => row.scrollWidth <= one.clientWidth)")
        narrow.opens(f"{order}/refuse")
        assert pages.sideways(narrow.page) == 0

    @pytest.mark.usefixtures("waiting_plot")
    def test_of_a_plot_that_waits_stays_within_the_phone_in_english(self, narrow):
        narrow.opens("/farm/plots?lang=en")
        narrow.sees(".tag", "waiting")
        assert pages.sideways(narrow.page) == 0

    def test_of_a_right_stays_within_the_phone(self, narrow):
        narrow.opens("/farm/rights")
        right = narrow.page.locator("main a[href*='/trademarks/rights/']").first.get_attribute("href")
        narrow.opens(right)
        narrow.page.evaluate("document.querySelectorAll('details').forEach(one => (one.open = true))")
        assert pages.sideways(narrow.page) == 0


class TestDiary:
    def test_another_product_does_not_inherit_what_belongs_to_the_last_one(self, farmer):
        page = farmer.page
        farmer.opens("/farm/work/new?kind=spray")
        first = {"product": "Radiant 60SC", "active_ingredient": "spinetoram", "phi_days": "3"}
        for name, value in first.items():
            page.fill(f"[name={name}]", value)
        page.click("form[data-draft] button[type=submit]")
        page.click("form[data-draft] .button--main:has-text('Đúng')")
        page.wait_for_url("**/farm/work")
        farmer.opens("/farm/work/new?kind=spray")
        offered = {name: page.input_value(f"[name={name}]") for name in first}
        assert offered == first
        page.fill("[name=product]", "Anvil 5SC")
        assert page.input_value("[name=active_ingredient]") == ""
        assert page.input_value("[name=phi_days]") == ""
        page.fill("[name=product]", "Radiant 60SC")
        assert page.input_value("[name=phi_days]") == "3"


class TestOfficePage:
    @pytest.mark.parametrize("path", pages.OFFICE)
    def test_has_no_violation_and_no_console_error(self, officer, path):
        officer.opens(path)
        assert pages.violations(officer.page) == []
        assert officer.faults == []

    def test_d_leads_into_the_decision(self, officer):
        officer.opens("/office/plots?waiting=1")
        officer.page.locator("main table tbody a").first.click()
        officer.page.wait_for_selector("[data-decision]")
        officer.page.keyboard.press("d")
        officer.page.wait_for_function("() => document.activeElement.closest('[data-decision]') !== null")
