"""The published copy of the log, on a folder or S3: tiles and entry bundles first, the checkpoint last.

A run goes on from where the last one stopped, puts only what is missing, and may be killed at any line: a
file of the log has one right content for ever, so putting it again is harmless, and the checkpoint is put
when everything under it lies there. Narrow tiles of every signed size stay until a publication after the
one that made their tile full. Nothing is put over a newer checkpoint, or over that of another log.
"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CursorResult, select, update

from app.kernel.config import Config
from app.kernel.storage import NotStored, Storage, StorageFull, StorageUnavailable
from app.kernel.uow import UnitOfWork, unit_of_work
from ledger import published_copy, queries, stored_tiles
from ledger.core.checkpoint import Checkpoint
from ledger.core.tiles import HEIGHT, WIDTH, TileAddress
from ledger.log_folder import LogFolder
from ledger.models import PublishedHead, SignedCheckpoint
from ledger.published_copy import CHECKPOINT, key_of
from ledger.queries import CheckpointView
from ledger.refusals import CheckpointDamaged, LogRefuses
from ledger.rules import CopyState, as_it_lies
from ledger.signed_files import SignedFiles, narrow_since, narrower_forms, new_full_tiles

FOR_EVER = "public, max-age=31536000, immutable"
_TILE, _TEXT = "application/octet-stream", "text/plain; charset=utf-8"
_STEP = 256 * WIDTH  # entries whose files are put between two rows of progress
_EVERY = 500  # files between two words of progress

Say = Callable[[str], None]


class Busy(Exception):
    """Another publication of this installation is under way."""


@dataclass(frozen=True)
class Published:
    """What one run did: files put (the checkpoint is one of them), and the size that is published now."""

    files: int
    size: int


@dataclass(frozen=True)
class _Plan:
    """What is to be published, and what the row said when it was decided."""

    checkpoint: CheckpointView
    note: str
    size: int  # of the checkpoint that lies there
    old_note: str
    files_size: int


def publish(
    config: Config, storage: Storage, now: datetime, *, say: Say = lambda _line: None, check: bool = False
) -> Published:
    """Bring the published copy to the newest signed checkpoint; puts only what is missing since the last one.

    With `check` every file that should be there is read and put again when it is missing or differs. Opens
    its own units of work. Raises LogRefuses, StorageUnavailable, StorageFull, Busy; the reason is kept in
    the row, for the alarm.
    """
    with _alone(config):
        try:
            return _publish(storage, now, _Counter(storage, say), check=check)
        except (LogRefuses, StorageUnavailable, StorageFull) as fault:
            _remember(str(fault))
            raise


def is_behind(storage: Storage) -> bool:
    """Whether the copy differs from the newest checkpoint and its cosignatures; reads one file."""
    with unit_of_work(read_only=True) as uow:
        newest = queries.latest_checkpoint(uow)
        if newest is None:
            return False
        row = uow.session.get(PublishedHead, 1)
        try:
            note = queries.published_note(uow, newest)
        except CheckpointDamaged:
            return True  # the publication refuses, and remembers why
    if note is None:
        return False
    if row is None or row.error is not None:  # what it complained of may be mended: it looks again
        return True
    return row.note != note or published_copy.note_in(storage) != note.encode()


class _Counter:
    """Puts files, and says now and then how many it were."""

    def __init__(self, storage: Storage, say: Say) -> None:
        self.storage, self.say = storage, say
        self.files = self.seen = 0

    def put(self, address: TileAddress, content: bytes) -> None:
        self.storage.put_at(key_of(address), content, _TILE, cache=FOR_EVER)
        self.files += 1
        self.tick()

    def put_checkpoint(self, note: str) -> None:
        self.storage.put_at(CHECKPOINT, note.encode(), _TEXT, cache="no-cache")
        self.files += 1

    def mend(self, address: TileAddress, content: bytes) -> None:
        """Put the file unless it lies there as it should."""
        try:
            stored = self.storage.read(key_of(address))
        except NotStored:
            self.say(f"{address}: missing, put again")
        else:
            if stored == content:
                return self.tick()
            self.say(f"{address}: differs, put again")
        return self.put(address, content)

    def tick(self) -> None:
        self.seen += 1
        if self.seen % _EVERY == 0:
            self.say(f"{self.seen} files")


def _publish(storage: Storage, now: datetime, counter: _Counter, *, check: bool) -> Published:
    while True:
        plan = _plan(storage)
        if plan is None:
            return Published(counter.files, 0)
        files = SignedFiles(plan.checkpoint)
        if check:
            for address in required_files(plan.checkpoint.size):
                counter.mend(address, files.bytes_of(address))
        else:
            _put_full_tiles(counter, files, plan)
            for address in _narrow_since(plan.size, plan.checkpoint.size):
                counter.put(address, files.bytes_of(address))
        if plan.note != plan.old_note:
            counter.put_checkpoint(plan.note)
        if _compare_and_set(plan, now):
            _prune(storage, upto=plan.size)
            return Published(counter.files, plan.checkpoint.size)
        # Another machine published meanwhile, and our checkpoint may lie over its newer one.


def required_files(size: int) -> Iterator[TileAddress]:
    """Every file that the published copy of a checkpoint of this size has, full ones first."""
    yield from new_full_tiles(0, size)
    yield from _narrow_since(0, size)


def _plan(storage: Storage) -> _Plan | None:
    """Compare the copy with the database.

    Raises LogRefuses when the copy is newer or another log's, or the newest checkpoint is damaged.

    Where the copy is older than the row says (a folder from a backup), the row is set back to it.
    """
    with unit_of_work(read_only=True) as uow:
        log = queries.log(uow)
    if log is None:
        return None
    note = published_copy.note_in(storage)
    there = published_copy.checkpoint_in(note, *log.keys.known)
    with unit_of_work() as uow:  # after the file was read, or a newer one would look like a restored backup
        newest = queries.latest_checkpoint(uow)
        # What lies there and what is to be put there: two heads of one tree, or nothing is put.
        heads = [(each.size, each.root) for each in (there, newest) if each is not None]
        stored_tiles.refuse_unless_extends(uow, heads)
        if newest is None:
            return None
        row = _row(uow)
        _set_back(row, there, note.decode() if note and there else "")
        wanted = queries.published_note(uow, newest)
        if wanted is None:
            return None  # its key was revoked, and no other has signed yet: what lies there stays
        return _Plan(newest, wanted, row.size, row.note, row.files_size)


def _row(uow: UnitOfWork) -> PublishedHead:
    uow.insert_if_new(PublishedHead, id=1, size=0, note="", files_size=0, pruned_size=0)
    return uow.session.get_one(PublishedHead, 1, with_for_update=True)


def _set_back(row: PublishedHead, there: Checkpoint | None, note: str) -> None:
    found = as_it_lies(CopyState(row.size, row.note, row.files_size, row.pruned_size), there, note)
    row.size, row.note = found.size, found.note
    row.files_size, row.pruned_size = found.files_size, found.pruned_size


def _put_full_tiles(counter: _Counter, files: SignedFiles, plan: _Plan) -> None:
    begin, end = plan.files_size, plan.checkpoint.size
    for address in new_full_tiles(plan.size, begin):
        # An interrupted run put them. The folder may have come from a backup since, whose checkpoint is that
        # of the row and whose files are fewer: nothing else would tell.
        counter.mend(address, files.bytes_of(address))
    while begin < end:
        upto = min(end, begin - begin % _STEP + _STEP)
        for address in new_full_tiles(begin, upto):
            counter.put(address, files.bytes_of(address))
        with unit_of_work() as uow:
            uow.session.execute(
                update(PublishedHead).where(PublishedHead.files_size == begin).values(files_size=upto)
            )
        begin = upto


def _narrow_since(old_size: int, size: int) -> list[TileAddress]:
    """The narrow tiles of every size signed after `old_size` that no full tile at `size` replaces."""
    with unit_of_work(read_only=True) as uow:
        sizes = uow.session.scalars(
            select(SignedCheckpoint.size)
            .where(SignedCheckpoint.size > old_size, SignedCheckpoint.size <= size)
            .order_by(SignedCheckpoint.size)
        ).all()
    return narrow_since(old_size, sizes, size)


def _compare_and_set(plan: _Plan, now: datetime) -> bool:
    """Note what lies there now, if the row still says what the plan was made from."""
    size = plan.checkpoint.size
    with unit_of_work() as uow:
        moved = uow.session.execute(
            update(PublishedHead)
            .where(PublishedHead.size == plan.size, PublishedHead.note == plan.old_note)
            .values(size=size, files_size=size, note=plan.note, published_at=now, error=None)
            .execution_options(synchronize_session=False)
        )
        assert isinstance(moved, CursorResult)  # noqa: S101 - narrows for mypy; an UPDATE has a row count
        return moved.rowcount == 1


def _prune(storage: Storage, *, upto: int) -> None:
    """Remove the narrow forms of tiles that were full in the checkpoint published before this one.

    A reader who holds that one, or a newer one, asks for the full tile. A publication puts narrow tiles at
    its own edge alone, so there is nothing to look for below the first one.
    """
    with unit_of_work(read_only=True) as uow:
        begin = uow.session.get_one(PublishedHead, 1).pruned_size
    for full in new_full_tiles(begin or upto, upto):
        for narrow in _narrower_forms(full):
            storage.delete(key_of(narrow))
    if begin < upto:
        with unit_of_work() as uow:
            uow.session.get_one(PublishedHead, 1).pruned_size = upto


def _narrower_forms(full: TileAddress) -> set[TileAddress]:
    """The narrow forms that this tile had in some signed checkpoint."""
    shift = 0 if full.level == "entries" else HEIGHT * full.level
    begin = full.index * WIDTH
    with unit_of_work(read_only=True) as uow:
        sizes = uow.session.scalars(
            select(SignedCheckpoint.size).where(
                SignedCheckpoint.size >= begin << shift, SignedCheckpoint.size < (begin + WIDTH) << shift
            )
        ).all()
    return narrower_forms(full, sizes)


def _remember(fault: str) -> None:
    with unit_of_work() as uow:
        _row(uow).error = fault


@contextmanager
def _alone(config: Config) -> Iterator[None]:
    """One publication at a time on this machine; the lock ends with the process, however it ends."""
    path = LogFolder(config.data_dir).lock_path
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise Busy("another publication is under way") from taken
        yield
