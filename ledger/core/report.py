"""What a check found, step by step."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from ledger.core.errors import LedgerError

_T = TypeVar("_T")


class Outcome(StrEnum):
    """What the verifier says in one word."""

    VERIFIED = "verified"
    REFUSED = "refused"
    UNUSABLE = "unusable"  # nothing false was found, and something needed was not there to check


class State(StrEnum):
    """How one step ended."""

    OK = "ok"
    REFUSED = "REFUSED"
    NOT_CHECKED = "NOT CHECKED"  # told, and no reason to withhold the verdict
    LACKING = "LACKING"  # needed or asked for, and could not be checked: no verdict


@dataclass(frozen=True)
class Step:
    """One step of the check, e.g. `inclusion 12`."""

    name: str
    state: State
    text: str


@dataclass(frozen=True)
class Report:
    """All steps, in order."""

    steps: tuple[Step, ...]

    @property
    def outcome(self) -> Outcome:
        """Refused if any step is; else unusable if any is lacking; else verified."""
        states = {step.state for step in self.steps}
        if State.REFUSED in states:
            return Outcome.REFUSED
        return Outcome.UNUSABLE if State.LACKING in states or not states else Outcome.VERIFIED


class Steps:
    """A report in the making."""

    def __init__(self) -> None:
        self._steps: list[Step] = []

    def add(self, name: str, state: State, text: str) -> None:
        """Note a step."""
        self._steps.append(Step(name, state, text))

    def attempt(self, name: str, check: Callable[[], _T], words: Callable[[_T], str]) -> _T | None:
        """Run a check: its result, or None when it raised one of our errors; either is a step."""
        try:
            result = check()
        except LedgerError as exc:
            self.add(name, State.REFUSED, str(exc))
            return None
        self.add(name, State.OK, words(result))
        return result

    def holds(self, name: str, check: Callable[[], None], words: str) -> bool:
        """As `attempt`, for a check that only raises."""

        def passed() -> bool:
            check()
            return True

        return self.attempt(name, passed, lambda _: words) is not None

    def has(self, name: str, state: State) -> bool:
        """Whether a step of this name ended so."""
        return any((step.name, step.state) == (name, state) for step in self._steps)

    def report(self) -> Report:
        """What was noted."""
        return Report(tuple(self._steps))
