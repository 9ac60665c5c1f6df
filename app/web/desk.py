"""The shells of the office's desk and the farmer's phone: menus and next actions, filled by packages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from flask import Flask, g, request, url_for

from app.kernel.register import Register

Shell = Literal["office", "farm"]


@dataclass(frozen=True)
class MenuEntry:
    """A link in a shell's menu: lazily translated label, endpoint, icon, and which roles see it."""

    shell: Shell
    label: Any
    endpoint: str
    icon: str
    roles: frozenset[str]
    order: int = 50


@dataclass(frozen=True)
class InboxRow:
    """One open thing that waits for an officer: what, who, since when, until when, where to go."""

    kind: str
    label: str
    who: str
    url: str
    since: datetime
    due_at: datetime | None = None
    next_action: str = ""


@dataclass(frozen=True)
class MenuLink:
    """A menu entry as the template shows it."""

    label: str
    url: str
    icon: str
    active: bool


@dataclass(frozen=True)
class FarmLine:
    """What the farmer's home says in one line, and where to do something about it."""

    text: str
    icon: str
    url: str


MENU: Register[MenuEntry] = Register("menu")
INBOX: Register[Callable[[Any, datetime], Sequence[InboxRow]]] = Register("inbox")
"""Functions (actor, now) → rows; each opens its own read unit."""

FARM_LINES: Register[Callable[[Any, datetime], FarmLine | None]] = Register("farm_lines")
"""Functions (actor, now) → one line of the farmer's home ("Còn 250.000 ₫ chờ nhận"), or None; each opens
its own read unit."""


def menu(shell: Shell) -> list[MenuLink]:
    """The links of one shell that the current actor may see."""
    actor = g.get("actor")
    roles = set(actor.roles) if actor else set()
    entries = sorted(
        (e for e in MENU.all().values() if e.shell == shell and e.roles & roles), key=lambda e: e.order
    )
    return [
        MenuLink(str(e.label), url_for(e.endpoint), e.icon, request.endpoint == e.endpoint) for e in entries
    ]


def inbox(actor: Any, now: datetime) -> list[InboxRow]:
    """Everything that waits for this officer, the most urgent first."""
    rows = [row for source in INBOX.all().values() for row in source(actor, now)]
    return sorted(rows, key=lambda row: (row.due_at is None, row.due_at or row.since, row.since))


def farm_lines(actor: Any, now: datetime) -> list[FarmLine]:
    """The lines of the farmer's home that have something to say."""
    return [line for source in FARM_LINES.all().values() if (line := source(actor, now))]


def init_app(app: Flask) -> None:
    """Give templates their menus."""
    app.context_processor(lambda: {"office_menu": lambda: menu("office"), "farm_menu": lambda: menu("farm")})
