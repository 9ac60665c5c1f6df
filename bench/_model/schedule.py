"""What happens to a world: steps of its programs, deaths, lost and doubled answers, backups, reorganisations.

A seed makes a list of events that are drawn before any of them is played, each with two numbers of its own.
So a list without one of its events is a list as well, and what broke a promise shrinks by leaving out.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Final

from bench._model.anchorer import anchorer, chain_looker, newest
from bench._model.oracle import Violation
from bench._model.programs import Steps, feeder, looker, publisher, sequencer
from bench._model.world import CHECKPOINT, LOG_VKEY, START, Database, Lost, World, opened
from ledger.anchors.chain import ChainRefuses
from ledger.core.tiles import Extension, extend
from ledger.core.tree import leaf_hash
from ledger.refusals import LogRefuses

BUGS: Final = {
    "sign-before-commit": "a head is signed and shown before its entries are committed",
    "indices-in-two-steps": "an entry is taken off the queue in one transaction and placed in the next",
    "no-second-copy": "nothing outside the database is asked for what was signed",
    "no-published-compare": "a new process signs without a look at the published copy",
    "signs-while-away": "a new process signs while the published copy cannot be asked",
    "checkpoint-first": "the checkpoint is put before its tiles",
    "believes-its-row": "the row is believed about the published copy, whatever lies there",
    "trusts-files-ahead": "files that an interrupted publication put are believed to lie there still",
    "prunes-too-early": "a narrow tile goes before the full one is there",
    "witness-answers-first": "the witness answers before it stores",
    "anchors-unpublished": "whatever was signed is anchored at once",
    "anchors-twice-at-once": "an anchor is begun while another is under way",
    "never-looks-back": "an anchor that a block took is not looked at again",
}

PROGRAMS: Final[tuple[Callable[[World, int], Steps], ...]] = (
    sequencer,
    publisher,
    feeder,
    anchorer,
    looker,
    chain_looker,
)
_WORKERS = 2  # processes; each runs every program, as two machines would
_ROUNDS = 8  # of healing
_LONG: Final = timedelta(minutes=10)
_ALL_CLOCKS: Final = timedelta(days=30)  # later than any clock went that was wrong
_BAD_DAY: Final = 0.4  # of the seeds have one
_BIG: Final = 16  # one seed in so many begins below a full tile
_EDGE: Final = 253

Event = tuple[str, int, int]
_PUBLISH, _FEED, _ANCHOR, _MINE = ("finish", 2), ("finish", 4), ("finish", 6), ("mine", 0)
_ASK, _LOSE, _BACKUP, _RESTORE = ("step", 4), ("lose", 0), ("backup", 0), ("restore", 1)
_GROW = (("submit", 1), ("finish", 0))
_STAND = (*_GROW, _PUBLISH, _FEED, _PUBLISH, _ANCHOR, _MINE, _ANCHOR)
# What goes wrong together on a bad day, and by chance alone too rarely: names of events, each with its first
# number; the second one is drawn.
_BAD_DAYS: Final[tuple[tuple[tuple[str, int], ...], ...]] = (
    (*_GROW, _ASK, _LOSE, *_GROW, _ASK, _LOSE, ("ask-again", 0), ("ask-again", 1)),
    (*_GROW, _BACKUP, *_GROW, _PUBLISH, _RESTORE, ("store", 0), *_GROW),
    (*_GROW, _BACKUP, *_GROW, _PUBLISH, _RESTORE, *_GROW),
    (*_STAND, *_STAND, ("reorganise", 2)),
    (("submit", 1), ("finish", 0), ("step", 2), ("kill", 0), _RESTORE, *_GROW, _PUBLISH),
)
_WEIGHTS: Final = {
    "submit": 10,
    "step": 34,
    "finish": 14,
    "lose": 4,
    "kill": 5,
    "backup": 3,
    "restore": 2,
    "repair": 2,
    "store": 1,
    "mine": 6,
    "reorganise": 2,
    "drop": 1,
    "ask-again": 2,
    "send-again": 1,
    "clock": 1,
}


@dataclass(frozen=True)
class Backup:
    """What was saved together on one evening."""

    db: Database
    kept: bytes | None
    files: dict[str, bytes]


@dataclass
class Run:
    """One world with its programs under way."""

    world: World
    running: dict[tuple[int, int], Steps] = field(default_factory=dict)  # by worker and program
    backups: list[Backup] = field(default_factory=list)
    newer: Database | None = None  # what a restored database took the place of
    alarms: int = 0

    def play(self, event: Event) -> None:
        """Let one event happen. Raises Violation."""
        name, a, b = event
        getattr(self, "_" + name.replace("-", "_"))(a, b)
        db = self.world.db
        if len(db.waiting) + len(db.keys) != len(db.accepted):
            raise Violation("an acknowledged entry is neither waiting nor in the log, or twice")

    def heal(self) -> None:
        """Bring every server back and let the workers do their work; then all promises must be kept."""
        w = self.world
        self._stop()
        w.store_away, w.now = False, START + _ALL_CLOCKS
        self._check_alarm()
        self._repair(0, 0)
        for _ in range(_ROUNDS):
            if self._finish_all():
                break
        self._check_end()

    def _submit(self, a: int, b: int) -> None:
        db = self.world.db
        if b % 5 == 0 and db.accepted:  # handed in twice: the key is known, and nothing happens
            return
        fresh = {}
        for _ in range(1 + a % 3):
            self.world.submitted += 1
            fresh[f"e{self.world.submitted}"] = f"entry {self.world.submitted}".encode()
        db.accepted.update(fresh)
        # An earlier id that commits late stands before those that wait already.
        db.waiting = {**fresh, **db.waiting} if b % 3 == 0 else {**db.waiting, **fresh}

    def _step(self, a: int, b: int) -> None:
        self._advance(a, 1 + b % 7)

    def _finish(self, a: int, _b: int) -> None:
        self._advance(a, 200)

    def _advance(self, which: int, count: int) -> None:
        place = which % _WORKERS, which // _WORKERS % len(PROGRAMS)
        steps = self.running.pop(place, None) or PROGRAMS[place[1]](self.world, place[0])
        try:
            for _ in range(count):
                next(steps)
        except (StopIteration, Lost, ChainRefuses):
            return
        except LogRefuses:
            self.alarms += 1
            return
        self.running[place] = steps

    def _lose(self, a: int, _b: int) -> None:
        """The answer to what a program did last does not come."""
        places = sorted(self.running)
        if not places:
            return
        place = places[a % len(places)]
        steps = self.running[place]
        try:
            steps.throw(Lost())
        except (StopIteration, Lost):
            del self.running[place]

    def _kill(self, a: int, _b: int) -> None:
        for place in [place for place in self.running if place[0] == a % _WORKERS]:
            self.running.pop(place).close()
        self.world.compared.discard(a % _WORKERS)

    def _stop(self) -> None:
        for steps in self.running.values():
            steps.close()
        self.running.clear()
        self.world.compared.clear()

    def _backup(self, _a: int, _b: int) -> None:
        w = self.world
        self.backups.append(Backup(w.db.copied(), w.kept, dict(w.files)))

    def _restore(self, a: int, b: int) -> None:
        """Bring parts of a backup back while everything stands still: database, DATA_DIR, public copy."""
        if not self.backups:
            return
        self._stop()
        w, backup, which = self.world, self.backups[a % len(self.backups)], 1 + b % 7
        if which & 1:
            if not self._refuses():
                self.newer = w.db
            w.db = backup.db.copied()
        if which & 2:
            w.kept = backup.kept
        if which & 4:
            w.files = dict(backup.files)
        w.oracle.amnesia |= w.oracle.forgotten_by(self._memories())

    def _memories(self) -> list[tuple[int, bytes]]:
        w = self.world
        there = [opened(note, LOG_VKEY) for note in (w.files.get(CHECKPOINT), w.kept) if note]
        return [*([w.db.signed] if w.db.signed else []), *((each.size, each.root) for each in there)]

    def _refuses(self) -> bool:
        db = self.world.db
        return any(size > db.size or db.root_at(size) != root for size, root in self._memories())

    def _repair(self, _a: int, _b: int) -> None:
        """The operator reads the alarm and brings the newest database back."""
        newer, oracle = self.newer, self.world.oracle
        if newer is None or oracle.amnesia or not self._refuses():
            return
        if newer.entries[: oracle.size] == oracle.history:  # or it was the newest once, and is no more
            self._stop()
            self.world.db, self.newer = newer, None

    def _store(self, _a: int, _b: int) -> None:
        self.world.store_away = not self.world.store_away

    def _mine(self, a: int, _b: int) -> None:
        for _ in range(1 + a % 2):
            self.world.chain.mine()

    def _reorganise(self, a: int, b: int) -> None:
        self.world.chain.reorganise(1 + a % 3, forget=b % 2 == 0)

    def _drop(self, _a: int, _b: int) -> None:
        self.world.chain.forget_waiting()

    def _ask_again(self, a: int, _b: int) -> None:
        """A request that was sent once comes to the witness a second time, late."""
        requests = self.world.requests
        if requests:
            for _ in self.world.asked(requests[a % len(requests)]):
                pass

    def _send_again(self, a: int, _b: int) -> None:
        sent = list(self.world.chain.sent)
        if sent:
            self.world.chain.send(sent[a % len(sent)])

    def _clock(self, a: int, _b: int) -> None:
        self.world.now += (-timedelta(days=1), timedelta(minutes=4), timedelta(hours=1))[a % 3]

    def _check_alarm(self) -> None:
        if not self._refuses():
            return
        before = self.alarms
        self._advance(0, 200)  # the sequencer of a process that starts now
        if self.alarms == before:
            raise Violation("a restored backup was not noticed")

    def _finish_all(self) -> bool:
        """One round of everything; whether nothing is left to do."""
        w = self.world
        for program in (0, 1, 2, 1, 3, 4):
            self._advance(program * _WORKERS, 400)
        w.chain.mine()
        w.now += _LONG
        self._advance(3 * _WORKERS, 400)
        newest_size = w.db.newest()
        done = not w.db.waiting and newest_size == w.db.size
        return done and w.known.size == newest_size == newest(w, ("mined", "final"))

    def _check_end(self) -> None:
        w, db = self.world, self.world.db
        if dict(zip(db.keys, db.entries, strict=True)) | db.waiting != db.accepted:
            raise Violation("an acknowledged entry was changed or lost")
        if w.oracle.amnesia:
            other = w.known.size and not db.holds(w.known.size, w.known.root)
            if db.newest() and other and not db.evidence and not self._refuses():
                raise Violation("the witness knows another history, and nobody was told")
            return
        if self._refuses():
            return  # no newer backup is left, and the log stands still as it should
        lies = opened(w.files[CHECKPOINT], LOG_VKEY).size if CHECKPOINT in w.files else 0
        seen = {
            "signed": db.newest(),
            "published": lies,
            "cosigned": w.known.size,
            "anchored": w.chain.head().size,
        }
        behind = {name: size for name, size in seen.items() if size != len(db.accepted)}
        if behind:
            raise Violation(f"all is well again, and of {len(db.accepted)} entries only: {behind}")
        for row in db.anchors.values():
            if row.state in ("mined", "final") and w.chain.receipt(row.tx_hash) is None:
                raise Violation(f"the database calls an anchor {row.state} that no block holds")


def events_of(seed: int) -> list[Event]:
    """The events of a seed."""
    rng = random.Random(seed)
    names = rng.choices(list(_WEIGHTS), list(_WEIGHTS.values()), k=rng.randint(12, 60))
    events = [(name, rng.randrange(1 << 16), rng.randrange(1 << 16)) for name in names]
    if rng.random() < _BAD_DAY:
        at = rng.randrange(len(events))
        day = rng.choice(_BAD_DAYS)
        events[at:at] = [(name, first, rng.randrange(1 << 16)) for name, first in day]
    return events


def violation_of(seed: int, events: Sequence[Event], bugs: Sequence[str] = ()) -> str | None:
    """Play events in a fresh world and heal it; the broken promise, or None."""
    run = Run(World(bugs=frozenset(bugs)))
    if seed % _BIG == 0:
        _begin_below_the_edge(run.world.db)
    run._backup(0, 0)
    try:
        for event in events:
            run.play(event)
        run.heal()
    except Violation as found:
        return str(found)
    finally:
        run._stop()
    return None


def shrunk(seed: int, events: Sequence[Event], bugs: Sequence[str] = ()) -> list[Event]:
    """The fewest events, found by leaving out, that still break a promise."""
    kept, width = list(events), max(1, len(events) // 2)
    while width:
        begin = 0
        while begin < len(kept):
            fewer = kept[:begin] + kept[begin + width :]
            if violation_of(seed, fewer, bugs):
                kept = fewer
            else:
                begin += width
        width //= 2
    return kept


def in_words(event: Event) -> str:
    """One event as a person reads it."""
    name, a, b = event
    if name in ("step", "finish"):
        program = PROGRAMS[a // _WORKERS % len(PROGRAMS)].__name__
        return (
            f"{program} of worker {a % _WORKERS}: {f'{1 + b % 7} steps' if name == 'step' else 'to its end'}"
        )
    if name == "restore":
        which = 1 + b % 7
        parts = [part for bit, part in ((1, "database"), (2, "DATA_DIR"), (4, "public copy")) if which & bit]
        return f"restore {', '.join(parts)}"
    return {"submit": f"submit {1 + a % 3}", "kill": f"kill worker {a % _WORKERS}"}.get(name, name)


@cache
def _first_tiles(entries: tuple[bytes, ...]) -> Extension:
    return extend(0, [leaf_hash(entry) for entry in entries], lambda *_: b"")


def _begin_below_the_edge(db: Database) -> None:
    entries = {f"first {n}": f"first {n}".encode() for n in range(_EDGE)}
    made = _first_tiles(tuple(entries.values()))
    db.entries, db.keys, db.accepted = list(entries.values()), list(entries), dict(entries)
    db.tiles = {(tile.level, tile.index): tile.hashes for tile in made.tiles}
    db.size, db.root = made.size, made.root
