"""What the sign-up form asks about communes: a register that `app.registry` fills, since it stands above."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from app.kernel.register import Register


@dataclass(frozen=True)
class Place:
    """A commune in force: its key and how people read it."""

    code: str
    valid_from: date
    name: str  # "Xã Thanh An, TP. Hồ Chí Minh"


@dataclass(frozen=True)
class PlaceBook:
    """`search(text, on)` finds communes; `find(code, on)` is one or None; both read on their own."""

    search: Callable[[str, date], Sequence[Place]]
    find: Callable[[str, date], Place | None]


BOOK: Register[PlaceBook] = Register("places")


def search(text: str, on: date) -> Sequence[Place]:
    """Communes in force that day whose name has every word of the text."""
    book = BOOK.get("registry")
    return book.search(text, on) if book else ()


def find(code: str, on: date) -> Place | None:
    """The commune of this code that day, or None."""
    book = BOOK.get("registry")
    return book.find(code, on) if book else None
