"""The page of data rights speaks of every table: a new one has to say what it keeps of a person."""

import re
from pathlib import Path

from flask import Flask

from app.kernel.db import Base

PAGE = Path(__file__).resolve().parents[2] / "docs" / "data-rights.md"


def test_every_table_is_on_the_page_and_no_other(app: Flask) -> None:
    named = set(re.findall(r"`([a-z][a-z0-9_]+)`", PAGE.read_text(encoding="utf-8")))
    tables = set(Base.metadata.tables)
    assert sorted(tables - named) == []
    assert sorted(named - tables - {"mismatch"}) == []
