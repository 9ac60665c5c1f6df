"""The page behind a printed code: its first screen, its weight, its honesty in colour, without scripts."""

import gzip

import pytest

from scripts.walk.code import FIRST_SCREEN, STATUSES
from scripts.walk.codes import path_of
from scripts.walk.person import Person
from tests.browser import pages
from tests.support.chromium import SLOW_4G

LARGEST, MOST_REQUESTS, LCP_MS = 60_000, 10, 1_500
VERIFIER_GZIP, VERDICT_MS = 14 * 1024, 300
REAL_PHOTO = 20_000  # bytes: the page is weighed with a picture as heavy as an orchard's photo
_RED, _GREEN = "status--red", "status--green"


def _trace(house, status):
    return path_of(house.guide["traces"][status])


@pytest.mark.parametrize("status", sorted(STATUSES))
class TestEveryStatus:
    def test_is_the_one_that_the_demonstration_names(self, house, phone, status):
        page = phone.opens(_trace(house, status))
        assert page.locator("html").get_attribute("data-status") == status
        assert pages.violations(page) == []

    def test_has_its_first_screen_within_640_px(self, house, phone, status):
        if status == "unknown":
            pytest.skip("a code of no lot has no five facts")
        phone.opens(_trace(house, status))
        assert Person("consumer", phone.page, house.base).five_facts_end_at() <= FIRST_SCREEN

    def test_is_readable_without_scripts(self, house, phone_without_scripts, status):
        page = phone_without_scripts.opens(_trace(house, status))
        assert page.locator(f"[data-status-block='{status}']").is_visible()


class TestColour:
    @pytest.mark.parametrize("status", sorted(STATUSES - {"unchanged"}))
    def test_is_never_green_unless_unchanged(self, house, phone, status):
        block = phone.opens(_trace(house, status)).locator("[data-status-block]")
        assert _GREEN not in (block.get_attribute("class") or "")

    def test_never_stands_alone(self, house, phone):
        block = phone.opens(_trace(house, "unchanged")).locator("[data-status-block]")
        assert block.locator("svg").count() > 0
        assert block.locator(".status__title").inner_text().strip()


class TestThePhoto:
    def test_stands_beside_the_facts_undistorted_and_says_that_it_is_drawn(self, house, phone):
        page = phone.opens(_trace(house, "unchanged"))
        photo = page.locator(".lot__photo")
        box = photo.bounding_box()
        assert photo.evaluate("one => one.complete && one.naturalWidth") == 480
        assert box["width"] / box["height"] == pytest.approx(4 / 3, abs=0.01)
        assert "Bền" in photo.get_attribute("alt")
        assert "hình vẽ minh họa" in page.locator("main").inner_text()


class TestBudget:
    def test_first_visit_on_slow_4g(self, house, phone):
        """With a photo: 60 KB and 10 requests at most, largest paint in 1.5 s, processor 4 times slower."""
        cdp = phone.page.context.new_cdp_session(phone.page)
        sizes: list[float] = []
        cdp.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
        cdp.send("Network.enable")
        cdp.send("Network.emulateNetworkConditions", SLOW_4G)
        cdp.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        phone.page.add_init_script(
            "window.lcp = 0; new PerformanceObserver(list => { for (const e of list.getEntries()) "
            "window.lcp = e.startTime }).observe({type: 'largest-contentful-paint', buffered: true})"
        )
        page = phone.opens(_trace(house, "unchanged"))
        page.locator("[data-verify-proof][data-state='ok']").wait_for(
            state="attached"
        )  # its check counts too
        page.wait_for_load_state("networkidle")
        weight = page.evaluate("() => performance.getEntriesByType('resource')"
                               ".find(one => one.name.includes('/photos/')).encodedBodySize")  # fmt: skip
        assert weight >= REAL_PHOTO
        assert sum(sizes) <= LARGEST
        assert len(sizes) <= MOST_REQUESTS
        assert page.evaluate("() => window.lcp") <= LCP_MS


class TestTheBrowsersOwnCheck:
    """At most 14 KB of code, 300 ms on a processor four times slower, with WebCrypto and without."""

    @pytest.mark.parametrize("web_crypto", [True, False])
    def test_is_small_and_quick(self, house, phone, web_crypto):
        module = "by_subtle.js" if web_crypto else "by_noble.js"
        loaded: list[bytes] = []
        phone.page.on("response", lambda one: loaded.append(one.body()) if module in one.url else None)
        phone.page.context.new_cdp_session(phone.page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
        if not web_crypto:
            phone.page.add_init_script("Object.defineProperty(crypto, 'subtle', { value: undefined })")
        page = phone.opens(_trace(house, "unchanged"))
        check = page.locator("[data-verify-proof][data-state='ok']")
        check.wait_for(state="attached")
        assert [len(gzip.compress(one, 9)) <= VERIFIER_GZIP for one in loaded] == [True]
        assert int(check.get_attribute("data-took-ms")) <= VERDICT_MS
