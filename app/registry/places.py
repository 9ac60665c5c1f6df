"""Administrative units as they were called on a day, and communes by what people call them.

A unit is (code, valid_from): 1 811 codes came to mean another commune on 2025-07-01.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import aliased

from app.identity.queries import in_force, organisation, served_communes
from app.kernel.text import fold
from app.kernel.uow import UnitOfWork
from app.registry.models import AdminUnit, UnitSuccession

END_OF_TIME = date(9999, 12, 31)

Rows = Select[*tuple[Any, ...]]
"""A statement whose columns a dataclass of this module takes in order."""


@dataclass(frozen=True)
class UnitView:
    """A province or commune as it is, or was, called."""

    code: str
    valid_from: date
    valid_to: date | None
    level: str
    name: str
    province_code: str
    province_name: str
    district_name: str | None

    @property
    def full_name(self) -> str:
        """`Xã Thanh An, TP. Hồ Chí Minh`; before July 2025 with the district between."""
        parts = [self.name, self.district_name or "", "" if self.level == "province" else self.province_name]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True)
class Near:
    """Where somebody lives, to put the likeliest of namesakes first; `served` are codes of communes."""

    commune_code: str
    province_code: str
    served: frozenset[str]

    def distance(self, unit: UnitView) -> tuple[bool, bool, bool]:
        """A sort key: own commune, own province, a commune of an office here, the rest."""
        return (unit.code != self.commune_code, unit.province_code != self.province_code,
                unit.code not in self.served)  # fmt: skip


@dataclass(frozen=True)
class Successor:
    """A unit that took over an older one: the whole of it, or a part."""

    unit: UnitView
    extent: Literal["full", "partial"]


Province = aliased(AdminUnit, name="province")
"""A unit's province, to be joined by `province_of`."""


def short_name(province: str | None) -> str:
    """`TP. Hồ Chí Minh`, as people write it."""
    return (province or "").replace("Thành phố ", "TP. ", 1)


def province_of(unit: Any) -> Any:
    """Since when the unit's province has borne the newest name that it had while the unit stood."""
    inner = aliased(AdminUnit)
    return (
        select(func.max(inner.valid_from))
        .where(inner.code == unit.province_code, inner.level == "province",
               inner.valid_from <= func.coalesce(unit.valid_to, END_OF_TIME))
        .correlate(unit).scalar_subquery()
    )  # fmt: skip


def _units() -> Rows:
    return (
        select(AdminUnit.code, AdminUnit.valid_from, AdminUnit.valid_to, AdminUnit.level, AdminUnit.name,
               AdminUnit.province_code, Province.name, AdminUnit.district_name)
        .select_from(AdminUnit)
        .outerjoin(Province, and_(Province.code == AdminUnit.province_code, Province.level == "province",
                                   Province.valid_from == province_of(AdminUnit)))
    )  # fmt: skip


def _unit(*row: Any) -> UnitView:
    code, valid_from, valid_to, level, name, province_code, province, district = row
    return UnitView(code, valid_from, valid_to, level, name, province_code, short_name(province), district)


def unit_on(uow: UnitOfWork, code: str, on: date) -> UnitView | None:
    """The unit that had this code that day, or None."""
    row = uow.session.execute(
        _units().where(AdminUnit.code == code, in_force(AdminUnit, on)).order_by(AdminUnit.level).limit(1)
    ).one_or_none()
    return None if row is None else _unit(*row)


def any_unit(uow: UnitOfWork) -> bool:
    """Whether the table of units is loaded at all."""
    return uow.session.scalar(select(AdminUnit.code).limit(1)) is not None


def place_name(uow: UnitOfWork, code: str, valid_from: date) -> str:
    """`Xã Thanh An, TP. Hồ Chí Minh`; the code itself when the register does not have the unit."""
    row = uow.session.execute(
        _units().where(AdminUnit.code == code, AdminUnit.valid_from == valid_from)
    ).one_or_none()
    return code if row is None else _unit(*row).full_name


def successors(uow: UnitOfWork, code: str, valid_from: date) -> list[Successor]:
    """What became of a unit: one successor, or several with a part each; none while it stands."""
    rows = uow.session.execute(
        _units()
        .join(UnitSuccession, and_(UnitSuccession.new_code == AdminUnit.code,
                                   UnitSuccession.new_valid_from == AdminUnit.valid_from))
        .add_columns(UnitSuccession.extent)
        .where(UnitSuccession.old_code == code, UnitSuccession.old_valid_from == valid_from)
        .order_by(AdminUnit.code)
    )  # fmt: skip
    return [Successor(_unit(*row[:-1]), row[-1]) for row in rows]


def provinces(uow: UnitOfWork, on: date) -> list[UnitView]:
    """The provinces and cities that day, by code."""
    found = _units().where(AdminUnit.level == "province", in_force(AdminUnit, on)).order_by(AdminUnit.code)
    return [_unit(*row) for row in uow.session.execute(found)]


def communes(uow: UnitOfWork, province_code: str, on: date) -> list[UnitView]:
    """The communes of a province that day, by code."""
    found = (
        _units()
        .where(
            AdminUnit.level == "commune", AdminUnit.province_code == province_code, in_force(AdminUnit, on)
        )
        .order_by(AdminUnit.code)
    )
    return [_unit(*row) for row in uow.session.execute(found)]


def search_communes(
    uow: UnitOfWork, text: str, on: date, *, near: Near | None = None, limit: int = 12
) -> list[UnitView]:
    """Communes in force whose name has every word of the text; diacritics do not matter.

    An old name finds its successors too, since people go on saying it. Half the country has a namesake:
    with `near` the own commune comes first, then of those called so the own province's, then what an office
    here answers for.
    """
    words = fold(text).replace(",", " ").split()[:8]
    if not words:
        return []
    has_words = and_(*(AdminUnit.search.like(f"%{_like(word)}%", escape="\\") for word in words))
    today = _units().where(AdminUnit.level == "commune", in_force(AdminUnit, on), has_words)
    # A name in one piece stands before its words apart.
    closest: list[ColumnElement[bool]] = [AdminUnit.search.like(f"%{_like(' '.join(words))}%", escape="\\")]
    if near:
        closest.insert(0, AdminUnit.code == near.commune_code)
        closest += [AdminUnit.province_code == near.province_code, AdminUnit.code.in_(near.served)]
    ranked = today.order_by(
        *(one.desc() for one in closest), func.length(AdminUnit.search), AdminUnit.code
    ).limit(limit)
    found = [_unit(*row) for row in uow.session.execute(ranked)]
    return found or _by_old_name(uow, has_words, on, near)[:limit]


def _by_old_name(uow: UnitOfWork, has_words: Any, on: date, near: Near | None) -> list[UnitView]:
    old = aliased(AdminUnit, select(AdminUnit).where(AdminUnit.level == "commune", has_words).subquery())
    rows = uow.session.execute(
        _units().distinct()
        .join(UnitSuccession, and_(UnitSuccession.new_code == AdminUnit.code,
                                   UnitSuccession.new_valid_from == AdminUnit.valid_from))
        .join(old, and_(old.code == UnitSuccession.old_code, old.valid_from == UnitSuccession.old_valid_from))
        .where(in_force(AdminUnit, on)).order_by(AdminUnit.code)
    )  # fmt: skip
    found = [_unit(*row) for row in rows]
    return sorted(found, key=near.distance) if near else found


def near_of(uow: UnitOfWork, organisation_id: UUID, on: date) -> Near:
    """What is near for an organisation: its commune, its province, and what the offices here answer for."""
    own = organisation(uow, organisation_id).commune_code or ""
    unit = unit_on(uow, own, on)
    return Near(own, unit.province_code if unit else "", frozenset(served_communes(uow, on)))


def _like(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
