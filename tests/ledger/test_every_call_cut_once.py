"""One publication, from sequencing to the last row: every statement, file call and write is cut once.

Whatever was cut, and whether the call had been carried out or not, the next clean run brings everything
that was handed in into the log and into the published copy, once, in order, and under no second root.
"""

import pytest
from flask import Flask
from sqlalchemy import select

from app.kernel.config import Config
from app.kernel.storage import Storage
from app.kernel.uow import unit_of_work
from ledger import audit, publication, published_audit, sequencer
from ledger.core.checkpoint import parse_checkpoint
from ledger.core.note import note_text
from ledger.log_folder import LogFolder
from ledger.models import SignedCheckpoint
from ledger.published_copy import note_in
from tests.scene.ledger import NOW, hands_in, published_log, sealed
from tests.support.cutting import Cut, run_cut

# Fewer would mean that the work is no longer counted. The writes: hashes, entries, copy, checkpoint.
FEWEST = {"before": 60, "after": 60, "half": 4}


class Heads:
    """Every signed head that anybody could ever have seen: one root a size."""

    def __init__(self) -> None:
        self.roots: dict[int, bytes] = {}

    def look(self, config: Config, storage: Storage) -> None:
        """Note what lies in the store, in DATA_DIR and in the database now."""
        copy = LogFolder(config.data_dir).copy_path
        notes = [note for note in (note_in(storage), copy.read_bytes() if copy.exists() else None) if note]
        told = [parse_checkpoint(note_text(note)) for note in notes]
        with unit_of_work(read_only=True) as uow:
            rows = uow.session.execute(select(SignedCheckpoint.size, SignedCheckpoint.root)).all()
        for size, root in [(each.size, each.root) for each in told] + [(r.size, r.root) for r in rows]:
            assert self.roots.setdefault(size, root) == root, f"two roots for {size}"


@pytest.mark.faults
@pytest.mark.parametrize(
    ("when", "kills"),
    [("before", False), ("after", False), ("half", False), ("before", True), ("after", True), ("half", True)],
)
def test_nothing_is_lost_forked_or_doubled(app: Flask, config: Config, when: str, kills: bool) -> None:
    storage: Storage = app.extensions["coi.storage"]

    def work() -> None:
        app.extensions.pop("coi.ledger.compared", None)  # as after a start
        sequencer.run(config, NOW)
        publication.publish(config, storage, NOW)

    heads, given = Heads(), sealed(config, 253)
    work()
    at, reached = 0, 0
    while True:
        at += 1
        given |= hands_in(2, first=len(given))
        cut = Cut(at, when, kills)
        hit = run_cut(work, cut)
        reached += hit
        heads.look(config, storage)
        work()
        heads.look(config, storage)
        assert published_log(config, storage) == (len(given), list(given.values()))
        if not hit and at > 3 * FEWEST[when]:
            break
    assert reached >= FEWEST[when]
    with unit_of_work(read_only=True) as uow:
        found = audit.recompute(uow, config)
    published_audit.compare(found, storage)
    assert found.findings == []
    assert found.entries == len(given)
