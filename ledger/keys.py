"""The keys of the log: which sign now, which did, and why one does no more. Derived from their history.

A log keeps its name and changes its keys: every live key signs every checkpoint, each on a line of its own,
so that a reader who knows only the old one goes on and one who knows only the new one as well. The newest
live key is the active one and stands first.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Final

from sqlalchemy import select

from app.kernel.uow import UnitOfWork
from ledger.core.note import VerifierKey, parse_vkey
from ledger.models import KeyEventKind, LogHead, LogKeyEvent

CONFIRMED_WITHIN: Final = timedelta(hours=24)
_CONSONANTS, _VOWELS = "bdfghjklmnprstvz", "aiou"


class KeyState(StrEnum):
    """Where a key stands; the arrows go one way, and the database lets nobody take one back."""

    ACTIVE = "active"  # signs, on the first line
    RETIRING = "retiring"  # a newer one is active; it signs on, for readers who know no other yet
    RETIRED = "retired"  # signs no more; what it signed stays good
    REVOKED = "revoked"  # signs no more, and nothing that it signed is to be believed


class Cause(StrEnum):
    """Why a key was revoked."""

    COMPROMISED = "compromised"
    LOST = "lost"
    OTHER = "other"


@dataclass(frozen=True)
class KeyView:
    """A key that signs or signed for the log, with the two people who brought it in."""

    verifier: VerifierKey
    state: KeyState
    valid_from: datetime
    proposed_by: str  # both empty for the key that came with the log
    confirmed_by: str
    valid_to: datetime | None = None
    ended_by: str = ""
    cause: str = ""  # a Cause, of a revoked one
    note: str = ""  # why it ended, in the words of whoever ended it


@dataclass(frozen=True)
class Proposal:
    """A new key, or the retirement of an old one, that waits for a second person."""

    verifier: VerifierKey
    retires: bool
    proposed_by: str
    at: datetime
    note: str

    def open_at(self, now: datetime) -> bool:
        """Whether it can still be confirmed."""
        return now - self.at < CONFIRMED_WITHIN


@dataclass(frozen=True)
class LogKeys:
    """Every key of the log, newest first, and what was proposed and is not done."""

    views: tuple[KeyView, ...] = ()
    proposals: tuple[Proposal, ...] = ()

    @cached_property
    def live(self) -> tuple[VerifierKey, ...]:
        """Those that sign now, the active one first; none after the last one was revoked."""
        signing = (KeyState.ACTIVE, KeyState.RETIRING)
        return tuple(view.verifier for view in self.views if view.state in signing)

    @cached_property
    def known(self) -> tuple[VerifierKey, ...]:
        """All that ever signed: what the log's own memories are read with, never what others trust."""
        return tuple(view.verifier for view in self.views)

    @property
    def revoked(self) -> tuple[KeyView, ...]:
        """Those that nobody should believe any more."""
        return tuple(view for view in self.views if view.state is KeyState.REVOKED)

    def view(self, key: VerifierKey) -> KeyView | None:
        """What is known of one key."""
        return next((view for view in self.views if view.verifier == key), None)


def history(events: Iterable[LogKeyEvent]) -> LogKeys:
    """The states that a history leads to; `events` in the order of their happening."""
    by_key: dict[str, dict[str, LogKeyEvent]] = {}
    for event in events:
        by_key.setdefault(event.vkey, {})[event.kind] = event  # of two proposals the later one counts
    born: list[tuple[LogKeyEvent, KeyView]] = []
    proposals: list[Proposal] = []
    for vkey, steps in by_key.items():
        key, start = parse_vkey(vkey), steps.get(KeyEventKind.CREATED) or steps.get(KeyEventKind.CONFIRMED)
        if start is not None:
            born.append((start, _view(key, start, steps)))
        proposals += _open(key, steps, born=start is not None)
    born.sort(key=lambda pair: (pair[0].at, pair[0].id), reverse=True)
    return LogKeys(tuple(_with_the_active(view for _, view in born)), tuple(proposals))


def log_keys(uow: UnitOfWork) -> LogKeys:
    """The keys of this installation's log; none before it is created."""
    return history(uow.session.scalars(select(LogKeyEvent).order_by(LogKeyEvent.at, LogKeyEvent.id)))


def locked_head(uow: UnitOfWork) -> LogHead:
    """The head under its lock: FOR UPDATE on PostgreSQL; on SQLite the write unit is the lock.

    Who signs and who changes the keys take turns on it.
    """
    return uow.session.scalars(select(LogHead).with_for_update()).one()


def fingerprint(key: VerifierKey) -> str:
    """128 bits of SHA-256 over the vkey, hexadecimal in groups of four: what two people compare."""
    digits = _digest(key).hex()
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def spoken(key: VerifierKey) -> str:
    """The same bits as words that can be read out on the telephone.

    Source: proquints, https://arxiv.org/html/0901.4016
    """
    raw = _digest(key)
    return "-".join(_word(int.from_bytes(raw[at : at + 2], "big")) for at in range(0, len(raw), 2))


def is_fingerprint(typed: str, key: VerifierKey) -> bool:
    """Whether a person typed the fingerprint of this key, in digits or in words."""
    plain = "".join(sign for sign in typed.lower() if sign.isalnum())
    return plain in (_digest(key).hex(), spoken(key).replace("-", ""))


def _digest(key: VerifierKey) -> bytes:
    return hashlib.sha256(str(key).encode()).digest()[:16]


def _word(bits: int) -> str:
    """16 bits as consonant, vowel, consonant, vowel, consonant: 4, 2, 4, 2, 4 of them."""
    first, second = _CONSONANTS[bits >> 12], _VOWELS[bits >> 10 & 3]
    third, fourth = _CONSONANTS[bits >> 6 & 15], _VOWELS[bits >> 4 & 3]
    return f"{first}{second}{third}{fourth}{_CONSONANTS[bits & 15]}"


def _view(key: VerifierKey, start: LogKeyEvent, steps: dict[str, LogKeyEvent]) -> KeyView:
    view = KeyView(key, KeyState.RETIRING, start.at, start.proposed_by, start.done_by)
    revoked, retired = steps.get(KeyEventKind.REVOKED), steps.get(KeyEventKind.RETIRED)
    end = revoked or retired
    if end is None:
        return view
    state = KeyState.REVOKED if revoked else KeyState.RETIRED
    return replace(view, state=state, valid_to=end.at, ended_by=end.done_by, cause=end.cause, note=end.note)


def _with_the_active(views: Iterable[KeyView]) -> Iterable[KeyView]:
    """The newest of those that sign is the active one."""
    found = False
    for view in views:
        first = view.state is KeyState.RETIRING and not found
        found = found or first
        yield replace(view, state=KeyState.ACTIVE) if first else view


def _open(key: VerifierKey, steps: dict[str, LogKeyEvent], *, born: bool) -> list[Proposal]:
    """What was proposed about a key and neither done nor overtaken; it may be too old."""
    if KeyEventKind.REVOKED in steps or KeyEventKind.RETIRED in steps:
        return []
    asked = steps.get(KeyEventKind.RETIREMENT_PROPOSED if born else KeyEventKind.PROPOSED)
    return [] if asked is None else [Proposal(key, born, asked.done_by, asked.at, asked.note)]
