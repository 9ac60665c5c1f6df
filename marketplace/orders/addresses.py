"""From what a buyer types to a commune of today: two levels since July 2025, old names still said."""

from collections.abc import Sequence
from datetime import date

from app.kernel.text import fold
from app.kernel.uow import UnitOfWork
from app.registry import places
from app.registry.places import UnitView

MOST = 20


def communes_named(uow: UnitOfWork, text: str, province_code: str, on: date) -> Sequence[UnitView]:
    """Communes of a province that the words may mean: the one of exactly that name, else all that fit.

    `xã`, `phường` may be left out; an old name finds its successors in the same province.
    """
    wanted = fold(text).replace(",", " ").split()
    if not wanted:
        return ()
    there = places.communes(uow, province_code, on)
    bare = _bare(" ".join(wanted))
    exact = [unit for unit in there if fold(unit.name) == " ".join(wanted)]
    exact = exact or [unit for unit in there if _bare(fold(unit.name)) == bare]
    if exact:
        return exact
    fitting = [unit for unit in there if all(word in fold(unit.name).split() for word in bare.split())]
    if fitting:
        return fitting[:MOST]
    old = places.search_communes(uow, text, on, limit=100)
    return [unit for unit in old if unit.province_code == province_code][:MOST]


def _bare(name: str) -> str:
    for kind in ("xa ", "phuong ", "dac khu ", "thi tran "):
        if name.startswith(kind):
            return name.removeprefix(kind)
    return name
