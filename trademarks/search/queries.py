"""Marks found by words, the best fit first."""

from app.kernel.text import vietnamese_sort_key
from app.kernel.uow import UnitOfWork
from trademarks.register.queries import MarkView, marks, search_texts
from trademarks.search.words import score

LONGEST = 100
"""Characters of a question that are looked at."""


def marks_by_words(uow: UnitOfWork, asked: str) -> list[MarkView]:
    """Marks whose name, goods or area fit the words; every mark when nothing was asked (2 statements)."""
    found = marks(uow)
    if not asked.strip():
        return found
    texts = search_texts(uow)
    scored = [(score(asked[:LONGEST], texts[mark.id]), mark) for mark in found]
    hits = [(fit, mark) for fit, mark in scored if fit > 0]
    hits.sort(key=lambda hit: (-hit[0], vietnamese_sort_key(hit[1].name)))
    return [mark for _, mark in hits]
