"""Every page: no fault of accessibility, none of the console, large enough, never wider than the phone."""

import pytest

from tests.browser import pages


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
