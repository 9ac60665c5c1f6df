"""What the rooms keep behind their entries, compared with the log as a whole: the second half of fsck.

The log knows bytes; what an event or a day of readings says lies in the rooms that handed it in. Each room
tells, for everything that it ever handed in, the entry as its rows make it today.
"""

from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import select

from app.kernel.register import Register
from app.kernel.uow import UnitOfWork
from ledger.audit import Audit
from ledger.models import LogEntry, Submission

Kept = tuple[str, bytes | None]
"""A key, and the entry that the room's rows make now; None where the salt was erased."""

ROOMS: Register[Callable[[UnitOfWork], Iterator[Sequence[Kept]]]] = Register("ledger.kept_bodies")
"""By the beginning of their keys (`event:`): everything that a room ever handed in, a page at a time."""

SHOWN: Register[Callable[[UnitOfWork], Iterator[tuple[str, str]]]] = Register("ledger.kept_bodies.shown")
"""By the beginning of their keys: bodies whose content a room also shows from other rows, where these differ:
the key, and what differs in a sentence."""

_PAGE = 1000


def compare(uow: UnitOfWork, audit: Audit) -> int:
    """Compare what every room keeps with the log, and note what differs; how many bodies it was.

    Found: a body that was changed, one that is gone, one that was put in without handing it in, and one that
    is shown otherwise than it says. Reads only. Memory: the keys of one room.
    """
    bodies = sum(_compare_room(uow, audit, prefix, pages(uow)) for prefix, pages in ROOMS.all().items())
    for differences in SHOWN.all().values():
        for key, told in differences(uow):
            index = uow.session.scalar(select(LogEntry.leaf_index).where(LogEntry.key == key))
            if index is None:
                audit.findings.append(f"{key}: {told}")
            else:
                audit.blame(index, f"{key}: {told}")
    return bodies


def _compare_room(uow: UnitOfWork, audit: Audit, prefix: str, pages: Iterator[Sequence[Kept]]) -> int:
    seen: set[str] = set()
    for page in pages:
        seen.update(key for key, _ in page)
        for key, index, differs in _differences(uow, page):
            if index is None:
                audit.findings.append(f"{key}: kept, and never handed in")
            elif differs:
                audit.blame(index, f"what is kept of {key} is not what was sealed")
    for index, key in _indices(uow, prefix):
        if key not in seen:
            audit.blame(index, f"{key} is in the log, and what it sealed is gone")
    return len(seen)


def _differences(uow: UnitOfWork, page: Sequence[Kept]) -> Iterator[tuple[str, int | None, bool]]:
    """Key, index (None: the log knows no such key), whether the bytes differ; waiting ones are left out."""
    keys = [key for key, _ in page]
    waiting = set(uow.session.scalars(select(Submission.key).where(Submission.key.in_(keys))))
    rows = uow.session.execute(
        select(LogEntry.key, LogEntry.leaf_index, LogEntry.entry).where(LogEntry.key.in_(keys))
    )
    known = {key: (index, entry) for key, index, entry in rows}
    for key, made in page:
        if key in known:
            index, entry = known[key]
            yield key, index, made is not None and made != entry
        elif key not in waiting:
            yield key, None, True


def _indices(uow: UnitOfWork, prefix: str) -> Iterator[tuple[int, str]]:
    after = -1
    columns = select(LogEntry.leaf_index, LogEntry.key).order_by(LogEntry.leaf_index).limit(_PAGE)
    while page := uow.session.execute(
        columns.where(LogEntry.leaf_index > after, LogEntry.key.startswith(prefix, autoescape=True))
    ).all():
        yield from ((index, key) for index, key in page)
        after = page[-1][0]
