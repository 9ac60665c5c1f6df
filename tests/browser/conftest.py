"""One real installation (web, worker, chain, demo) and one Chromium for all browser tests."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from scripts.walk.farm import log_in
from scripts.walk.installation import Installation, installation
from scripts.walk.office import officer_logs_in
from scripts.walk.person import Person
from scripts.walk.stage import Stage
from tests.support.chromium import context_arguments, launch_arguments
from tests.support.processes import DidNotStart


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The market with its demonstration district, its records sealed."""
    with installation(tmp_path_factory.mktemp("market")) as running:
        _wait_for_the_seal(running)
        yield running


def _wait_for_the_seal(house: Installation, *, within_s: float = 120) -> None:
    """The worker seals the district's events while the market is open already."""
    deadline = time.monotonic() + within_s
    page = Request(house.guide["traces"]["unchanged"], headers={"Accept": "text/html"})
    while time.monotonic() < deadline:
        with urlopen(page, timeout=10) as answer:
            if b'data-status="unchanged"' in answer.read():
                return
        time.sleep(0.5)
    raise DidNotStart(f"the district's events are not sealed within {within_s:.0f} s")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright, playwright.chromium.launch(**launch_arguments()) as browser:
        yield browser


@dataclass
class Visit:
    """A page, and everything that its console complained of."""

    page: Page
    base: str
    faults: list[str] = field(default_factory=list)

    def opens(self, path: str) -> Page:
        self.faults.clear()
        self.page.goto(self.base + path)
        return self.page


@pytest.fixture
def phone(house: Installation, chromium: Browser) -> Iterator[Visit]:
    """A stranger's phone."""
    context = chromium.new_context(**context_arguments())
    yield _visit(context, house.base)
    context.close()


@pytest.fixture
def phone_without_scripts(house: Installation, chromium: Browser) -> Iterator[Visit]:
    """The same with JavaScript switched off."""
    context = chromium.new_context(**context_arguments(), java_script_enabled=False)
    yield _visit(context, house.base)
    context.close()


def _visit(context: BrowserContext, base: str) -> Visit:
    visit = Visit(context.new_page(), base)
    visit.page.on("console", lambda m: visit.faults.append(m.text) if m.type == "error" else None)
    visit.page.on("pageerror", lambda error: visit.faults.append(str(error)))
    return visit


@pytest.fixture(scope="session")
def people(house: Installation, chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """The people of the demonstration, logged in when first asked for."""
    return Stage(Path(tmp_path_factory.mktemp("out")), house, chromium, None)


@pytest.fixture(scope="session")
def farmer(people: Stage) -> Person:
    return log_in(people, "farmer", people.login("farmer")["phone"])


@pytest.fixture(scope="session")
def officer(people: Stage) -> Person:
    return officer_logs_in(people, "officer")
