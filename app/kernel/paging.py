"""Pages of a list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, select

from app.kernel.uow import UnitOfWork

T = TypeVar("T")


@dataclass(frozen=True)
class Page:
    """Which part of a list is wanted: `number` counts from 1."""

    number: int = 1
    size: int = 25

    @classmethod
    def asked(cls, number: str | None, *, size: int = 25) -> "Page":
        """From a query string; anything that is not a positive number is page 1."""
        good = number is not None and number.isascii() and number.isdecimal() and len(number) < 7
        return cls(max(1, int(number)) if good and number else 1, size)


@dataclass(frozen=True)
class Paged(Generic[T]):
    """One page of rows and how many there are in all."""

    rows: Sequence[T]
    page: Page
    total: int

    @property
    def pages(self) -> int:
        """Number of pages, at least 1."""
        return max(1, -(-self.total // self.page.size))


def part(
    uow: UnitOfWork, statement: Select[*tuple[Any, ...]], page: Page
) -> tuple[Select[*tuple[Any, ...]], Page, int]:
    """An ordered statement cut to one page, that page, and how many rows there are in all (1 statement).

    A page behind the last is the last: rows may have gone since the link to it was shown.
    """
    total = uow.session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
    page = _there(page, total)
    return statement.limit(page.size).offset((page.number - 1) * page.size), page, total


def cut(rows: Sequence[T], page: Page) -> Paged[T]:
    """One page of rows that are all at hand, where only Python can tell which of them count."""
    page = _there(page, len(rows))
    first = (page.number - 1) * page.size
    return Paged(rows[first : first + page.size], page, len(rows))


def _there(page: Page, total: int) -> Page:
    return Page(min(page.number, max(1, -(-total // page.size))), page.size)


def paged(
    uow: UnitOfWork, statement: Select[*tuple[Any, ...]], page: Page, *, row: Callable[..., T]
) -> Paged[T]:
    """Run an ordered statement for one page (2 statements); `row` is called with its columns."""
    statement, page, total = part(uow, statement, page)
    return Paged([row(*columns) for columns in uow.session.execute(statement)], page, total)
