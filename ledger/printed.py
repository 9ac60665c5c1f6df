"""A checkpoint on paper, typed in: whether the log of today still begins with it.

Label sheets, certificates and receipts carry size and root of the day's checkpoint, the root in short as
well. Paper in a drawer is an outside anchor that nobody can call back: if the log of today has another root
at that size, its history was rewritten since.
"""

import base64
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.kernel.calendar import local_day
from app.kernel.uow import UnitOfWork
from app.web.i18n import gettext, show_date
from ledger import queries, stored_tiles
from ledger.core.tiles import TileTree
from ledger.core.witnessing import AddCheckpoint

SHORTEST: Final = 8  # letters of the root, as the foot of a label sheet prints them: 48 bits
_ROOT: Final = re.compile(rf"[A-Za-z0-9+/]{{{SHORTEST},43}}=?")
_SIZE: Final = re.compile(r"[1-9][0-9]{0,15}")


class Verdict(StrEnum):
    """What the log says to a printed checkpoint."""

    STANDS = "stands"
    DIFFERS = "differs"
    BEYOND = "beyond"  # larger than anything that this log has signed
    UNREADABLE = "unreadable"  # not a size, or too few letters of a root


@dataclass(frozen=True)
class Answer:
    """The verdict; `size` and `newest` (entries) where the log was asked."""

    verdict: Verdict
    size: int = 0
    newest: int = 0


def line(uow: UnitOfWork) -> str:
    """The newest checkpoint as paper carries it, in the reader's language; says so when there is none."""
    of, checkpoint = queries.log(uow), queries.latest_checkpoint(uow)
    if of is None or checkpoint is None:
        return str(gettext("Sổ cái chưa có dấu ký nào khi in tờ này."))
    root = base64.b64encode(checkpoint.root).decode()
    return str(
        gettext(
            "Dấu sổ cái ngày %(day)s: %(origin)s, %(size)s mục, gốc %(short)s (%(root)s)",
            day=show_date(local_day(checkpoint.signed_at)),
            origin=of.origin,
            size=checkpoint.size,
            short=root[:SHORTEST],
            root=root,
        )
    )


def ask(uow: UnitOfWork, size: str, root: str) -> Answer:
    """Compare what was typed with the log: size as printed (dots and spaces forgiven), root or its start."""
    digits, letters = re.sub(r"[\s.,]", "", size), re.sub(r"\s", "", root)
    if not _SIZE.fullmatch(digits) or not _ROOT.fullmatch(letters):
        return Answer(Verdict.UNREADABLE)
    asked, newest = int(digits), queries.latest_checkpoint(uow)
    if newest is None or asked > newest.size:
        return Answer(Verdict.BEYOND, asked, newest.size if newest else 0)
    now = stored_tiles.root_at(uow, asked)
    same = now is not None and base64.b64encode(now).decode().startswith(letters)
    return Answer(Verdict.STANDS if same else Verdict.DIFFERS, asked, newest.size)


def consistency_file(uow: UnitOfWork, size: int) -> bytes | None:
    """Proof that the newest checkpoint begins with the first `size` entries, and that checkpoint.

    Laid out as a witness is asked (`old N`, hashes, blank line, note): `python -m ledger verify --against`
    reads it. None when no checkpoint is as large. Raises Forked when a stored tile is missing.
    """
    newest = queries.latest_checkpoint(uow)
    note = queries.published_note(uow, newest) if newest else None
    if newest is None or note is None or not 0 < size <= newest.size:
        return None
    with stored_tiles.damage_refused(newest.size):
        path = TileTree(newest.size, stored_tiles.reader(uow)).consistency_path(size)
    return AddCheckpoint(size, tuple(path), note.encode()).to_bytes()
