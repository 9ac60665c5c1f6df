"""What changes the register: loading the facts that come with the product, regulations, parties."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.kernel.db import new_id
from app.kernel.text import fold, nfc, slug
from app.kernel.uow import UnitOfWork
from trademarks.register.models import Mark, MarkKind, MarkParty, MarkStatus, PartyRole, UseRegulation

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Loaded:
    """What a load found: rows that are new, and rows whose facts have changed."""

    new: int
    changed: int
    parties: int


@dataclass(frozen=True, kw_only=True)
class Regulation:
    """A version of a regulation on use; `right_months` is how long a right lasts by it."""

    title: str
    in_force_from: date
    right_months: int
    document_no: str | None = None
    text_ref: str | None = None
    summary: str = ""
    simulated: bool = False


def load_marks(uow: UnitOfWork, folder: Path = DATA) -> Loaded:
    """Put the facts of `marks.csv` and `parties.csv` in; a repeat changes what has changed and no more."""
    known = {row.key: row for row in uow.session.scalars(select(Mark))}
    new = changed = 0
    for line in _lines(folder / "marks.csv"):
        values = _mark(line)
        row = known.get(values["key"])
        if row is None:
            row = known[values["key"]] = Mark(**values)
            uow.add(row)
            new += 1
        elif any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            changed += 1
    uow.session.flush()
    parties = sum(_load_party(uow, known, line) for line in _lines(folder / "parties.csv"))
    return Loaded(new, changed, parties)


def add_party(
    uow: UnitOfWork,
    mark_id: UUID,
    role: PartyRole,
    name: str,
    *,
    organisation_id: UUID | None = None,
    valid_from: date | None = None,
    note: str = "",
    simulated: bool = False,
) -> None:
    """Name a party of a mark; a repeat is harmless."""
    uow.insert_if_new(
        MarkParty,
        id=new_id(),
        mark_id=mark_id,
        role=role,
        name=nfc(name),
        organisation_id=organisation_id,
        valid_from=valid_from,
        note=note,
        simulated=simulated,
    )


def add_regulation(uow: UnitOfWork, mark_id: UUID, regulation: Regulation) -> UUID:
    """Put a new version of a mark's regulation on use in force; the one before ends the day before."""
    last = uow.session.scalar(
        select(UseRegulation)
        .where(UseRegulation.mark_id == mark_id)
        .order_by(UseRegulation.version.desc())
        .limit(1)
    )
    if last is not None and last.in_force_to is None:
        last.in_force_to = date.fromordinal(regulation.in_force_from.toordinal() - 1)
    row = UseRegulation(
        id=new_id(),
        mark_id=mark_id,
        version=last.version + 1 if last else 1,
        title=nfc(regulation.title),
        document_no=regulation.document_no,
        in_force_from=regulation.in_force_from,
        right_months=regulation.right_months,
        text_ref=regulation.text_ref,
        summary=regulation.summary,
        simulated=regulation.simulated,
    )
    uow.add(row)
    return row.id


def _lines(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            yield {name: nfc(value).strip() for name, value in line.items()}


def _mark(line: dict[str, str]) -> dict[str, Any]:
    empty_is_unknown = ("application_no", "registration_no", "decision_no", "announced", "goods", "area")
    values: dict[str, Any] = {name: line[name] or None for name in empty_is_unknown}
    values |= {name: _day(line[name]) for name in ("filed_on", "registered_on", "decided_on")}
    values |= {name: [part for part in line[name].split(";") if part] for name in ("crops", "area_codes")}
    return values | {
        "key": slug(line["name"]),
        "name": line["name"],
        "search": fold(f"{line['name']} {line['goods']} {line['area']}"),
        "kind": MarkKind(line["kind"]),
        "status": MarkStatus(line["status"]),
        "status_note": line["status_note"],
        "source_url": line["source_url"],
        "source_read_on": date.fromisoformat(line["source_read_on"]),
        "confidence": line["confidence"],
    }


def _load_party(uow: UnitOfWork, known: dict[str, Mark], line: dict[str, str]) -> bool:
    values = {
        "valid_from": _day(line["valid_from"]),
        "valid_to": _day(line["valid_to"]),
        "successor": line["successor"] or None,
        "note": line["note"],
    }
    mark_id, role = known[slug(line["mark"])].id, PartyRole(line["role"])
    row = uow.session.scalar(
        select(MarkParty).where(
            MarkParty.mark_id == mark_id, MarkParty.role == role, MarkParty.name == line["name"]
        )
    )
    if row is None:
        uow.add(MarkParty(id=new_id(), mark_id=mark_id, role=role, name=line["name"], **values))
        return True
    for name, value in values.items():
        setattr(row, name, value)
    return False


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
