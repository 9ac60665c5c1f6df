"""Loads the administrative units that are committed beside this file (see data/SOURCES.md)."""

import csv
import gzip
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from app.kernel.text import fold
from app.kernel.uow import UnitOfWork
from app.registry.models import AdminUnit, UnitSuccession

DATA = Path(__file__).parent / "data"


def _rows(name: str) -> Iterator[dict[str, str]]:
    with gzip.open(DATA / name, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _unit(row: dict[str, str]) -> dict[str, Any]:
    return {
        "code": row["code"],
        "valid_from": date.fromisoformat(row["valid_from"]),
        "valid_to": date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        "level": row["level"],
        "name": row["name"],
        "name_en": row["name_en"] or None,
        "search": fold(row["name"])[:80],
        "province_code": row["province_code"],
        "district_name": row["district_name"] or None,
    }


def _pair(row: dict[str, str]) -> dict[str, Any]:
    return {
        "old_code": row["old_code"],
        "old_valid_from": date.fromisoformat(row["old_valid_from"]),
        "new_code": row["new_code"],
        "new_valid_from": date.fromisoformat(row["new_valid_from"]),
        "extent": row["extent"],
    }


def load_units(uow: UnitOfWork) -> int:
    """Bring the register up to the committed table; returns how many rows are new.

    A repeat adds nothing. A unit that has ended since gets its last day; nothing is deleted, since plots
    and addresses refer to it.
    """
    session = uow.session
    known = {
        (code, valid_from): valid_to
        for code, valid_from, valid_to in session.execute(
            select(AdminUnit.code, AdminUnit.valid_from, AdminUnit.valid_to)
        )
    }
    units = [_unit(row) for row in _rows("admin_units.csv.gz")]
    fresh = [unit for unit in units if (unit["code"], unit["valid_from"]) not in known]
    for unit in units:
        key = (unit["code"], unit["valid_from"])
        if key in known and known[key] != unit["valid_to"]:
            session.execute(
                update(AdminUnit)
                .where(AdminUnit.code == key[0], AdminUnit.valid_from == key[1])
                .values(valid_to=unit["valid_to"])
            )
    pairs_known = {
        tuple(row)
        for row in session.execute(
            select(UnitSuccession.old_code, UnitSuccession.old_valid_from, UnitSuccession.new_code)
        )
    }
    pairs = [
        pair
        for pair in (_pair(row) for row in _rows("succession.csv.gz"))
        if (pair["old_code"], pair["old_valid_from"], pair["new_code"]) not in pairs_known
    ]
    if fresh:
        session.execute(insert(AdminUnit), fresh)
    if pairs:
        session.execute(insert(UnitSuccession), pairs)
    return len(fresh) + len(pairs)
