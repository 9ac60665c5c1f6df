"""What every step of the tour is given, and what it leaves for the next ones."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser

from scripts.walk.installation import Installation
from scripts.walk.person import Person, Wrong


@dataclass
class Stage:
    """People by role, facts by name, files that tour.json names."""

    out: Path
    house: Installation
    browser: Browser
    corpus: Path | None
    people: dict[str, Person] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    def phone(self, who: str) -> Person:
        """The person of that name with a phone; arrives when first called."""
        if who not in self.people:
            self.people[who] = Person.with_phone(self.browser, who, self.house.base)
        return self.people[who]

    def desk(self, who: str) -> Person:
        """The person of that name at a desk; arrives when first called."""
        if who not in self.people:
            self.people[who] = Person.at_desk(self.browser, who, self.house.base)
        return self.people[who]

    def login(self, role: str) -> dict[str, str]:
        """The demo login of a role. Raises Wrong when demo.json lacks it."""
        logins: dict[str, dict[str, str]] = self.house.guide["logins"]
        if role not in logins:
            raise Wrong(f"demo.json has no login of a {role}; it has {sorted(logins)}")
        return logins[role]

    def taps(self) -> int:
        """Taps of all people so far."""
        return sum(person.taps for person in self.people.values())

    def wait_for(self, what: str, holds: Callable[[], bool], *, within_s: float, every_s: float = 1) -> float:
        """Seconds until something holds. Raises Wrong when it does not come in time."""
        began = time.monotonic()
        while not holds():
            if time.monotonic() - began > within_s:
                raise Wrong(f"{what}: not within {within_s:.0f} s")
            time.sleep(every_s)
        return time.monotonic() - began


Step = Callable[[Stage], Person]
"""Plays one step and returns the person whose screen is photographed."""
