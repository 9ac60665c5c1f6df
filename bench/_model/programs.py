"""What the worker does, step by step: each `yield` is a point where it may die, wait, or lose an answer.

The order of the steps is that of `ledger.sequencer`, `ledger.publication`, `ledger.witnesses.feeder` and
`ledger.anchors.anchoring`; the decisions are the very functions that those ask. `bugs` plants a known fault.
"""

from collections.abc import Generator
from dataclasses import replace
from http import HTTPStatus

from bench._model.world import (
    CHECKPOINT,
    LOG_VKEY,
    POLICY,
    WITNESS_VKEY,
    Lost,
    World,
    opened,
    signed_note,
)
from ledger import rules
from ledger.core.errors import LedgerError
from ledger.core.note import note_text
from ledger.core.tiles import TileAddress, TileTree, extend
from ledger.core.tree import leaf_hash
from ledger.core.witnessing import AddCheckpoint, verified_cosignature
from ledger.refusals import CopyUnreachable, Forked
from ledger.rules import CopyState, Signing
from ledger.signed_files import narrow_since, narrower_forms, new_full_tiles
from ledger.witnesses.client import Answer
from ledger.witnesses.rules import ROUNDS, absurd_time, other_size

LARGEST_BATCH = 3  # so that a run takes more than one

Steps = Generator[None, None, None]


def sequencer(w: World, process: int) -> Steps:
    """`sequencer.run`: compare, sequence all that waits, sign."""
    rules.refuse_unless_extends(w.db.size, w.db.root, w.memories(), w.db.root_at)
    yield
    yield from _compare_with_the_published(w, process)
    while (yield from _sequence_batch(w)):
        pass
    yield from _sign_head(w)


def _compare_with_the_published(w: World, process: int) -> Steps:
    if process in w.compared or "no-published-compare" in w.bugs:
        return
    try:
        _, there = w.there()
    except Lost as away:
        if "signs-while-away" in w.bugs:
            return
        raise CopyUnreachable(reason="away") from away
    yield
    if there is not None:
        rules.refuse_unless_extends(w.db.size, w.db.root, [(there.size, there.root)], w.db.root_at)
    w.compared.add(process)


def _lock_head(w: World) -> Generator[None, None, object]:
    while w.head_lock is not None:
        yield
    w.head_lock = mine = object()
    return mine


def _unlock(w: World, mine: object) -> None:
    if w.head_lock is mine:
        w.head_lock = None


def _sequence_batch(w: World) -> Generator[None, None, int]:
    mine, db = (yield from _lock_head(w)), w.db
    try:
        taken = list(db.waiting.items())[:LARGEST_BATCH]
        if not taken:
            return 0
        if db.root_at(db.size) != db.root:
            raise Forked(size=db.size)
        entries = [entry for _, entry in taken]
        made = extend(db.size, [leaf_hash(entry) for entry in entries], db.read)
        if "sign-before-commit" in w.bugs:
            w.oracle.signed(made.size, made.root, [*db.entries, *entries])
        if "indices-in-two-steps" in w.bugs:
            for key, _ in taken:
                del db.waiting[key]
        yield  # killed here, nothing was written
        for key, entry in taken:
            db.waiting.pop(key, None)
            db.keys.append(key)
            db.entries.append(entry)
        db.tiles.update({(tile.level, tile.index): tile.hashes for tile in made.tiles})
        db.size, db.root = made.size, made.root
    finally:
        _unlock(w, mine)
    yield
    return len(taken)


def _sign_head(w: World) -> Steps:
    mine, db = (yield from _lock_head(w)), w.db
    try:
        rules.refuse_unless_extends(db.size, db.root, w.memories(), db.root_at)
        kept = opened(w.kept, LOG_VKEY).size if w.kept else None
        decided = rules.signing(db.size, signed=db.signed[0] if db.signed else None, kept=kept)
        if decided is Signing.MEND_COPY:
            w.kept = db.checkpoints[db.size]
        if decided is not Signing.SIGN:
            return
        note = signed_note(db.size, db.root)
        yield
        w.kept = note
        w.oracle.kept(db.size, db.root, db.entries)
        yield  # killed here, the folder knows of a head that the database did not commit
        db.signed = (db.size, db.root)
        db.checkpoints[db.size] = note
        w.oracle.signed(db.size, db.root, db.entries)
    finally:
        _unlock(w, mine)
    yield


def publisher(w: World, process: int) -> Steps:
    """`publication.publish`: files first, the checkpoint last, until the row says what lies there."""
    while True:
        note, there = w.there()
        yield
        db = w.db
        if there is not None:
            rules.refuse_unless_extends(db.size, db.root, [(there.size, there.root)], db.root_at)
        size = db.newest()
        if size == 0:
            return
        plan = db.copy or CopyState()
        if "believes-its-row" not in w.bugs:
            plan = rules.as_it_lies(plan, there, note.decode() if note else "")
        db.copy = plan
        wanted = (db.checkpoints[size] + db.lines.get(size, "").encode()).decode()
        yield
        if opened(wanted.encode(), LOG_VKEY).root != db.root_at(size):
            raise Forked(size=size)
        if "checkpoint-first" in w.bugs and wanted != plan.note:
            w.put(CHECKPOINT, wanted.encode())
            yield
        yield from _put_files(w, plan, size)
        if wanted != plan.note:
            w.put(CHECKPOINT, wanted.encode())
            yield
        row = db.copy or CopyState()
        if (row.size, row.note) != (plan.size, plan.note):
            continue  # another machine published meanwhile, and ours may lie over its newer one
        db.copy = replace(row, size=size, files_size=size, note=wanted)
        yield
        yield from _prune(w, upto=plan.size)
        return


def _put_files(w: World, plan: CopyState, size: int) -> Steps:
    db = w.db
    for address in new_full_tiles(plan.size, plan.files_size):
        if "trusts-files-ahead" not in w.bugs and w.files.get(str(address)) != db.file(address):
            w.put(str(address), db.file(address))
            yield
    for address in new_full_tiles(plan.files_size, size):
        w.put(str(address), db.file(address))
        yield
    if db.copy is not None and db.copy.files_size == plan.files_size:
        db.copy = replace(db.copy, files_size=size)
        yield
    signed = [each for each in sorted(db.checkpoints) if plan.size < each <= size]
    for address in narrow_since(plan.size, signed, size):
        w.put(str(address), db.file(address))
        yield


def _prune(w: World, *, upto: int) -> Steps:
    db = w.db
    begin = db.copy.pruned_size if db.copy else 0
    doomed = [
        narrow
        for full in new_full_tiles(begin or upto, upto)
        for narrow in narrower_forms(full, list(db.checkpoints))
    ]
    if "prunes-too-early" in w.bugs:
        doomed = [TileAddress(0, upto // 256, upto % 256)] if upto % 256 else []
    for narrow in doomed:
        w.delete(str(narrow))
        yield
    if db.copy is not None and begin < upto:
        db.copy = replace(db.copy, pruned_size=upto)


def feeder(w: World, process: int) -> Steps:
    """`feeder.feed` with one witness: ask, believe what it can prove, go on from the size that it names."""
    size = w.db.newest()
    if size == 0 or size in w.db.lines:
        return
    note, old = w.db.checkpoints[size], w.db.confirmed
    yield
    for left in reversed(range(ROUNDS)):
        tree = TileTree(size, w.db.read)
        path = tuple(tree.consistency_path(old)) if 0 < old < size else ()
        answer = yield from _ask(w, AddCheckpoint(old, path, note).to_bytes())
        if answer is None:
            return
        if answer.status == HTTPStatus.OK:
            _take(w, answer, note, size)
            yield
            return
        named = (
            other_size(answer.body, asked_from=old, size=size)
            if answer.status == HTTPStatus.CONFLICT
            else None
        )
        if named is None:
            _judge(w, answer.body)
            yield from looker(w, process)
            return
        if not left:
            w.db.confirmed = named
        old = named


def looker(w: World, process: int) -> Steps:
    """`feeder.look`: see what the witness shows to everybody."""
    shown = w.known.note
    yield
    _judge(w, shown)


def _ask(w: World, body: bytes) -> Generator[None, None, Answer | None]:
    told = None
    try:
        for answer in w.asked(body):
            told = answer
            yield
    except Lost:
        return None
    return told


def _take(w: World, answer: Answer, note: bytes, size: int) -> None:
    line = verified_cosignature(note_text(note), answer.body, WITNESS_VKEY)
    if absurd_time(line.signed_at, w.db.cosigned_at, w.now):
        w.db.confirmed = size
        return
    w.db.lines.setdefault(size, line.line)
    w.db.cosigned_at = line.signed_at
    w.db.confirmed = size


def _judge(w: World, shown: bytes) -> None:
    try:
        told = opened(shown, LOG_VKEY)
    except LedgerError:
        return
    if not w.db.holds(told.size, told.root):
        w.db.evidence[note_text(shown)] = told


def anchorable(w: World) -> int:
    """The newest size that was signed, published, and cosigned by a quorum; 0 without one."""
    published = w.db.copy.size if w.db.copy else 0
    sizes = [
        size
        for size in w.db.checkpoints
        if "anchors-unpublished" in w.bugs
        or (size <= published and POLICY.satisfied_by({"w"} if size in w.db.lines else set()))
    ]
    return max(sizes, default=0)
