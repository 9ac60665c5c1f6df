"""Every operator command is named in docs/operators.md, and every named one exists."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
from flask import Flask

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
OF_FLASK = {"db", "run", "shell", "routes"}
"""Groups that come with the framework: `flask db` is documented as far as we use it."""


def commands(group: click.Group, before: str = "") -> Iterator[str]:
    for name, one in group.commands.items():
        if isinstance(one, click.Group):
            yield from commands(one, f"{before}{name} ")
        else:
            yield before + name


def named(text: str) -> set[str]:
    """Commands as words after `flask`, in code on one line, up to what is not a plain word."""
    code = " ; ".join(re.findall(r"`([^`\n]+)`", text))
    return set(re.findall(r"\bflask ([a-z][a-z-]*(?: [a-z][a-z-]*){0,2})", code))


def test_every_command_is_named_for_operators(app: Flask) -> None:
    ours = {one for one in commands(app.cli) if one.split()[0] not in OF_FLASK}
    told = named((ROOT / "docs/operators.md").read_text("utf-8"))
    assert ours - told == set()


def test_every_named_command_exists(app: Flask) -> None:
    known = set(commands(app.cli))
    for page in PAGES:
        strange = {
            one for one in named(page.read_text("utf-8")) if one not in known and one.split()[0] not in known
        }
        assert not strange, page.name


def test_options_that_are_named_exist(app: Flask) -> None:
    options = {
        option
        for path in commands(app.cli)
        for parameter in _command(app.cli, path).params
        for option in parameter.opts
    }
    rows = re.findall(r"^\| `flask .*$", (ROOT / "docs/operators.md").read_text("utf-8"), re.MULTILINE)
    assert set(re.findall(r"--[a-z0-9-]+", "\n".join(rows))) <= options


def _command(group: click.Group, path: str) -> click.Command:
    found: click.Command = group
    for name in path.split():
        assert isinstance(found, click.Group)
        found = found.commands[name]
    return found
