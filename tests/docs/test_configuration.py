"""docs/configuration.md names every setting with its default, and none that does not exist."""

import re
from pathlib import Path

from app.kernel.config import Config

PAGE = Path(__file__).resolve().parents[2] / "docs/configuration.md"
_ROW = re.compile(
    r"^\| `(?P<name>[A-Z0-9_]+)` \| (?P<kind>[^|]+) \| (?P<default>[^|]+) \| (?P<help>[^|]+) \|$",
    re.MULTILINE,
)


def rows() -> dict[str, str]:
    return {row["name"]: row["default"].strip() for row in _ROW.finditer(PAGE.read_text("utf-8"))}


def as_written(default: object) -> str:
    if default in ("", None):
        return "–"
    return f"`{int(default) if isinstance(default, bool) else default}`"


def test_every_setting_is_documented_and_no_other() -> None:
    assert set(rows()) == {name.upper() for name in Config.model_fields}


def test_every_default_is_told_as_it_is() -> None:
    wanted = {name.upper(): as_written(field.default) for name, field in Config.model_fields.items()}
    assert rows() == wanted


def test_bounds_are_told_as_they_are() -> None:
    text = PAGE.read_text("utf-8")
    for name, field in Config.model_fields.items():
        bounds = [getattr(one, side) for one in field.metadata for side in ("ge", "le") if hasattr(one, side)]
        if bounds:
            row = next(line for line in text.splitlines() if line.startswith(f"| `{name.upper()}`"))
            assert "–".join(str(bound) for bound in bounds) in row
