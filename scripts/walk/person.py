"""A person at a screen: a browser of his own, and every tap and every field counted."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Error, Locator, Page, expect

from tests.support.chromium import DESK, PHONE, context_arguments

_NETWORK = re.compile(r"Failed to load resource|net::ERR_")  # the tour cuts the network on purpose


class Wrong(Exception):
    """What a person would call wrong, in one sentence."""


@dataclass
class Person:
    """One browser context; `taps` counts clicks, fields filled and files chosen since the last reset."""

    who: str
    page: Page
    base: str
    whole_page: bool = True  # a desk's decision bar sticks to the window: there the window is photographed
    taps: int = 0
    faults: list[str] = field(default_factory=list)

    @classmethod
    def with_phone(cls, browser: Browser, who: str, base: str) -> "Person":
        """Somebody with a small phone (360 by 640 CSS pixels)."""
        return cls._arrives(browser, who, base, PHONE)

    @classmethod
    def at_desk(cls, browser: Browser, who: str, base: str) -> "Person":
        """Somebody at an office computer (1280 by 800)."""
        return cls._arrives(browser, who, base, DESK)

    @classmethod
    def _arrives(cls, browser: Browser, who: str, base: str, screen: dict[str, int]) -> "Person":
        page = browser.new_context(**context_arguments(screen)).new_page()
        page.set_default_timeout(10_000)
        person = cls(who, page, base, whole_page=screen is PHONE)
        page.on("console", person._hear)
        page.on("pageerror", lambda error: person.faults.append(str(error)))
        return person

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not _NETWORK.search(message.text):
            self.faults.append(message.text)

    def opens(self, path: str, *, status: int = 200) -> None:
        """Go to an address of the site. Raises Wrong when the answer has another status."""
        url = path if path.startswith("http") else self.base + path
        answer = self.page.goto(url)
        got = answer.status if answer else None
        if got != status:
            raise Wrong(f"{self.who} opens {url} and gets {got}, not {status}")

    def sees(self, selector: str, text: str | re.Pattern[str] = "", *, within_s: float = 10) -> Locator:
        """Wait until something is on the page, visible. Raises Wrong."""
        found = self.page.locator(selector)
        found = (found.filter(has_text=text) if text else found).first
        try:
            found.wait_for(state="visible", timeout=within_s * 1000)
        except Error as missing:
            raise Wrong(
                f"{self.who} does not see {selector} {text} on {self.page.url}: {self.told()}"
            ) from missing
        return found

    def told(self) -> str:
        """What the page says, for the message of a fault: errors first."""
        notices = self.page.locator(".notice, .field__error, h1").all_inner_texts()
        return " | ".join(" ".join(text.split()) for text in notices)[:600]

    def taps_on(self, target: str | Locator, text: str | re.Pattern[str] = "") -> None:
        """One tap on what is seen; a page that follows is waited for."""
        found = self.sees(target, text) if isinstance(target, str) else target
        found.click()
        self.taps += 1
        self.page.wait_for_load_state()
        # A farm form is sent by fetch: its buttons sleep until the answer stands on the page.
        self.page.wait_for_function("() => !document.querySelector('main form button:disabled')")

    def types(self, name: str, text: str) -> None:
        """Fill the field of that name; one tap however long the text."""
        self.sees(f"main [name='{name}']").fill(text)
        self.taps += 1

    def picks(self, name: str, value: str) -> None:
        """Choose a radio, a box or an option by the value that the form would send."""
        options = self.page.locator(f"main select[name='{name}']")
        if options.count():
            options.first.select_option(value)
        else:
            self.page.locator(f"main input[name='{name}'][value='{value}']").first.check()
        self.taps += 1

    def hands_in(self, name: str, file: Path) -> None:
        """Choose a file for a file field."""
        self.page.locator(f"main input[name='{name}']").set_input_files(file)
        self.taps += 1

    def goes_on(self, text: str | re.Pattern[str] = "") -> None:
        """Tap the main button of the page's form."""
        self.taps_on("main form button.button--main, main form button[type='submit']", text)

    def five_facts_end_at(self) -> float:
        """The lowest edge (CSS px) of status, product, grower, harvest day and place. Raises Wrong."""
        facts = ("[data-status-block]", *(f"[data-fact='{name}']" for name in FACTS))
        lowest = 0.0
        for selector in facts:
            box = self.sees(selector).bounding_box()
            if box is None:
                raise Wrong(f"{selector} has no place on {self.page.url}")
            lowest = max(lowest, box["y"] + box["height"])
        return lowest

    def status(self) -> str:
        """The status that the trace page under the eyes shows."""
        return self.sees("[data-status-block]").get_attribute("data-status-block") or ""

    def is_told(self, text: str, *, within_s: float = 10) -> None:
        """Expect a sentence anywhere in the page's main part."""
        expect(self.page.locator("main")).to_contain_text(text, timeout=within_s * 1000)


FACTS = ("product", "grower", "harvested", "place")
